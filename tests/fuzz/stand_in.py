"""A web session without a network, for answers by the hundred thousand."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

from aiohttp import ClientSession
from multidict import CIMultiDict

from custom_components.ryze.api import RyzeClient
from tests.helpers.const import INSTANCE_TOKEN


class Answer:
    """What comes back, as far as the client looks at it."""

    def __init__(self, status: int, headers: dict[str, str], body: list[bytes]) -> None:
        """Initialize."""
        self.status = status
        self.headers = CIMultiDict(headers)
        self.content = self
        self._body = body

    async def iter_any(self) -> AsyncIterator[bytes]:
        """Return the body piece by piece."""
        for piece in self._body:
            yield piece


class Session:
    """Answers all requests with one answer after the other, and the last for ever."""

    def __init__(self, answers: list[Answer]) -> None:
        """Initialize."""
        self._answers = answers
        self.sent: list[Answer] = []

    @asynccontextmanager
    async def request(self, *_: object, **__: object) -> AsyncIterator[Answer]:
        """Answer a request."""
        number = min(len(self.sent), len(self._answers) - 1)
        self.sent.append(self._answers[number])
        yield self.sent[-1]


def clients(answers: list[Answer]) -> Iterator[tuple[Session, RyzeClient]]:
    """Return clients without end, each with a session and a rate limit of its own."""
    while True:
        session: Any = Session(answers)
        client = RyzeClient(cast("ClientSession", session), "https://x", INSTANCE_TOKEN)
        yield session, client

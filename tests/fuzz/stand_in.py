"""A web session without a network, for hundreds of thousands of answers."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

from aiohttp import ClientSession
from multidict import CIMultiDict

from custom_components.ryze.api import RyzeClient
from tests.helpers.const import INSTANCE_TOKEN


class Answer:
    """The parts of an HTTP answer that the client reads."""

    def __init__(self, status: int, headers: dict[str, str], body: list[bytes]) -> None:
        """Initialize."""
        self.status = status
        self.headers = CIMultiDict(headers)
        self.content = self
        self._body = body

    async def iter_any(self) -> AsyncIterator[bytes]:
        """Yield the body piece by piece."""
        for piece in self._body:
            yield piece


class Session:
    """A session that gives its answers in order, and then repeats the last one."""

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
    """Yield any number of clients, each with its own session and rate limit."""
    while True:
        session: Any = Session(answers)
        client = RyzeClient(cast("ClientSession", session), "https://x", INSTANCE_TOKEN)
        yield session, client

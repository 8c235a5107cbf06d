"""One request to RyzeAPI, sent once, and what its answer means."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from http import HTTPStatus
import json
import logging
from typing import Any, Final

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
)
import orjson
from yarl import URL

from .audio import Audio
from .exceptions import (
    RyzeAuthError,
    RyzeConnectionError,
    RyzeError,
    RyzeInvalidRequestError,
    RyzeNotConnectedError,
    RyzeNotFoundError,
    RyzeOutcomeUnknownError,
    RyzeRateLimitError,
    RyzeServerError,
)
from .rate_limit import RateLimit

_LOGGER = logging.getLogger(__name__)

READ_TIMEOUT: Final = ClientTimeout(total=10, connect=10)

MAX_ANSWER_SIZE: Final = 1024 * 1024

_JSON_HEADERS: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Body:
    """A request body that can be made afresh for each attempt."""

    make: Callable[[], bytes | AsyncIterator[bytes]]
    size: int


class Transport:
    """Requests with one token, and the rate limit that they share."""

    def __init__(
        self, session: ClientSession, url: str, token: str, rate_limit: RateLimit
    ) -> None:
        """Initialize."""
        self.session = session
        self.rate_limit = rate_limit
        self._url = url.rstrip("/")
        self._token = token
        self._host = URL(url).raw_host

    def url(self, path: str) -> URL:
        """Return the address of a path that is quoted already."""
        return URL(self._url + path, encoded=True)

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that prove who asks."""
        return {"token": self._token}

    async def harmless(
        self, method: str, path: str, body: Body | None = None
    ) -> dict[str, Any]:
        """Send a request that could be sent again, so that no answer leaves no doubt."""
        if self.rate_limit.reset_in:
            raise RyzeRateLimitError
        try:
            status, data = await self.request(method, path, READ_TIMEOUT, body)
            raise_for_status(status, data)
        except RyzeOutcomeUnknownError:
            raise RyzeConnectionError from None
        return data

    async def request(
        self,
        method: str,
        path: str,
        timeout: ClientTimeout,
        body: Body | None = None,
        *,
        authenticated: bool = True,
    ) -> tuple[int, dict[str, Any]]:
        """Send one request and return the status and the JSON of its answer."""
        route = path.rpartition("/")[0]
        # A connection that has idled may be dead without our knowing, and what is
        # sent on it could not be sent again. So the server is asked to end each.
        headers = {"Connection": "close"}
        if authenticated:
            headers |= self.headers
        if body is not None:
            headers |= _JSON_HEADERS | {"Content-Length": str(body.size)}
        try:
            async with self.session.request(
                method,
                self.url(path),
                headers=headers,
                data=body.make() if body is not None else None,
                timeout=timeout,
                # Another host would be sent the token.
                allow_redirects=False,
                # What is the default anyway, but keeps us from being given a connection
                # that another integration has left.
                server_hostname=self._host,
            ) as response:
                _LOGGER.debug("%s answered %s", route, response.status)
                self.rate_limit.update(response.headers)
                return response.status, await _read_json(response)
        # What aiohttp says may quote the answer, and with it a number.
        except (ClientConnectorError, ConnectionTimeoutError) as err:
            _LOGGER.debug("%s was not reached: %s", route, type(err).__name__)
            raise RyzeConnectionError from None
        except (ClientError, TimeoutError) as err:
            _LOGGER.debug("%s gave no answer: %s", route, type(err).__name__)
            raise RyzeOutcomeUnknownError from None


def to_json(content: dict[str, Any]) -> Body:
    """Return a JSON body."""
    encoded = json.dumps(content).encode()
    return Body(lambda: encoded, len(encoded))


def upload(content: dict[str, Any], audio: Audio) -> Body:
    """Return a JSON body whose base64 is made while it is sent."""
    head = json.dumps(content).encode()[:-1] + b', "mediaBase64": "'
    tail = b'"}'

    async def make() -> AsyncIterator[bytes]:
        yield head
        async for piece in audio.base64():
            yield piece
        yield tail

    return Body(make, len(head) + audio.base64_size + len(tail))


async def _read_json(response: ClientResponse) -> dict[str, Any]:
    """Return the JSON object of an answer, empty where it holds none.

    An answer that is cut off or too long still has a status, and that alone may say
    that no call was placed.
    """
    body = bytearray()
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > MAX_ANSWER_SIZE:
                return {}
        # Unlike that of Python, it takes no text that could not be written again.
        data = orjson.loads(body)
    except ClientError, TimeoutError, ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def raise_for_status(status: int, data: dict[str, Any]) -> None:
    """Raise the error that an answer stands for.

    https://docs.ryzeapi.cloud/en/guide/errors
    """
    error = data.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    # Which status comes with it differs from route to route.
    if isinstance(message, str) and "not connected" in message.casefold():
        raise RyzeNotConnectedError
    if not 200 <= status < 300:
        raise error_for_status(status)
    if data.get("success") is False:
        raise RyzeOutcomeUnknownError


def error_for_status(status: int) -> RyzeError:
    """Return the error for the status of an answer that is no success."""
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return RyzeAuthError()
        case HTTPStatus.NOT_FOUND:
            return RyzeNotFoundError()
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RyzeRateLimitError()
        case _ if 400 <= status < 500:
            return RyzeInvalidRequestError()
        case _ if status >= 500:
            return RyzeServerError()
        case _:
            # A redirect, say: it is not ours to follow, nor to guess from.
            return RyzeOutcomeUnknownError()

"""One request to RyzeAPI, sent once, and the meaning of its answer."""

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
    RyzeBlockedError,
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

# Statuses of a proxy that reached no server behind it: the server refused the connection,
# could not be found, or the proxy did not trust its certificate. The proxy may also give
# up on a request that it has passed on; the statuses of that, such as 504, 520, 522 and
# 524, are errors of the server here.
_NOT_SENT_ON: Final = {521, 523, 525, 526, 530}
_RYZE_KEYS: Final = {"success", "callId"}

_JSON_HEADERS: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Body:
    """A request body that is made anew for each attempt."""

    make: Callable[[], bytes | AsyncIterator[bytes]]
    size: int


class Transport:
    """Requests with one token, which share a rate limit."""

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
        """Return the URL of a path that is already quoted."""
        return URL(self._url + path, encoded=True)

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that carry the token."""
        return {"token": self._token}

    async def request_repeatable(
        self, method: str, path: str, body: Body | None = None
    ) -> dict[str, Any]:
        """Send a request that may be repeated; a missing answer means "not reached"."""
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
    ) -> tuple[int, dict[str, Any]]:
        """Send one request and return the status and the JSON of the answer."""
        route = path.rpartition("/")[0]
        # An idle connection may be dead without a sign, and a call that was sent on it
        # could not be sent again. So the server is asked to close each connection.
        headers = {"Connection": "close"} | self.headers
        if body is not None:
            headers |= _JSON_HEADERS | {"Content-Length": str(body.size)}
        try:
            async with self.session.request(
                method,
                self.url(path),
                headers=headers,
                data=body.make() if body is not None else None,
                timeout=timeout,
                # A redirect would send the token to another host.
                allow_redirects=False,
                # The value is the default, but naming it keeps aiohttp from reusing a
                # connection that another integration has left.
                server_hostname=self._host,
            ) as response:
                _LOGGER.debug("%s answered %s", route, response.status)
                self.rate_limit.update(response.headers)
                return response.status, await read_json(response)
        # The text of an error of aiohttp may quote the answer, and with it a number.
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
    """Return a JSON body whose base64 is made while the body is sent."""
    head = json.dumps(content).encode()[:-1] + b', "mediaBase64": "'
    tail = b'"}'

    async def make() -> AsyncIterator[bytes]:
        yield head
        async for piece in audio.base64():
            yield piece
        yield tail

    return Body(make, len(head) + audio.base64_size + len(tail))


async def read_json(response: ClientResponse) -> dict[str, Any]:
    """Return the JSON object of an answer, an empty one where it cannot be read.

    An answer that is cut off or too long still has a status, and the status alone may
    say that no call was placed.
    """
    body = bytearray()
    try:
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > MAX_ANSWER_SIZE:
                return {}
        # orjson refuses half surrogates, which the json module accepts and which could
        # not be stored again.
        data = orjson.loads(body)
    except ClientError, TimeoutError, ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def raise_for_status(status: int, data: dict[str, Any]) -> None:
    """Raise the error of an answer that reports one.

    https://docs.ryzeapi.cloud/en/guide/errors
    """
    message = _message_of(data)
    # The status that comes with this text differs from route to route.
    if message is not None and "not connected" in message.casefold():
        raise RyzeNotConnectedError
    if not 200 <= status < 300:
        raise _error_for_status(status, data)
    if data.get("success") is False:
        raise RyzeOutcomeUnknownError


def _error_for_status(status: int, data: dict[str, Any]) -> RyzeError:
    """Return the error of a status that is no success."""
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return RyzeBlockedError() if _message_of(data) is None else RyzeAuthError()
        case HTTPStatus.NOT_FOUND:
            return RyzeNotFoundError()
        case HTTPStatus.REQUEST_TIMEOUT:
            # A proxy may have passed the request on before it gave up.
            return RyzeOutcomeUnknownError()
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RyzeRateLimitError()
        case _ if 400 <= status < 500:
            return RyzeInvalidRequestError()
        # A body in the manner of RyzeAPI shows that the request did reach it.
        case _ if status in _NOT_SENT_ON and data.keys().isdisjoint(_RYZE_KEYS):
            return RyzeConnectionError()
        case _ if status >= 500:
            return RyzeServerError()
        case _:
            # A redirect is not followed, and says nothing about the call.
            return RyzeOutcomeUnknownError()


def _message_of(data: dict[str, Any]) -> str | None:
    """Return the text of an error of RyzeAPI, None where the answer is something else.

    Proxies and firewalls answer with pages or with JSON of their own.
    """
    error = data.get("error")
    if data.get("success") is not False or not isinstance(error, dict):
        return None
    message = error.get("message")
    return message if isinstance(message, str) else None

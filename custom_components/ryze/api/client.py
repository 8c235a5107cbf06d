"""RyzeAPI over HTTP.

Calls are not idempotent: a request that may have reached RyzeAPI is never sent
again, whatever became of its answer.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
import json
import logging
from typing import Any, Final
from urllib.parse import quote

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
)
from yarl import URL

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
from .models import Health, Instance, PlacedCall
from .rate_limit import RateLimit

_LOGGER = logging.getLogger(__name__)

# Whether RyzeAPI answers a call at once or when the ringing is over is not
# documented, so the time for a call covers the longest ringing.
READ_TIMEOUT: Final = ClientTimeout(total=10, connect=10)
FAKE_CALL_TIMEOUT: Final = ClientTimeout(total=90, connect=10)
AUDIO_CALL_TIMEOUT: Final = ClientTimeout(total=180, connect=10)

# A router that restarts must not cost an alarm.
CONNECTION_RETRY_DELAYS: Final = (1.0, 2.0, 4.0, 8.0)

# Longest wait for the rate limit's reset; and what is added to it, because the
# clocks of both sides are known to the second only.
MAX_RESET_WAIT: Final = 60.0
RESET_MARGIN: Final = 1.0

MAX_ANSWER_SIZE: Final = 1024 * 1024

# Divisible by three, so that the pieces' base64 is the base64 of the whole.
CHUNK_SIZE: Final = 48 * 1024

_JSON_HEADERS: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class _Body:
    """A request body that can be made afresh for each attempt."""

    make: Callable[[], bytes | AsyncIterator[bytes]]
    size: int


class RyzeClient:
    """Client for one token.

    https://docs.ryzeapi.cloud/en/guide/authentication
    """

    def __init__(
        self,
        session: ClientSession,
        url: str,
        token: str,
        rate_limit: RateLimit | None = None,
    ) -> None:
        """Initialize; clients of the same token should share a rate limit."""
        self._session = session
        self._url = url.rstrip("/")
        self._token = token
        self.rate_limit = rate_limit or RateLimit()

    async def health(self) -> Health:
        """Return the state of the service; needs no token and costs no request.

        Raises RyzeConnectionError where there is no sensible answer.
        https://docs.ryzeapi.cloud/en/api/observability/health
        """
        try:
            status, data = await self._request(
                "GET", "/health", READ_TIMEOUT, authenticated=False
            )
        except RyzeOutcomeUnknownError:
            raise RyzeConnectionError from None
        # A service that is not well says so with a status of its own.
        if "status" not in data or status not in (200, 503):
            raise RyzeConnectionError
        return Health.from_json(data)

    async def instances(self) -> list[Instance]:
        """Return the instances that the token gives access to.

        Raises RyzeAuthError, RyzeRateLimitError, RyzeConnectionError or another
        RyzeError; nothing is waited for.
        https://docs.ryzeapi.cloud/en/api/instance/list
        """
        data = await self._read("/api/instance/list")
        found = data.get("instances")
        if not isinstance(found, list):
            raise RyzeConnectionError
        return [instance for item in found if (instance := Instance.from_json(item))]

    async def fake_call(
        self, instance: str, number: str, duration: int, give_up: asyncio.Event
    ) -> PlacedCall:
        """Ring a number for `duration` seconds (1 to 60) and hang up.

        The number is international digits without a sign. Setting `give_up` ends the
        waiting between attempts; what has been sent is seen through. Raises a
        RyzeError; only RyzeServerError and RyzeOutcomeUnknownError leave open whether
        it rings.
        https://docs.ryzeapi.cloud/en/api/calls/fake
        """
        body = _to_json({"number": number, "duration": duration})
        return await self._place("fake", instance, body, FAKE_CALL_TIMEOUT, give_up)

    async def audio_call(
        self, instance: str, number: str, audio: str | bytes, give_up: asyncio.Event
    ) -> PlacedCall:
        """Ring a number and play audio when it is answered.

        The audio is a public URL that RyzeAPI fetches, or the bytes of a file of up
        to 16 MiB (mp3, ogg, wav, m4a). Otherwise as `fake_call`.
        https://docs.ryzeapi.cloud/en/api/calls/audio
        """
        if isinstance(audio, str):
            body = _to_json({"number": number, "mediaUrl": audio})
        else:
            body = _upload({"number": number}, audio)
        return await self._place("audio", instance, body, AUDIO_CALL_TIMEOUT, give_up)

    async def _place(
        self,
        route: str,
        instance: str,
        body: _Body,
        timeout: ClientTimeout,
        give_up: asyncio.Event,
    ) -> PlacedCall:
        """Place one call; only what certainly placed none is sent again."""
        path = f"/api/call/{route}/{quote(instance, safe='')}"
        retry_delays = iter(CONNECTION_RETRY_DELAYS)
        may_wait_for_reset = True
        while True:
            try:
                return await self._place_once(path, body, timeout)
            except RyzeConnectionError as err:
                error: RyzeError = err
                if (delay := next(retry_delays, None)) is None:
                    raise
            except RyzeRateLimitError as err:
                error = err
                # A counter that is not at 0 means that WhatsApp throttles, which
                # waiting for the reset would not end.
                reset_in = self.rate_limit.reset_in
                if not may_wait_for_reset or reset_in is None:
                    raise
                if reset_in > MAX_RESET_WAIT:
                    raise
                may_wait_for_reset = False
                delay = reset_in + RESET_MARGIN
            _LOGGER.debug("No %s call placed yet, next try in %.1f s", route, delay)
            with suppress(TimeoutError):
                await asyncio.wait_for(give_up.wait(), delay)
            if give_up.is_set():
                raise error

    async def _place_once(
        self, path: str, body: _Body, timeout: ClientTimeout
    ) -> PlacedCall:
        """Send one call request, exactly once."""
        if self.rate_limit.reset_in:
            raise RyzeRateLimitError
        status, data = await self._request("POST", path, timeout, body)
        _raise_for_status(status, data)
        if (call := PlacedCall.from_json(data)) is None:
            raise RyzeOutcomeUnknownError
        return call

    async def _read(self, path: str) -> dict[str, Any]:
        """Send a request that changes nothing, so that no answer leaves no doubt."""
        if self.rate_limit.reset_in:
            raise RyzeRateLimitError
        try:
            status, data = await self._request("GET", path, READ_TIMEOUT)
            _raise_for_status(status, data)
        except RyzeOutcomeUnknownError:
            raise RyzeConnectionError from None
        return data

    async def _request(
        self,
        method: str,
        path: str,
        timeout: ClientTimeout,
        body: _Body | None = None,
        *,
        authenticated: bool = True,
    ) -> tuple[int, dict[str, Any]]:
        """Send one request and return the status and the JSON of its answer."""
        route = path.rpartition("/")[0]
        # A connection that has idled may be dead without our knowing, and what is
        # sent on it could not be sent again. So the server is asked to end each.
        headers = {"Connection": "close"}
        if authenticated:
            headers["token"] = self._token
        if body is not None:
            headers |= _JSON_HEADERS | {"Content-Length": str(body.size)}
        try:
            async with self._session.request(
                method,
                URL(self._url + path, encoded=True),
                headers=headers,
                data=body.make() if body is not None else None,
                timeout=timeout,
                # Another host would be sent the token.
                allow_redirects=False,
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


def _to_json(content: dict[str, Any]) -> _Body:
    """Return a JSON body."""
    encoded = json.dumps(content).encode()
    return _Body(lambda: encoded, len(encoded))


def _upload(content: dict[str, Any], audio: bytes) -> _Body:
    """Return a JSON body whose base64 is made while it is sent."""
    head = json.dumps(content).encode()[:-1] + b', "mediaBase64": "'
    tail = b'"}'

    async def make() -> AsyncIterator[bytes]:
        yield head
        for start in range(0, len(audio), CHUNK_SIZE):
            yield b64encode(audio[start : start + CHUNK_SIZE])
        yield tail

    return _Body(make, len(head) + (len(audio) + 2) // 3 * 4 + len(tail))


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
        data = json.loads(body)
    except ClientError, TimeoutError, ValueError, RecursionError:
        return {}
    return data if isinstance(data, dict) else {}


def _raise_for_status(status: int, data: dict[str, Any]) -> None:
    """Raise the error that an answer stands for.

    https://docs.ryzeapi.cloud/en/guide/errors
    """
    error = data.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    # Which status comes with it differs from route to route.
    if isinstance(message, str) and "not connected" in message.casefold():
        raise RyzeNotConnectedError
    if not 200 <= status < 300:
        raise _error_for_status(status)
    if data.get("success") is False:
        raise RyzeOutcomeUnknownError


def _error_for_status(status: int) -> RyzeError:
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

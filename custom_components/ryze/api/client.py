"""Client of RyzeAPI: one method for each request.

Calls are not idempotent. A request that may have reached RyzeAPI is never sent again.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
import logging
from typing import Final, Literal
from urllib.parse import quote

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
)

from .audio import Audio
from .exceptions import (
    RyzeConnectionError,
    RyzeError,
    RyzeInvalidRequestError,
    RyzeNotFoundError,
    RyzeOutcomeUnknownError,
    RyzeRateLimitError,
)
from .models import Account, Instance, LiveUpdatesConfig, PlacedCall
from .rate_limit import RateLimit
from .transport import (
    READ_TIMEOUT,
    Body,
    Transport,
    raise_for_status,
    read_json,
    to_json,
    upload,
)

_LOGGER = logging.getLogger(__name__)

# RyzeAPI may answer a call at once or after the ringing, which is not documented. So
# the timeout covers the longest ringing.
FAKE_CALL_TIMEOUT: Final = ClientTimeout(total=90, connect=10)
AUDIO_CALL_TIMEOUT: Final = ClientTimeout(total=180, connect=10)

# Seconds between attempts to connect; a restarting router must not cost an alarm.
CONNECTION_RETRY_DELAYS: Final = (1.0, 2.0, 4.0, 8.0)

# The longest wait for the reset of the rate limit, in seconds, and the margin on top:
# the clocks of both sides are known to the second only.
MAX_RESET_WAIT: Final = 60.0
RESET_MARGIN: Final = 1.0

# Seconds between our pings, which detect a dead connection.
HEARTBEAT: Final = 25.0
# Bytes. Other consumers of the WebSocket get pictures in their frames. A larger frame
# would end the connection.
MAX_FRAME_SIZE: Final = 64 * 1024 * 1024


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
        self._transport = Transport(session, url, token, rate_limit or RateLimit())

    @property
    def rate_limit(self) -> RateLimit:
        """Return the counter of the token's requests."""
        return self._transport.rate_limit

    @property
    def reset_in(self) -> float:
        """Return the seconds until requests get through again, 0 where they do now."""
        wait = self.rate_limit.reset_in
        return wait + RESET_MARGIN if wait else 0

    async def instances(self) -> list[Instance]:
        """Return the instances that the token gives access to.

        Raises RyzeAuthError, RyzeBlockedError, RyzeRateLimitError, RyzeConnectionError
        or another RyzeError, without another attempt.
        https://docs.ryzeapi.cloud/en/api/instance/list
        """
        data = await self._transport.request_repeatable("GET", "/api/instance/list")
        found = data.get("instances")
        if not isinstance(found, list):
            raise RyzeConnectionError
        return [instance for item in found if (instance := Instance.from_json(item))]

    async def reconnect(self, instance: str) -> None:
        """Ask an instance to connect to WhatsApp again; raises as `instances`.

        https://docs.ryzeapi.cloud/en/api/instance/reconnect
        """
        path = f"/api/instance/reconnect/{quote(instance, safe='')}"
        await self._transport.request_repeatable("POST", path)

    async def account(self, instance: str, number: str | None = None) -> Account | None:
        """Return the WhatsApp account of a number, None where RyzeAPI finds none.

        The number is international digits without a sign; its phone does not ring.
        Without a number, the account is the instance's own.
        Raises as `instances`; the instance must be linked to WhatsApp.
        https://docs.ryzeapi.cloud/en/api/profile/read-account
        """
        path = f"/api/profile/getAccount/{quote(instance, safe='')}"
        if number is not None:
            path += f"?number={quote(number, safe='')}"
        try:
            data = await self._transport.request_repeatable("GET", path)
        except RyzeNotFoundError, RyzeInvalidRequestError:
            # The status for a number without WhatsApp is not documented.
            return None
        if (account := Account.from_json(data)) is None:
            raise RyzeConnectionError
        return account

    async def enable_live_updates(self, instance: str) -> None:
        """Add our events to those of an instance's WebSocket; raises as `instances`.

        All consumers of the instance share the configuration, so it is read first and
        nothing is taken from it.
        https://docs.ryzeapi.cloud/en/api/events/websocket-configure
        """
        name = quote(instance, safe="")
        try:
            data = await self._transport.request_repeatable(
                "GET", f"/api/events/getWebsocket/{name}"
            )
        except RyzeNotFoundError:
            # The WebSocket was never configured. If the instance itself does not exist,
            # the next request fails.
            data = {}
        config = LiveUpdatesConfig.from_json(data.get("websocket"))
        if not config.delivered:
            await self._transport.request_repeatable(
                "POST",
                f"/api/events/websocket/{name}",
                to_json(config.with_ours().to_json()),
            )

    @asynccontextmanager
    async def open_live_updates(
        self, instance: str
    ) -> AsyncIterator[ClientWebSocketResponse[Literal[False]]]:
        """Open the WebSocket of an instance.

        Raises RyzeInvalidRequestError where it is not enabled, RyzeAuthError,
        RyzeBlockedError, RyzeConnectionError or another RyzeError.
        https://docs.ryzeapi.cloud/en/api/websocket
        """
        async with ClientSession(
            connector=self._transport.session.connector,
            connector_owner=False,
            middlewares=(self._open_or_raise,),
        ) as session:
            try:
                async with asyncio.timeout(READ_TIMEOUT.total):
                    socket = await session.ws_connect(
                        self._transport.url(f"/ws/{quote(instance, safe='')}"),
                        headers=self._transport.headers,
                        heartbeat=HEARTBEAT,
                        # An unload would wait for a server that is silent.
                        timeout=ClientWSTimeout(ws_close=0),
                        max_msg_size=MAX_FRAME_SIZE,
                        # Frames that are too large to be ours are never decoded.
                        decode_text=False,
                    )
            except (ClientError, TimeoutError) as err:
                _LOGGER.debug("No live updates: %s", type(err).__name__)
                raise RyzeConnectionError from None
            async with socket:
                yield socket

    async def _open_or_raise(
        self, request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        """Return an answer that opens a WebSocket, and raise the error of any other.

        aiohttp would not read the body, which tells RyzeAPI's refusals from a proxy's.
        It would also follow a redirect, and so send the token to another host.
        """
        response = await handler(request)
        if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
            return response
        try:
            self.rate_limit.update(response.headers)
            raise_for_status(response.status, await read_json(response))
            raise RyzeOutcomeUnknownError
        finally:
            response.close()

    async def fake_call(
        self, instance: str, number: str, duration: int, give_up: asyncio.Event
    ) -> PlacedCall:
        """Ring a number for `duration` seconds (1 to 60) and hang up.

        The number is international digits without a sign. Setting `give_up` ends the
        waiting between attempts; a request that was sent is seen through. Raises a
        RyzeError, whose `may_ring` says whether the phone may ring.
        https://docs.ryzeapi.cloud/en/api/calls/fake
        """
        body = to_json({"number": number, "duration": duration})
        return await self._send_until_sure(
            "fake", instance, body, FAKE_CALL_TIMEOUT, give_up
        )

    async def audio_call(
        self, instance: str, number: str, audio: str | Audio, give_up: asyncio.Event
    ) -> PlacedCall:
        """Ring a number and play audio when it is answered.

        The audio is a public URL that RyzeAPI fetches, or a file of up to 16 MiB (mp3,
        ogg, wav, m4a). `give_up` and the errors are those of `fake_call`.
        https://docs.ryzeapi.cloud/en/api/calls/audio
        """
        if isinstance(audio, str):
            body = to_json({"number": number, "mediaUrl": audio})
        else:
            body = upload({"number": number}, audio)
        return await self._send_until_sure(
            "audio", instance, body, AUDIO_CALL_TIMEOUT, give_up
        )

    async def _send_until_sure(
        self,
        route: str,
        instance: str,
        body: Body,
        timeout: ClientTimeout,
        give_up: asyncio.Event,
    ) -> PlacedCall:
        """Send a call; repeat the request only where it certainly placed none."""
        path = f"/api/call/{route}/{quote(instance, safe='')}"
        retry_delays = iter(CONNECTION_RETRY_DELAYS)
        may_wait_for_reset = True
        while True:
            try:
                return await self._send_once(path, body, timeout)
            except RyzeConnectionError as err:
                # Keep a fresh error: the traceback of the raised one keeps the request
                # body, and with it the audio, in memory.
                error: RyzeError = type(err)()
                if (delay := next(retry_delays, None)) is None:
                    raise
            except RyzeRateLimitError as err:
                error = type(err)()
                # A counter above 0 means that WhatsApp throttles; waiting for the reset
                # does not end that.
                reset_in = self._transport.rate_limit.reset_in
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

    async def _send_once(
        self, path: str, body: Body, timeout: ClientTimeout
    ) -> PlacedCall:
        """Send the request of a call exactly once."""
        if self._transport.rate_limit.reset_in:
            raise RyzeRateLimitError
        status, data = await self._transport.request("POST", path, timeout, body)
        raise_for_status(status, data)
        if (call := PlacedCall.from_json(data)) is None:
            raise RyzeOutcomeUnknownError
        return call

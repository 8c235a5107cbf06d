"""RyzeAPI as a set of functions.

Calls are not idempotent: a request that may have reached RyzeAPI is never sent
again, whatever became of its answer.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
import logging
from typing import Final
from urllib.parse import quote

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    WSServerHandshakeError,
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
from .models import Account, Health, Instance, LiveUpdates, PlacedCall
from .rate_limit import RateLimit
from .transport import (
    READ_TIMEOUT,
    Body,
    Transport,
    error_for_status,
    raise_for_status,
    to_json,
    upload,
)

_LOGGER = logging.getLogger(__name__)

# Whether RyzeAPI answers a call at once or when the ringing is over is not
# documented, so the time for a call covers the longest ringing.
FAKE_CALL_TIMEOUT: Final = ClientTimeout(total=90, connect=10)
AUDIO_CALL_TIMEOUT: Final = ClientTimeout(total=180, connect=10)

# A router that restarts must not cost an alarm.
CONNECTION_RETRY_DELAYS: Final = (1.0, 2.0, 4.0, 8.0)

# Longest wait for the rate limit's reset; and what is added to it, because the
# clocks of both sides are known to the second only.
MAX_RESET_WAIT: Final = 60.0
RESET_MARGIN: Final = 1.0

# RyzeAPI drops who does not answer its pings; ours find out that it is gone.
HEARTBEAT: Final = 25.0
MAX_FRAME_SIZE: Final = 256 * 1024


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
        """Return what is left of the token's requests."""
        return self._transport.rate_limit

    @property
    def reset_in(self) -> float:
        """Return for how many seconds nothing gets through, 0 where something does."""
        wait = self.rate_limit.reset_in
        return wait + RESET_MARGIN if wait else 0

    async def health(self) -> Health:
        """Return the state of the service; needs no token and costs no request.

        Raises RyzeConnectionError where there is no sensible answer.
        https://docs.ryzeapi.cloud/en/api/observability/health
        """
        try:
            status, data = await self._transport.request(
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
        data = await self._transport.harmless("GET", "/api/instance/list")
        found = data.get("instances")
        if not isinstance(found, list):
            raise RyzeConnectionError
        return [instance for item in found if (instance := Instance.from_json(item))]

    async def reconnect(self, instance: str) -> None:
        """Have an instance connect to WhatsApp again; raises as `instances`.

        https://docs.ryzeapi.cloud/en/api/instance/reconnect
        """
        path = f"/api/instance/reconnect/{quote(instance, safe='')}"
        await self._transport.harmless("POST", path)

    async def account(self, instance: str, number: str) -> Account | None:
        """Return the WhatsApp account of a number, None where RyzeAPI finds none.

        The number is international digits without a sign; its phone does not ring.
        Raises as `instances`; RyzeAPI has to be linked to WhatsApp for this.
        https://docs.ryzeapi.cloud/en/api/profile/read-account
        """
        name = quote(instance, safe="")
        try:
            data = await self._transport.harmless(
                "GET", f"/api/profile/getAccount/{name}?number={quote(number, safe='')}"
            )
        except RyzeNotFoundError, RyzeInvalidRequestError:
            # What comes for a number without WhatsApp is not documented.
            return None
        if (account := Account.from_json(data)) is None:
            raise RyzeConnectionError
        return account

    async def enable_live_updates(self, instance: str) -> None:
        """Have an instance's WebSocket deliver our events as well; raises as `instances`.

        The configuration is shared by all who listen to the instance, so it is read
        first, and only ever added to.
        https://docs.ryzeapi.cloud/en/api/events/websocket-configure
        """
        name = quote(instance, safe="")
        try:
            data = await self._transport.harmless(
                "GET", f"/api/events/getWebsocket/{name}"
            )
        except RyzeNotFoundError:
            # It was never configured; if the instance itself is not found, the next
            # request says so.
            data = {}
        config = LiveUpdates.from_json(data.get("websocket"))
        if not config.delivered:
            await self._transport.harmless(
                "POST",
                f"/api/events/websocket/{name}",
                to_json(config.with_ours().to_json()),
            )

    @asynccontextmanager
    async def live_updates(
        self, instance: str
    ) -> AsyncIterator[ClientWebSocketResponse]:
        """Open the WebSocket of an instance.

        Raises RyzeInvalidRequestError where it is not enabled, RyzeAuthError,
        RyzeConnectionError or another RyzeError.
        https://docs.ryzeapi.cloud/en/api/websocket
        """
        async with ClientSession(
            connector=self._transport.session.connector,
            connector_owner=False,
            middlewares=(_refuse_redirects,),
        ) as session:
            try:
                async with asyncio.timeout(READ_TIMEOUT.total):
                    socket = await session.ws_connect(
                        self._transport.url(f"/ws/{quote(instance, safe='')}"),
                        headers=self._transport.headers,
                        heartbeat=HEARTBEAT,
                        max_msg_size=MAX_FRAME_SIZE,
                    )
            except WSServerHandshakeError as err:
                self.rate_limit.update(err.headers or {})
                raise error_for_status(err.status) from None
            except (ClientError, TimeoutError) as err:
                _LOGGER.debug("No live updates: %s", type(err).__name__)
                raise RyzeConnectionError from None
            async with socket:
                yield socket

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
        body = to_json({"number": number, "duration": duration})
        return await self._place("fake", instance, body, FAKE_CALL_TIMEOUT, give_up)

    async def audio_call(
        self, instance: str, number: str, audio: str | Audio, give_up: asyncio.Event
    ) -> PlacedCall:
        """Ring a number and play audio when it is answered.

        The audio is a public URL that RyzeAPI fetches, or a file of up to 16 MiB
        (mp3, ogg, wav, m4a). Otherwise as `fake_call`.
        https://docs.ryzeapi.cloud/en/api/calls/audio
        """
        if isinstance(audio, str):
            body = to_json({"number": number, "mediaUrl": audio})
        else:
            body = upload({"number": number}, audio)
        return await self._place("audio", instance, body, AUDIO_CALL_TIMEOUT, give_up)

    async def _place(
        self,
        route: str,
        instance: str,
        body: Body,
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
                # A new one: that which was raised holds on to all that was sent.
                error: RyzeError = type(err)()
                if (delay := next(retry_delays, None)) is None:
                    raise
            except RyzeRateLimitError as err:
                error = type(err)()
                # A counter that is not at 0 means that WhatsApp throttles, which
                # waiting for the reset would not end.
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

    async def _place_once(
        self, path: str, body: Body, timeout: ClientTimeout
    ) -> PlacedCall:
        """Send one call request, exactly once."""
        if self._transport.rate_limit.reset_in:
            raise RyzeRateLimitError
        status, data = await self._transport.request("POST", path, timeout, body)
        raise_for_status(status, data)
        if (call := PlacedCall.from_json(data)) is None:
            raise RyzeOutcomeUnknownError
        return call


async def _refuse_redirects(
    request: ClientRequest, handler: ClientHandlerType
) -> ClientResponse:
    """Take a redirect for the answer that it is: another host would get the token."""
    response = await handler(request)
    if 300 <= response.status < 400:
        response.close()
        raise ClientError
    return response

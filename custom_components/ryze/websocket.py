"""Listener for live updates: the WebSocket that reports calls and the instance's state."""

import asyncio
import random
from typing import Final

from aiohttp import WSCloseCode, WSMsgType

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .api import (
    CallUpdate,
    FrameCounts,
    InstanceUpdate,
    RyzeAuthError,
    RyzeClient,
    RyzeError,
    RyzeInvalidRequestError,
    UnknownFrame,
    parse_frame,
)
from .calls import RyzeCalls
from .const import CONF_INSTANCE, DOMAIN, LOGGER
from .coordinator import RyzeCoordinator
from .errors import log_unexpected
from .privacy import shown_name

# Seconds between two attempts to connect.
MINIMUM_WAIT: Final = 2.0
MAXIMUM_WAIT: Final = 300.0
# Only a connection that lasted this many seconds resets the wait, because each new
# connection costs one of the requests that calls need.
GOOD_AFTER: Final = 10.0
# Bytes. A larger frame is another consumer's, with a picture in it.
MAX_SIZE: Final = 256 * 1024


class LiveUpdatesListener:
    """Listens to an instance, and connects again whenever the connection is lost.

    It hands updates about calls to the calls, and those about the instance to the
    coordinator. Where it never connects, polling goes on without it.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: RyzeClient,
        calls: RyzeCalls,
        coordinator: RyzeCoordinator,
    ) -> None:
        """Initialize."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._calls = calls
        self._coordinator = coordinator
        self._wait = MINIMUM_WAIT
        self.live = False
        self.not_enabled = False
        self.connections = 0
        self.counts = FrameCounts()
        self._task: asyncio.Task[None] | None = None

    @callback
    def async_start(self) -> None:
        """Listen in the background."""
        self._task = self._entry.async_create_background_task(
            self._hass, self._async_run(), f"{DOMAIN} live updates"
        )

    async def async_end(self) -> None:
        """Listen no longer."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _async_run(self) -> None:
        """Listen until the task is cancelled."""
        # The stored LIDs tell whose the news are.
        await self._calls.async_wait_until_read()
        try:
            while True:
                try:
                    await self._async_listen()
                except RyzeAuthError:
                    # RyzeAPI may take the token again later.
                    self._entry.async_start_reauth(self._hass)
                    self._wait = MAXIMUM_WAIT
                except RyzeInvalidRequestError:
                    # The WebSocket is not enabled, until a person answers the repair.
                    self._wait = MAXIMUM_WAIT
                    if not self.not_enabled:
                        self.not_enabled = True
                        self._coordinator.async_set_live(False)
                except RyzeError as err:
                    LOGGER.debug("No live updates: %s", err)
                except Exception as err:  # noqa: BLE001
                    self._log_once(err)
                self._async_set_live(False)

                # Jitter keeps all installations from connecting at the same moment.
                await asyncio.sleep(self._wait * random.uniform(0.5, 1))
                self._wait = min(self._wait * 2, MAXIMUM_WAIT)
        finally:
            # The entry is being unloaded: nothing is reported or asked for any more.
            self.live = False

    async def _async_listen(self) -> None:
        """Handle frames until the connection ends."""
        instance = self._entry.data[CONF_INSTANCE]
        async with self._client.open_live_updates(instance) as socket:
            self.not_enabled = False
            self.connections += 1
            self._async_set_live(True)
            since = self._hass.loop.time()
            try:
                async for message in socket:
                    if message.type is not WSMsgType.TEXT:
                        self.counts["not text"] += 1
                    elif len(message.data) > MAX_SIZE:
                        self.counts["large"] += 1
                    else:
                        self._async_handle(message.data)
                    # Yield to the event loop: frames that have arrived are read without
                    # waiting, and a flood of them would hold it up.
                    await asyncio.sleep(0)
            finally:
                lasted = self._hass.loop.time() - since
                # A frame of another consumer that is too large for us is no sign of a
                # bad connection.
                too_large = socket.close_code == WSCloseCode.MESSAGE_TOO_BIG
                if lasted >= GOOD_AFTER or too_large:
                    self._wait = MINIMUM_WAIT

    @callback
    def _async_handle(self, text: bytes) -> None:
        """Hand on the update in a frame; a bad frame must not end the task."""
        try:
            frame = parse_frame(text)
            self.counts.add(frame)
            match frame:
                case CallUpdate():
                    self._calls.async_handle_update(frame)
                case InstanceUpdate():
                    self._coordinator.async_set_link(frame.link)
                case UnknownFrame(kind=kind) if self.counts[kind] == 1:
                    LOGGER.debug("A live update was not understood: %s", kind)
        except Exception as err:  # noqa: BLE001
            self._log_once(err)

    def _log_once(self, err: Exception) -> None:
        """Log an unexpected error, the first of its class."""
        kind = f"error: {type(err).__name__}"
        self.counts[kind] += 1
        if self.counts[kind] == 1:
            log_unexpected("in live updates", err)

    @callback
    def _async_set_live(self, live: bool) -> None:
        """Note and report whether updates come through."""
        if live is self.live:
            return
        self.live = live
        # The first connection is not logged.
        if not live or self.connections > 1:
            change = "back" if live else "lost"
            name = shown_name(self._entry.title, "instance ")
            LOGGER.info("Live updates of %s are %s", name, change)
        self._coordinator.async_set_live(live)

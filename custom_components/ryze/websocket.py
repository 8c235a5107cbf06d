"""Live updates: the WebSocket that reports calls and the state of an instance."""

import asyncio
from collections import Counter
from collections.abc import Callable
import random
from typing import Any, Final

from aiohttp import WSMsgType

from homeassistant.core import HomeAssistant, callback

from .api import (
    CallUpdate,
    InstanceUpdate,
    RyzeAuthError,
    RyzeClient,
    RyzeError,
    RyzeInvalidRequestError,
    UnknownFrame,
    parse_frame,
)
from .const import CONF_INSTANCE, LOGGER
from .coordinator import RyzeConfigEntry
from .errors import log_unexpected

MINIMUM_WAIT: Final = 2.0
MAXIMUM_WAIT: Final = 300.0
# A connection that lasts so long is a good one; others would use up the requests that
# calls need.
GOOD_AFTER: Final = 10.0

# How many kinds of frames that were not understood are kept for diagnostics.
MAX_KINDS: Final = 20

type UpdateHandler = Callable[[CallUpdate | InstanceUpdate], None]


class LiveUpdatesListener:
    """Listens to an instance, and comes back whenever the connection is lost."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: RyzeConfigEntry,
        client: RyzeClient,
        on_update: UpdateHandler,
        on_live: Callable[[bool], None],
    ) -> None:
        """Initialize."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._on_update = on_update
        self._on_live = on_live
        self._wait = MINIMUM_WAIT
        self.live = False
        self.not_enabled = False
        self.connections = 0
        self.counts: Counter[str] = Counter()
        self.shapes: dict[str, Any] = {}

    async def async_run(self) -> None:
        """Listen until the task is cancelled.

        Where the stream never works, polling goes on as if there was none.
        """
        try:
            while True:
                try:
                    await self._async_listen()
                except RyzeAuthError:
                    # The token may be good all the same: a proxy's refusal, say.
                    self._entry.async_start_reauth(self._hass)
                    self._wait = MAXIMUM_WAIT
                except RyzeInvalidRequestError:
                    # Not enabled: somebody has to be asked, so there is no hurry.
                    self._wait = MAXIMUM_WAIT
                    if not self.not_enabled:
                        self.not_enabled = True
                        self._on_live(False)
                except RyzeError as err:
                    LOGGER.debug("No live updates: %s", err)
                except Exception as err:  # noqa: BLE001
                    self._log_once(err)
                self._async_set_live(False)

                # Jitter keeps every installation from coming back at once.
                await asyncio.sleep(self._wait * random.uniform(0.5, 1))
                self._wait = min(self._wait * 2, MAXIMUM_WAIT)
        finally:
            # Nothing was lost: the entry is unloaded.
            self._async_set_live(False, quiet=True)

    async def _async_listen(self) -> None:
        """Hand on updates until the connection ends."""
        instance = self._entry.data[CONF_INSTANCE]
        async with self._client.live_updates(instance) as socket:
            self.not_enabled = False
            self.connections += 1
            self._async_set_live(True)
            since = self._hass.loop.time()
            try:
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        self._async_handle(message.data)
                    else:
                        self.counts["not text"] += 1
                    # A flood is read in one go; nobody else would have a turn.
                    await asyncio.sleep(0)
            finally:
                if self._hass.loop.time() - since >= GOOD_AFTER:
                    self._wait = MINIMUM_WAIT

    @callback
    def _async_handle(self, text: str) -> None:
        """Hand on one frame; a bad one must not end the task."""
        try:
            frame = parse_frame(text)
            match frame:
                case UnknownFrame(kind=kind, shape=shape):
                    self._async_note(kind, shape)
                case CallUpdate() | InstanceUpdate():
                    self.counts[type(frame).__name__] += 1
                    self._on_update(frame)
                case None:
                    self.counts["other"] += 1
        except Exception as err:  # noqa: BLE001
            self._log_once(err)

    def _log_once(self, err: Exception) -> None:
        """Log a mistake of ours, the first of its kind."""
        kind = f"error: {type(err).__name__}"
        self.counts[kind] += 1
        if self.counts[kind] == 1:
            log_unexpected("in live updates", err)

    @callback
    def _async_note(self, kind: str, shape: Any) -> None:
        """Count a frame that was not understood, and keep the shape of the first."""
        if kind not in self.counts:
            LOGGER.debug("A live update was not understood: %s", kind)
            if len(self.shapes) < MAX_KINDS:
                self.shapes[kind] = shape
        self.counts[kind] += 1

    @callback
    def _async_set_live(self, live: bool, *, quiet: bool = False) -> None:
        """Note and tell whether updates come through."""
        if live is self.live:
            return
        self.live = live
        # The first connection is nothing to write home about.
        if not quiet and (not live or self.connections > 1):
            change = "back" if live else "lost"
            LOGGER.info("Live updates of %s are %s", self._entry.title, change)
        self._on_live(live)

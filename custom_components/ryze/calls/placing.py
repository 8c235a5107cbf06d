"""Placing calls, following what becomes of them, and telling Home Assistant."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    HassJob,
    HomeAssistant,
    callback,
)
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..api import (
    CallUpdate,
    PlacedCall,
    RyzeAuthError,
    RyzeClient,
    RyzeError,
    RyzeNotConnectedError,
    RyzeOutcomeUnknownError,
)
from ..const import (
    ATTR_AT,
    ATTR_DURATION,
    ATTR_INSTANCE,
    CONF_INSTANCE,
    DOMAIN,
)
from ..contacts import RyzeContacts
from ..coordinator import RyzeConfigEntry
from ..errors import log_unexpected
from .call import AudioCall, Call, CallEvent, FakeCall, Outcome
from .store import RyzeStore
from .tracker import CallListener, CallTracker

# In seconds; more than all attempts and a rate limit take.
MAX_PATIENCE: Final = 600.0

_TRACKERS: HassKey[dict[str, CallTracker]] = HassKey(f"{DOMAIN}_trackers")


@callback
def async_get_tracker(hass: HomeAssistant, entry_id: str) -> CallTracker:
    """Return what follows the calls of an entry, be it loaded or not."""
    if _TRACKERS not in hass.data:
        hass.data[_TRACKERS] = {}
        # The event of stopping comes when tasks are cancelled already.
        hass.async_add_shutdown_job(HassJob(partial(_async_end, hass)))
    trackers = hass.data[_TRACKERS]
    if entry_id not in trackers:
        trackers[entry_id] = CallTracker(hass)
    return trackers[entry_id]


@callback
def async_get_calls(
    entry: RyzeConfigEntry, before: RyzeCalls | None = None
) -> RyzeCalls | None:
    """Return what places calls, or did before a reload or an unload came between."""
    if entry.state is ConfigEntryState.LOADED:
        return entry.runtime_data.calls
    return before


@callback
def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Forget the calls of an entry that is removed."""
    if tracker := hass.data.get(_TRACKERS, {}).pop(entry_id, None):
        tracker.async_shutdown()


@callback
def _async_end(hass: HomeAssistant) -> None:
    """Have nothing wait for news any more while Home Assistant stops."""
    for tracker in hass.data[_TRACKERS].values():
        tracker.async_shutdown()


class RyzeCalls:
    """The calls of one instance."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: RyzeConfigEntry,
        client: RyzeClient,
        contacts: RyzeContacts,
        store: RyzeStore,
    ) -> None:
        """Initialize."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._contacts = contacts
        self._under_way: set[asyncio.Event] = set()
        self._listeners: set[CallListener] = set()
        self.tracker = async_get_tracker(hass, entry.entry_id)
        self.tracker.async_attach(self._async_fire, store)

    @callback
    def async_subscribe(self, listener: CallListener) -> CALLBACK_TYPE:
        """Have a listener told of everything that happens to a call."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @callback
    def async_handle_update(self, update: CallUpdate) -> None:
        """Take news of a call."""
        state = self._entry.runtime_data.coordinator.data
        self.tracker.async_handle_update(update, state.number if state else None)

    @callback
    def async_shutdown(self) -> None:
        """Send nothing more; what has been sent is seen through."""
        for give_up in self._under_way:
            give_up.set()
        self.tracker.async_detach()

    @property
    def reset_in(self) -> float:
        """Return for how many seconds the rate limit lets nothing through."""
        return self._client.reset_in

    async def async_place(
        self,
        request: FakeCall | AudioCall,
        context: Context,
        wait: float = 0,
        on_begin: Callable[[Call], None] | None = None,
        patience: float = MAX_PATIENCE,
    ) -> Call:
        """Place a call, and wait so many seconds at most for its outcome.

        After the seconds of patience nothing is sent any more. A call that fails is
        returned as well, and not raised. Who is cancelled while waiting has been told
        of the call when it began.
        """
        call = Call.for_request(request, context)
        self._async_find_contact(call)
        if on_begin:
            on_begin(call)
        give_up = asyncio.Event()
        self._under_way.add(give_up)
        timer = self._hass.loop.call_later(patience, give_up.set)
        task = self._hass.async_create_background_task(
            self._async_place(call, request, give_up), f"{DOMAIN} call"
        )
        task.add_done_callback(lambda _: self._under_way.discard(give_up))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            # The automation that asked was stopped. Nothing more is sent for it; but a
            # phone may ring already, and somebody has to be told of that.
            give_up.set()
            raise
        finally:
            timer.cancel()
        if wait and call.outcome is Outcome.PLACED:
            with suppress(TimeoutError):
                await asyncio.wait_for(call.settled.wait(), wait)
        return call

    async def _async_place(
        self, call: Call, request: FakeCall | AudioCall, give_up: asyncio.Event
    ) -> None:
        """Place a call and tell what became of it, whatever happens."""
        self.tracker.async_begin(call)
        error: RyzeError = RyzeOutcomeUnknownError()
        placed: PlacedCall | None = None
        try:
            placed = await self._async_send(request, give_up)
        except RyzeError as err:
            # A new one: that which was raised holds on to all that was sent.
            error = type(err)()
            self._async_react(err)
        except Exception as err:  # noqa: BLE001
            log_unexpected("while placing a call", err)
        finally:
            if placed:
                self.tracker.async_placed(call, placed.call_id)
            else:
                self.tracker.async_failed(call, error)

    @callback
    def _async_react(self, error: RyzeError) -> None:
        """Do what an error asks for, unless the entry has changed meanwhile."""
        if (
            self._entry.state is not ConfigEntryState.LOADED
            or self._entry.runtime_data.calls is not self
        ):
            return
        if isinstance(error, RyzeAuthError):
            self._entry.async_start_reauth(self._hass)
        if isinstance(error, RyzeNotConnectedError):
            self._entry.async_create_task(
                self._hass,
                self._entry.runtime_data.coordinator.async_request_refresh(),
                eager_start=False,
            )

    async def _async_send(
        self, request: FakeCall | AudioCall, give_up: asyncio.Event
    ) -> PlacedCall:
        """Send a call to RyzeAPI."""
        instance = self._entry.data[CONF_INSTANCE]
        if isinstance(request, FakeCall):
            return await self._client.fake_call(
                instance, request.number, request.duration, give_up
            )
        return await self._client.audio_call(
            instance, request.number, request.audio, give_up
        )

    @callback
    def _async_find_contact(self, call: Call) -> None:
        """Note the contact whose number a call is to, or from."""
        if call.number and (contact_id := self._contacts.async_find(call.number)):
            call.contact_id = contact_id
            call.contact = self._contacts.async_entity_id(contact_id)

    @callback
    def _async_fire(self, event: CallEvent | None, call: Call) -> None:
        """Tell Home Assistant what has just happened to a call."""
        if call.contact_id is None:
            self._async_find_contact(call)
        else:
            # Its entity may be renamed or removed while the phone rings.
            call.contact = self._contacts.async_entity_id(call.contact_id)
        if event:
            self._hass.bus.async_fire(
                f"{DOMAIN}_call_{event}",
                call.as_dict()
                | {
                    ATTR_INSTANCE: self._entry.data[CONF_INSTANCE],
                    ATTR_CONFIG_ENTRY_ID: self._entry.entry_id,
                    ATTR_DURATION: call.duration,
                    ATTR_AT: dt_util.utcnow().isoformat(),
                },
                context=call.context,
            )
        for listener in list(self._listeners):
            try:
                listener(event, call)
            except Exception as err:  # noqa: BLE001
                # Whoever shows a call must not be able to lose it.
                log_unexpected("while telling of a call", err)

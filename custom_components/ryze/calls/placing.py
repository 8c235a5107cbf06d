"""Placing calls: the one owner of the calls of an instance."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import time
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import (
    CALLBACK_TYPE,
    Context,
    HassJob,
    HomeAssistant,
    callback,
)
from homeassistant.util.hass_dict import HassKey

from ..api import (
    Account,
    CallUpdate,
    PlacedCall,
    RyzeAuthError,
    RyzeClient,
    RyzeError,
    RyzeNotConnectedError,
    RyzeOutcomeUnknownError,
)
from ..const import CONF_INSTANCE, DOMAIN
from ..contacts import RyzeContacts
from ..coordinator import RyzeCoordinator
from ..errors import log_unexpected
from .call import Call, CallRequest, FakeCall, Outcome
from .lid_finder import LidFinder
from .memory import FollowedCall
from .reporter import CallListener, CallReporter
from .store import RyzeStore
from .tracker import CallTracker

# Seconds; all attempts and the wait for a rate limit together take less.
MAX_PATIENCE: Final = 600.0

_DATA_CALLS: HassKey[dict[str, RyzeCalls]] = HassKey(f"{DOMAIN}_calls")


@callback
def async_get_calls(hass: HomeAssistant, entry: ConfigEntry) -> RyzeCalls:
    """Return the owner of an entry's calls; the entry need not be loaded."""
    owners = hass.data.setdefault(_DATA_CALLS, {})
    if entry.entry_id not in owners:
        owners[entry.entry_id] = RyzeCalls(hass, entry)
    return owners[entry.entry_id]


class RyzeCalls:
    """The calls of one instance, for as long as Home Assistant runs.

    Setting up the entry attaches what belongs to the loaded entry, and unloading
    detaches it. Calls that ring meanwhile go on.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize."""
        self._hass = hass
        self._entry = entry
        self._client: RyzeClient | None = None
        self._contacts: RyzeContacts | None = None
        self._coordinator: RyzeCoordinator | None = None
        self._under_way: set[asyncio.Event] = set()
        self._store = RyzeStore(hass, entry.entry_id, self._async_handle_read)
        self._reporter = CallReporter(hass, entry, self._store)
        self._finder = LidFinder(hass, entry, self._store, self._async_handle_lids)
        self._tracker = CallTracker(
            hass, self._reporter.async_report, self._store, self._finder.async_ask
        )
        # Home Assistant cancels tasks before it fires the event of its stop.
        self._forget_job = hass.async_add_shutdown_job(HassJob(self._async_end))

    @callback
    def async_attach(
        self, client: RyzeClient, contacts: RyzeContacts, coordinator: RyzeCoordinator
    ) -> None:
        """Place calls with a client from now on, until the next one is attached."""
        self._store.async_start_reading()
        self._client = client
        self._contacts = self._reporter.contacts = contacts
        self._coordinator = coordinator

    @callback
    def async_detach(self) -> None:
        """Send no further attempt, and note that updates do not come through.

        A request that was sent is seen through. An action that was making audio still
        calls, with the client as it was.
        """
        for give_up in self._under_way:
            give_up.set()
        self._coordinator = None
        self._finder.async_detach()
        self._tracker.async_set_live(False)

    async def async_remove(self) -> None:
        """Forget the calls of an entry that is removed, and what was stored of them."""
        self._forget_job()
        self._async_end()
        self._hass.data[_DATA_CALLS].pop(self._entry.entry_id, None)
        await self._store.async_remove()

    @callback
    def _async_end(self) -> None:
        """Send nothing more, and release all waiting actions."""
        self.async_detach()
        self._tracker.async_shutdown()

    @callback
    def async_subscribe(self, listener: CallListener) -> CALLBACK_TYPE:
        """Have a listener called for each change of a call."""
        return self._reporter.async_subscribe(listener)

    @callback
    def async_recall(self, call: Call) -> None:
        """Follow a call that was placed before a restart."""
        self._tracker.async_recall(call)

    @callback
    def async_set_live(self, live: bool | None) -> None:
        """Note whether updates about calls come through, None where it is not known.

        They may come through before it is known, and then they need the LIDs.
        """
        self._tracker.async_set_live(live)
        if live is not False and self._client and self._contacts:
            self._finder.async_attach(self._client, self._contacts.async_numbers)

    @callback
    def async_handle_update(self, update: CallUpdate) -> None:
        """Handle an update about a call."""
        self._tracker.async_handle_update(update)

    @callback
    def _async_handle_read(self) -> None:
        """Use what was stored: for news that wait, and for the entities."""
        self._tracker.async_handle_lids()
        if self._coordinator:
            self._coordinator.async_update_listeners()

    @callback
    def _async_handle_lids(self) -> None:
        """Read the news again that waited for a LID."""
        self._tracker.async_handle_lids()

    @callback
    def async_learn_own_number(self, number: str | None) -> None:
        """Note the number of the instance."""
        self._store.async_learn_own(number)

    @callback
    def async_learn_account(self, number: str, account: Account) -> None:
        """Note the LID of a number that WhatsApp knows."""
        self._store.async_learn_lid(number, account.lid, time.time())

    @property
    def own_number(self) -> str | None:
        """Return the number of the instance, None where it is not known."""
        return self._store.lids.own.number

    async def async_wait_until_read(self) -> None:
        """Wait until the stored facts are read, or for a few seconds."""
        await self._store.async_wait_until_read()

    async def async_read_own_number(self) -> str | None:
        """Return the number of the instance, also before the entry was ever set up."""
        await self._store.async_wait_until_read()
        return self.own_number

    @property
    def matches(self) -> dict[str, int]:
        """Return how updates found their calls, as counts."""
        return dict(self._tracker.matches)

    @property
    def reports_outcomes(self) -> bool:
        """Return whether this instance has ever reported the outcome of a call."""
        return self._store.reports_outcomes

    @property
    def last_call(self) -> dict[str, Any] | None:
        """Return the last outgoing call as a row of a response, with its time."""
        return self._store.last_call

    @callback
    def async_is_last(self, call: Call) -> bool:
        """Return whether a call is the last outgoing one."""
        return self._reporter.async_is_last(call)

    @property
    def reset_in(self) -> float:
        """Return the seconds until the rate limit lets requests through again."""
        return self._client.reset_in if self._client else 0

    async def async_place(
        self,
        request: CallRequest,
        context: Context,
        wait: float = 0,
        on_begin: Callable[[Call], None] | None = None,
        patience: float = MAX_PATIENCE,
    ) -> Call:
        """Place a call, and wait up to `wait` seconds for its outcome.

        Nothing is sent after `patience` seconds. A call that fails is returned and not
        raised. If the caller is cancelled, `on_begin` has already given it the call.
        """
        if self._client is None:
            return Call.not_loaded(request, context)
        call = Call.for_request(request, context)
        self._reporter.async_find_contact(call)
        if on_begin:
            on_begin(call)
        followed = self._tracker.async_note_request(call)
        give_up = asyncio.Event()
        self._under_way.add(give_up)
        timer = self._hass.loop.call_later(patience, give_up.set)
        task = self._hass.async_create_background_task(
            self._async_see_through(self._client, request, followed, give_up),
            f"{DOMAIN} call",
        )
        task.add_done_callback(lambda _: self._under_way.discard(give_up))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            # The automation was stopped, so no further attempt is made. The phone may
            # ring already, and the task goes on to report that.
            give_up.set()
            raise
        finally:
            timer.cancel()
        if wait and call.outcome is Outcome.PLACED:
            with suppress(TimeoutError):
                await asyncio.wait_for(followed.settled.wait(), wait)
        return call

    async def _async_see_through(
        self,
        client: RyzeClient,
        request: CallRequest,
        followed: FollowedCall,
        give_up: asyncio.Event,
    ) -> None:
        """Send a request and note its end, whatever happens."""
        error: RyzeError = RyzeOutcomeUnknownError()
        placed: PlacedCall | None = None
        try:
            placed = await self._async_send(client, request, give_up)
        except RyzeError as err:
            # Keep a fresh error: the traceback of the raised one keeps the request, and
            # with it the audio, in memory.
            error = type(err)()
            self._async_react(err, client)
        except Exception as err:  # noqa: BLE001
            log_unexpected("while placing a call", err)
        finally:
            if placed:
                self._tracker.async_note_placed(followed, placed.call_id)
            else:
                self._tracker.async_note_failed(followed, error)

    async def _async_send(
        self, client: RyzeClient, request: CallRequest, give_up: asyncio.Event
    ) -> PlacedCall:
        """Send a request with the client's method for its type."""
        instance = self._entry.data[CONF_INSTANCE]
        if isinstance(request, FakeCall):
            return await client.fake_call(
                instance, request.number, request.duration, give_up
            )
        return await client.audio_call(instance, request.number, request.audio, give_up)

    @callback
    def _async_react(self, error: RyzeError, client: RyzeClient) -> None:
        """Start reauth or a refresh, unless the entry has another client by now."""
        if self._coordinator is None or self._client is not client:
            return
        if isinstance(error, RyzeAuthError):
            self._entry.async_start_reauth(self._hass)
        if isinstance(error, RyzeNotConnectedError):
            self._entry.async_create_background_task(
                self._hass,
                self._coordinator.async_request_refresh(),
                f"{DOMAIN} refresh",
                eager_start=False,
            )

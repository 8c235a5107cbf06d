"""Reporting each change of a call: to the bus first, then to the entities."""

from collections.abc import Callable
from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import (
    ATTR_AT,
    ATTR_CALL_ID,
    ATTR_DURATION,
    ATTR_INSTANCE,
    CONF_INSTANCE,
    DOMAIN,
)
from ..contacts import RyzeContacts
from ..errors import log_unexpected
from .call import Call, CallEvent, CallType
from .store import RyzeStore

# Called with None where the call has changed without an event.
type CallListener = Callable[[CallEvent | None, Call], None]


class CallReporter:
    """Reports the calls of an instance, and remembers the last outgoing one."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, store: RyzeStore
    ) -> None:
        """Initialize."""
        self._hass = hass
        self._entry = entry
        self._store = store
        self._listeners: set[CallListener] = set()
        self._last: Call | None = None
        # Set while the entry is set up for the first time.
        self.contacts: RyzeContacts | None = None

    @callback
    def async_subscribe(self, listener: CallListener) -> CALLBACK_TYPE:
        """Have a listener called for each change of a call."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @callback
    def async_is_last(self, call: Call) -> bool:
        """Return whether a call is the last outgoing one."""
        return call is self._last

    @callback
    def async_find_contact(self, call: Call) -> None:
        """Note the contact with the number of a call."""
        if not self.contacts:
            return
        if call.contact_id is None and call.number:
            call.contact_id = self.contacts.async_find(call.number)
        if call.contact_id:
            # The entity may be renamed or removed while the phone rings.
            call.contact = self.contacts.async_entity_id(call.contact_id)

    @callback
    def async_report(self, event: CallEvent | None, call: Call) -> None:
        """Report a change of a call, with an event if there is one."""
        self.async_find_contact(call)
        self._note_last(event, call)
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
                # An entity that fails must not lose the call.
                log_unexpected("while reporting a call", err)

    def _note_last(self, event: CallEvent | None, call: Call) -> None:
        """Store an outgoing call that is new, or a change of the last one."""
        if call.type is CallType.INCOMING:
            return
        if event in (CallEvent.PLACED, CallEvent.FAILED):
            self._last = call
        elif self._last is None and (stored := self._store.last_call):
            if call.call_id == stored.get(ATTR_CALL_ID):
                # The call was placed before a restart.
                call.at = datetime.fromisoformat(stored[ATTR_AT])
                self._last = call
        if call is self._last:
            self._store.async_note_last_call(
                call.as_response(waited=False) | {ATTR_AT: call.at.isoformat()}
            )

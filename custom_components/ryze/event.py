"""Event entities of the Ryze integration."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls import Call, CallEvent
from .const import (
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_ERROR,
    ATTR_NUMBER,
    ATTR_OBSERVED,
    ATTR_TAG,
    ATTR_TYPE,
)
from .data import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, CallListenerMixin, ContactEntity

PARALLEL_UPDATES = 0

_CALL_ATTRIBUTES = (
    ATTR_CALL_ID,
    ATTR_TYPE,
    ATTR_NUMBER,
    ATTR_TAG,
    ATTR_OBSERVED,
    ATTR_ERROR,
)
_INCOMING_ATTRIBUTES = (ATTR_CALL_ID, ATTR_NUMBER, ATTR_CONTACT)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RyzeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the events of an instance and its contacts."""
    async_add_entities([IncomingCallEvent(entry)])
    entry.runtime_data.contacts.async_add_entities(
        async_add_entities,
        lambda contact_id: [CallEventEntity(entry, contact_id)],
    )


class IncomingCallEvent(CallListenerMixin, AlwaysAvailableEntity, EventEntity):
    """Incoming calls of the instance."""

    key = "incoming_call"
    _attr_event_types = [CallEvent.RECEIVED.value]
    _unrecorded_attributes = frozenset({ATTR_NUMBER})

    @callback
    @override
    def _async_handle_call(self, event: CallEvent | None, call: Call) -> None:
        """Show an incoming call."""
        if event is not CallEvent.RECEIVED:
            return
        data = call.as_dict()
        self._trigger_event(
            event.value, {key: data[key] for key in _INCOMING_ATTRIBUTES}
        )
        self.async_set_context(call.context)
        self.async_write_ha_state()


class CallEventEntity(CallListenerMixin, ContactEntity, EventEntity):
    """Everything that happens to the calls to and from a contact."""

    key = "call"
    _attr_event_types = [event.value for event in CallEvent]
    _unrecorded_attributes = frozenset({ATTR_NUMBER})

    @callback
    @override
    def _async_handle_call(self, event: CallEvent | None, call: Call) -> None:
        """Show what happened to a call of the contact."""
        if event is None or call.contact_id != self.contact_id:
            return
        data = call.as_dict()
        self._trigger_event(event.value, {key: data[key] for key in _CALL_ATTRIBUTES})
        self.async_set_context(call.context)
        self.async_write_ha_state()

"""Event entities of the Ryze integration."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls.call import Call, CallEvent
from .const import (
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_ERROR,
    ATTR_NUMBER,
    ATTR_OBSERVED,
    ATTR_TAG,
    ATTR_TYPE,
)
from .coordinator import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, ContactEntity

PARALLEL_UPDATES = 0

_CALL_ATTRIBUTES = (
    *(ATTR_CALL_ID, ATTR_TYPE, ATTR_NUMBER),
    *(ATTR_TAG, ATTR_OBSERVED, ATTR_ERROR),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RyzeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the events of an instance and its contacts."""
    async_add_entities([IncomingCallEvent(entry)])
    entry.runtime_data.contacts.async_add_entities(
        async_add_entities,
        lambda entry, contact_id: [CallEventEntity(entry, contact_id)],
    )


class IncomingCallEvent(AlwaysAvailableEntity, EventEntity):
    """Somebody calls the instance."""

    _attr_event_types = [CallEvent.RECEIVED.value]
    _unrecorded_attributes = frozenset({ATTR_NUMBER})

    def __init__(self, entry: RyzeConfigEntry) -> None:
        """Initialize."""
        super().__init__(entry, "incoming_call")

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to calls."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.entry.runtime_data.calls.async_subscribe(self._async_handle)
        )

    @callback
    def _async_handle(self, event: CallEvent | None, call: Call) -> None:
        """Show that somebody calls."""
        if event is not CallEvent.RECEIVED:
            return
        data = call.as_dict()
        self._trigger_event(
            event.value,
            {key: data[key] for key in (ATTR_CALL_ID, ATTR_NUMBER, ATTR_CONTACT)},
        )
        self.async_set_context(call.context)
        self.async_write_ha_state()


class CallEventEntity(ContactEntity, EventEntity):
    """Tells everything that happens to the calls to and from a contact."""

    _attr_event_types = [event.value for event in CallEvent]
    _unrecorded_attributes = frozenset({ATTR_NUMBER})

    def __init__(self, entry: RyzeConfigEntry, contact_id: str) -> None:
        """Initialize."""
        super().__init__(entry, contact_id, "call")

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to calls."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.entry.runtime_data.calls.async_subscribe(self._async_handle)
        )

    @callback
    def _async_handle(self, event: CallEvent | None, call: Call) -> None:
        """Show what happened to a call of the contact."""
        if event is None or call.contact_id != self.contact_id:
            return
        data = call.as_dict()
        self._trigger_event(event.value, {key: data[key] for key in _CALL_ATTRIBUTES})
        self.async_set_context(call.context)
        self.async_write_ha_state()

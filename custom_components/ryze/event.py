"""Event entities of the Ryze integration."""

from collections import deque
from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .calls import Call, CallEvent
from .const import (
    ATTR_ACKNOWLEDGED_BY,
    ATTR_ACKNOWLEDGED_BY_NAME,
    ATTR_AT,
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
from .escalation import DATA_ESCALATIONS, EscalationEvent, EscalationEventType
from .names import async_acknowledger_name

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
    async_add_entities([EscalationEventEntity(entry), IncomingCallEvent(entry)])
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


class EscalationEventEntity(AlwaysAvailableEntity, EventEntity):
    """Starts and ends of the escalations that may call from the instance."""

    key = "escalation"
    _attr_event_types = [event.value for event in EscalationEventType]
    # Somebody who is no contact is named by the number.
    _unrecorded_attributes = frozenset({ATTR_ACKNOWLEDGED_BY})

    def __init__(self, entry: RyzeConfigEntry) -> None:
        """Initialize."""
        super().__init__(entry)
        # What happened while the entity did not exist.
        self._missed: deque[EscalationEvent] = deque()

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to escalations, and show what was missed."""
        await super().async_added_to_hass()
        events = self.hass.data[DATA_ESCALATIONS].events
        self.async_on_remove(events.async_subscribe(self._async_handle_event))
        self._missed.extend(event for event in events.kept if self._is_missed(event))
        # Home Assistant writes the restored state first. Automations take no notice of
        # a change from an unavailable state.
        self.hass.async_create_task(self._async_catch_up(), eager_start=False)

    async def _async_catch_up(self) -> None:
        """Show what was missed."""
        while self._missed:
            await self._async_show(self._missed.popleft())

    def _is_missed(self, event: EscalationEvent) -> bool:
        """Return whether an event came later than the last one that was shown."""
        if self.entry.entry_id not in event.entry_ids:
            return False
        last = dt_util.parse_datetime(str(self.state_attributes.get(ATTR_AT)))
        return last is None or event.at > last

    @callback
    def _async_handle_event(self, event: EscalationEvent) -> None:
        """Show an event of an escalation that may call from the instance."""
        if self.entry.entry_id not in event.entry_ids:
            return
        if self._missed:
            self._missed.append(event)
        else:
            # The task ends at once, because Home Assistant holds all users in memory.
            self.hass.async_create_task(self._async_show(event))

    async def _async_show(self, event: EscalationEvent) -> None:
        """Show an event, with the name of whoever acknowledged the escalation."""
        data = event.data
        name = await async_acknowledger_name(self.hass, data[ATTR_ACKNOWLEDGED_BY])
        self._trigger_event(event.type.value, data | {ATTR_ACKNOWLEDGED_BY_NAME: name})
        self.async_set_context(event.context)
        self.async_write_ha_state()

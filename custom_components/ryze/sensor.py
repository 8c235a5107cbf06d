"""Sensors of the Ryze integration."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .calls import Call, CallEvent
from .const import (
    ATTR_AT,
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_ERROR,
    ATTR_NEXT,
    ATTR_NUMBER,
    ATTR_OBSERVED,
    ATTR_OUTCOME,
    ATTR_SINCE,
    ATTR_TAG,
    ATTR_TYPE,
)
from .data import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, CallListenerMixin, RyzeEntity
from .escalation import DATA_ESCALATIONS, Escalation

PARALLEL_UPDATES = 0

_CALL_ATTRIBUTES = (
    ATTR_OUTCOME,
    ATTR_OBSERVED,
    ATTR_TYPE,
    ATTR_CALL_ID,
    ATTR_NUMBER,
    ATTR_CONTACT,
    ATTR_TAG,
    ATTR_ERROR,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RyzeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of an instance."""
    async_add_entities(
        [EscalationsSensor(entry), LastCallSensor(entry), RequestsLeftSensor(entry)]
    )


class EscalationsSensor(AlwaysAvailableEntity, SensorEntity):
    """The number of escalations that call from this instance."""

    key = "escalations"
    _attr_state_class = SensorStateClass.MEASUREMENT
    # The next person may be shown as a number.
    _unrecorded_attributes = frozenset({ATTR_NEXT})

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to escalations."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.hass.data[DATA_ESCALATIONS].async_subscribe(self.async_write_ha_state)
        )

    @property
    @override
    def native_value(self) -> int:
        """Return the number of running escalations."""
        return len(self._escalations)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the tag, the start and the next person of each escalation."""
        running = self._escalations
        return {
            ATTR_TAG: [escalation.plan.tag for escalation in running],
            ATTR_SINCE: [
                dt_util.utc_from_timestamp(escalation.plan.started).isoformat()
                for escalation in running
            ],
            ATTR_NEXT: [self._next(escalation) for escalation in running],
        }

    @property
    def _escalations(self) -> list[Escalation]:
        """Return the escalations that call from this instance."""
        return self.hass.data[DATA_ESCALATIONS].async_get(entry_id=self.entry.entry_id)

    def _next(self, escalation: Escalation) -> str:
        """Return the next contact's notify entity, else the next number."""
        target = escalation.plan.next_target
        contacts = self.entry.runtime_data.contacts
        contact_id = target.contact_id or contacts.async_find(target.number)
        entity_id = contacts.async_entity_id(contact_id) if contact_id else None
        return entity_id or target.number


class LastCallSensor(CallListenerMixin, AlwaysAvailableEntity, SensorEntity):
    """The last outgoing call: when it was requested, and what became of it."""

    key = "last_call"
    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _unrecorded_attributes = frozenset({ATTR_NUMBER})

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return when the call was requested."""
        last_call = self.calls.last_call
        return datetime.fromisoformat(last_call[ATTR_AT]) if last_call else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return the details of the call."""
        last_call = self.calls.last_call
        return last_call and {key: last_call.get(key) for key in _CALL_ATTRIBUTES}

    @callback
    @override
    def _async_handle_call(self, event: CallEvent | None, call: Call) -> None:
        """Show a change of the last outgoing call."""
        if self.calls.async_is_last(call):
            self.async_set_context(call.context)
            self.async_write_ha_state()


class RequestsLeftSensor(RyzeEntity, SensorEntity):
    """The number of requests that the token has left."""

    key = "requests_left"
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False
    _attr_state_class = SensorStateClass.MEASUREMENT

    @property
    @override
    def native_value(self) -> int | None:
        """Return the number of requests."""
        return self.coordinator.data.requests_left

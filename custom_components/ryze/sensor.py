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

from .calls.call import Call, CallEvent, CallType
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
from .coordinator import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, RyzeEntity
from .escalation.registry import DATA_ESCALATIONS
from .escalation.run import Escalation

PARALLEL_UPDATES = 0

_CALL_ATTRIBUTES = (
    *(ATTR_OUTCOME, ATTR_OBSERVED, ATTR_TYPE, ATTR_CALL_ID),
    *(ATTR_NUMBER, ATTR_CONTACT, ATTR_TAG, ATTR_ERROR),
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
    """How many escalations call from this instance."""

    _attr_state_class = SensorStateClass.MEASUREMENT
    # Whose turn it is may be a number.
    _unrecorded_attributes = frozenset({ATTR_NEXT})

    def __init__(self, entry: RyzeConfigEntry) -> None:
        """Initialize."""
        super().__init__(entry, "escalations")

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
        """Return how many run."""
        return len(self._escalations)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what they are about, since when they run, and who is next."""
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
        """Return those of this instance."""
        return self.hass.data[DATA_ESCALATIONS].async_get(entry_id=self.entry.entry_id)

    def _next(self, escalation: Escalation) -> str:
        """Return whose turn it is: the contact's entity, else the number."""
        target = escalation.next_target
        contacts = self.entry.runtime_data.contacts
        contact_id = target.contact_id or contacts.async_find(target.number)
        entity_id = contacts.async_entity_id(contact_id) if contact_id else None
        return entity_id or target.number


class LastCallSensor(AlwaysAvailableEntity, SensorEntity):
    """When the last call was placed, and what became of it."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _unrecorded_attributes = frozenset({ATTR_NUMBER})

    def __init__(self, entry: RyzeConfigEntry) -> None:
        """Initialize."""
        super().__init__(entry, "last_call")
        self._call: Call | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to calls."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.entry.runtime_data.calls.async_subscribe(self._async_handle)
        )

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return when it was placed."""
        last_call = self.entry.runtime_data.store.last_call
        return datetime.fromisoformat(last_call[ATTR_AT]) if last_call else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what is known of it."""
        last_call = self.entry.runtime_data.store.last_call
        return last_call and {key: last_call.get(key) for key in _CALL_ATTRIBUTES}

    @callback
    def _async_handle(self, event: CallEvent | None, call: Call) -> None:
        """Show the call that was placed last."""
        if call.type is CallType.INCOMING:
            return
        store = self.entry.runtime_data.store
        if event in (CallEvent.PLACED, CallEvent.FAILED) or (
            # It was placed before a reload.
            call.call_id
            and store.last_call
            and call.call_id == store.last_call.get(ATTR_CALL_ID)
        ):
            self._call = call
        if call is self._call:
            store.async_note_last_call(
                call.as_response(waited=False) | {ATTR_AT: call.at.isoformat()}
            )
            self.async_set_context(call.context)
            self.async_write_ha_state()


class RequestsLeftSensor(RyzeEntity, SensorEntity):
    """How many requests are left to the token."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False
    _attr_state_class = SensorStateClass.MEASUREMENT

    def __init__(self, entry: RyzeConfigEntry) -> None:
        """Initialize."""
        super().__init__(entry, "requests_left")

    @property
    @override
    def native_value(self) -> int | None:
        """Return how many requests are left."""
        return self.coordinator.data.requests_left

"""Sensors of the Ryze integration."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    ATTR_STATE_CLASS,
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .calls import Call, CallEvent
from .const import (
    ATTR_AT,
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_ERROR,
    ATTR_NUMBER,
    ATTR_OBSERVED,
    ATTR_OUTCOME,
    ATTR_TAG,
    ATTR_TYPE,
)
from .data import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, CallListenerMixin, RyzeEntity

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
    async_add_entities([LastCallSensor(entry), RequestsLeftSensor(entry)])


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
        if last_call is None:
            return None
        details = {key: last_call.get(key) for key in _CALL_ATTRIBUTES}
        # The key alone keeps a sensor out of Activity, which tells of each call anyway.
        return details | {ATTR_STATE_CLASS: None}

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

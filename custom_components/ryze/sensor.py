"""Sensors of the Ryze integration."""

from typing import override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .call import Call, CallEvent, CallType
from .const import (
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_ERROR,
    ATTR_NUMBER,
    ATTR_OBSERVED,
    ATTR_OUTCOME,
    ATTR_TAG,
    ATTR_TYPE,
)
from .coordinator import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, RyzeEntity

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
    async_add_entities([LastCallSensor(entry), RequestsLeftSensor(entry)])


class LastCallSensor(AlwaysAvailableEntity, RestoreSensor):
    """When the last call was placed, and what became of it."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _unrecorded_attributes = frozenset({ATTR_NUMBER})

    def __init__(self, entry: RyzeConfigEntry) -> None:
        """Initialize."""
        super().__init__(entry, "last_call")
        self._call: Call | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Remember the last call, and listen to calls."""
        await super().async_added_to_hass()
        if (state := await self.async_get_last_state()) and (
            data := await self.async_get_last_sensor_data()
        ):
            self._attr_native_value = data.native_value
            self._attr_extra_state_attributes = {
                key: state.attributes.get(key) for key in _CALL_ATTRIBUTES
            }
        self.async_on_remove(
            self.entry.runtime_data.calls.async_subscribe(self._async_handle)
        )

    @callback
    def _async_handle(self, event: CallEvent | None, call: Call) -> None:
        """Show the call that was placed last."""
        if call.type is CallType.INCOMING:
            return
        if event in (CallEvent.PLACED, CallEvent.FAILED):
            self._call = call
        if call is self._call:
            row = call.as_response(waited=False)
            self._attr_native_value = call.at
            self._attr_extra_state_attributes = {
                key: row[key] for key in _CALL_ATTRIBUTES
            }
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

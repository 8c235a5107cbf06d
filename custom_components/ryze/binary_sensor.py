"""Binary sensors of the Ryze integration."""

from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import LinkState
from .data import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, RyzeEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RyzeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of an instance."""
    async_add_entities([WhatsAppSensor(entry), LiveUpdatesSensor(entry)])


class WhatsAppSensor(RyzeEntity, BinarySensorEntity):
    """The link between the instance and WhatsApp."""

    key = "whatsapp"
    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _unrecorded_attributes = frozenset({"number", "profile_name"})

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the instance is linked."""
        link = self.coordinator.data.link
        return None if link is LinkState.UNKNOWN else link is LinkState.CONNECTED

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the number and the profile name of the instance."""
        state = self.coordinator.data
        return {
            "link": state.link.value,
            "number": state.number,
            "profile_name": state.profile_name,
        }


class LiveUpdatesSensor(AlwaysAvailableEntity, BinarySensorEntity):
    """The connection for live updates."""

    key = "live_updates"
    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the connection is open."""
        return self.entry.runtime_data.listener.live

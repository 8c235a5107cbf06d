"""Base of the entities."""

from typing import override

from homeassistant.const import CONF_URL
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import RyzeConfigEntry, RyzeCoordinator


class RyzeEntity(CoordinatorEntity[RyzeCoordinator]):
    """An entity of an instance."""

    _attr_has_entity_name = True

    def __init__(self, entry: RyzeConfigEntry, key: str) -> None:
        """Initialize."""
        super().__init__(entry.runtime_data.coordinator)
        self.entry = entry
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_translation_key = key
        self._attr_device_info = DeviceInfo(
            configuration_url=entry.data[CONF_URL],
            entry_type=DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, entry.entry_id)},
            manufacturer="RyzeAPI",
            name=entry.title,
        )


class AlwaysAvailableEntity(RyzeEntity):
    """An entity that means something while RyzeAPI cannot be reached as well."""

    @property
    @override
    def available(self) -> bool:
        """Return that the entity is available."""
        return True

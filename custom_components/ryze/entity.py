"""Bases of the entities."""

from typing import override

from homeassistant.core import Context
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .calls.call import AudioCall, FakeCall
from .calls.placing import RyzeCalls, async_get_calls
from .const import CONF_NUMBER, DOMAIN, MANUFACTURER
from .contacts import contact_unique_id
from .coordinator import RyzeConfigEntry, RyzeCoordinator
from .errors import translated


class RyzeEntity(CoordinatorEntity[RyzeCoordinator]):
    """An entity of an instance."""

    _attr_has_entity_name = True

    def __init__(self, entry: RyzeConfigEntry, key: str) -> None:
        """Initialize."""
        super().__init__(entry.runtime_data.coordinator)
        self.entry = entry
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_translation_key = key
        # The device is there before its entities: contacts' devices refer to it.
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)})


class AlwaysAvailableEntity(RyzeEntity):
    """An entity that means something while RyzeAPI cannot be reached as well."""

    @property
    @override
    def available(self) -> bool:
        """Return that the entity is available."""
        return True


class ContactEntity(Entity):
    """An entity of a contact.

    It is always available: Home Assistant passes over what is not, and a press or a
    message must never vanish.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: RyzeConfigEntry, contact_id: str, key: str) -> None:
        """Initialize."""
        self.entry = entry
        self.contact_id = contact_id
        self._attr_unique_id = contact_unique_id(contact_id, key)
        self._attr_translation_key = key
        self._attr_device_info = DeviceInfo(
            entry_type=DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, contact_id)},
            manufacturer=MANUFACTURER,
            name=entry.subentries[contact_id].title,
            via_device_id=dr.async_get_device_id_by_identifier(
                entry.runtime_data.coordinator.hass,
                (DOMAIN, entry.entry_id),
                config_entry_id=entry.entry_id,
            ),
        )

    @property
    def number(self) -> str:
        """Return the number as it is now."""
        number: str = self.entry.subentries[self.contact_id].data[CONF_NUMBER]
        return number

    async def async_call(
        self,
        request: FakeCall | AudioCall,
        context: Context | None,
        calls: RyzeCalls | None = None,
    ) -> None:
        """Place a call, and raise where that fails."""
        calls = async_get_calls(self.entry, calls) or self.entry.runtime_data.calls
        call = await calls.async_place(request, context or Context())
        if call.error:
            raise translated(call.error.key)

"""Base classes of the entities."""

from typing import ClassVar, override

from homeassistant.core import Context, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .calls import Call, CallEvent, CallRequest, RyzeCalls
from .const import CONF_NUMBER, DOMAIN, MANUFACTURER
from .contacts import contact_unique_id
from .coordinator import RyzeCoordinator
from .data import RyzeConfigEntry
from .errors import translated


def instance_unique_id(entry_id: str, key: str) -> str:
    """Return the unique id of an entity of an instance."""
    return f"{entry_id}_{key}"


class RyzeEntity(CoordinatorEntity[RyzeCoordinator]):
    """An entity of an instance."""

    _attr_has_entity_name = True
    # Names the entity in its unique id and in the translations.
    key: ClassVar[str]

    def __init__(self, entry: RyzeConfigEntry) -> None:
        """Initialize."""
        super().__init__(entry.runtime_data.coordinator)
        self.entry = entry
        self.calls = entry.runtime_data.calls
        self._attr_unique_id = instance_unique_id(entry.entry_id, self.key)
        self._attr_translation_key = self.key
        # Setting up the entry has registered the device.
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)})

    @property
    @override
    def available(self) -> bool:
        """Return whether the state of the instance is known."""
        return self.coordinator.available


class AlwaysAvailableEntity(RyzeEntity):
    """An entity that is available also where RyzeAPI is silent or unreachable."""

    @property
    @override
    def available(self) -> bool:
        """Return that the entity is available."""
        return True


class ContactEntity(Entity):
    """An entity of a contact.

    The entity is always available. Home Assistant silently skips unavailable entities,
    and a press or a message must never vanish.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False
    # Names the entity in its unique id and in the translations.
    key: ClassVar[str]

    def __init__(self, entry: RyzeConfigEntry, contact_id: str) -> None:
        """Initialize."""
        self.entry = entry
        self.calls = entry.runtime_data.calls
        self.contact_id = contact_id
        self._attr_unique_id = contact_unique_id(contact_id, self.key)
        self._attr_translation_key = self.key
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
        """Return the current number of the contact."""
        number: str = self.entry.subentries[self.contact_id].data[CONF_NUMBER]
        return number

    async def async_call(self, request: CallRequest, context: Context | None) -> None:
        """Place a call, and raise where it fails."""
        call = await self.calls.async_place(request, context or Context())
        if call.error:
            raise translated(call.error.key)


class CallListenerMixin(Entity):
    """An entity that is told of every change of a call."""

    calls: RyzeCalls

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to calls."""
        await super().async_added_to_hass()
        self.async_on_remove(self.calls.async_subscribe(self._async_handle_call))

    @callback
    def _async_handle_call(self, event: CallEvent | None, call: Call) -> None:
        """Handle a change of a call."""
        raise NotImplementedError

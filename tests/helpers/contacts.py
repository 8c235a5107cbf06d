"""Contacts: adding, changing and removing them, and their entities and devices."""

from types import MappingProxyType

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .common import make_contact
from custom_components.ryze.const import DOMAIN


def contact_of(entry: MockConfigEntry, name: str) -> ConfigSubentry:
    """Return a contact by its name."""
    contacts: dict[str, ConfigSubentry] = {
        item.title: item for item in entry.subentries.values()
    }
    return contacts[name]


async def add(
    hass: HomeAssistant, entry: MockConfigEntry, name: str, number: str
) -> ConfigSubentry:
    """Add a contact."""
    data = make_contact(name, number)
    contact = ConfigSubentry(
        data=MappingProxyType(data["data"]),
        subentry_type=data["subentry_type"],
        title=data["title"],
        unique_id=data["unique_id"],
    )
    hass.config_entries.async_add_subentry(entry, contact)
    await hass.async_block_till_done()
    return contact


async def change(
    hass: HomeAssistant, entry: MockConfigEntry, name: str, *, to: tuple[str, str]
) -> None:
    """Give a contact another name and number."""
    data = make_contact(*to)
    hass.config_entries.async_update_subentry(
        entry,
        contact_of(entry, name),
        title=data["title"],
        data=data["data"],
        unique_id=data["unique_id"],
    )
    await hass.async_block_till_done()


async def remove(hass: HomeAssistant, entry: MockConfigEntry, name: str) -> None:
    """Remove a contact."""
    contact = contact_of(entry, name)
    hass.config_entries.async_remove_subentry(entry, contact.subentry_id)
    await hass.async_block_till_done()


async def press(hass: HomeAssistant, entity_id: str) -> None:
    """Press a button."""
    await hass.services.async_call(
        "button", "press", {"entity_id": entity_id}, blocking=True
    )


def entities_of(hass: HomeAssistant, contact: ConfigSubentry) -> list[str]:
    """Return the entities of a contact."""
    registry = er.async_get(hass)
    return sorted(
        item.entity_id
        for item in registry.entities.values()
        if item.config_subentry_id == contact.subentry_id
    )


def device_of(
    hass: HomeAssistant, entry: MockConfigEntry, contact: ConfigSubentry | None = None
) -> dr.DeviceEntry | None:
    """Return the device of a contact, or of the instance."""
    identifier = contact.subentry_id if contact else entry.entry_id
    return dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, identifier), entry.entry_id
    )


def friendly_names(hass: HomeAssistant, entity_ids: list[str]) -> list[str]:
    """Return the names under which entities are shown."""
    states = [hass.states.get(entity_id) for entity_id in entity_ids]
    return [state.name for state in states if state]

"""Contacts of an instance, and their devices."""

from collections.abc import Callable, Iterable
from typing import Final

from homeassistant.components.notify import DOMAIN as NOTIFY_DOMAIN
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_NUMBER, DOMAIN, SUBENTRY_CONTACT
from .phone_numbers import same_person_key

# Key of the notify entity, which stands for the contact in actions.
MESSAGE_KEY: Final = "message"


def contact_unique_id(contact_id: str, key: str) -> str:
    """Return the unique id of an entity of a contact, which survives a new number."""
    return f"{contact_id}_{key}"


class RyzeContacts:
    """The contacts of one instance, by the ids of their subentries.

    Contacts come, change and go without a reload, which would interrupt live updates.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize."""
        self._hass = hass
        self._entry = entry
        self._by_person: dict[str, str] = {}
        self._known: list[str] = []
        self._on_new: list[Callable[[str], None]] = []
        self._read()

    @callback
    def async_follow(self) -> CALLBACK_TYPE:
        """Follow changes of the entry until the returned function is called."""
        return async_dispatcher_connect(
            self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_handle_change
        )

    @callback
    def async_find(self, number: str) -> str | None:
        """Return the contact with a number, None where there is none."""
        return self._by_person.get(same_person_key(number))

    @callback
    def async_numbers(self) -> list[str]:
        """Return the numbers of all contacts."""
        subentries = self._entry.subentries
        return [subentries[key].data[CONF_NUMBER] for key in self._known]

    @callback
    def async_entity_id(self, contact_id: str) -> str | None:
        """Return the notify entity of a contact, None where it is removed."""
        return er.async_get(self._hass).async_get_entity_id(
            NOTIFY_DOMAIN, DOMAIN, contact_unique_id(contact_id, MESSAGE_KEY)
        )

    @callback
    def async_add_entities(
        self,
        async_add_entities: AddConfigEntryEntitiesCallback,
        make: Callable[[str], Iterable[Entity]],
    ) -> None:
        """Add the entities of a platform for all present and future contacts."""

        @callback
        def add(contact_id: str) -> None:
            async_add_entities(make(contact_id), config_subentry_id=contact_id)

        self._on_new.append(add)
        for contact_id in self._known:
            add(contact_id)

    @callback
    def _async_handle_change(self, _: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Handle a change of an entry."""
        if entry.entry_id != self._entry.entry_id:
            return
        known = set(self._known)
        self._read()
        for contact_id in self._known:
            if contact_id not in known:
                for add in self._on_new:
                    add(contact_id)
        self._rename()

    def _read(self) -> None:
        """Rebuild the index from the subentries."""
        contacts = list(self._entry.get_subentries_of_type(SUBENTRY_CONTACT))
        self._known = [contact.subentry_id for contact in contacts]
        self._by_person = {
            same_person_key(contact.data[CONF_NUMBER]): contact.subentry_id
            for contact in contacts
        }

    def _rename(self) -> None:
        """Copy the titles of entry and contacts to their devices."""
        registry = dr.async_get(self._hass)
        names = {self._entry.entry_id: self._entry.title} | {
            contact_id: self._entry.subentries[contact_id].title
            for contact_id in self._known
        }
        for identifier, name in names.items():
            device = registry.async_get_device_by_identifier(
                (DOMAIN, identifier), self._entry.entry_id
            )
            if device and device.name != name:
                registry.async_update_device(device.id, name=name)

"""Repairs for contacts that are gone and that somebody still calls."""

from collections.abc import Collection
from typing import Any, Final

from homeassistant.components.automation import (
    EVENT_AUTOMATION_RELOADED,
    automations_with_entity,
)
from homeassistant.components.notify import DOMAIN as NOTIFY_DOMAIN
from homeassistant.components.script import scripts_with_entity
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, SUBENTRY_CONTACT
from .contacts import MESSAGE_KEY, contact_unique_id
from .privacy import hide_numbers

CONTACT_MISSING: Final = "contact_missing"
CONTACT_MISSING_TAG: Final = "contact_missing_tag"

DATA_MISSING_CONTACTS: HassKey[MissingContacts] = HassKey(f"{DOMAIN}_missing_contacts")


class MissingContacts:
    """Contacts of all instances that are gone.

    The issues themselves are the memory: Home Assistant stores them, so that they are
    looked at again after a restart. Templates cannot be looked into.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize."""
        self._hass = hass
        # Names of the contacts, by entry and subentry. A removed contact has none left.
        self._names = {
            entry.entry_id: _names(entry)
            for entry in hass.config_entries.async_entries(DOMAIN)
        }

    @callback
    def async_start(self) -> None:
        """Follow the contacts, and who names them."""
        async_dispatcher_connect(
            self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_handle_change
        )
        self._hass.bus.async_listen(
            EVENT_AUTOMATION_RELOADED, self._async_handle_reload
        )
        self._hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, self._async_handle_entity
        )
        async_at_started(self._hass, self._async_check)

    @callback
    def async_handle_escalation(
        self, tag: str | None, missing: Collection[str]
    ) -> None:
        """Note the entities that an escalation has left out, and those it has not."""
        for data in self._known():
            if data["tag"] == tag and data["entity_id"] not in missing:
                self._update(**data | {"tag": ""})
        for entity_id in missing:
            self._update(entity_id, tag=tag)
        self._async_check(self._hass)

    @callback
    def _async_handle_change(
        self, change: ConfigEntryChange, entry: ConfigEntry
    ) -> None:
        """Note contacts that were removed, and look again where one was added."""
        if entry.domain != DOMAIN:
            return
        before = self._names.pop(entry.entry_id, {})
        now = {} if change is ConfigEntryChange.REMOVED else _names(entry)
        self._names[entry.entry_id] = now
        for contact_id in before.keys() - now.keys():
            if entity_id := self._entity_id(contact_id):
                self._update(entity_id, before[contact_id])
        self._async_check(self._hass)

    @callback
    def _async_handle_entity(
        self, event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        """Look again where an entity has come back."""
        if any(data["entity_id"] == event.data["entity_id"] for data in self._known()):
            self._async_check(self._hass)

    @callback
    def _async_handle_reload(self, _: Event) -> None:
        """Look again after a change of an automation."""
        self._async_check(self._hass)

    @callback
    def _async_check(self, _: HomeAssistant) -> None:
        """Look at all issues again."""
        for data in self._known():
            self._update(**data)

    def _known(self) -> list[dict[str, Any]]:
        """Return the data of all issues."""
        return [
            dict(issue.data)
            for issue in ir.async_get(self._hass).issues.values()
            if issue.domain == DOMAIN
            and issue.data
            and issue.translation_key in (CONTACT_MISSING, CONTACT_MISSING_TAG)
        ]

    def _update(
        self, entity_id: str, name: str | None = None, tag: str | None = None
    ) -> None:
        """Create the issue of a contact, or delete it where it is over."""
        issue_id = f"{CONTACT_MISSING}_{hide_numbers(entity_id)}"
        if known := ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id):
            before: dict[str, Any] = known.data or {}
            name = before.get("name") if name is None else name
            tag = before.get("tag") if tag is None else tag
        users = self._users(entity_id)
        if self._exists(entity_id) or not (users or tag):
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={"entity_id": entity_id, "name": name, "tag": tag},
            is_fixable=False,
            is_persistent=True,
            severity=ir.IssueSeverity.ERROR,
            translation_key=CONTACT_MISSING if users else CONTACT_MISSING_TAG,
            translation_placeholders={
                "contact": hide_numbers(name or entity_id),
                "users": hide_numbers(", ".join(users)),
                "tag": hide_numbers(tag or ""),
            },
        )

    def _entity_id(self, contact_id: str) -> str | None:
        """Return the notify entity of a contact that was removed."""
        registry = er.async_get(self._hass)
        key = (NOTIFY_DOMAIN, DOMAIN, contact_unique_id(contact_id, MESSAGE_KEY))
        # Home Assistant removes the entity after the contact, and then remembers it.
        removed = registry.deleted_entities.get(key)
        return removed.entity_id if removed else registry.async_get_entity_id(*key)

    def _exists(self, entity_id: str) -> bool:
        """Return whether an entity stands for somebody."""
        entity = er.async_get(self._hass).async_get(entity_id)
        if entity is None or entity.platform != DOMAIN:
            return entity is not None
        entry = self._hass.config_entries.async_get_entry(entity.config_entry_id or "")
        return entry is not None and entity.config_subentry_id in entry.subentries

    def _users(self, entity_id: str) -> list[str]:
        """Return the names of the automations and scripts that name an entity."""
        found = [
            *automations_with_entity(self._hass, entity_id),
            *scripts_with_entity(self._hass, entity_id),
        ]
        states = (self._hass.states.get(user) for user in found)
        return sorted(state.name for state in states if state)


def _names(entry: ConfigEntry) -> dict[str, str]:
    """Return the names of the contacts of an entry."""
    return {
        contact.subentry_id: contact.title
        for contact in entry.get_subentries_of_type(SUBENTRY_CONTACT)
    }

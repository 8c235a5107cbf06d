"""Recipients: from the contacts and numbers of an action to people and their instances."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.components.notify import DOMAIN as NOTIFY_DOMAIN
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, CONF_ENTITIES
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry

from .calls import RyzeCalls, async_get_calls
from .const import (
    ATTR_CONTACT,
    ATTR_NUMBER,
    CONF_NUMBER,
    DOMAIN,
    LOGGER,
    SUBENTRY_CONTACT,
)
from .errors import refusal
from .phone_numbers import same_person_key
from .privacy import hide_numbers


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A person to call, and the instance that calls."""

    entry: ConfigEntry
    number: str
    contact_id: str | None = None
    # The notify entity that the action named.
    contact: str | None = None
    # None where the instance was not loaded when the action began.
    calls: RyzeCalls | None


@callback
def async_get_recipients(
    hass: HomeAssistant, data: Mapping[str, Any], *, alarm: bool = False
) -> list[Recipient]:
    """Return the recipients of an action: contacts first, each person once.

    At least one instance is loaded; calls from the others fail. An alarm passes over
    entities that are no contacts, and its instances need not be loaded, because an
    escalation waits for them.

    Raises ServiceValidationError where an entity is no contact, or where it is not
    clear which instance calls a number.
    """
    people: dict[str, Recipient] = {}
    missing: ServiceValidationError | None = None
    for entity_id in _expand(hass, data[ATTR_CONTACT]):
        try:
            recipient = _recipient_of(hass, entity_id)
        except ServiceValidationError as err:
            if not alarm:
                raise
            missing = err
            LOGGER.error("A contact of an escalation does not exist")
            continue
        person = same_person_key(recipient.number)
        # Prefer a loaded instance when two know the same person.
        if person not in people or (recipient.calls and not people[person].calls):
            people[person] = recipient

    numbers = {same_person_key(number): number for number in data[ATTR_NUMBER]}
    entry_id = data.get(ATTR_CONFIG_ENTRY_ID)
    if entry_id is not None or numbers.keys() - people.keys():
        entry = _instance(hass, entry_id, alarm=alarm)
        calls = _calls_if_loaded(hass, entry)
        for person, number in numbers.items():
            people.setdefault(
                person, Recipient(entry=entry, number=number, calls=calls)
            )
    if not people:
        raise missing or refusal("no_recipient")
    recipients = list(people.values())
    if not any(recipient.calls for recipient in recipients):
        # Home Assistant has words for an entry that is not loaded.
        _instance(hass, recipients[0].entry.entry_id, alarm=alarm)
    return recipients


def _instance(hass: HomeAssistant, entry_id: str | None, *, alarm: bool) -> ConfigEntry:
    """Return the chosen instance, or the only one where none is chosen.

    Raises ServiceValidationError in Home Assistant's own words. For an alarm, any entry
    that is not disabled will do.
    """
    if alarm:
        found = [
            entry
            for entry in hass.config_entries.async_entries(
                DOMAIN, include_ignore=False, include_disabled=False
            )
            if entry_id in (None, entry.entry_id)
        ]
        if len(found) == 1:
            return found[0]
    return async_get_config_entry(hass, DOMAIN, entry_id)


def _calls_if_loaded(hass: HomeAssistant, entry: ConfigEntry) -> RyzeCalls | None:
    """Return the calls of an entry, None where the entry is not loaded."""
    loaded = entry.state is ConfigEntryState.LOADED
    return async_get_calls(hass, entry) if loaded else None


def _recipient_of(hass: HomeAssistant, entity_id: str) -> Recipient:
    """Return the contact that a notify entity stands for."""
    registered = er.async_get(hass).async_get(entity_id)
    if (
        registered is None
        or (registered.domain, registered.platform) != (NOTIFY_DOMAIN, DOMAIN)
        or registered.config_subentry_id is None
    ):
        raise refusal("unknown_contact", entity=entity_id)
    assert registered.config_entry_id
    entry = hass.config_entries.async_get_known_entry(registered.config_entry_id)
    contact = entry.subentries[registered.config_subentry_id]
    assert contact.subentry_type == SUBENTRY_CONTACT
    return Recipient(
        entry=entry,
        number=contact.data[CONF_NUMBER],
        contact_id=contact.subentry_id,
        contact=entity_id,
        calls=_calls_if_loaded(hass, entry),
    )


def _expand(hass: HomeAssistant, entity_ids: Iterable[str]) -> list[str]:
    """Return entities, with notify groups replaced by their members."""
    found: dict[str, None] = {}
    seen: set[str] = set()

    def visit(entity_id: str) -> None:
        if entity_id in seen:
            return
        seen.add(entity_id)
        if (members := _members(hass, entity_id)) is None:
            found[entity_id] = None
            return
        for member in members:
            visit(member)

    for entity_id in entity_ids:
        visit(entity_id)
    return list(found)


def _members(hass: HomeAssistant, entity_id: str) -> list[str] | None:
    """Return the members of a notify group, None where the entity is no group.

    The options of the group are read, because its state exists only after the start.
    """
    registry = er.async_get(hass)
    group = registry.async_get(entity_id)
    if group is None or (group.domain, group.platform) != (NOTIFY_DOMAIN, "group"):
        return None
    entry = hass.config_entries.async_get_entry(group.config_entry_id or "")
    members = []
    for member in entry.options[CONF_ENTITIES] if entry else []:
        member_id = er.async_resolve_entity_id(registry, member)
        if member_id and (registry.async_get(member_id) or hass.states.get(member_id)):
            members.append(member_id)
        else:
            # A removed member must not keep the others from being called.
            LOGGER.warning(
                "%s has a member that does not exist any more", hide_numbers(entity_id)
            )
    return members

"""Recipients: from the contacts and numbers of an action to people and their instances."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.components.notify import DOMAIN as NOTIFY_DOMAIN
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, callback, valid_entity_id
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry

from .calls import RyzeCalls, async_get_calls
from .const import ATTR_NUMBER, CONF_NUMBER, DOMAIN, LOGGER, SUBENTRY_CONTACT
from .errors import refusal
from .phone_numbers import same_person_key
from .selection import async_select

# The longest of the words that a template makes of nothing, such as "unavailable".
_LONGEST_WORD: Final = 20


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """A person to call, and the instance that calls."""

    entry: ConfigEntry
    number: str
    contact_id: str | None = None
    # The notify entity that the action named.
    contact: str | None = None
    # All notify entities by which the action named this person.
    entities: tuple[str, ...] = ()
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
    contacts, missing = _contacts(hass, data, alarm=alarm)
    for contact in contacts:
        person = same_person_key(contact.number)
        known = people.get(person, contact)
        # Prefer a loaded instance when two know the same person.
        chosen = contact if contact.calls and not known.calls else known
        entities = dict.fromkeys((*known.entities, *contact.entities))
        people[person] = replace(chosen, entities=tuple(entities))

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


def _contacts(
    hass: HomeAssistant, data: Mapping[str, Any], *, alarm: bool
) -> tuple[list[Recipient], ServiceValidationError | None]:
    """Return the contacts of an action, and the error that an alarm has passed over."""
    selection = async_select(hass, data)
    missing: ServiceValidationError | None = None
    contacts = []
    for entity_id, named in selection.listed.items():
        if contact := _contact_of(hass, entity_id):
            contacts.append(contact)
        elif named:
            missing = refusal("unknown_contact", entity=_shown(entity_id))
            if not alarm:
                raise missing
            LOGGER.error("A contact of an escalation does not exist")
    added = [
        contact
        # Namesakes stand in the order of their entities.
        for entity_id in sorted(selection.added)
        if (contact := _contact_of(hass, entity_id))
    ]
    return contacts + sorted(added, key=_name_of), missing


def _contact_of(hass: HomeAssistant, entity_id: str) -> Recipient | None:
    """Return the contact that a notify entity stands for, None where there is none."""
    registered = er.async_get(hass).async_get(entity_id)
    if registered is None or (registered.domain, registered.platform) != (
        NOTIFY_DOMAIN,
        DOMAIN,
    ):
        return None
    # Either may be gone while the entity is still registered.
    entry = hass.config_entries.async_get_entry(registered.config_entry_id or "")
    contact_id = registered.config_subentry_id or ""
    contact = entry.subentries.get(contact_id) if entry else None
    if entry is None or contact is None or contact.subentry_type != SUBENTRY_CONTACT:
        return None
    return Recipient(
        entry=entry,
        number=contact.data[CONF_NUMBER],
        contact_id=contact_id,
        contact=entity_id,
        entities=(entity_id,),
        calls=_calls_if_loaded(hass, entry),
    )


def _name_of(contact: Recipient) -> str:
    """Return the name of a contact, for sorting."""
    return contact.entry.subentries[contact.contact_id or ""].title.casefold()


def _shown(entity_id: str) -> str:
    """Return what an error shows of an id that is none of a contact.

    What is no id of an entity, and what has many digits, may be a phone number.
    """
    digits = sum(character.isdigit() for character in entity_id)
    word = entity_id.isalpha() and len(entity_id) <= _LONGEST_WORD
    return entity_id if digits < 6 and (word or valid_entity_id(entity_id)) else "?"

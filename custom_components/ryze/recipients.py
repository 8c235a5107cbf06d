"""Recipients: from the contacts and numbers of an action to people and their instances."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.components.notify import DOMAIN as NOTIFY_DOMAIN
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback, valid_entity_id
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry

from .calls import RyzeCalls, async_get_calls
from .const import ATTR_NUMBER, ATTR_PROBLEMS, CONF_NUMBER, DOMAIN, SUBENTRY_CONTACT
from .errors import refusal
from .phone_numbers import same_person_key
from .privacy import hide_numbers
from .problems import Problem
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
    hass: HomeAssistant, data: Mapping[str, Any]
) -> list[Recipient]:
    """Return the recipients of an action: contacts first, each person once.

    At least one instance is loaded; calls from the others fail. The instances of an
    escalation need not be loaded, because it waits for them. It also leaves out what is
    wrong, and adds that to its problems, as long as anybody is left.

    Raises ServiceValidationError where an entity is no contact, or where it is not
    clear which instance calls a number.
    """
    problems: list[Problem] | None = data.get(ATTR_PROBLEMS)
    people: dict[str, Recipient] = {}
    for contact in _contacts(hass, data, problems):
        person = same_person_key(contact.number)
        known = people.get(person, contact)
        # Prefer a loaded instance when two know the same person.
        chosen = contact if contact.calls and not known.calls else known
        entities = dict.fromkeys((*known.entities, *contact.entities))
        people[person] = replace(chosen, entities=tuple(entities))

    numbers = {same_person_key(number): number for number in data[ATTR_NUMBER]}
    strangers = {key: numbers[key] for key in numbers if key not in people}
    if strangers or ATTR_CONFIG_ENTRY_ID in data:
        try:
            entry = _instance(hass, data.get(ATTR_CONFIG_ENTRY_ID), problems)
        except ServiceValidationError as err:
            if problems is None or not people:
                raise
            problems.append(Problem(ATTR_NUMBER, err.translation_key or "not_loaded"))
        else:
            calls = _calls_if_loaded(hass, entry)
            people |= {
                person: Recipient(entry=entry, number=number, calls=calls)
                for person, number in strangers.items()
            }
    if not people:
        raise _nobody(problems)
    recipients = list(people.values())
    if not any(recipient.calls for recipient in recipients):
        entries = [recipient.entry for recipient in recipients]
        if problems is None or all(entry.disabled_by for entry in entries):
            # Home Assistant has words for an entry that is not loaded.
            _config_entry(hass, entries[0].entry_id)
    return recipients


def _instance(
    hass: HomeAssistant, entry_id: str | None, problems: list[Problem] | None
) -> ConfigEntry:
    """Return the chosen instance, or the only one where none is chosen.

    Raises ServiceValidationError in Home Assistant's own words. An escalation takes any
    entry that is not disabled, and the only one in place of one that does not exist.
    """
    if problems is None:
        return _config_entry(hass, entry_id)
    entries = hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    )
    chosen = [entry for entry in entries if entry.entry_id == entry_id]
    if entry_id is not None and not chosen:
        problems.append(Problem(ATTR_CONFIG_ENTRY_ID, "invalid_field"))
    found = chosen or entries
    return found[0] if len(found) == 1 else _config_entry(hass, None)


def _config_entry(hass: HomeAssistant, entry_id: str | None) -> ConfigEntry:
    """Return a loaded entry; raises ServiceValidationError in Home Assistant's words."""
    try:
        entry: ConfigEntry = async_get_config_entry(hass, DOMAIN, entry_id)
    except ServiceValidationError as err:
        # An instance may be named by its phone number.
        shown = {
            name: hide_numbers(str(value))
            for name, value in (err.translation_placeholders or {}).items()
        }
        raise ServiceValidationError(
            translation_domain=err.translation_domain,
            translation_key=err.translation_key,
            translation_placeholders=shown,
        ) from None
    return entry


def _nobody(problems: list[Problem] | None) -> ServiceValidationError:
    """Return the error of an action that has nobody to call."""
    for problem in problems or ():
        if problem.field in (ATTR_ENTITY_ID, ATTR_NUMBER):
            return problem.as_refusal()
    return refusal("no_recipient")


def _calls_if_loaded(hass: HomeAssistant, entry: ConfigEntry) -> RyzeCalls | None:
    """Return the calls of an entry, None where the entry is not loaded."""
    loaded = entry.state is ConfigEntryState.LOADED
    return async_get_calls(hass, entry) if loaded else None


def _contacts(
    hass: HomeAssistant, data: Mapping[str, Any], problems: list[Problem] | None
) -> list[Recipient]:
    """Return the contacts of an action."""
    selection = async_select(hass, data)
    contacts = []
    for entity_id, named in selection.listed.items():
        if contact := _contact_of(hass, entity_id):
            contacts.append(contact)
        elif named:
            problem = Problem(ATTR_ENTITY_ID, "unknown_contact", _shown(entity_id))
            if problems is None:
                raise problem.as_refusal()
            problems.append(problem)
    added = [
        contact
        # Namesakes stand in the order of their entities.
        for entity_id in sorted(selection.added)
        if (contact := _contact_of(hass, entity_id))
    ]
    return contacts + sorted(added, key=_name_of)


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
    if not entity_id:
        return '""'
    digits = sum(character.isdigit() for character in entity_id)
    word = entity_id.isalpha() and len(entity_id) <= _LONGEST_WORD
    return entity_id if digits < 6 and (word or valid_entity_id(entity_id)) else "?"

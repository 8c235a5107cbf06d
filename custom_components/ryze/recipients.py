"""Recipients: from contacts and numbers in an action to who is called, and whence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.components.notify import DOMAIN as NOTIFY_DOMAIN
from homeassistant.const import ATTR_CONFIG_ENTRY_ID, CONF_ENTITIES
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry

from .calls.placing import RyzeCalls, async_get_calls
from .const import (
    ATTR_CONTACT,
    ATTR_NUMBER,
    CONF_NUMBER,
    DOMAIN,
    LOGGER,
    SUBENTRY_CONTACT,
)
from .coordinator import RyzeConfigEntry
from .errors import refusal
from .escalation.plan import Target
from .phone_numbers import same_person_key


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Whom a call goes to, and the instance that it comes from."""

    entry: RyzeConfigEntry
    number: str
    contact_id: str | None = None
    # The entity that the contact was named by.
    contact: str | None = None
    # As they were when the action began; None where the instance was not loaded.
    calls: RyzeCalls | None = None

    @property
    def current_calls(self) -> RyzeCalls | None:
        """Return what places calls, also where a reload or an unload came between."""
        return async_get_calls(self.entry, self.calls)


@callback
def async_get_recipients(
    hass: HomeAssistant, data: Mapping[str, Any], *, alarm: bool = False
) -> list[Recipient]:
    """Return whom an action calls: contacts first, each person once.

    At least one instance is loaded; one that is not must not silence the others. In an
    alarm, nor must somebody who is no contact any more.

    Raises ServiceValidationError where one of them is no contact, or where there is
    no telling which instance to call a number from.
    """
    people: dict[str, Recipient] = {}
    missing: ServiceValidationError | None = None
    for entity_id in _expand(hass, data[ATTR_CONTACT]):
        try:
            recipient = _contact(hass, entity_id)
        except ServiceValidationError as err:
            if not alarm:
                raise
            missing = err
            LOGGER.error("A contact of an escalation does not exist")
            continue
        person = same_person_key(recipient.number)
        # Of the same person's, an instance that is loaded.
        if person not in people or (recipient.calls and not people[person].calls):
            people[person] = recipient

    numbers = {same_person_key(number): number for number in data[ATTR_NUMBER]}
    entry_id = data.get(ATTR_CONFIG_ENTRY_ID)
    if entry_id is not None or numbers.keys() - people.keys():
        entry: RyzeConfigEntry = async_get_config_entry(hass, DOMAIN, entry_id)
        for person, number in numbers.items():
            people.setdefault(
                person,
                Recipient(entry=entry, number=number, calls=entry.runtime_data.calls),
            )
    if not people:
        raise missing or refusal("no_recipient")
    recipients = list(people.values())
    if not any(recipient.calls for recipient in recipients):
        # Home Assistant's own words for this.
        async_get_config_entry(hass, DOMAIN, recipients[0].entry.entry_id)
    return recipients


@callback
def instances_of(
    hass: HomeAssistant, target: Target
) -> list[tuple[RyzeConfigEntry, str]]:
    """Return the instances that could call somebody, and the numbers they know.

    The chosen one comes first, then those that have the same person as a contact.
    """
    number: str | None = target.number
    own: RyzeConfigEntry | None = hass.config_entries.async_get_entry(target.entry_id)
    if target.contact_id:
        # The number may have changed, and who was removed is nobody any more.
        contact = own.subentries.get(target.contact_id) if own else None
        number = contact.data[CONF_NUMBER] if contact else None
    if number is None:
        return []
    person = same_person_key(number)
    others: list[tuple[RyzeConfigEntry, str]] = [
        (entry, contact.data[CONF_NUMBER])
        for entry in hass.config_entries.async_entries(DOMAIN)
        for contact in entry.get_subentries_of_type(SUBENTRY_CONTACT)
        if entry is not own and same_person_key(contact.data[CONF_NUMBER]) == person
    ]
    return ([(own, number)] if own else []) + others


def _contact(hass: HomeAssistant, entity_id: str) -> Recipient:
    """Return the contact that an entity stands for."""
    registered = er.async_get(hass).async_get(entity_id)
    if (
        registered is None
        or (registered.domain, registered.platform) != (NOTIFY_DOMAIN, DOMAIN)
        or registered.config_subentry_id is None
    ):
        raise refusal("unknown_contact", entity=entity_id)
    assert registered.config_entry_id
    entry: RyzeConfigEntry = hass.config_entries.async_get_known_entry(
        registered.config_entry_id
    )
    contact = entry.subentries[registered.config_subentry_id]
    assert contact.subentry_type == SUBENTRY_CONTACT
    return Recipient(
        entry=entry,
        number=contact.data[CONF_NUMBER],
        contact_id=contact.subentry_id,
        contact=entity_id,
        calls=async_get_calls(entry),
    )


def _expand(hass: HomeAssistant, entity_ids: Iterable[str]) -> list[str]:
    """Return entities with the members of notify groups in the place of the groups."""
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
    """Return the members of a notify group, or None where it is no group.

    The state of a group would tell as well, but only once everything has started.
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
            # Somebody who was removed must not keep the others from being called.
            LOGGER.warning("%s has a member that does not exist any more", entity_id)
    return members

"""Targets: the people of an escalation, and the instances that can call them."""

from collections.abc import Container
from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from ..calls import RyzeCalls, async_get_calls
from ..const import CONF_NUMBER, DOMAIN, SUBENTRY_CONTACT
from ..phone_numbers import is_same_person


@dataclass(frozen=True, kw_only=True)
class Target:
    """A person to call: a contact of an instance, or a number that an instance calls."""

    entry_id: str
    contact_id: str | None
    number: str


@dataclass(frozen=True)
class Way:
    """An instance that can call a person, and the number that the instance knows."""

    entry: ConfigEntry
    number: str
    calls: RyzeCalls


@callback
def async_find_ways(hass: HomeAssistant, target: Target) -> list[Way]:
    """Return the ways to a person, through loaded and other instances.

    The chosen instance comes first, then those with the same person as a contact.
    """
    number: str | None = target.number
    own = hass.config_entries.async_get_entry(target.entry_id)
    if target.contact_id:
        # The number may have changed, and a removed contact is not called any more.
        contact = own.subentries.get(target.contact_id) if own else None
        number = contact.data[CONF_NUMBER] if contact else None
    if number is None:
        return []
    found = [(own, number)] if own else []
    found += [
        (entry, contact.data[CONF_NUMBER])
        for entry in hass.config_entries.async_entries(DOMAIN)
        for contact in entry.get_subentries_of_type(SUBENTRY_CONTACT)
        if entry is not own and is_same_person(contact.data[CONF_NUMBER], number)
    ]
    return [Way(entry, number, async_get_calls(hass, entry)) for entry, number in found]


@callback
def async_choose_way(
    hass: HomeAssistant, target: Target, tried: Container[str] = ()
) -> Way | None:
    """Return a way to a person that is open now, None where there is none.

    Entries whose ids are in `tried` are left out.
    """
    open_ways = [
        way
        for way in async_find_ways(hass, target)
        if way.entry.entry_id not in tried
        and way.entry.state is ConfigEntryState.LOADED
    ]
    # An instance whose rate limit lets nothing through comes last.
    return min(open_ways, key=lambda way: way.calls.reset_in, default=None)

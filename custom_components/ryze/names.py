"""Names of people, for entities that say who is called and who has answered."""

from functools import lru_cache

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .escalation import Target
from .phone_numbers import format_number

# Each change of many escalations shows the same numbers again.
_format = lru_cache(maxsize=512)(format_number)


@callback
def async_target_name(hass: HomeAssistant, target: Target) -> str:
    """Return the name of a person, else the number as people write it."""
    if name := _contact_name(hass, target.entry_id, target.contact_id):
        return name
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        contact_id = entry.runtime_data.contacts.async_find(target.number)
        if name := _contact_name(hass, entry.entry_id, contact_id):
            return name
    return _format(target.number)


async def async_acknowledger_name(hass: HomeAssistant, who: str | None) -> str | None:
    """Return the name of the contact or the user who acknowledged an escalation.

    An automation and a number that is no contact's have no name.
    """
    if who is None:
        return None
    entity = er.async_get(hass).async_get(who)
    if entity and entity.platform == DOMAIN and entity.config_entry_id:
        return _contact_name(hass, entity.config_entry_id, entity.config_subentry_id)
    user = await hass.auth.async_get_user(who)
    return user.name if user else None


@callback
def _contact_name(
    hass: HomeAssistant, entry_id: str, contact_id: str | None
) -> str | None:
    """Return the name of a contact, None where there is no such contact."""
    entry = hass.config_entries.async_get_entry(entry_id)
    contact = entry.subentries.get(contact_id) if entry and contact_id else None
    return contact.title if contact else None

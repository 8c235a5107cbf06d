"""Which instance at RyzeAPI is that of an entry."""

from yarl import URL

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL

from .api import Instance
from .const import CONF_INSTANCE
from .phone_numbers import is_same_person


def unique_ids(instance: Instance, url: str) -> list[str]:
    """Return the unique ids that an instance can have, the best one last.

    An API may give no id today, and one later.
    """
    by_name = f"{URL(url).host}/{instance.name}"
    return [by_name, instance.id] if instance.id else [by_name]


def find_again(
    entry: ConfigEntry, own_number: str | None, instances: list[Instance], url: str
) -> Instance | None:
    """Return the instance of an entry among those of a token, None where it is gone.

    An id survives a new name and a move of the API to another host. An instance that
    was deleted and made anew has a new id, and is recognized by its name and its number.
    """
    for instance in instances:
        if entry.unique_id in unique_ids(instance, url):
            return instance
    for instance in instances:
        if instance.name != entry.data[CONF_INSTANCE]:
            continue
        if own_number and instance.number:
            same = is_same_person(own_number, instance.number)
        else:
            by_name = unique_ids(instance, entry.data[CONF_URL])[0]
            # An entry without an id has only its name to go by after a move.
            same = by_name in (entry.unique_id, unique_ids(instance, url)[0])
        if same:
            return instance
    return None

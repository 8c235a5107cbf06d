"""Selection: from the ids in an action to entities, by way of groups and places."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.components.notify import DOMAIN as NOTIFY_DOMAIN
from homeassistant.const import (
    ATTR_AREA_ID,
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
    CONF_ENTITIES,
    CONF_EXCLUDE,
)
from homeassistant.core import HomeAssistant, callback, split_entity_id, valid_entity_id
from homeassistant.helpers import entity_registry as er, target as target_helpers

from .const import LOGGER
from .fields import as_list, is_empty
from .privacy import hide_numbers

# Fields of an action that stand for the entities at a place.
PLACES: Final = (ATTR_DEVICE_ID, ATTR_AREA_ID, ATTR_FLOOR_ID, ATTR_LABEL_ID)

# Domain of old-style groups, and platform of notify groups.
_GROUP: Final = "group"

# What stands for an item that is no text, and so no id.
_NOTHING: Final = "none"


def as_ids(value: object) -> list[str]:
    """Return one or several ids as a list, whatever a template made of them.

    An item that is nothing stays in the list, because somebody is missing there.
    """
    if is_empty(value):
        return []
    items = as_list(value)
    return [item.strip() if isinstance(item, str) else _NOTHING for item in items]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The entities that an action selects."""

    # In the order of the action; true where the action names the entity itself. What is
    # no id of an entity stays as it is.
    listed: dict[str, bool]
    # What devices, areas, floors and labels add, in no order.
    added: set[str]


@callback
def async_select(hass: HomeAssistant, data: Mapping[str, Any]) -> Selection:
    """Return the entities of an action, with groups replaced by their members."""
    excluded = _excluded(hass, data.get(CONF_EXCLUDE))
    return Selection(
        listed=_expand(hass, _resolve(hass, data[ATTR_ENTITY_ID]), excluded),
        added=set(_expand(hass, _at_places(hass, data), excluded)),
    )


def _resolve(hass: HomeAssistant, references: Iterable[str]) -> list[str]:
    """Return the ids of entities that are named by these or by their registry ids."""
    registry = er.async_get(hass)
    return [er.async_resolve_entity_id(registry, item) or item for item in references]


def _at_places(hass: HomeAssistant, data: Mapping[str, Any]) -> set[str]:
    """Return the entities of devices, areas, floors and labels."""
    places = {place: data[place] for place in PLACES if place in data}
    found = target_helpers.async_extract_referenced_entity_ids(
        hass, target_helpers.TargetSelection(places), expand_group=False
    )
    if (
        found.missing_devices
        or found.missing_areas
        or found.missing_floors
        or found.missing_labels
    ):
        # The id is not repeated, because somebody may have written a number there.
        LOGGER.warning("A device, area, floor or label of an action does not exist")
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in found.indirectly_referenced
        # Like Home Assistant's own actions, a place leaves disabled entities out.
        if (entity := registry.async_get(entity_id)) and not entity.disabled
    }


def _excluded(
    hass: HomeAssistant, exclude: Mapping[str, list[str]] | None
) -> Collection[str]:
    """Return the entities that an action leaves out, groups and members."""
    # Home Assistant has this function from 2026.11 on; before, no action can exclude.
    extract = getattr(target_helpers, "async_extract_excluded_entity_ids", None)
    if not exclude or extract is None:
        return ()
    named = _resolve(hass, exclude.get(ATTR_ENTITY_ID, []))
    selection = target_helpers.TargetSelection(
        {CONF_EXCLUDE: {**exclude, ATTR_ENTITY_ID: named}}
    )
    return _expand(hass, extract(hass, selection, expand_group=False)).keys()


def _expand(
    hass: HomeAssistant, entity_ids: Iterable[str], excluded: Collection[str] = ()
) -> dict[str, bool]:
    """Return entities and the members of groups, each group's at the group's place.

    The value is true where the entity was given and is no group. A group stays in the
    result, where it counts as brought along and is nobody.
    """
    found: dict[str, bool] = {}
    groups: set[str] = set()
    waiting = [(entity_id, True) for entity_id in reversed(list(entity_ids))]
    while waiting:
        entity_id, named = waiting.pop()
        # Groups can hold each other.
        if entity_id in excluded or entity_id in groups:
            continue
        if (members := _members(hass, entity_id)) is None:
            found[entity_id] = named or found.get(entity_id, False)
            continue
        groups.add(entity_id)
        found[entity_id] = False
        waiting += [(member, False) for member in reversed(members)]
    return found


def _members(hass: HomeAssistant, entity_id: str) -> list[str] | None:
    """Return the members of a group that exist, None where the entity is no group."""
    if (references := _references(hass, entity_id)) is None:
        return None
    registry = er.async_get(hass)
    members = []
    for reference in references:
        member = er.async_resolve_entity_id(registry, reference)
        if member and (registry.async_get(member) or hass.states.get(member)):
            members.append(member)
        else:
            # A removed member must not keep the others from being called.
            LOGGER.warning(
                "%s has a member that does not exist any more", hide_numbers(entity_id)
            )
    return members


def _references(hass: HomeAssistant, entity_id: str) -> list[str] | None:
    """Return the members that a notify group or an old-style group lists."""
    if not valid_entity_id(entity_id):
        return None
    if split_entity_id(entity_id)[0] == _GROUP:
        # Its members stand in its state alone.
        state = hass.states.get(entity_id)
        if state is None or ATTR_ENTITY_ID not in state.attributes:
            return None
        return [item.lower() for item in as_ids(state.attributes[ATTR_ENTITY_ID])]
    group = er.async_get(hass).async_get(entity_id)
    if group is None or (group.domain, group.platform) != (NOTIFY_DOMAIN, _GROUP):
        return None
    # The options of the group are read, because its state exists only after the start.
    entry = hass.config_entries.async_get_entry(group.config_entry_id or "")
    return list(entry.options.get(CONF_ENTITIES, [])) if entry else []

"""Tests of groups as recipients of calls."""

import logging

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from .helpers.common import make_entry, setup_integration
from .helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA, SHORT_MARIA
from .helpers.contacts import contact_of, remove
from .helpers.recipients import ANAS, JOAOS, MARIAS, call, refused, rung
from .simulator import Simulator


async def make_group(hass: HomeAssistant, name: str, *members: str) -> MockConfigEntry:
    """Set up a notify group, as its helper does."""
    entry = MockConfigEntry(
        domain="group",
        title=name,
        options={
            "name": name,
            "group_type": "notify",
            "entities": list(members),
            "hide_members": False,
        },
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


@pytest.mark.usefixtures("people")
async def test_group(hass: HomeAssistant, simulator: Simulator) -> None:
    """A group stands for its members, in their order."""
    await make_group(hass, "Family", "notify.joao", "notify.maria")
    assert await call(hass, "notify.family") == [JOAOS, MARIAS]
    assert await call(hass, "notify.maria", "notify.family") == [MARIAS, JOAOS]
    assert await call(hass, "notify.family", number=ANA) == [JOAOS, MARIAS, ANAS]
    assert simulator.rings(JOAO) == 3


async def test_nested_groups(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Groups can hold groups, even each other, and each person is called once."""
    inner = await make_group(hass, "Inner", "notify.joao", "notify.outer")
    await make_group(hass, "Outer", "notify.inner", "notify.maria", "notify.joao")
    assert await call(hass, "notify.outer") == [JOAOS, MARIAS]
    assert await call(hass, "notify.inner") == [JOAOS, MARIAS]
    assert await call(hass, "notify.inner", "notify.outer") == [JOAOS, MARIAS]
    hass.config_entries.async_update_entry(
        inner, options={**inner.options, "entities": ["notify.inner"]}
    )
    assert await call(hass, "notify.outer") == [MARIAS, JOAOS]


async def test_group_of_ids(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """A group can hold the registry ids of its members."""
    maria = entity_registry.async_get("notify.maria")
    assert maria
    await make_group(hass, "Family", maria.id, "notify.joao")
    entity_registry.async_update_entity("notify.maria", new_entity_id="notify.mum")
    await hass.async_block_till_done()
    assert await call(hass, "notify.family") == [("notify.mum", MARIA), JOAOS]


@pytest.mark.usefixtures("office")
async def test_group_of_two_instances(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """The members of a group are called from their own instances, each person once."""
    await make_group(hass, "All", "notify.mum", "notify.maria", "notify.paula")
    rows = await call(hass, "notify.all")
    assert rows == [("notify.mum", SHORT_MARIA), ("notify.paula", ANA)]
    assert rung(simulator) == [("office", SHORT_MARIA), ("office", ANA)]


async def test_removed_member(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A removed member does not keep the others from being called."""
    await make_group(hass, "Family", "notify.maria", "notify.joao")
    await remove(hass, people, "Maria")
    caplog.clear()
    assert await call(hass, "notify.family") == [JOAOS]
    warnings = [
        item.message
        for item in caplog.records
        if item.name == "custom_components.ryze" and item.levelno == logging.WARNING
    ]
    assert warnings == ["notify.family has a member that does not exist any more"]

    await remove(hass, people, "João")
    error = await refused(hass, simulator, "notify.family")
    assert error.translation_key == "no_recipient"
    assert await call(hass, "notify.family", number=ANA) == [ANAS]


@pytest.mark.parametrize("known_as", ["entity_id", "id"])
@pytest.mark.parametrize("stranger", ["notify.phone", "light.kitchen"])
@pytest.mark.usefixtures("people")
async def test_stranger_in_a_group(
    hass: HomeAssistant,
    simulator: Simulator,
    entity_registry: er.EntityRegistry,
    stranger: str,
    known_as: str,
) -> None:
    """A member that is no contact is passed over, unless the action names it too."""
    domain, _, name = stranger.partition(".")
    entity = entity_registry.async_get_or_create(
        domain, "mobile_app", name, suggested_object_id=name
    )
    await make_group(hass, "Family", "notify.maria", getattr(entity, known_as))
    assert await call(hass, "notify.family") == [MARIAS]
    for contacts in (["notify.family", stranger], [stranger, "notify.family"]):
        error = await refused(hass, simulator, *contacts)
        assert error.translation_key == "unknown_contact"
        assert error.translation_placeholders == {"entity": stranger}


@pytest.mark.usefixtures("people")
async def test_stranger_without_a_registry_entry(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An entity that only has a state is no contact."""
    hass.states.async_set("notify.phone", "unknown")
    await make_group(hass, "Family", "notify.phone")
    error = await refused(hass, simulator, "notify.family")
    assert error.translation_key == "no_recipient"


async def make_old_groups(hass: HomeAssistant, **groups: list[str]) -> None:
    """Set up groups as YAML does."""
    config = {name: {"entities": members} for name, members in groups.items()}
    assert await async_setup_component(hass, "group", {"group": config})
    await hass.async_block_till_done()


@pytest.mark.usefixtures("people")
async def test_old_group(hass: HomeAssistant, simulator: Simulator) -> None:
    """An old-style group stands for its members, and others in it are passed over."""
    hass.states.async_set("person.maria", "home")
    await make_old_groups(
        hass, family=["person.maria", "notify.joao", "Notify.Maria"], empty=[]
    )
    assert await call(hass, "group.family") == [JOAOS, MARIAS]
    assert await call(hass, "notify.maria", "Group.Family") == [MARIAS, JOAOS]
    assert await call(hass, "group.family", "group.empty", number=ANA) == [
        JOAOS,
        MARIAS,
        ANAS,
    ]
    error = await refused(hass, simulator, "group.empty")
    assert error.translation_key == "no_recipient"
    error = await refused(hass, simulator, "group.nobody")
    assert error.translation_key == "unknown_contact"


@pytest.mark.usefixtures("people")
async def test_group_that_an_action_made(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A group that exists as a state alone stands for its members."""
    await make_old_groups(hass)
    await hass.services.async_call(
        "group",
        "set",
        {"object_id": "family", "entities": ["notify.joao", "notify.maria"]},
        blocking=True,
    )
    assert await call(hass, "group.family") == [JOAOS, MARIAS]


@pytest.mark.usefixtures("people")
async def test_groups_of_both_kinds(hass: HomeAssistant, simulator: Simulator) -> None:
    """Groups of both kinds can hold each other, and keep everybody's place."""
    await make_old_groups(
        hass,
        family=["notify.joao", "group.all", "notify.friends"],
        all=["group.family", "group.all", "notify.maria"],
    )
    await make_group(hass, "Friends", "group.family", "notify.maria")
    for group in ("group.family", "group.all", "notify.friends"):
        assert await call(hass, group) == [JOAOS, MARIAS]


@pytest.mark.usefixtures("people")
async def test_deeply_nested_groups(hass: HomeAssistant, simulator: Simulator) -> None:
    """Thousands of groups within each other are no problem."""
    for number in range(3000):
        members = (f"group.g{number + 1}",) if number < 2999 else ("notify.maria",)
        hass.states.async_set(f"group.g{number}", "on", {"entity_id": members})
    assert await call(hass, "group.g0") == [MARIAS]


@pytest.mark.parametrize("members", [None, 5, "notify.maria, notify.joao", {}])
@pytest.mark.usefixtures("people")
async def test_odd_members(
    hass: HomeAssistant, simulator: Simulator, members: object
) -> None:
    """A group whose state was set by somebody else does no harm."""
    hass.states.async_set("group.odd", "on", {"entity_id": members})
    rows = await call(hass, "group.odd", number=ANA)
    assert rows[-1] == ANAS
    assert rows[:-1] == ([MARIAS, JOAOS] if isinstance(members, str) else [])


async def test_unloaded_group(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An unloaded group has its members, and a removed one is no recipient."""
    group = await make_group(hass, "Family", "notify.maria")
    await hass.config_entries.async_unload(group.entry_id)
    assert await call(hass, "notify.family") == [MARIAS]
    await hass.config_entries.async_remove(group.entry_id)
    error = await refused(hass, simulator, "notify.family")
    assert error.translation_key == "unknown_contact"


@pytest.mark.usefixtures("quick_retries")
async def test_group_before_its_contacts(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A group that was set up before its contacts works once they exist."""
    await make_group(hass, "Family", "notify.maria")
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, contacts={"Maria": MARIA})
    await setup_integration(hass, entry)
    assert contact_of(entry, "Maria").data["number"] == MARIA
    assert await call(hass, "notify.family") == [MARIAS]

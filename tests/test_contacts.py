"""Tests of contacts: adding, changing and removing them."""

import asyncio
from collections.abc import Iterator
import logging

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .helpers.common import capture, make_entry, setup_integration, state_of, until
from .helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA, OTHER_TOKEN
from .helpers.contacts import (
    add,
    change,
    contact_of,
    device_of,
    entities_of,
    friendly_names,
    press,
    remove,
)
from .helpers.live_updates import until_heard
from .simulator import Fault, FaultKind, Simulator
from custom_components.ryze.const import DOMAIN

OF_MARIA = ["button.maria_ring", "event.maria_call", "notify.maria"]
OF_ANA = ["button.ana_ring", "event.ana_call", "notify.ana"]


@pytest.fixture(autouse=True)
def no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which an error is logged, apart from a failed poll."""
    yield
    records = caplog.get_records("call")
    errors = [item.message for item in records if item.levelno >= logging.ERROR]
    assert [text for text in errors if not text.startswith("Error fetching")] == []


@pytest.fixture
def undisturbed(people: MockConfigEntry) -> Iterator[MockConfigEntry]:
    """Return the entry with Maria and João, and fail a test that reloads the entry."""
    data = people.runtime_data
    assert data.listener.connections == 1
    yield people
    assert people.runtime_data is data
    assert data.listener.live
    assert data.listener.connections == 1


# Devices and entities.


async def test_devices(
    hass: HomeAssistant, people: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    """A contact is a service below its instance."""
    maria = contact_of(people, "Maria")
    instance, device = device_of(hass, people), device_of(hass, people, maria)
    assert instance
    assert device
    assert device.via_device_id == instance.id
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert (device.name, device.manufacturer) == ("Maria", "RyzeAPI")
    assert device.config_subentry_id == maria.subentry_id
    assert instance.config_subentry_id is None
    assert instance.via_device_id is None
    # A contact can get another number, but automations refer to the unique id.
    entities = er.async_entries_for_device(entity_registry, device.id)
    assert sorted(item.entity_id for item in entities) == OF_MARIA
    assert [item.unique_id for item in entities if MARIA in item.unique_id] == []
    assert friendly_names(hass, OF_MARIA) == ["Maria Ring", "Maria Call", "Maria"]


async def test_two_of_a_name(hass: HomeAssistant, simulator: Simulator) -> None:
    """Two contacts with the same name can each be called."""
    entry = make_entry(simulator, "home", INSTANCE_TOKEN)
    await setup_integration(hass, entry)
    first = await add(hass, entry, "Ana", ANA)
    second = await add(hass, entry, "Ana", MARIA)
    assert entities_of(hass, first) == OF_ANA
    others = entities_of(hass, second)
    assert others == ["button.ana_ring_2", "event.ana_call_2", "notify.ana_2"]
    for button, number in (("button.ana_ring", ANA), ("button.ana_ring_2", MARIA)):
        await press(hass, button)
        assert simulator.calls[-1].number == number
    events = capture(hass)
    await hass.services.async_call(
        DOMAIN,
        "fake_call",
        {"entity_id": ["notify.ana_2", "notify.ana"]},
        blocking=True,
    )
    told = {event.data["number"]: event.data["contact"] for event in events}
    assert told == {ANA: "notify.ana", MARIA: "notify.ana_2"}


# Changes while the entry is loaded.


async def test_add(
    hass: HomeAssistant, simulator: Simulator, undisturbed: MockConfigEntry
) -> None:
    """A new contact can be called at once, without a reload."""
    contact = await add(hass, undisturbed, "Ana", ANA)
    assert entities_of(hass, contact) == OF_ANA
    assert friendly_names(hass, OF_ANA) == ["Ana Ring", "Ana Call", "Ana"]
    device = device_of(hass, undisturbed, contact)
    assert device
    assert device.via_device_id
    events = capture(hass)
    await press(hass, "button.ana_ring")
    assert simulator.rings(ANA) == 1
    assert events[0].data["contact"] == "notify.ana"


async def test_new_name(
    hass: HomeAssistant, simulator: Simulator, undisturbed: MockConfigEntry
) -> None:
    """A new name of a contact shows everywhere, and the entities keep their ids."""
    maria = contact_of(undisturbed, "Maria")
    await change(hass, undisturbed, "Maria", to=("Maria Clara", MARIA))
    assert entities_of(hass, maria) == OF_MARIA
    names = ["Maria Clara Ring", "Maria Clara Call", "Maria Clara"]
    assert friendly_names(hass, OF_MARIA) == names
    device = device_of(hass, undisturbed, maria)
    assert device
    assert device.name == "Maria Clara"
    await press(hass, "button.maria_ring")
    assert simulator.rings(MARIA) == 1


async def test_name_given_by_the_user(
    hass: HomeAssistant,
    undisturbed: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """A device keeps the name that the user gave to it."""
    maria = contact_of(undisturbed, "Maria")
    device = device_of(hass, undisturbed, maria)
    assert device
    device_registry.async_update_device(device.id, name_by_user="Mum")
    await change(hass, undisturbed, "Maria", to=("Maria Clara", MARIA))
    assert friendly_names(hass, OF_MARIA) == ["Mum Ring", "Mum Call", "Mum"]


async def test_new_number(
    hass: HomeAssistant, simulator: Simulator, undisturbed: MockConfigEntry
) -> None:
    """A press rings the contact's new number, and the old number has no contact."""
    maria = contact_of(undisturbed, "Maria")
    await change(hass, undisturbed, "Maria", to=("Maria", ANA))
    assert entities_of(hass, maria) == OF_MARIA
    events = capture(hass)
    await press(hass, "button.maria_ring")
    assert (simulator.rings(ANA), simulator.rings(MARIA)) == (1, 0)
    for number in (ANA, MARIA):
        await hass.services.async_call(
            DOMAIN, "fake_call", {"number": number}, blocking=True
        )
    assert [event.data["contact"] for event in events] == [
        "notify.maria",
        "notify.maria",
        None,
    ]


async def test_new_number_while_it_rings(
    hass: HomeAssistant, simulator: Simulator, undisturbed: MockConfigEntry
) -> None:
    """A call keeps its contact although the contact gets another number meanwhile."""
    simulator.add_phone(MARIA)
    events = capture(hass)
    await press(hass, "button.maria_ring")
    await change(hass, undisturbed, "Maria", to=("Maria", ANA))
    simulator.answer(simulator.calls[0].id)
    await until(lambda: len(events) == 2)
    assert [event.data["contact"] for event in events] == ["notify.maria"] * 2
    assert events[1].data["number"] == MARIA


async def test_remove(
    hass: HomeAssistant, simulator: Simulator, undisturbed: MockConfigEntry
) -> None:
    """A removed contact leaves no entity and no device, and the other contact stays."""
    maria = contact_of(undisturbed, "Maria")
    await remove(hass, undisturbed, "Maria")
    assert entities_of(hass, maria) == []
    assert [hass.states.get(entity_id) for entity_id in OF_MARIA] == [None] * 3
    assert device_of(hass, undisturbed, maria) is None
    events = capture(hass)
    await press(hass, "button.joao_ring")
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA}, blocking=True
    )
    told = [(event.data["number"], event.data["contact"]) for event in events]
    assert told == [(JOAO, "notify.joao"), (MARIA, None)]


async def test_remove_and_add_again(
    hass: HomeAssistant, simulator: Simulator, undisturbed: MockConfigEntry
) -> None:
    """A contact that was removed and added again is new, with the same entity ids."""
    before = contact_of(undisturbed, "Maria")
    await remove(hass, undisturbed, "Maria")
    after = await add(hass, undisturbed, "Maria", MARIA)
    assert after.subentry_id != before.subentry_id
    assert entities_of(hass, after) == OF_MARIA
    events = capture(hass)
    await press(hass, "button.maria_ring")
    assert simulator.rings(MARIA) == 1
    assert [event.data["contact"] for event in events] == ["notify.maria"]


async def test_remove_while_it_rings(
    hass: HomeAssistant, simulator: Simulator, undisturbed: MockConfigEntry
) -> None:
    """A call to a contact who is removed meanwhile has events without a contact."""
    simulator.add_phone(MARIA)
    events = capture(hass)
    await press(hass, "button.maria_ring")
    await remove(hass, undisturbed, "Maria")
    call = simulator.calls[0]
    simulator.answer(call.id)
    await until(lambda: len(events) == 2)
    simulator.hang_up(call.id)
    await until(lambda: len(events) == 3)
    assert [(event.event_type, event.data["contact"]) for event in events] == [
        ("ryze_call_placed", "notify.maria"),
        ("ryze_call_answered", None),
        ("ryze_call_ended", None),
    ]
    assert {event.data["number"] for event in events} == {MARIA}
    state = state_of(hass, "sensor.home_last_call")
    assert (state.attributes["contact"], state.attributes["outcome"]) == (
        None,
        "answered",
    )


async def test_remove_while_the_call_is_sent(
    hass: HomeAssistant, simulator: Simulator, undisturbed: MockConfigEntry
) -> None:
    """A press rings although its button is removed meanwhile."""
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, release=release, route="fake"))
    events = capture(hass)
    pressing = hass.async_create_task(press(hass, "button.maria_ring"))
    await until(lambda: simulator.calls)
    contact = contact_of(undisturbed, "Maria")
    hass.config_entries.async_remove_subentry(undisturbed, contact.subentry_id)
    await until(lambda: hass.states.get("button.maria_ring") is None)
    release.set()
    await pressing
    assert simulator.rings(MARIA) == 1
    assert [(event.event_type, event.data["contact"]) for event in events] == [
        ("ryze_call_placed", None)
    ]


async def test_entity_gets_another_id(
    hass: HomeAssistant,
    simulator: Simulator,
    undisturbed: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Events and actions use the current entity id of a contact."""
    simulator.add_phone(MARIA)
    events = capture(hass)
    await press(hass, "button.maria_ring")
    entity_registry.async_update_entity("notify.maria", new_entity_id="notify.mum")
    await hass.async_block_till_done()
    simulator.answer(simulator.calls[0].id)
    await until(lambda: len(events) == 2)
    answer = await hass.services.async_call(
        DOMAIN,
        "fake_call",
        {"entity_id": "notify.mum"},
        blocking=True,
        return_response=True,
    )
    told = [event.data["contact"] for event in events]
    assert told == ["notify.maria", "notify.mum", "notify.mum"]
    rows: list[dict[str, object]] = answer["calls"]  # type: ignore[assignment, index]
    assert [row["contact"] for row in rows] == ["notify.mum"]


async def test_entry_gets_another_name(
    hass: HomeAssistant, undisturbed: MockConfigEntry
) -> None:
    """The instance's device takes the new title of the entry."""
    hass.config_entries.async_update_entry(undisturbed, title="Villa")
    await hass.async_block_till_done()
    device = device_of(hass, undisturbed)
    assert device
    assert device.name == "Villa"
    assert friendly_names(hass, ["button.home_reconnect"]) == ["Villa Reconnect"]
    assert friendly_names(hass, ["notify.maria"]) == ["Maria"]


async def test_change_of_another_entry(
    hass: HomeAssistant, simulator: Simulator, undisturbed: MockConfigEntry
) -> None:
    """A contact of one instance is no contact of another instance."""
    office = make_entry(simulator, "office", OTHER_TOKEN)
    await setup_integration(hass, office)
    contact = await add(hass, office, "Ana", ANA)
    assert entities_of(hass, contact) == OF_ANA
    device, instance = device_of(hass, office, contact), device_of(hass, office)
    assert device
    assert instance
    assert device.via_device_id == instance.id
    await press(hass, "button.ana_ring")
    assert [call.instance for call in simulator.calls] == ["office"]
    events = capture(hass)
    await hass.services.async_call(
        DOMAIN,
        "fake_call",
        {"number": ANA, "config_entry_id": undisturbed.entry_id},
        blocking=True,
    )
    assert [event.data["contact"] for event in events] == [None]
    await hass.config_entries.async_remove(office.entry_id)
    assert friendly_names(hass, ["notify.maria"]) == ["Maria"]


# Unloading, starting and removing the entry.


async def test_restart(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Ids stay over an unload, and a press meanwhile calls nobody."""
    before = {item.id: item.entity_id for item in entity_registry.entities.values()}
    devices = {item.id for item in device_registry.devices}
    await hass.config_entries.async_unload(people.entry_id)
    for entity_id in OF_MARIA:
        assert state_of(hass, entity_id).attributes["restored"] is True
    await press(hass, "button.maria_ring")
    assert simulator.calls == []

    await hass.config_entries.async_setup(people.entry_id)
    await hass.async_block_till_done()
    after = {item.id: item.entity_id for item in entity_registry.entities.values()}
    assert after == before
    assert {item.id for item in device_registry.devices} == devices
    await press(hass, "button.maria_ring")
    assert simulator.rings(MARIA) == 1
    # A listener of the first load would add the contact a second time.
    contact = await add(hass, people, "Ana", ANA)
    assert entities_of(hass, contact) == OF_ANA


async def test_changes_while_nothing_runs(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Changes of contacts while the entry is unloaded are there after the next load."""
    await hass.config_entries.async_unload(people.entry_id)
    await change(hass, people, "Maria", to=("Maria Clara", ANA))
    await remove(hass, people, "João")
    await add(hass, people, "Paul", JOAO)
    assert hass.states.get("notify.paul") is None

    await hass.config_entries.async_setup(people.entry_id)
    await hass.async_block_till_done()
    names = ["Maria Clara Ring", "Maria Clara Call", "Maria Clara"]
    assert friendly_names(hass, OF_MARIA) == names
    assert hass.states.get("notify.joao") is None
    for button in ("button.maria_ring", "button.paul_ring"):
        await press(hass, button)
    assert [call.number for call in simulator.calls] == [ANA, JOAO]


@pytest.mark.usefixtures("quick_retries")
async def test_api_away_from_the_start(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Contacts are set up while RyzeAPI is away, and a press raises meanwhile."""
    await simulator.stop()
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, contacts={"Maria": MARIA})
    await setup_integration(hass, entry)
    assert entities_of(hass, contact_of(entry, "Maria")) == OF_MARIA
    states = [hass.states.get(entity_id) for entity_id in OF_MARIA]
    assert [state.state for state in states if state] == ["unknown"] * 3
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, "button.maria_ring")
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key == "connection"

    await simulator.start()
    await press(hass, "button.maria_ring")
    assert simulator.rings(MARIA) == 1


async def test_remove_the_entry(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """The contacts of a removed entry are removed, even while a phone rings."""
    simulator.add_phone(MARIA)
    await press(hass, "button.maria_ring")
    await until_heard(simulator, people)
    await hass.config_entries.async_remove(people.entry_id)
    await hass.async_block_till_done()
    simulator.answer(simulator.calls[0].id)
    await hass.async_block_till_done()
    assert [hass.states.get(entity_id) for entity_id in OF_MARIA] == [None] * 3
    assert list(device_registry.devices) == []

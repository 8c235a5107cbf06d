"""Tests of a loaded entry that has not looked at its instance yet."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from .helpers.calls import call
from .helpers.common import first_look, state_of, until
from .helpers.const import MARIA
from .simulator import Behaviour, Fault, FaultKind, OutgoingUpdates, Simulator
from .simulator.frames import lid_digits
from custom_components.ryze.calls import outcomes
from custom_components.ryze.const import DOMAIN

WHATSAPP = "binary_sensor.home_whatsapp"


@pytest.fixture
def release(simulator: Simulator) -> asyncio.Event:
    """Hold the answers about the instance back until the event is set."""
    release = asyncio.Event()
    simulator.inject(
        Fault(FaultKind.DELAY_ANSWER, release=release, route="list", times=None)
    )
    return release


@pytest.fixture
async def unseen(
    hass: HomeAssistant,
    people_entry: MockConfigEntry,
    release: asyncio.Event,
    quick_retries: None,
) -> MockConfigEntry:
    """Return an entry that is connected to live updates before its first look."""
    people_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(people_entry.entry_id)
    await until(lambda: people_entry.runtime_data.listener.live)
    return people_entry


async def test_state(
    hass: HomeAssistant,
    simulator: Simulator,
    unseen: MockConfigEntry,
    release: asyncio.Event,
) -> None:
    """What RyzeAPI has not told is unavailable, also after a live update of a part."""
    listener = unseen.runtime_data.listener
    simulator.set_state("home", "disconnected")
    await until(lambda: listener.counts["InstanceUpdate"])
    assert state_of(hass, WHATSAPP).state == "unavailable"
    assert state_of(hass, "binary_sensor.home_live_updates").state == "on"
    release.set()
    await until(lambda: state_of(hass, WHATSAPP).state == "off")


async def test_catches_up_at_once(
    hass: HomeAssistant,
    simulator: Simulator,
    unseen: MockConfigEntry,
    release: asyncio.Event,
) -> None:
    """The state is read again right after the first look, as updates may be missing."""
    release.set()
    await first_look(hass, unseen)
    async with asyncio.timeout(5):
        await until(
            lambda: [request.route for request in simulator.requests].count("list") == 2
        )


async def test_diagnostics_and_system_health(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, unseen: MockConfigEntry
) -> None:
    """Diagnostics and system health work, and claim nothing."""
    assert await async_setup_component(hass, "diagnostics", {})
    assert await async_setup_component(hass, "system_health", {})
    found: Any = await get_diagnostics_for_config_entry(hass, hass_client, unseen)
    assert (found["state"], found["available"]) == (None, False)
    assert found["live_updates"]["live"]
    health = await get_system_health_info(hass, DOMAIN)
    assert health["live_updates"] == "1/1"
    assert await health["can_reach_server"] == "ok"


async def test_repairs_stay(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """A reload neither deletes nor raises an issue before its first look."""
    simulator.set_state("home", "logged_out")
    key = (DOMAIN, f"logged_out_{people.entry_id}")
    await until(lambda: key in issue_registry.issues)
    release = asyncio.Event()
    simulator.inject(
        Fault(FaultKind.DELAY_ANSWER, release=release, route="list", times=None)
    )
    simulator.set_state("home", "connected")
    await hass.config_entries.async_reload(people.entry_id)
    await until(lambda: people.runtime_data.listener.live)
    assert {issue for issue in issue_registry.issues if issue[0] == DOMAIN} == {key}
    release.set()
    await first_look(hass, people)
    assert not {issue for issue in issue_registry.issues if issue[0] == DOMAIN}


async def test_silence_means_nothing(
    hass: HomeAssistant,
    simulator: Simulator,
    unseen: MockConfigEntry,
    release: asyncio.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Silence about a call before the first look concludes nothing."""
    monkeypatch.setattr(outcomes, "INFERENCE_MARGIN", 0.1)
    unseen.runtime_data.calls._store.async_note_outcome()
    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    task = hass.async_create_background_task(call(hass, wait=5), "call")
    await until(lambda: simulator.calls)
    assert unseen.runtime_data.hears_calls is None
    release.set()
    await until(lambda: unseen.runtime_data.hears_calls)
    (row,) = await task
    assert (row["outcome"], row["observed"]) == ("unknown", False)

    # Now it does.
    (row,) = await call(hass, wait=5)
    assert (row["outcome"], row["observed"]) == ("unanswered", False)


async def test_answers_are_heard(
    hass: HomeAssistant, simulator: Simulator, unseen: MockConfigEntry
) -> None:
    """An answer before the first look counts, and the LID of a person is asked for."""
    simulator.add_phone(MARIA, behaviour=Behaviour.ANSWER)
    (row,) = await call(hass, wait=5, duration=60)
    assert (row["outcome"], row["observed"]) == ("answered", True)
    book = unseen.runtime_data.calls._store.lids
    await until(lambda: book.lid_of(MARIA) == lid_digits(MARIA))
    assert not unseen.runtime_data.coordinator.first_look.is_set()


async def test_own_number_is_remembered(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """The own number is the one remembered until RyzeAPI tells another."""
    number = people.runtime_data.calls.own_number
    assert number
    await simulator.stop()
    await hass.config_entries.async_reload(people.entry_id)
    await first_look(hass, people)
    assert people.runtime_data.coordinator.own_number is None
    assert people.runtime_data.calls.own_number == number


async def test_refused_token(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """A token that the first look shows to be refused starts reauth."""
    simulator.instances["home"].token = "renewed"
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await first_look(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH

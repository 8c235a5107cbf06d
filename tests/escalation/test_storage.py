"""Tests of what makes an escalation trustworthy; each has failed once."""

from array import array
import asyncio
import sys
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant

from custom_components.ryze import websocket
from custom_components.ryze.api import client as client_module
from custom_components.ryze.escalation.plan import Plan, Result, Target
from custom_components.ryze.escalation.registry import DATA_ESCALATIONS, RyzeEscalations
from custom_components.ryze.escalation.tone import make_tone
from tests.helpers.common import capture, make_entry, setup_integration, until
from tests.helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA, OTHER_TOKEN
from tests.helpers.escalations import acknowledge, begin, escalate, hurry, running, told
from tests.helpers.speech import Voice, setup_engine
from tests.simulator import Behaviour, Simulator


@pytest.fixture(autouse=True)
def quick(
    hass_storage: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let nobody wait."""
    hurry(simulator, monkeypatch)


@pytest.fixture
async def office(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> MockConfigEntry:
    """Return another instance, which knows Maria as well."""
    entry = make_entry(
        simulator,
        "office",
        OTHER_TOKEN,
        live_updates=True,
        contacts={"Mary": MARIA, "Ana": ANA},
    )
    await setup_integration(hass, entry)
    await until(lambda: entry.runtime_data.listener.live)
    return entry


@pytest.mark.usefixtures("people")
async def test_same_tag_again_at_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """One that was acknowledged just now does not swallow the next of its tag."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    first = await begin(hass, tag="fire", ring_time=120, duration=60)
    await until(lambda: simulator.rings(MARIA))
    await acknowledge(hass, tag="fire")
    response = await escalate(hass, tag="fire", background=True)
    assert response["escalation_id"] != first.plan.escalation_id
    assert response["result"] == "running"


@pytest.mark.parametrize(
    "content",
    [
        [{}],
        {"not": "a list"},
        [1],
        [{"saved": 0}],
        [{"saved": 1e12, "targets": [], "new_in_a_later_version": 1}],
    ],
)
async def test_broken_storage(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    content: Any,
) -> None:
    """What cannot be read does not keep the integration from loading."""
    hass_storage["ryze.escalations"] = {
        "version": 1,
        "minor_version": 1,
        "key": "ryze.escalations",
        "data": content,
    }
    await setup_integration(hass, entry)
    assert hass.services.has_service("ryze", "fake_call")
    assert entry.state.value == "loaded"


async def test_one_of_two_is_broken(
    hass: HomeAssistant, hass_storage: dict[str, Any], people: MockConfigEntry
) -> None:
    """What can be read is taken up again, whatever stands beside it."""
    contact = next(iter(people.subentries.values()))
    target = Target(
        entry_id=people.entry_id, contact_id=contact.subentry_id, number=MARIA
    )
    plan = Plan(
        escalation_id="whole",
        tag="fire",
        targets=[target],
        audio=None,
        duration=8,
        rounds=3,
        ring_time=45,
        pause=5,
        accept=["answered"],
        user_id=None,
    )
    hass_storage["ryze.escalations"] = {
        "version": 1,
        "minor_version": 1,
        "key": "ryze.escalations",
        "data": [{}, plan.as_stored([])],
    }
    escalations = RyzeEscalations(hass)
    await escalations.async_resume()
    (escalation,) = escalations.async_get()
    assert escalation.plan == plan
    escalation.async_end(Result.STOPPED)
    await until(lambda: "ryze.escalations" not in hass_storage)


async def test_storage_of_a_later_version(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry
) -> None:
    """Nor does what a later version has stored."""
    hass_storage["ryze.escalations"] = {
        "version": 2,
        "minor_version": 1,
        "key": "ryze.escalations",
        "data": [],
    }
    await setup_integration(hass, entry)
    assert entry.state.value == "loaded"


@pytest.mark.usefixtures("office")
async def test_no_requests_left_other_instance(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Another instance is tried rather than waiting for half an hour."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1800)
    await people.runtime_data.coordinator.async_refresh()
    async with asyncio.timeout(5):
        response = await escalate(hass)
    assert response["acknowledged_by"] in ("notify.maria", "notify.mary")


async def test_reloaded_while_the_limit_is_waited_for(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A call after a wait goes through the entry as it is then."""
    # The limit ends somewhere within the second that is told.
    monkeypatch.setattr(client_module, "RESET_MARGIN", 1.0)
    # Live updates have to be back when somebody answers.
    monkeypatch.setattr(websocket, "MINIMUM_WAIT", 0.1)
    monkeypatch.setattr(websocket, "MAXIMUM_WAIT", 0.1)
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1.5)
    await people.runtime_data.coordinator.async_refresh()
    escalation = await begin(hass, contact="notify.maria")
    await asyncio.sleep(0.05)
    await hass.config_entries.async_reload(people.entry_id)
    await until(lambda: escalation.result != "running")
    assert escalation.result == "acknowledged"


async def test_removed_while_the_limit_is_waited_for(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Nobody is called from an instance that was removed."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1.5)
    await people.runtime_data.coordinator.async_refresh()
    escalation = await begin(hass, contact="notify.maria")
    await asyncio.sleep(0.05)
    await hass.config_entries.async_remove(people.entry_id)
    await until(lambda: escalation.result != "running")
    assert escalation.result == "stopped"
    assert simulator.calls == []


async def test_removed_in_a_pause(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Removal of the entry ends it at once, and not after the pause."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    escalation = await begin(hass, pause=600)
    await until(lambda: [row["outcome"] for row in escalation.rows] == ["rejected"])
    await hass.config_entries.async_remove(people.entry_id)
    async with asyncio.timeout(1):
        await escalation.async_wait()
    assert escalation.result == "stopped"


@pytest.mark.usefixtures("office")
async def test_loaded_twin(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Somebody who is a contact of a loaded instance too is called from there."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    await hass.config_entries.async_unload(people.entry_id)
    response = await escalate(hass, contact=["notify.maria", "notify.mary"])
    assert response["acknowledged_by"] == "notify.mary"


@pytest.mark.usefixtures("office", "people")
async def test_sensor_names_contacts_of_others(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Whose turn it is is a contact, of whatever instance."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    await begin(hass, contact=["notify.maria", "notify.ana"], ring_time=120)
    await until(lambda: simulator.rings(MARIA))
    state = hass.states.get("sensor.home_escalations")
    assert state
    assert state.attributes["next"] == ["notify.ana"]


async def test_stopped_before_the_first_call(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """What was interrupted while speech was made is kept as well."""
    voice = Voice()
    await setup_engine(hass, voice)
    voice.hangs = True
    await begin(hass, message="Fire!", tag="fire")
    await asyncio.sleep(0.1)
    assert [item["tag"] for item in hass_storage["ryze.escalations"]["data"]] == [
        "fire"
    ]


async def test_told_after_start(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """What has run out during a restart is told once automations are there to hear."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    await begin(hass, ring_time=120)
    await until(lambda: simulator.rings(MARIA))
    for item in hass._shutdown_jobs:
        hass.async_run_hass_job(item.job)
    await asyncio.sleep(0.05)
    hass_storage["ryze.escalations"]["data"][0]["saved"] -= 3700
    hass.set_state(CoreState.starting)
    events = capture(hass)
    escalations = hass.data[DATA_ESCALATIONS] = RyzeEscalations(hass)
    await escalations.async_resume()
    await asyncio.sleep(0.1)
    assert told(events) == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until(lambda: told(events) == ["exhausted"])


async def test_row_of_the_call_under_way(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """The call that was under way at a restart is among the rows afterwards."""
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.MANUAL
    await begin(hass, ring_time=120, tag="fire")
    await until(lambda: hass_storage["ryze.escalations"]["data"][0]["rows"])
    for item in hass._shutdown_jobs:
        hass.async_run_hass_job(item.job)
    await asyncio.sleep(0.05)
    hass.set_state(CoreState.running)
    escalations = hass.data[DATA_ESCALATIONS] = RyzeEscalations(hass)
    await escalations.async_resume()
    (escalation,) = running(hass)
    assert [row["contact"] for row in escalation.rows][:1] == ["notify.maria"]


@pytest.mark.usefixtures("people")
async def test_listener_that_fails(hass: HomeAssistant, simulator: Simulator) -> None:
    """Whoever shows escalations must not be able to end them."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    ready = []

    def fail() -> None:
        ready.append(1)
        raise ValueError(MARIA)

    hass.data[DATA_ESCALATIONS].async_subscribe(fail)
    response = await escalate(hass)
    assert ready
    assert response["result"] == "acknowledged"


async def test_byte_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a processor with the other byte order the module `wave` turns the bytes."""
    audio = make_tone()
    little = bytes(await audio.read(0, audio.size))
    make_tone.cache_clear()
    monkeypatch.setattr(sys, "byteorder", "big")
    audio = make_tone()
    big = bytes(await audio.read(0, audio.size))
    make_tone.cache_clear()
    samples = array("h", big[44:])
    samples.byteswap()
    assert samples.tobytes() == little[44:]

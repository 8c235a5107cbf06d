"""Tests of the entities that show escalations: who is called, and how it ended."""

from typing import Any, Final
from unittest.mock import AsyncMock

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
)

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.restore_state import RestoreEntity
from homeassistant.util import dt as dt_util

from .helpers.common import follow, setup_integration, state_of, until
from .helpers.const import ANA, MARIA
from .helpers.escalations import (
    acknowledge,
    begin,
    escalate,
    hurry,
    interrupt,
    keep_ringing,
    resume,
)
from .helpers.live_updates import until_heard
from .simulator import Behaviour, Simulator
from custom_components.ryze.escalation import DATA_ESCALATIONS, Result
from custom_components.ryze.escalation.events import MAX_EVENTS

RUNNING: Final = "binary_sensor.home_escalation"
TOLD: Final = "event.home_escalation"


def attribute(hass: HomeAssistant, key: str, entity_id: str = RUNNING) -> Any:
    """Return an attribute of an entity."""
    return state_of(hass, entity_id).attributes[key]


@pytest.fixture
def ringing(simulator: Simulator, people: MockConfigEntry) -> MockConfigEntry:
    """Return the entry with Maria and João, whose phones ring until a test ends that."""
    keep_ringing(simulator)
    return people


# Whether an escalation is running.


async def test_nothing_runs(hass: HomeAssistant, ringing: MockConfigEntry) -> None:
    """Without an escalation the sensor is off, and its lists are empty."""
    state = state_of(hass, RUNNING)
    assert state.state == "off"
    assert state.attributes == {
        "calling": [],
        "device_class": "running",
        "friendly_name": "home Escalation",
        "next": [],
        "since": [],
        "tag": [],
    }
    assert state_of(hass, TOLD).state == "unknown"


async def test_who_is_called(
    hass: HomeAssistant, simulator: Simulator, ringing: MockConfigEntry
) -> None:
    """The sensor names the people who are called now and next, not their ids."""
    escalation = await begin(hass, tag="fire")
    await begin(hass, number=[ANA, MARIA])
    await until(lambda: simulator.rings(MARIA) and simulator.rings(ANA))
    state = state_of(hass, RUNNING)
    assert state.state == "on"
    assert state.attributes["tag"] == ["fire", None]
    assert state.attributes["calling"] == ["Maria", "+55 11 99999-0003"]
    assert state.attributes["next"] == ["João", "Maria"]
    since = dt_util.parse_datetime(state.attributes["since"][0], raise_on_error=True)
    assert since.timestamp() == pytest.approx(escalation.plan.started)
    assert state.state_info
    assert {"calling", "next"} <= state.state_info["unrecorded_attributes"]

    await acknowledge(hass)
    await until(lambda: state_of(hass, RUNNING).state == "off")
    assert attribute(hass, "next") == []


async def test_last_turn_and_pause(
    hass: HomeAssistant, simulator: Simulator, ringing: MockConfigEntry
) -> None:
    """Nobody is called in a pause, and nobody is next in the last turn."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.second = 0.03
    await begin(hass, pause=600)
    await until(lambda: simulator.rings(MARIA))
    await until(lambda: attribute(hass, "calling") == [None])
    assert attribute(hass, "next") == ["João"]
    await acknowledge(hass)

    await begin(hass, entity_id="notify.maria", pause=600)
    await until(lambda: attribute(hass, "calling") == ["Maria"])
    assert attribute(hass, "next") == [None]


async def test_other_instance(
    hass: HomeAssistant,
    simulator: Simulator,
    other_entry: MockConfigEntry,
    ringing: MockConfigEntry,
) -> None:
    """An escalation of another instance does not show, even while RyzeAPI is away."""
    await setup_integration(hass, other_entry)
    await begin(hass, number=ANA, config_entry_id=other_entry.entry_id)
    await until(lambda: state_of(hass, "binary_sensor.office_escalation").state == "on")
    assert state_of(hass, "event.office_escalation").attributes["event_type"] == (
        "started"
    )
    await simulator.stop()
    await ringing.runtime_data.coordinator.async_refresh()
    assert state_of(hass, RUNNING).state == "off"
    assert state_of(hass, TOLD).state == "unknown"


@pytest.mark.usefixtures("ringing", "office")
async def test_every_instance_that_may_call(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An escalation shows at, and is acknowledged from, each instance that may call."""
    await begin(hass, entity_id=["notify.maria"])
    await until(lambda: simulator.rings(MARIA))
    for entity_id in (RUNNING, "binary_sensor.office_escalation"):
        assert state_of(hass, entity_id).state == "on"
        assert attribute(hass, "calling", entity_id) == ["Maria"]
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.office_acknowledge"}, blocking=True
    )
    await until(lambda: attribute(hass, "event_type", TOLD) == "acknowledged")
    office = "event.office_escalation"
    assert attribute(hass, "event_type", office) == "acknowledged"


# How an escalation started and ended.


async def test_answer(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The event fires for the start and the end, and names who answered."""
    hurry(simulator, monkeypatch)
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    bus = [
        async_capture_events(hass, f"ryze_escalation_{kind}")
        for kind in ("started", "acknowledged")
    ]
    states = follow(hass, TOLD)
    await escalate(hass, tag="fire", ring_time=100)
    await until(lambda: len(states) == 2)
    for state, ((event,), name) in zip(
        states, zip(bus, (None, "Maria"), strict=True), strict=True
    ):
        expected = {**event.data, "acknowledged_by_name": name}
        assert state.attributes.items() >= expected.items()
        assert state.context == event.context
    assert states[1].attributes["event_type"] == "acknowledged"
    assert states[1].attributes["acknowledged_by"] == "notify.maria"
    assert states[1].state_info
    assert "acknowledged_by" in states[1].state_info["unrecorded_attributes"]


async def test_answer_of_a_number(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody who is no contact has no name."""
    hurry(simulator, monkeypatch)
    simulator.add_phone(ANA, behaviour=Behaviour.ANSWER)
    await escalate(hass, number=ANA, ring_time=100)
    await until(lambda: attribute(hass, "event_type", TOLD) == "acknowledged")
    assert attribute(hass, "acknowledged_by", TOLD) == ANA
    assert attribute(hass, "acknowledged_by_name", TOLD) is None


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.usefixtures("ringing")
async def test_acknowledged_by_a_user(
    hass: HomeAssistant, hass_admin_user: MockUser, known: bool
) -> None:
    """The event names the user who acknowledged, and nobody for an automation."""
    hass_admin_user.name = "Paula"
    await begin(hass)
    context = Context(user_id=hass_admin_user.id) if known else None
    await acknowledge(hass, context)
    await until(lambda: attribute(hass, "event_type", TOLD) == "acknowledged")
    name = attribute(hass, "acknowledged_by_name", TOLD)
    assert name == ("Paula" if known else None)


@pytest.mark.parametrize(
    ("data", "reason"), [({"rounds": 1}, "rounds"), ({"deadline": 1}, "deadline")]
)
async def test_nobody_answers(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    data: dict[str, Any],
    reason: str,
) -> None:
    """The event tells that nobody answered, and why the escalation ended."""
    hurry(simulator, monkeypatch)
    await escalate(hass, **data)
    await until(lambda: attribute(hass, "event_type", TOLD) == "exhausted")
    assert attribute(hass, "reason", TOLD) == reason
    assert attribute(hass, "acknowledged_by_name", TOLD) is None


async def test_stopped(hass: HomeAssistant, ringing: MockConfigEntry) -> None:
    """The event tells that an escalation was stopped."""
    escalation = await begin(hass)
    escalation.async_end(Result.STOPPED)
    await until(lambda: attribute(hass, "event_type", TOLD) == "stopped")


# What happens while the entity does not exist.


@pytest.mark.usefixtures("office")
async def test_events_while_unloaded(
    hass: HomeAssistant, simulator: Simulator, ringing: MockConfigEntry
) -> None:
    """The event shows what happened while its entry was not loaded, once."""
    await until_heard(simulator, ringing)
    assert await hass.config_entries.async_unload(ringing.entry_id)
    await begin(hass, entity_id="notify.maria", tag="fire")
    await acknowledge(hass, tag="fire")
    await hass.async_block_till_done()
    states = follow(hass, TOLD)
    await hass.config_entries.async_setup(ringing.entry_id)
    await hass.async_block_till_done()
    shown = [state.attributes.get("event_type") for state in states]
    assert shown == [None, "started", "acknowledged"]
    assert states[0].state == "unknown"

    before = state_of(hass, TOLD)
    assert await hass.config_entries.async_reload(ringing.entry_id)
    await hass.async_block_till_done()
    after = state_of(hass, TOLD)
    assert (after.state, after.attributes) == (before.state, before.attributes)


@pytest.mark.parametrize("lost", [False, True])
async def test_restart(
    hass: HomeAssistant,
    simulator: Simulator,
    ringing: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    lost: bool,
) -> None:
    """The start shows once over a restart, also if a power cut has lost it."""
    await begin(hass, tag="fire")
    await until(lambda: simulator.rings(MARIA))
    await until_heard(simulator, ringing)
    started = state_of(hass, TOLD)
    await interrupt(hass)
    assert await hass.config_entries.async_unload(ringing.entry_id)
    if lost:
        # Home Assistant writes the states every quarter of an hour only.
        nothing = AsyncMock(return_value=None)
        monkeypatch.setattr(RestoreEntity, "async_get_last_state", nothing)
    await resume(hass)
    states = follow(hass, TOLD)
    await hass.config_entries.async_setup(ringing.entry_id)
    await hass.async_block_till_done()
    shown = [state.attributes["event_type"] for state in states]
    if lost:
        assert shown == [None, "started"]
    else:
        assert shown == ["started"]
        assert states[0].state == started.state
    assert attribute(hass, "tag", TOLD) == "fire"
    await acknowledge(hass)


async def test_many_events(hass: HomeAssistant, ringing: MockConfigEntry) -> None:
    """The events that are kept are bounded in number."""
    kept = hass.data[DATA_ESCALATIONS].events.kept
    for _ in range(MAX_EVENTS):
        await begin(hass, number=ANA)
        await acknowledge(hass)
    await hass.async_block_till_done()
    assert len(kept) == MAX_EVENTS

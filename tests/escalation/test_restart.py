"""Tests of escalations that a restart of Home Assistant interrupts."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant

from custom_components.ryze.calls.placing import _TRACKERS
from custom_components.ryze.escalation import plan
from custom_components.ryze.escalation.registry import DATA_ESCALATIONS, RyzeEscalations
from tests.helpers.common import capture, until
from tests.helpers.const import ANA, JOAO, MARIA
from tests.helpers.escalations import begin, escalate, hurry, outcomes, running, told
from tests.helpers.speech import Voice, setup_engine, speech
from tests.simulator import Behaviour, Simulator

KEY = "ryze.escalations"


@pytest.fixture(autouse=True)
def quick(
    hass_storage: dict[str, Any],
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let nobody wait, but let phones ring for long."""
    hurry(simulator, monkeypatch)
    simulator.second = 1.0
    for number in (MARIA, JOAO, ANA):
        simulator.phone(number).behaviour = Behaviour.MANUAL


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Allow timers of others: here nothing but the event tells them of a stop."""
    return True


async def restart(
    hass: HomeAssistant, entry: MockConfigEntry, *, started: bool = True
) -> None:
    """Do what a restart does to escalations."""
    for item in hass._shutdown_jobs:
        hass.async_run_hass_job(item.job)
    await asyncio.sleep(0.01)
    hass.set_state(CoreState.running if started else CoreState.starting)
    escalations = hass.data[DATA_ESCALATIONS] = RyzeEscalations(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass.data[_TRACKERS].clear()
    await escalations.async_resume()
    await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: entry.runtime_data.listener.live)


def stored(hass_storage: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is stored."""
    items: list[dict[str, Any]] = hass_storage.get(KEY, {"data": []})["data"]
    return items


async def test_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """It goes on with the next person, and remembers what it did."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    events = capture(hass)
    before = await begin(hass, tag="fire", rounds=2, ring_time=80)
    await until(lambda: simulator.rings(JOAO))
    await restart(hass, people)
    assert len(stored(hass_storage)) == 1
    (after,) = running(hass)
    assert after is not before
    assert (after.plan.escalation_id, after.plan.tag) == (
        before.plan.escalation_id,
        "fire",
    )
    await until(lambda: after.result != "running")
    # Whoever's phone rang at the restart was not called again in that round.
    assert [call.number for call in simulator.calls] == [MARIA, JOAO, MARIA, JOAO]
    assert outcomes({"calls": after.rows[:1]}) == [("notify.maria", "rejected")]
    await until(lambda: told(events) == ["started", "exhausted"])
    await until(lambda: stored(hass_storage) == [])


async def test_answer_after_a_restart(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An answer ends it as before, and the tag still is one."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    events = async_capture_events(hass, "ryze_escalation_acknowledged")
    before = await begin(hass, tag="fire", ring_time=120)
    await until(lambda: simulator.rings(MARIA))
    await restart(hass, people, started=False)
    again = await escalate(hass, tag="fire")
    assert again["escalation_id"] == before.plan.escalation_id
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until(lambda: events)
    assert events[0].data["acknowledged_by"] == "notify.joao"
    assert simulator.rings(MARIA) == 1


async def test_late_answer_after_a_restart(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An answer to a call of before the restart ends it, too."""
    events = capture(hass)
    await begin(hass, ring_time=120)
    await until(lambda: simulator.calls)
    await until(lambda: [e for e in events if e.event_type == "ryze_call_placed"])
    await restart(hass, people)
    simulator.answer(simulator.calls[0].id)
    await until(lambda: told(events) == ["started", "acknowledged"])
    assert events[-1].data["acknowledged_by"] == "notify.maria"


async def test_waits_for_start(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Nobody is called, nor anything told, before Home Assistant has started."""
    await begin(hass, ring_time=120, deadline=100)
    await until(lambda: simulator.rings(MARIA))
    await restart(hass, people, started=False)
    (escalation,) = running(hass)
    await asyncio.sleep(1.1)
    assert escalation.result == "running"
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until(lambda: escalation.result != "running")
    assert (escalation.result, escalation.reason) == ("expired", "deadline")
    assert simulator.rings(JOAO) == 0


async def test_clock_is_put_right(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the clock jumps while Home Assistant starts, there is as much time as before."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    await begin(hass, ring_time=120, deadline=6000)
    await until(lambda: simulator.rings(MARIA))
    await restart(hass, people, started=False)
    (escalation,) = running(hass)
    await asyncio.sleep(0)
    days = 3 * 24 * 3600
    monkeypatch.setattr(plan, "time", SimpleNamespace(time=lambda: time.time() + days))
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await until(lambda: escalation.result != "running")
    assert (escalation.result, escalation.acknowledged_by) == (
        "acknowledged",
        "notify.joao",
    )


async def test_deadline_during_a_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """What has run out meanwhile calls nobody."""
    await begin(hass, ring_time=120)
    await until(lambda: simulator.rings(MARIA))
    stored(hass_storage)[0]["deadline"] = time.time() - 1
    await restart(hass, people)
    await until(lambda: not running(hass))
    assert simulator.rings(JOAO) == 0


@pytest.mark.parametrize(("silence", "rings"), [(3500, 1), (3700, 0)])
async def test_long_silence(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
    silence: float,
    rings: int,
) -> None:
    """After an hour without Home Assistant nobody is called any more."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    await begin(hass, tag="fire", ring_time=120)
    await until(lambda: simulator.rings(MARIA))
    stored(hass_storage)[0]["saved"] -= silence
    events = capture(hass)
    await restart(hass, people)
    await until(lambda: not running(hass))
    assert simulator.rings(JOAO) == rings
    await until(lambda: told(events))
    (over,) = (e for e in events if "escalation" in str(e.event_type))
    name, reason = [("exhausted", "deadline"), ("acknowledged", None)][rings]
    assert (told([over]), over.data["reason"]) == ([name], reason)
    await until(lambda: stored(hass_storage) == [])


@pytest.mark.parametrize(
    ("data", "fallback", "beginning"),
    [
        ({"message": "Fire!"}, False, speech("Fire!")),
        ({"media_base64": "SUQzAAAA"}, True, b"RIFF"),
    ],
)
async def test_audio_after_a_restart(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    data: dict[str, Any],
    fallback: bool,
    beginning: bytes,
) -> None:
    """What to play is made anew, or is a tone where it was not kept."""
    voice = Voice()
    await setup_engine(hass, voice)
    await begin(hass, ring_time=120, **data)
    await until(lambda: simulator.rings(MARIA))
    await restart(hass, people)
    (escalation,) = running(hass)
    await until(lambda: simulator.rings(JOAO))
    assert escalation.fallback is fallback
    audio = simulator.calls[1].audio
    assert audio
    assert audio.startswith(beginning)


async def test_stopping(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """While Home Assistant stops nobody is called, and nothing is lost or told."""
    events = capture(hass)
    task = hass.async_create_background_task(
        escalate(hass, ring_time=120, duration=60, rounds=3), "action"
    )
    await until(lambda: simulator.rings(MARIA))
    await hass.async_stop(force=True)
    assert task.done()
    assert told(events) == ["started"]
    assert simulator.rings(JOAO) == 0
    (item,) = stored(hass_storage)
    assert (item["position"], len(item["targets"])) == (1, 2)

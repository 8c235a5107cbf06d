"""Tests of escalations that a restart of Home Assistant interrupts."""

import asyncio
from collections.abc import Callable
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

from custom_components.ryze.escalation import plan
from tests.helpers.calls import forget_calls
from tests.helpers.common import capture, until
from tests.helpers.const import JOAO, MARIA
from tests.helpers.escalations import (
    begin,
    escalate,
    interrupt,
    outcomes,
    resume,
    running,
    stored,
    told,
)
from tests.helpers.live_updates import until_heard
from tests.helpers.speech import Voice, setup_engine, speech
from tests.simulator import Behaviour, Simulator

pytestmark = pytest.mark.usefixtures("ringing_phones")


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Allow timers of other integrations, which the faked restart does not stop."""
    return True


async def restart(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    *,
    started: bool = True,
    meanwhile: Callable[[], object] = lambda: None,
) -> None:
    """Do with escalations and the entry what a restart does with them.

    What happens meanwhile cannot be overwritten by a last write of the escalations.
    """
    await until_heard(simulator, entry)
    await interrupt(hass)
    meanwhile()
    hass.set_state(CoreState.running if started else CoreState.starting)
    assert await hass.config_entries.async_unload(entry.entry_id)
    forget_calls(hass, entry)
    await resume(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: entry.runtime_data.listener.live)


def complete_start(hass: HomeAssistant) -> None:
    """Complete a start of Home Assistant that is under way."""
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)


async def test_next_person_after_a_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """After a restart an escalation goes on with the next person, and keeps its rows."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    events = capture(hass)
    before = await begin(hass, tag="fire", rounds=2)
    await until(lambda: simulator.rings(JOAO))
    await restart(hass, simulator, people)
    assert len(stored(hass_storage)) == 1
    (after,) = running(hass)
    assert after is not before
    assert (after.plan.escalation_id, after.plan.tag) == (
        before.plan.escalation_id,
        "fire",
    )
    simulator.phone(JOAO).behaviour = Behaviour.DECLINE
    await until(lambda: after.result != "running")
    # João's phone rang at the restart; he is not called again in that round.
    assert [call.number for call in simulator.calls] == [MARIA, JOAO, MARIA, JOAO]
    assert outcomes({"calls": after.rows[:1]}) == [("notify.maria", "rejected")]
    await until(lambda: told(events) == ["started", "exhausted"])
    await until(lambda: stored(hass_storage) == [])


async def test_answer_after_a_restart(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """After a restart an escalation still has its tag, and an answer ends it."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    events = async_capture_events(hass, "ryze_escalation_acknowledged")
    before = await begin(hass, tag="fire")
    await until(lambda: simulator.rings(MARIA))
    await restart(hass, simulator, people, started=False)
    again = await escalate(hass, tag="fire")
    assert again["escalation_id"] == before.plan.escalation_id
    complete_start(hass)
    await until(lambda: events)
    assert events[0].data["acknowledged_by"] == "notify.joao"
    assert simulator.rings(MARIA) == 1


async def test_late_answer_after_a_restart(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """After a restart an answer to an earlier call still ends the escalation."""
    events = capture(hass)
    await begin(hass)
    await until(lambda: [e for e in events if e.event_type == "ryze_call_placed"])
    await restart(hass, simulator, people)
    simulator.answer(simulator.calls[0].id)
    await until(lambda: told(events) == ["started", "acknowledged"])
    assert events[-1].data["acknowledged_by"] == "notify.maria"


async def test_wait_for_the_start(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Nobody is called, and no end is told, before Home Assistant has started."""
    await begin(hass, deadline=2)
    await until(lambda: simulator.rings(MARIA))
    await restart(hass, simulator, people, started=False)
    (escalation,) = running(hass)
    await until(lambda: escalation.plan.seconds_left == 0)
    # Nothing tells that the escalation has come to its wait.
    await asyncio.sleep(0.1)
    assert escalation.result == "running"
    complete_start(hass)
    await until(lambda: escalation.result != "running")
    assert (escalation.result, escalation.reason) == ("expired", "deadline")
    assert simulator.rings(JOAO) == 0


async def test_clock_that_jumps(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A clock that jumps while Home Assistant starts does not shorten the deadline."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    await begin(hass, deadline=6000)
    await until(lambda: simulator.rings(MARIA))
    await restart(hass, simulator, people, started=False)
    (escalation,) = running(hass)
    await asyncio.sleep(0)
    days = 3 * 24 * 3600
    monkeypatch.setattr(plan, "time", SimpleNamespace(time=lambda: time.time() + days))
    complete_start(hass)
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
    """An escalation whose deadline passes during a restart calls nobody."""
    await begin(hass)
    await until(lambda: simulator.rings(MARIA))
    passed = {"deadline": time.time() - 1}
    await restart(
        hass,
        simulator,
        people,
        meanwhile=lambda: stored(hass_storage)[0].update(passed),
    )
    await until(lambda: not running(hass))
    assert simulator.rings(JOAO) == 0


async def test_expired_during_a_restart(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """An escalation that expired during a restart tells so once automations run."""
    await begin(hass)
    await until(lambda: simulator.rings(MARIA))
    await interrupt(hass)
    stored(hass_storage)[0]["saved"] -= 3700
    hass.set_state(CoreState.starting)
    events = capture(hass)
    await resume(hass)
    # Nothing tells that the escalation has come to its wait.
    await asyncio.sleep(0.1)
    assert told(events) == []
    complete_start(hass)
    await until(lambda: told(events) == ["exhausted"])


@pytest.mark.parametrize(("silence", "rings"), [(3500, 1), (3700, 0)])
async def test_long_interruption(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
    silence: float,
    rings: int,
) -> None:
    """After an hour without Home Assistant an escalation expires."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    await begin(hass, tag="fire")
    await until(lambda: simulator.rings(MARIA))
    events = capture(hass)
    before = {"saved": time.time() - silence}
    await restart(
        hass,
        simulator,
        people,
        meanwhile=lambda: stored(hass_storage)[0].update(before),
    )
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
    """After a restart the speech is made anew; a tone replaces audio given as data."""
    voice = Voice()
    await setup_engine(hass, voice)
    await begin(hass, **data)
    await until(lambda: simulator.rings(MARIA))
    await restart(hass, simulator, people)
    (escalation,) = running(hass)
    await until(lambda: simulator.rings(JOAO))
    assert escalation.fallback is fallback
    audio = simulator.calls[1].audio
    assert audio
    assert audio.startswith(beginning)


async def test_row_of_the_call_under_way(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """The call that was under way at a restart is among the rows afterwards."""
    await begin(hass, tag="fire")
    await until(lambda: stored(hass_storage)[0]["rows"])
    await interrupt(hass)
    hass.set_state(CoreState.running)
    await resume(hass)
    (escalation,) = running(hass)
    assert [row["contact"] for row in escalation.rows][:1] == ["notify.maria"]


async def test_stop_of_home_assistant(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """A stop of Home Assistant keeps the escalation, calls nobody and tells nothing."""
    events = capture(hass)
    task = hass.async_create_background_task(escalate(hass, rounds=3), "action")
    await until(lambda: simulator.rings(MARIA))
    await hass.async_stop(force=True)
    assert task.done()
    assert told(events) == ["started"]
    assert simulator.rings(JOAO) == 0
    (item,) = stored(hass_storage)
    assert (item["position"], len(item["targets"])) == (1, 2)

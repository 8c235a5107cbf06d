"""Tests of outcomes after a lost answer, a reload or a gap in the live updates."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.ryze.api import CallUpdate, CallUpdateKind
from custom_components.ryze.calls import memory, outcomes as outcomes_module
from tests.helpers.calls import call, names
from tests.helpers.common import capture, until
from tests.helpers.const import JOAO, MARIA
from tests.helpers.live_updates import until_heard, until_settled
from tests.simulator import Call, Fault, FaultKind, OutgoingUpdates, Shape, Simulator

pytestmark = pytest.mark.usefixtures("quick_updates")


async def lose_answer(
    hass: HomeAssistant, simulator: Simulator, kind: FaultKind = FaultKind.CUT_AFTER
) -> Call:
    """Call Maria, lose RyzeAPI's answer, and return the call, which rings on."""
    simulator.second = 60
    simulator.add_phone(MARIA)
    simulator.inject(Fault(kind, route="fake"))
    with pytest.raises(HomeAssistantError):
        await call(hass)
    (lost,) = simulator.calls
    return lost


@pytest.mark.parametrize("fault", [FaultKind.CUT_AFTER, FaultKind.CUT_BODY])
@pytest.mark.usefixtures("live")
async def test_outcome_after_a_lost_answer(
    hass: HomeAssistant, simulator: Simulator, fault: FaultKind
) -> None:
    """Updates tell the outcome of a call although RyzeAPI's answer was lost."""
    events = capture(hass)
    lost = await lose_answer(hass, simulator, fault)
    simulator.answer(lost.id)
    await until(lambda: "answered" in names(events))
    simulator.hang_up(lost.id)
    await until(lambda: "ended" in names(events))
    assert names(events) == ["failed", "answered", "ended"]
    assert events[1].data["call_id"] == simulator.calls[0].id
    assert simulator.rings(MARIA) == 1


async def test_outcome_under_an_adopted_id(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """An outcome under an id that only the number matches counts as a reported one."""
    events = capture(hass)
    simulator.choices.id_matches = False
    lost = await lose_answer(hass, simulator)
    simulator.answer(lost.id)
    await until(lambda: "answered" in names(events))
    simulator.hang_up(lost.id)
    await until(lambda: "ended" in names(events))
    assert live.runtime_data.calls.reports_outcomes


async def test_called_back_after_a_lost_answer(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """A call back is not taken for news of a call whose answer was lost."""
    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    simulator.inject(Fault(FaultKind.CUT_AFTER, route="fake"))
    events = capture(hass)
    with pytest.raises(HomeAssistantError):
        await call(hass)
    simulator.call_in(MARIA, seconds=0.3)
    await until_settled(simulator, live)
    assert "answered" not in names(events)
    assert "unanswered" not in names(events)


async def test_answer_after_a_reload(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """The answer to a call is told although the entry was reloaded meanwhile."""
    events = capture(hass)
    simulator.second = 1.0
    (row,) = await call(hass, duration=60)
    await until_heard(simulator, live)
    await hass.config_entries.async_reload(live.entry_id)
    await until(lambda: live.runtime_data.listener.live)
    simulator.answer(row["call_id"])
    await until(lambda: names(events) == ["placed", "answered"])
    assert events[1].context is events[0].context


@pytest.mark.parametrize("shape", [Shape.CAMEL_STATUS, Shape.SNAKE])
async def test_own_call_after_a_reload(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry, shape: Shape
) -> None:
    """A call that was requested before a reload is not taken for an incoming one."""
    simulator.choices.shape = shape
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.DELAY, release=release, route="fake"))
    events = capture(hass)
    calling = hass.async_create_task(call(hass))
    await until(lambda: any(r.route == "fake" for r in simulator.requests))
    await hass.config_entries.async_reload(live.entry_id)
    await until(lambda: live.runtime_data.listener.live)
    release.set()
    await calling
    await until(lambda: live.runtime_data.listener.counts["CallUpdate"])
    assert simulator.rings(MARIA) == 1
    await until(lambda: names(events) == ["placed"])

    # An incoming call is told as soon as no request is under way.
    simulator.call_in(JOAO)
    await until(lambda: "received" in names(events))


@pytest.mark.parametrize("answered_before", [True, False])
async def test_answer_in_a_gap(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    answered_before: bool,
) -> None:
    """After a gap, the end of a call does not mean that nobody answered."""
    listener = live.runtime_data.listener
    events = capture(hass)
    simulator.second = 30
    simulator.add_phone(MARIA)
    # RyzeAPI answers the request before the gap, or after it.
    release = asyncio.Event()
    if answered_before:
        release.set()
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, release=release, route="fake"))
    asked = hass.async_create_task(call(hass))
    await until(lambda: simulator.calls and asked.done() is answered_before)
    (rung,) = simulator.calls
    simulator.live.stop()
    await until(lambda: not listener.live)
    simulator.answer(rung.id)
    await until(lambda: listener.live)
    release.set()
    await asked
    simulator.hang_up(rung.id)
    await until_settled(simulator, live)
    assert "unanswered" not in names(events)


async def test_lost_calls_are_forgotten(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Calls whose answer was lost are forgotten if no update ever tells of them."""
    monkeypatch.setattr(memory, "FAKE_CALL_MARGIN", -1.0)
    simulator.inject(Fault(FaultKind.CUT_AFTER, route="fake", times=None))
    for _ in range(3):
        with pytest.raises(HomeAssistantError):
            await call(hass)
    assert len(loaded.runtime_data.calls._tracker._doubtful) <= 1


async def test_conclusion_becomes_certain(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An update that confirms a conclusion is shown, and fires no second event."""
    monkeypatch.setattr(outcomes_module, "INFERENCE_MARGIN", -0.9)
    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    people.runtime_data.calls._store.async_note_outcome()
    events = capture(hass)
    (row,) = await call(hass, wait=5)
    assert (row["outcome"], row["observed"]) == ("unanswered", False)
    update = CallUpdate(kind=CallUpdateKind.TERMINATED, call_id=row["call_id"])
    people.runtime_data.calls.async_handle_update(update)

    def is_observed() -> bool:
        state = hass.states.get("sensor.home_last_call")
        return bool(state and state.attributes["observed"])

    await until(is_observed)
    assert names(events) == ["placed", "unanswered"]

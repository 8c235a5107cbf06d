"""Tests of calls of which something was missed: a lost answer, a reload, a gap."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.ryze.calls import tracker
from tests.helpers.calls import call, names
from tests.helpers.common import capture, make_entry, setup_integration, until
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA
from tests.simulator import (
    Behaviour,
    Fault,
    FaultKind,
    OutgoingUpdates,
    Shape,
    Simulator,
)

pytestmark = pytest.mark.usefixtures("quick_retries")


@pytest.fixture
async def live(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Return the entry of the instance "home", with live updates."""
    simulator.second = 0.2
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)
    await hass.config.async_update(country="BR")
    await setup_integration(hass, entry)
    await until(lambda: entry.runtime_data.listener.live)
    return entry


@pytest.fixture(autouse=True)
def quick_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait only a moment for what was overtaken."""
    monkeypatch.setattr(tracker, "REORDER", 0.1)


def answer_late(simulator: Simulator) -> None:
    """Have Maria answer when the action has certainly ended with its error."""
    simulator.second = 1.0
    phone = simulator.phone(MARIA)
    phone.behaviour = Behaviour.ANSWER
    phone.answer_after = 0.6


@pytest.mark.parametrize("fault", [FaultKind.CUT_AFTER, FaultKind.CUT_BODY])
@pytest.mark.usefixtures("live")
async def test_fate_is_settled_later(
    hass: HomeAssistant, simulator: Simulator, fault: FaultKind
) -> None:
    """An update can tell what became of a call whose answer was lost."""
    events = capture(hass)
    answer_late(simulator)
    simulator.inject(Fault(fault, route="fake"))
    with pytest.raises(HomeAssistantError):
        await call(hass)
    await until(lambda: "ended" in names(events))
    assert names(events) == ["failed", "answered", "ended"]
    assert events[1].data["call_id"] == simulator.calls[0].id
    assert simulator.rings(MARIA) == 1


async def test_guessed_id_proves_nothing(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """That an update fits by its number does not show that ids can be trusted."""
    events = capture(hass)
    simulator.choices.id_matches = False
    answer_late(simulator)
    simulator.inject(Fault(FaultKind.CUT_AFTER, route="fake"))
    with pytest.raises(HomeAssistantError):
        await call(hass)
    await until(lambda: "ended" in names(events))
    assert not live.runtime_data.calls.tracker.reports_outcomes


@pytest.mark.usefixtures("live")
async def test_called_back_after_a_lost_answer(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Who calls back is not taken for the answer to a call whose fate is unknown."""
    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    simulator.inject(Fault(FaultKind.CUT_AFTER, route="fake"))
    events = capture(hass)
    with pytest.raises(HomeAssistantError):
        await call(hass)
    incoming = simulator.call_in(MARIA, seconds=0.3)
    await until(incoming.over.is_set)
    await asyncio.sleep(0.3)
    assert "answered" not in names(events)
    assert "unanswered" not in names(events)


async def test_answer_after_a_reload(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """What becomes of a call is told although the entry was reloaded meanwhile."""
    events = capture(hass)
    (row,) = await call(hass, duration=60)
    await hass.config_entries.async_reload(live.entry_id)
    await until(lambda: live.runtime_data.listener.live)
    simulator.answer(row["call_id"])
    await until(lambda: names(events) == ["placed", "answered"])
    assert events[1].context is events[0].context


@pytest.mark.parametrize("shape", [Shape.CAMEL_STATUS, Shape.SNAKE])
async def test_own_call_after_a_reload(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry, shape: Shape
) -> None:
    """A call of before a reload does not look like somebody who calls the instance."""
    simulator.choices.shape = shape
    simulator.inject(Fault(FaultKind.DELAY, delay=0.5, route="fake"))
    events = capture(hass)
    calling = hass.async_create_task(call(hass))
    await until(lambda: any(r.route == "fake" for r in simulator.requests))
    await hass.config_entries.async_reload(live.entry_id)
    await until(lambda: live.runtime_data.listener.live)
    await calling
    await until(lambda: live.runtime_data.listener.counts["CallUpdate"])
    assert simulator.rings(MARIA) == 1
    await until(lambda: names(events) == ["placed"])

    # Whoever calls really is told of, as soon as there is no doubt any more.
    simulator.call_in(JOAO)
    await until(lambda: "received" in names(events))


@pytest.mark.parametrize("delay", [0.0, 3.0])
async def test_answer_told_in_a_gap(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    delay: float,
) -> None:
    """An end without an answer says nothing where the answer may have been missed."""
    listener = live.runtime_data.listener
    events = capture(hass)
    simulator.second = 30
    simulator.add_phone(MARIA)
    # The answer to the request comes before the gap, or after it.
    fault = Fault(FaultKind.DELAY_ANSWER, route="fake", delay=delay)
    simulator.inject(fault)
    asked = hass.async_create_task(call(hass))
    await until(lambda: simulator.calls and (delay or asked.done()))
    (rung,) = simulator.calls
    simulator.live.stop()
    await until(lambda: not listener.live)
    simulator.answer(rung.id)
    await until(lambda: listener.live)
    await asked
    simulator.hang_up(rung.id)
    await asyncio.sleep(0.3)
    assert "unanswered" not in names(events)


async def test_doubts_are_forgotten(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Calls whose fate is unknown are forgotten where no update ever comes."""
    monkeypatch.setattr(tracker, "DOUBT", 0.0)
    simulator.inject(Fault(FaultKind.CUT_AFTER, route="fake", times=None))
    for _ in range(3):
        with pytest.raises(HomeAssistantError):
            await call(hass)
    assert len(loaded.runtime_data.calls.tracker._doubtful) <= 1

"""Tests of the life of calls, from the action to the simulated phone and back."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import Context, HomeAssistant

from custom_components.ryze.api import LinkState
from custom_components.ryze.api.models import OUR_EVENTS
from custom_components.ryze.calls import tracker
from custom_components.ryze.const import DOMAIN
from tests.helpers.calls import call, names
from tests.helpers.common import capture, make_entry, setup_integration, until
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA
from tests.simulator import Behaviour, OutgoingUpdates, Respond, Shape, Simulator
from tests.simulator.chime import chime

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


@pytest.fixture
def quick_inference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Conclude from silence after a moment."""
    monkeypatch.setattr(tracker, "INFERENCE_MARGIN", -0.5)


BEHAVIOURS = pytest.mark.parametrize(
    ("behaviour", "outcome", "story"),
    [
        (Behaviour.ANSWER, "answered", ["placed", "answered", "ended"]),
        (Behaviour.DECLINE, "rejected", ["placed", "rejected"]),
        (Behaviour.IGNORE, "unanswered", ["placed", "unanswered"]),
    ],
)


@BEHAVIOURS
@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.usefixtures("live")
async def test_outcomes(
    hass: HomeAssistant,
    simulator: Simulator,
    behaviour: Behaviour,
    outcome: str,
    story: list[str],
    shape: Shape,
) -> None:
    """Whatever the shape of the updates, the outcome is known, and told once."""
    events = capture(hass)
    simulator.choices.shape = shape
    simulator.phone(MARIA).behaviour = behaviour
    (row,) = await call(hass, wait=10, tag="door")
    assert (row["outcome"], row["observed"], row["error"]) == (outcome, True, None)
    assert row["call_id"] == simulator.calls[0].id
    await until(lambda: len(events) == len(story))
    assert names(events) == story
    for event in events:
        assert event.data["call_id"] == row["call_id"]
        assert (event.data["number"], event.data["tag"]) == (MARIA, "door")
        assert (event.data["observed"], event.data["duration"]) == (True, 1)


@BEHAVIOURS
@pytest.mark.parametrize(
    "choices",
    [
        {"duplicates": 3},
        {"out_of_order": True},
        {"updates_first": True},
        {"peer_as_lid": True, "updates_first": True},
        {"direction_field": True},
        {"noise": True, "duplicates": 2, "out_of_order": True, "updates_first": True},
        {"rejected_terminated": True},
        {"respond": Respond.WHEN_OVER},
        {"respond": Respond.WHEN_OVER, "updates_first": True, "peer_as_lid": True},
    ],
    ids=str,
)
@pytest.mark.usefixtures("live")
async def test_unknown_choices(
    hass: HomeAssistant,
    simulator: Simulator,
    behaviour: Behaviour,
    outcome: str,
    story: list[str],
    choices: dict[str, Any],
) -> None:
    """However the service behaves where nothing is documented, each thing is told once."""
    events = capture(hass)
    for name, value in choices.items():
        setattr(simulator.choices, name, value)
    simulator.phone(MARIA).behaviour = behaviour
    (row,) = await call(hass, wait=10)
    assert (row["outcome"], row["observed"]) == (outcome, True)
    await until(lambda: len(events) >= len(story))
    await asyncio.sleep(0.3)
    assert names(events) == story
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize(
    "choices",
    [
        {"outgoing_updates": OutgoingUpdates.NONE},
        {"outgoing_updates": OutgoingUpdates.OFFER_ONLY},
        {"id_matches": False},
        {"id_matches": False, "shape": Shape.CAMEL_STATUS},
        {"id_matches": False, "peer_as_lid": True, "shape": Shape.SNAKE},
        {"unanswered_terminated": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("updates_first", [False, True])
@pytest.mark.usefixtures("live", "quick_inference")
async def test_nobody_tells(
    hass: HomeAssistant,
    simulator: Simulator,
    choices: dict[str, Any],
    updates_first: bool,
) -> None:
    """Where the API never told an outcome, silence means nothing, and opens no gate."""
    events = capture(hass)
    for name, value in choices.items():
        setattr(simulator.choices, name, value)
    simulator.choices.updates_first = updates_first
    (row,) = await call(hass, wait=5)
    assert (row["outcome"], row["observed"]) == ("unknown", False)
    await asyncio.sleep(0.3)
    assert names(events) == ["placed"]


@pytest.mark.usefixtures("live", "quick_inference")
async def test_silence_after_an_outcome(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Once an instance has told an outcome, silence means that nobody answered."""
    simulator.choices.unanswered_terminated = False
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await call(hass, wait=5)

    events = capture(hass)
    simulator.phone(MARIA).behaviour = Behaviour.IGNORE
    (row,) = await call(hass, wait=5)
    assert (row["outcome"], row["observed"]) == ("unanswered", False)
    assert names(events) == ["placed", "unanswered"]
    assert events[1].data["observed"] is False


@pytest.mark.usefixtures("live", "quick_inference")
async def test_silence_with_a_gap(hass: HomeAssistant, simulator: Simulator) -> None:
    """What may have been told while nobody listened is not known."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await call(hass, wait=5)

    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    action = hass.async_create_task(call(hass, wait=5))
    await until(lambda: len(simulator.calls) == 2)
    simulator.live.close("home")
    (row,) = await action
    assert (row["outcome"], row["observed"]) == ("unknown", False)


@pytest.mark.usefixtures("quick_inference")
async def test_silence_of_what_is_not_delivered(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """Where somebody else has taken our events away, silence means nothing."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await call(hass, wait=5)

    simulator.live.configure("home", events=("message.exchange",))
    await live.runtime_data.coordinator.async_refresh()
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    (row,) = await call(hass, wait=5)
    assert (row["outcome"], row["observed"]) == ("unknown", False)

    simulator.live.configure("home", events=OUR_EVENTS)
    await live.runtime_data.coordinator.async_refresh()
    simulator.choices.unanswered_terminated = False
    simulator.phone(MARIA).behaviour = Behaviour.IGNORE
    (row,) = await call(hass, wait=5)
    assert (row["outcome"], row["observed"]) == ("unanswered", False)


@pytest.mark.usefixtures("quick_inference")
async def test_silence_without_a_link(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """While the instance is not linked to WhatsApp, it hears of nothing itself."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await call(hass, wait=5)
    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    action = hass.async_create_task(call(hass, wait=5))
    await until(lambda: len(simulator.calls) == 2)
    coordinator = live.runtime_data.coordinator
    simulator.set_state("home", "disconnected")
    await until(lambda: coordinator.data.link is LinkState.DISCONNECTED)
    simulator.set_state("home", "connected")
    await until(lambda: coordinator.data.link is LinkState.CONNECTED)
    (row,) = await action
    assert (row["outcome"], row["observed"]) == ("unknown", False)


async def test_memory_of_outcomes(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """That an instance tells outcomes outlives a restart."""
    assert not live.runtime_data.calls.tracker.reports_outcomes
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await call(hass, wait=5)
    await hass.async_block_till_done()
    await hass.config_entries.async_reload(live.entry_id)
    assert live.runtime_data.calls.tracker.reports_outcomes
    await hass.config_entries.async_remove(live.entry_id)
    assert f"ryze.{live.entry_id}" not in hass_storage


@pytest.mark.usefixtures("live")
async def test_time_is_up(hass: HomeAssistant, simulator: Simulator) -> None:
    """A wait that ends before the call does says that nothing is known yet."""
    events = capture(hass)
    (row,) = await call(
        hass,
        service="audio_call",
        media_url=f"{simulator.url}/_simulator/chime.wav",
        wait=1,
    )
    assert (row["outcome"], row["observed"]) == ("unknown", False)

    # What comes later is still told.
    simulator.answer(row["call_id"])
    await until(lambda: "answered" in names(events))
    simulator.hang_up(row["call_id"])
    await until(lambda: "ended" in names(events))
    assert simulator.calls[0].audio == chime()


@pytest.mark.usefixtures("live")
async def test_wait_side_by_side(hass: HomeAssistant, simulator: Simulator) -> None:
    """Each recipient has an outcome of its own."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    started = hass.loop.time()
    rows = await call(hass, [MARIA, JOAO], wait=20, duration=5)
    assert [row["outcome"] for row in rows] == ["rejected", "answered"]
    assert hass.loop.time() - started < 4


@pytest.mark.usefixtures("live")
async def test_context(hass: HomeAssistant, simulator: Simulator) -> None:
    """What becomes of a call belongs to what caused it."""
    events = capture(hass)
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    context = Context(user_id="user")
    await hass.services.async_call(
        DOMAIN,
        "fake_call",
        {"number": MARIA, "duration": 1},
        blocking=True,
        context=context,
    )
    await until(lambda: len(events) == 3)
    assert {event.context.id for event in events} == {context.id}


async def test_wait_goes_on_through_a_reload(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """Who waits is told of an answer that comes after a reload."""
    action = hass.async_create_task(call(hass, wait=300, duration=60))
    await until(lambda: simulator.calls)
    await asyncio.sleep(0.1)
    assert await hass.config_entries.async_reload(live.entry_id)
    await until(lambda: live.runtime_data.listener.live)
    simulator.answer(simulator.calls[0].id)
    (row,) = await action
    assert (row["outcome"], row["observed"]) == ("answered", True)


async def test_wait_does_not_outlast_the_entry(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """Who waits is let go when the entry is removed, and not by its unloading."""
    action = hass.async_create_task(call(hass, wait=300, duration=60))
    await until(lambda: simulator.calls)
    await asyncio.sleep(0.1)
    started = hass.loop.time()
    assert await hass.config_entries.async_unload(live.entry_id)
    await asyncio.sleep(0.1)
    assert not action.done()
    await hass.config_entries.async_remove(live.entry_id)
    (row,) = await action
    assert (row["outcome"], row["observed"]) == ("unknown", False)
    assert hass.loop.time() - started < 5


@pytest.mark.usefixtures("live")
async def test_wait_does_not_hold_up_the_stop(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Home Assistant does not wait for who waits."""
    action = hass.async_create_task(call(hass, wait=300, duration=60))
    await until(lambda: simulator.calls)
    await asyncio.sleep(0.1)
    started = hass.loop.time()
    await hass.async_stop(force=True)
    assert action.done()
    assert hass.loop.time() - started < 5


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("direction_field", [True, False])
@pytest.mark.usefixtures("live")
async def test_incoming_call(
    hass: HomeAssistant, simulator: Simulator, shape: Shape, direction_field: bool
) -> None:
    """Somebody who calls the instance is told of, once."""
    events = capture(hass)
    simulator.choices.shape = shape
    simulator.choices.direction_field = direction_field
    simulator.choices.duplicates = 2
    incoming = simulator.call_in(MARIA, seconds=0.2)
    await until(lambda: events)
    await until(incoming.over.is_set)
    await asyncio.sleep(0.2)
    (event,) = events
    assert event.event_type == "ryze_call_received"
    assert event.data["type"] == "incoming"
    assert (event.data["number"], event.data["call_id"]) == (MARIA, incoming.id)
    assert event.data["observed"] is True


@pytest.mark.usefixtures("live")
async def test_incoming_call_with_a_hidden_number(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Who hides the number is told of without one."""
    events = capture(hass)
    simulator.choices.peer_as_lid = True
    simulator.call_in(MARIA, seconds=0.2)
    await until(lambda: events)
    assert (events[0].data["number"], events[0].event_type) == (
        None,
        "ryze_call_received",
    )

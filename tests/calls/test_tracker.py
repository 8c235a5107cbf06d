"""Tests of the outcomes of calls, and of incoming calls."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from homeassistant.core import Context, HomeAssistant

from custom_components.ryze.api import LinkState
from custom_components.ryze.api.models import OUR_EVENTS
from custom_components.ryze.calls import outcomes as outcomes_module
from custom_components.ryze.const import DOMAIN
from tests.helpers.calls import call, names
from tests.helpers.common import capture, until
from tests.helpers.const import MARIA
from tests.helpers.live_updates import until_settled
from tests.simulator import (
    Behaviour,
    OutgoingUpdates,
    People,
    Respond,
    Shape,
    Simulator,
)

pytestmark = pytest.mark.usefixtures("quick_updates")


@pytest.fixture
def quick_inference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Conclude half a second before the end of a call that nobody answered."""
    monkeypatch.setattr(outcomes_module, "INFERENCE_MARGIN", -0.5)


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
    """The outcome of a call is known and told once, in every shape of the updates."""
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
        {"people": People.LID, "updates_first": True},
        {"direction_field": True},
        {"noise": True, "duplicates": 2, "out_of_order": True, "updates_first": True},
        {"rejected_terminated": True},
        {"id_matches": False},
        {"id_matches": False, "shape": Shape.CAMEL_STATUS},
        {"id_matches": False, "people": People.LID, "shape": Shape.SNAKE},
        {"id_matches": False, "people": People.LID, "updates_first": True},
        {"respond": Respond.WHEN_OVER},
        {"respond": Respond.WHEN_OVER, "updates_first": True, "people": People.LID},
    ],
    ids=str,
)
async def test_undocumented_behaviour(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    behaviour: Behaviour,
    outcome: str,
    story: list[str],
    choices: dict[str, Any],
) -> None:
    """Each event is fired once, whatever RyzeAPI does where nothing is documented."""
    events = capture(hass)
    for name, value in choices.items():
        setattr(simulator.choices, name, value)
    simulator.phone(MARIA).behaviour = behaviour
    (row,) = await call(hass, wait=10)
    assert (row["outcome"], row["observed"]) == (outcome, True)
    await until(lambda: len(events) >= len(story))
    await until_settled(simulator, live)
    assert names(events) == story
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize(
    "choices",
    [
        {"outgoing_updates": OutgoingUpdates.NONE},
        {"outgoing_updates": OutgoingUpdates.OFFER_ONLY},
        {"unanswered_terminated": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("updates_first", [False, True])
@pytest.mark.usefixtures("quick_inference")
async def test_unreported_outcome(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    choices: dict[str, Any],
    updates_first: bool,
) -> None:
    """If RyzeAPI never reported an outcome, silence means nothing, and is no event."""
    events = capture(hass)
    for name, value in choices.items():
        setattr(simulator.choices, name, value)
    simulator.choices.updates_first = updates_first
    (row,) = await call(hass, wait=5)
    assert (row["outcome"], row["observed"]) == ("unknown", False)
    await until_settled(simulator, live)
    assert names(events) == ["placed"]


@pytest.mark.usefixtures("live", "quick_inference")
async def test_silence_after_an_outcome(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Once an instance has reported an outcome, silence means that nobody answered."""
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
    """Silence means nothing if live updates were interrupted meanwhile."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await call(hass, wait=5)

    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    action = hass.async_create_task(call(hass, wait=5, duration=2))
    await until(lambda: len(simulator.calls) == 2)
    simulator.live.close("home")
    (row,) = await action
    assert (row["outcome"], row["observed"]) == ("unknown", False)


@pytest.mark.usefixtures("quick_inference")
async def test_silence_without_our_events(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """Silence means nothing while RyzeAPI does not deliver our events."""
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
    """Silence means nothing if the instance lost its link to WhatsApp meanwhile."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await call(hass, wait=5)
    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    action = hass.async_create_task(call(hass, wait=5, duration=2))
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
    """A restart keeps the knowledge that an instance reports outcomes."""
    assert not live.runtime_data.calls.reports_outcomes
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await call(hass, wait=5)
    await hass.async_block_till_done()
    await hass.config_entries.async_reload(live.entry_id)
    assert live.runtime_data.calls.reports_outcomes
    await hass.config_entries.async_remove(live.entry_id)
    assert f"ryze.{live.entry_id}" not in hass_storage


@pytest.mark.usefixtures("live")
async def test_context(
    hass: HomeAssistant, simulator: Simulator, hass_admin_user: MockUser
) -> None:
    """All events of a call have the context of its action."""
    events = capture(hass)
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    context = Context(user_id=hass_admin_user.id)
    await hass.services.async_call(
        DOMAIN,
        "fake_call",
        {"number": MARIA, "duration": 1},
        blocking=True,
        context=context,
    )
    await until(lambda: len(events) == 3)
    assert {event.context.id for event in events} == {context.id}


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("direction_field", [True, False])
async def test_incoming_call(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    shape: Shape,
    direction_field: bool,
) -> None:
    """An incoming call is told once."""
    events = capture(hass)
    simulator.choices.shape = shape
    simulator.choices.direction_field = direction_field
    simulator.choices.duplicates = 2
    incoming = simulator.call_in(MARIA, seconds=0.2)
    await until(lambda: events)
    await until_settled(simulator, live)
    (event,) = events
    assert event.event_type == "ryze_call_received"
    assert event.data["type"] == "incoming"
    assert (event.data["number"], event.data["call_id"]) == (MARIA, incoming.id)
    assert event.data["observed"] is True


@pytest.mark.usefixtures("live")
async def test_incoming_call_with_a_hidden_number(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An incoming call with a hidden number is told without one."""
    events = capture(hass)
    simulator.choices.people = People.LID
    simulator.call_in(MARIA, seconds=0.2)
    await until(lambda: events)
    assert (events[0].data["number"], events[0].event_type) == (
        None,
        "ryze_call_received",
    )

"""Tests of the event entities."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from .helpers.common import capture, follow, state_of, until
from .helpers.const import ANA, JOAO, MARIA, SHORT_MARIA
from .helpers.live_updates import until_heard
from .simulator import (
    Behaviour,
    Fault,
    FaultKind,
    OutgoingUpdates,
    People,
    Shape,
    Simulator,
)
from custom_components.ryze.calls import outcomes
from custom_components.ryze.const import DOMAIN

INCOMING_CALL = "event.home_incoming_call"
MARIAS_CALL = "event.maria_call"


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.usefixtures("live")
async def test_incoming_call(
    hass: HomeAssistant, simulator: Simulator, shape: Shape
) -> None:
    """The event fires for an incoming call, with the context of the bus event."""
    simulator.choices.shape = shape
    simulator.choices.direction_field = True
    told = async_capture_events(hass, f"{DOMAIN}_call_received")
    assert state_of(hass, INCOMING_CALL).state == "unknown"
    assert state_of(hass, INCOMING_CALL).attributes["event_types"] == ["received"]

    call = simulator.call_in(ANA, "home")
    await until(lambda: state_of(hass, INCOMING_CALL).state != "unknown")
    state = state_of(hass, INCOMING_CALL)
    assert state.attributes == {
        "call_id": call.id,
        "contact": None,
        "event_type": "received",
        "event_types": ["received"],
        "friendly_name": "home Incoming call",
        "number": ANA,
    }
    assert state.state_info
    assert "number" in state.state_info["unrecorded_attributes"]
    (event,) = told
    assert event.data["number"] == ANA
    assert state.context is event.context


@pytest.mark.usefixtures("live")
async def test_second_call(hass: HomeAssistant, simulator: Simulator) -> None:
    """A second call of the same number fires the event again."""
    first = simulator.call_in(ANA, "home")
    await until(
        lambda: state_of(hass, INCOMING_CALL).attributes.get("call_id") == first.id
    )
    at = state_of(hass, INCOMING_CALL).state
    simulator.hang_up(first.id)
    second = simulator.call_in(ANA, "home")
    await until(
        lambda: state_of(hass, INCOMING_CALL).attributes["call_id"] == second.id
    )
    assert state_of(hass, INCOMING_CALL).state > at


@pytest.mark.usefixtures("quick_retries")
async def test_nothing_else_fires(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """Outgoing calls, and calls to other instances, do not fire the event."""
    simulator.add_phone(MARIA, behaviour=Behaviour.ANSWER)
    answered = async_capture_events(hass, f"{DOMAIN}_call_answered")
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA, "duration": 1}, blocking=True
    )
    simulator.call_in(ANA, "office")
    await until(lambda: answered)
    await hass.async_block_till_done()
    assert state_of(hass, INCOMING_CALL).state == "unknown"


async def test_unload(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """A call after a reload fires the event once."""
    assert await hass.config_entries.async_reload(live.entry_id)
    await until(lambda: live.runtime_data.listener.live)
    told = async_capture_events(hass, f"{DOMAIN}_call_received")
    simulator.call_in(ANA, "home")
    await until(
        lambda: state_of(hass, INCOMING_CALL).state not in ("unknown", "unavailable")
    )
    assert len(told) == 1


# The events of a contact.


WAYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "button": ("button", "press", {"entity_id": "button.maria_ring"}),
    "contact": (DOMAIN, "fake_call", {"entity_id": "notify.maria", "duration": 8}),
    "number": (DOMAIN, "fake_call", {"number": MARIA, "duration": 8}),
    "spelling": (DOMAIN, "fake_call", {"number": f"+{SHORT_MARIA}", "duration": 8}),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[str, str, dict[str, Any]]:
    """Return one of the actions that ring Maria."""
    return WAYS[request.param]


@pytest.fixture
def brief(
    simulator: Simulator, people: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> MockConfigEntry:
    """Return the entry with Maria and João, whose phones and updates are quick."""
    simulator.second = 0.03
    monkeypatch.setattr(outcomes, "REORDER", 0.01)
    return people


async def run(hass: HomeAssistant, way: tuple[str, str, dict[str, Any]]) -> None:
    """Run an action."""
    domain, action, data = way
    await hass.services.async_call(domain, action, data, blocking=True)


@pytest.mark.parametrize(
    ("behaviour", "kinds"),
    [
        (Behaviour.ANSWER, ["placed", "answered", "ended"]),
        (Behaviour.DECLINE, ["placed", "rejected"]),
        (Behaviour.IGNORE, ["placed", "unanswered"]),
    ],
)
@pytest.mark.usefixtures("brief")
async def test_calls_of_a_contact(
    hass: HomeAssistant,
    simulator: Simulator,
    way: tuple[str, str, dict[str, Any]],
    behaviour: Behaviour,
    kinds: list[str],
) -> None:
    """Each way to call a contact shows in the contact's event until the call ends."""
    for number in (MARIA, SHORT_MARIA):
        simulator.add_phone(number, behaviour=behaviour)
    told, states = capture(hass), follow(hass, MARIAS_CALL)
    await run(hass, way)
    await until(lambda: len(states) == len(kinds))
    assert [state.attributes["event_type"] for state in states] == kinds
    assert [event.event_type for event in told] == [f"ryze_call_{k}" for k in kinds]
    for state, event in zip(states, told, strict=True):
        assert event.data["contact"] == "notify.maria"
        assert state.context == event.context
        for key in ("call_id", "type", "number", "tag", "observed", "error"):
            assert state.attributes[key] == event.data[key]
    assert state_of(hass, "event.joao_call").state == "unknown"


@pytest.mark.usefixtures("brief")
async def test_failed_call_of_a_contact(
    hass: HomeAssistant, simulator: Simulator, way: tuple[str, str, dict[str, Any]]
) -> None:
    """A call that fails shows in the contact's event, with its error."""
    simulator.inject(Fault(FaultKind.STATUS, status=500, route="fake"))
    told, states = capture(hass), follow(hass, MARIAS_CALL)
    with pytest.raises(HomeAssistantError):
        await run(hass, way)
    (state,), (event,) = states, told
    assert event.data["contact"] == "notify.maria"
    assert state.context == event.context
    assert state.attributes["event_type"] == "failed"
    assert state.attributes["error"] == "server"
    assert state.attributes["call_id"] is None


@pytest.mark.usefixtures("people")
async def test_event_of_a_contact(hass: HomeAssistant, simulator: Simulator) -> None:
    """The event shows the details of the call, and the number is not recorded."""
    assert state_of(hass, MARIAS_CALL).state == "unknown"
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA, "tag": "door"}, blocking=True
    )
    state = state_of(hass, MARIAS_CALL)
    kinds = ["placed", "answered", "rejected", "unanswered", "ended", "failed"]
    assert state.attributes == {
        "call_id": simulator.calls[0].id,
        "error": None,
        "event_type": "placed",
        "event_types": [*kinds, "received"],
        "friendly_name": "Maria Call",
        "number": MARIA,
        "observed": True,
        "tag": "door",
        "type": "fake",
    }
    assert state.state_info
    assert "number" in state.state_info["unrecorded_attributes"]


@pytest.mark.parametrize("number", [MARIA, SHORT_MARIA])
@pytest.mark.usefixtures("people")
async def test_contact_calls(
    hass: HomeAssistant, simulator: Simulator, number: str
) -> None:
    """A contact who calls is recognized by the number, in either spelling."""
    simulator.choices.direction_field = True
    told, states = capture(hass), follow(hass, MARIAS_CALL)
    call = simulator.call_in(number, "home")
    await until(lambda: states)
    (state,), (event,) = states, told
    assert event.event_type == "ryze_call_received"
    assert event.data["contact"] == "notify.maria"
    assert state.context == event.context
    assert state.attributes["event_type"] == "received"
    assert state.attributes["type"] == "incoming"
    assert (state.attributes["number"], state.attributes["call_id"]) == (
        number,
        call.id,
    )
    assert state_of(hass, INCOMING_CALL).attributes["contact"] == "notify.maria"
    assert state_of(hass, "event.joao_call").state == "unknown"


@pytest.mark.parametrize(
    ("caller", "hidden", "number"), [(ANA, False, ANA), (MARIA, True, None)]
)
@pytest.mark.usefixtures("people")
async def test_somebody_else_calls(
    hass: HomeAssistant,
    simulator: Simulator,
    caller: str,
    hidden: bool,
    number: str | None,
) -> None:
    """A call from an unknown number, or a hidden one, fires no contact's event."""
    simulator.choices.direction_field = True
    simulator.choices.people = People.LID if hidden else People.NUMBER
    told = capture(hass)
    simulator.call_in(caller, "home")
    await until(lambda: told)
    assert told[0].data["contact"] is None
    assert told[0].data["number"] == number
    assert state_of(hass, INCOMING_CALL).attributes["contact"] is None
    for entity_id in (MARIAS_CALL, "event.joao_call"):
        assert state_of(hass, entity_id).state == "unknown"


@pytest.mark.usefixtures("people")
async def test_calls_to_others(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call to another number does not fire the contact's event."""
    states = follow(hass, MARIAS_CALL)
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": [ANA, JOAO]}, blocking=True
    )
    assert states == []
    assert state_of(hass, "event.joao_call").attributes["number"] == JOAO


@pytest.mark.usefixtures("people")
async def test_unknown_outcome_is_no_event(
    hass: HomeAssistant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A call whose outcome stays unknown fires no second event."""
    monkeypatch.setattr(outcomes, "INFERENCE_MARGIN", -0.9)
    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    states = follow(hass, MARIAS_CALL)
    await hass.services.async_call(
        DOMAIN, "fake_call", {"entity_id": "notify.maria", "duration": 1}, blocking=True
    )
    outcome = "sensor.home_last_call"
    await until(lambda: state_of(hass, outcome).attributes["outcome"] == "unknown")
    assert [state.attributes["event_type"] for state in states] == ["placed"]
    assert "Unexpected" not in caplog.text


async def test_reload_of_contacts(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """The event keeps its state over a reload, and fires once for the next call."""
    await run(hass, WAYS["button"])
    await until_heard(simulator, people)
    before = state_of(hass, MARIAS_CALL)
    assert await hass.config_entries.async_reload(people.entry_id)
    await hass.async_block_till_done()
    after = state_of(hass, MARIAS_CALL)
    assert (after.state, after.attributes) == (before.state, before.attributes)
    states = follow(hass, MARIAS_CALL)
    await run(hass, WAYS["button"])
    assert len(states) == 1

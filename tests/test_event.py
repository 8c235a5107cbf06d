"""Tests of the event entities."""

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from .common import make_entry, setup_integration, until
from .const import ANA, INSTANCE_TOKEN, MARIA
from .simulator import Behaviour, Shape, Simulator
from custom_components.ryze.const import DOMAIN

INCOMING_CALL = "event.home_incoming_call"


@pytest.fixture
async def live(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Return an entry that listens to live updates."""
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)
    await setup_integration(hass, entry)
    await until(lambda: simulator.live.clients("home"))
    await until(lambda: entry.runtime_data.listener.live)
    return entry


def get(hass: HomeAssistant) -> State:
    """Return the state of the event."""
    state = hass.states.get(INCOMING_CALL)
    assert state
    return state


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.usefixtures("live")
async def test_incoming_call(
    hass: HomeAssistant, simulator: Simulator, shape: Shape
) -> None:
    """The event fires when somebody calls, and belongs to what is told on the bus."""
    simulator.choices.shape = shape
    simulator.choices.direction_field = True
    told = async_capture_events(hass, f"{DOMAIN}_call_received")
    assert get(hass).state == "unknown"
    assert get(hass).attributes["event_types"] == ["received"]

    call = simulator.call_in(ANA, "home")
    await until(lambda: get(hass).state != "unknown")
    state = get(hass)
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
    """Each call fires anew, even that of somebody who has just called."""
    first = simulator.call_in(ANA, "home")
    await until(lambda: get(hass).attributes.get("call_id") == first.id)
    at = get(hass).state
    simulator.hang_up(first.id)
    second = simulator.call_in(ANA, "home")
    await until(lambda: get(hass).attributes["call_id"] == second.id)
    assert get(hass).state > at


@pytest.mark.usefixtures("quick_retries")
async def test_nothing_else_fires(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """Calls that go out, and calls of other instances, are not incoming."""
    simulator.add_phone(MARIA, behaviour=Behaviour.ANSWER)
    answered = async_capture_events(hass, f"{DOMAIN}_call_answered")
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA, "duration": 1}, blocking=True
    )
    simulator.call_in(ANA, "office")
    await until(lambda: answered)
    await hass.async_block_till_done()
    assert get(hass).state == "unknown"


async def test_unload(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """An entry that comes back listens once, and not twice."""
    assert await hass.config_entries.async_reload(live.entry_id)
    await until(lambda: live.runtime_data.listener.live)
    told = async_capture_events(hass, f"{DOMAIN}_call_received")
    simulator.call_in(ANA, "home")
    await until(lambda: get(hass).state not in ("unknown", "unavailable"))
    assert len(told) == 1

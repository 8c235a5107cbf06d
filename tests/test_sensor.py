"""Tests of the sensors."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from .helpers.common import first_look, state_of, until
from .helpers.const import ANA, MARIA
from .helpers.live_updates import until_heard
from .simulator import Behaviour, Call, Fault, FaultKind, Simulator
from custom_components.ryze.const import DOMAIN

pytestmark = pytest.mark.usefixtures("quick_retries")

LAST_CALL = "sensor.home_last_call"
REQUESTS_LEFT = "sensor.home_requests_left"


def outcome(hass: HomeAssistant) -> Any:
    """Return the outcome of the last call."""
    return state_of(hass, LAST_CALL).attributes.get("outcome")


async def ring(hass: HomeAssistant, number: str = MARIA, **data: Any) -> Context:
    """Place a fake call, and return its context."""
    context = Context()
    await hass.services.async_call(
        DOMAIN,
        "fake_call",
        {"number": number, "duration": 1, **data},
        blocking=True,
        context=context,
    )
    return context


@pytest.mark.usefixtures("loaded")
async def test_last_call(hass: HomeAssistant, simulator: Simulator) -> None:
    """The sensor shows the time of the last call, and the details of that call."""
    assert state_of(hass, LAST_CALL).state == "unknown"
    assert state_of(hass, LAST_CALL).attributes == {
        "device_class": "timestamp",
        "friendly_name": "home Last call",
    }
    context = await ring(hass, tag="door")
    state = state_of(hass, LAST_CALL)
    at = dt_util.parse_datetime(state.state, raise_on_error=True)
    assert dt_util.utcnow() - at < timedelta(seconds=10)
    assert state.attributes == {
        "call_id": simulator.calls[0].id,
        "contact": None,
        "device_class": "timestamp",
        "error": None,
        "friendly_name": "home Last call",
        "number": MARIA,
        "observed": True,
        "outcome": "placed",
        # The key keeps the sensor out of Activity.
        "state_class": None,
        "tag": "door",
        "type": "fake",
    }
    assert state.context is context
    assert state.state_info
    assert "number" in state.state_info["unrecorded_attributes"]


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (lambda simulator, call: simulator.answer(call.id), "answered"),
        (lambda simulator, call: simulator.decline(call.id), "rejected"),
        (lambda simulator, call: simulator.drop_calls(), "unanswered"),
    ],
    ids=["answered", "rejected", "unanswered"],
)
async def test_outcome(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    end: Callable[[Simulator, Call], None],
    expected: str,
) -> None:
    """The outcome changes with the call, and the time stays."""
    simulator.add_phone(MARIA)
    context = await ring(hass, duration=60)
    placed = state_of(hass, LAST_CALL)
    assert placed.attributes["outcome"] == "placed"
    end(simulator, simulator.calls[0])
    await until(lambda: outcome(hass) != "placed")
    state = state_of(hass, LAST_CALL)
    assert (state.attributes["outcome"], state.attributes["observed"]) == (
        expected,
        True,
    )
    assert state.state == placed.state
    assert state.context is context
    simulator.drop_calls()
    await until_heard(simulator, live)
    assert outcome(hass) == expected


@pytest.mark.usefixtures("loaded")
async def test_failed_call(hass: HomeAssistant, simulator: Simulator) -> None:
    """A failed call is the last call as well, with its error."""
    simulator.inject(Fault(FaultKind.STATUS, status=500, route="fake"))
    with pytest.raises(HomeAssistantError):
        await ring(hass)
    attributes = state_of(hass, LAST_CALL).attributes
    assert (attributes["outcome"], attributes["error"]) == ("failed", "server")
    assert attributes["call_id"] is None

    await ring(hass)
    assert (outcome(hass), state_of(hass, LAST_CALL).attributes["error"]) == (
        "placed",
        None,
    )


@pytest.mark.usefixtures("live")
async def test_only_the_last_call(hass: HomeAssistant, simulator: Simulator) -> None:
    """Updates of an earlier call, and incoming calls, do not replace the last call."""
    simulator.add_phone(MARIA, behaviour=Behaviour.MANUAL)
    await ring(hass, MARIA, duration=60)
    await ring(hass, ANA, duration=60)
    answered = async_capture_events(hass, f"{DOMAIN}_call_answered")
    simulator.answer(simulator.calls[0].id)
    await until(lambda: answered)
    simulator.choices.direction_field = True
    simulator.call_in(ANA, "home")
    received = "event.home_incoming_call"
    await until(lambda: state_of(hass, received).state != "unknown")
    assert state_of(hass, LAST_CALL).attributes["number"] == ANA
    assert outcome(hass) == "placed"


async def test_requests_left(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """The sensor of requests is disabled by default, and shows a number if enabled."""
    assert hass.states.get(REQUESTS_LEFT) is None
    entity = entity_registry.async_get(REQUESTS_LEFT)
    assert entity
    assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION

    entity_registry.async_update_entity(REQUESTS_LEFT, disabled_by=None)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await first_look(hass, loaded)
    state = state_of(hass, REQUESTS_LEFT)
    assert state.state == "98"
    assert state.attributes == {
        "friendly_name": "home Requests left",
        "state_class": "measurement",
        "unit_of_measurement": "requests",
    }


async def test_last_call_outlives_a_reload(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """The last call is still shown after a reload."""
    simulator.add_phone(MARIA, behaviour=Behaviour.DECLINE)
    await ring(hass, wait=5)
    before = state_of(hass, LAST_CALL)
    await hass.config_entries.async_reload(live.entry_id)
    after = state_of(hass, LAST_CALL)
    assert after.state == before.state
    assert after.attributes == before.attributes
    assert outcome(hass) == "rejected"


async def test_outcome_after_a_reload(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """The sensor shows the outcome of a call that was placed before a reload."""
    simulator.add_phone(MARIA, behaviour=Behaviour.MANUAL)
    await ring(hass, duration=30)
    await until_heard(simulator, live)
    await hass.config_entries.async_reload(live.entry_id)
    await until(lambda: live.runtime_data.listener.live)
    assert outcome(hass) == "placed"
    simulator.answer(simulator.calls[0].id)
    await until(lambda: outcome(hass) == "answered")

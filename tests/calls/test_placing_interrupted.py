"""Tests of calls whose action, entry or Home Assistant ends meanwhile."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.ryze.api import client as client_module
from tests.helpers.calls import fake_call
from tests.helpers.common import capture, until
from tests.helpers.const import MARIA
from tests.simulator import Fault, FaultKind, Simulator


@pytest.mark.usefixtures("loaded")
async def test_action_is_stopped(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call under way is seen through, though nobody waits for it any more."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=0.2))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: simulator.calls)
    action.cancel()
    with pytest.raises(asyncio.CancelledError):
        await action
    assert events == []

    await until(lambda: events)
    (event,) = events
    assert event.event_type == "ryze_call_placed"
    assert event.data["call_id"] == simulator.calls[0].id
    assert simulator.rings(MARIA) == 1


@pytest.fixture
def slow_retries(loaded: MockConfigEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as long between attempts as it is in life."""
    monkeypatch.setattr(client_module, "CONNECTION_RETRY_DELAYS", (1.0, 2.0, 4.0, 8.0))


@pytest.mark.usefixtures("slow_retries")
async def test_action_is_stopped_before_anything_is_sent(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An automation that starts anew does not ring for the old run as well."""
    events = capture(hass)
    await simulator.stop()
    action = hass.async_create_task(fake_call(hass))
    await asyncio.sleep(0.1)
    action.cancel()
    await until(lambda: events)
    assert [event.data["error"] for event in events] == ["connection"]

    await simulator.start()
    await fake_call(hass)
    await asyncio.sleep(1.2)
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize("change", ["unload", "remove"])
@pytest.mark.usefixtures("slow_retries")
async def test_entry_goes_away_before_anything_is_sent(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, change: str
) -> None:
    """What is gone places no call any more, and says so."""
    events = capture(hass)
    await simulator.stop()
    action = hass.async_create_task(fake_call(hass))
    await asyncio.sleep(0.1)
    await getattr(hass.config_entries, f"async_{change}")(loaded.entry_id)
    await simulator.start()
    with pytest.raises(HomeAssistantError) as caught:
        await action
    assert caught.value.translation_key == "connection"
    assert [event.data["error"] for event in events] == ["connection"]
    await asyncio.sleep(1.2)
    assert simulator.rings(MARIA) == 0


@pytest.mark.usefixtures("loaded")
async def test_home_assistant_stops(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call under way is not lost silently, and does not hold up the stop."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.HANG))
    action = hass.async_create_background_task(fake_call(hass), "action")
    await until(lambda: simulator.calls)
    started = hass.loop.time()
    await hass.async_stop(force=True)
    assert hass.loop.time() - started < 5
    assert [event.data["error"] for event in events] == ["outcome_unknown"]
    assert action.done()
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize("change", ["unload", "reload", "remove"])
async def test_entry_goes_away(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, change: str
) -> None:
    """A call under way outlives its entry, and leaves nothing behind."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=0.2, route="fake"))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: simulator.calls)
    await getattr(hass.config_entries, f"async_{change}")(loaded.entry_id)
    await action
    assert [event.event_type for event in events] == ["ryze_call_placed"]
    assert simulator.connections == 0

"""Tests of calls whose action, entry or Home Assistant ends meanwhile."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from tests.helpers.calls import calls_under_way, fake_call
from tests.helpers.common import capture, stop_at_once, until
from tests.helpers.const import MARIA
from tests.helpers.retries import EndlessRetries
from tests.simulator import Fault, FaultKind, Simulator


async def call_in_vain(
    hass: HomeAssistant, simulator: Simulator, retries: EndlessRetries
) -> tuple[asyncio.Task[None], asyncio.Future[Any]]:
    """Call while RyzeAPI is away; return the action, and the call that waits."""
    await simulator.stop()
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: retries.waits)
    (call,) = calls_under_way(hass)
    return action, call


@pytest.mark.usefixtures("loaded")
async def test_action_ends(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call under way is completed and told, though its action was stopped."""
    events = capture(hass)
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, release=release))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: simulator.calls)
    action.cancel()
    with pytest.raises(asyncio.CancelledError):
        await action
    assert events == []

    release.set()
    await until(lambda: events)
    (event,) = events
    assert event.event_type == "ryze_call_placed"
    assert event.data["call_id"] == simulator.calls[0].id
    assert simulator.rings(MARIA) == 1


@pytest.mark.usefixtures("loaded")
async def test_action_ends_before_anything_is_sent(
    hass: HomeAssistant, simulator: Simulator, endless_retries: EndlessRetries
) -> None:
    """A call that was not sent when its action was stopped is never sent."""
    events = capture(hass)
    action, call = await call_in_vain(hass, simulator, endless_retries)
    action.cancel()
    await until(lambda: events)
    assert [event.data["error"] for event in events] == ["connection"]

    await simulator.start()
    await fake_call(hass)
    assert call.done()
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize("change", ["unload", "remove"])
async def test_entry_goes_away_before_anything_is_sent(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    endless_retries: EndlessRetries,
    change: str,
) -> None:
    """A call that was not sent when its entry went away fails, and is never sent."""
    events = capture(hass)
    action, call = await call_in_vain(hass, simulator, endless_retries)
    await getattr(hass.config_entries, f"async_{change}")(loaded.entry_id)
    await simulator.start()
    with pytest.raises(HomeAssistantError) as caught:
        await action
    assert caught.value.translation_key == "connection"
    assert [event.data["error"] for event in events] == ["connection"]
    assert call.done()
    assert simulator.rings(MARIA) == 0


@pytest.mark.usefixtures("loaded")
async def test_home_assistant_stops(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A call under way at a stop of Home Assistant is told, and does not delay it."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.HANG))
    action = hass.async_create_background_task(fake_call(hass), "action")
    await until(lambda: simulator.calls)
    await stop_at_once(hass, caplog)
    assert [event.data["error"] for event in events] == ["outcome_unknown"]
    assert action.done()
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize("change", ["unload", "reload", "remove"])
async def test_entry_goes_away(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, change: str
) -> None:
    """A call under way is completed, though its entry goes away."""
    events = capture(hass)
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, release=release, route="fake"))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: simulator.calls)
    await getattr(hass.config_entries, f"async_{change}")(loaded.entry_id)
    release.set()
    await action
    assert [event.event_type for event in events] == ["ryze_call_placed"]
    await until(lambda: simulator.connections == 0)

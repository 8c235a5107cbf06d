"""Tests of actions that wait for the outcomes of their calls."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.core import HomeAssistant

from tests.helpers.calls import call, names
from tests.helpers.common import capture, stop_at_once, until
from tests.helpers.const import JOAO, MARIA
from tests.helpers.live_updates import until_heard
from tests.simulator import PUBLIC_CHIME, Simulator
from tests.simulator.chime import chime


@pytest.fixture(autouse=True)
def ringing_phones(simulator: Simulator) -> None:
    """Let the phones ring for minutes, unless the test answers them."""
    for number in (MARIA, JOAO):
        simulator.add_phone(number)


async def wait_for_outcome(hass: HomeAssistant) -> asyncio.Task[list[dict[str, Any]]]:
    """Call Maria, and return the action, which waits for the outcome."""
    placed = async_capture_events(hass, "ryze_call_placed")
    action = hass.async_create_task(call(hass, wait=300, duration=60))
    await until(lambda: placed)
    return action


@pytest.mark.usefixtures("live")
async def test_wait_is_too_short(hass: HomeAssistant, simulator: Simulator) -> None:
    """A wait that ends before its call returns an unknown outcome; events follow."""
    events = capture(hass)
    (row,) = await call(
        hass,
        service="audio_call",
        media_url=PUBLIC_CHIME,
        wait=1,
    )
    assert (row["outcome"], row["observed"]) == ("unknown", False)

    # The outcome is still told by events.
    simulator.answer(row["call_id"])
    await until(lambda: "answered" in names(events))
    simulator.hang_up(row["call_id"])
    await until(lambda: "ended" in names(events))
    assert simulator.calls[0].audio == chime()


@pytest.mark.usefixtures("live")
async def test_side_by_side(hass: HomeAssistant, simulator: Simulator) -> None:
    """An action waits for the outcomes of all its calls at the same time."""
    action = hass.async_create_task(call(hass, [MARIA, JOAO], wait=300, duration=60))
    await until(lambda: len(simulator.calls) == 2)
    ids = {item.number: item.id for item in simulator.calls}
    simulator.answer(ids[JOAO])
    simulator.decline(ids[MARIA])
    # Five minutes for one of the calls would outlast the test.
    rows = await action
    assert [row["outcome"] for row in rows] == ["rejected", "answered"]


async def test_reload(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """A wait goes on over a reload, and ends with the answer."""
    action = await wait_for_outcome(hass)
    await until_heard(simulator, live)
    assert await hass.config_entries.async_reload(live.entry_id)
    await until(lambda: live.runtime_data.listener.live)
    simulator.answer(simulator.calls[0].id)
    (row,) = await action
    assert (row["outcome"], row["observed"]) == ("answered", True)


async def test_removal(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """A wait ends when its entry is removed, and not when it is unloaded."""
    action = await wait_for_outcome(hass)
    await until_heard(simulator, live)
    assert await hass.config_entries.async_unload(live.entry_id)
    await asyncio.sleep(0.1)
    assert not action.done()
    await hass.config_entries.async_remove(live.entry_id)
    (row,) = await action
    assert (row["outcome"], row["observed"]) == ("unknown", False)


@pytest.mark.usefixtures("live")
async def test_stop_of_home_assistant(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """A wait ends when Home Assistant stops, and does not delay the stop."""
    action = await wait_for_outcome(hass)
    await stop_at_once(hass, caplog)
    assert action.done()

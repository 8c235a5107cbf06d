"""Live updates: waiting until they have arrived."""

import asyncio

from pytest_homeassistant_custom_component.common import MockConfigEntry

from .common import until
from custom_components.ryze.calls import outcomes
from tests.simulator import Simulator


async def until_heard(simulator: Simulator, entry: MockConfigEntry) -> None:
    """Wait until an entry has handled all live updates that were sent so far.

    Call it before an unload that follows a call: aiohttp leaves a timer behind where
    a frame arrives while its connection closes.
    """
    await until(lambda: not any(call.held for call in simulator.calls))
    counts = entry.runtime_data.listener.counts
    others = counts["other"]
    # Frames arrive in order, so this one is the last.
    simulator.live.send(entry.data["instance"], '{"event": "last", "data": {}}')
    await until(lambda: counts["other"] > others)
    # The listener takes a turn of the event loop after each frame.
    await asyncio.sleep(0.01)


async def until_settled(simulator: Simulator, entry: MockConfigEntry) -> None:
    """Wait until all calls are over, and no further event of them can be fired."""
    await until(lambda: all(call.over.is_set() for call in simulator.calls))
    await until_heard(simulator, entry)
    # Timers go off in order: those of calls that wait for more updates come first.
    await asyncio.sleep(outcomes.REORDER)

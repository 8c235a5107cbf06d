"""Tests of live updates with any frames and any breaks of the connection."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Final
from unittest.mock import patch

import pytest

from .frames import BYTES, CODES, FRAMES, KINDS, TOO_LARGE, envelope, header
from .house import House
from .people import JOAO_AT_HOME, MARIA_AT_HOME
from custom_components.ryze.api import client as client_module
from custom_components.ryze.api.frame_counts import MAX_KINDS
from custom_components.ryze.calls.memory import MEMORY_CALLS
from custom_components.ryze.calls.waiting import MAX_WAITING
from tests.helpers.common import until

pytestmark = pytest.mark.faults

FLOOD: Final = 10_000
HEARTBEAT: Final = 0.1

# The most frames that may be handled before other tasks have a turn. The number leaves
# room for cheap frames and fast machines.
MOST_AT_ONCE: Final = 500


@pytest.fixture
def live_updates() -> bool:
    """Turn live updates on."""
    return True


@asynccontextmanager
async def watched(house: House) -> AsyncGenerator[None]:
    """Check that other tasks have turns while frames arrive."""
    counts = house.home.runtime_data.listener.counts
    totals = [counts.total()]

    async def watch() -> None:
        while True:
            await asyncio.sleep(0)
            totals.append(counts.total())

    task = asyncio.create_task(watch())
    yield
    task.cancel()
    assert max(after - before for before, after in pairwise(totals)) <= MOST_AT_ONCE


async def back(house: House, connections: int) -> None:
    """Wait until live updates have a new connection."""
    listener = house.home.runtime_data.listener
    clients = house.simulator.live.clients
    await until(lambda: listener.connections > connections)
    await until(lambda: listener.live and clients("home") == 1)


async def check_alive(house: House) -> None:
    """Check that the next outcome arrives once, and that memory has its limits."""
    outcome = await house.call((MARIA_AT_HOME,), "fake_call", {})
    await outcome.check()
    assert house.ledger.problems == []
    assert outcome.errors() == [None]
    data = house.home.runtime_data
    tracker, listener = data.calls._tracker, data.listener
    assert len(tracker._calls) <= MEMORY_CALLS
    assert len(tracker._early) <= MAX_WAITING
    assert len(listener.counts) < 10
    assert len(listener.counts.shapes) <= MAX_KINDS


@asynccontextmanager
async def quick_heartbeat(house: House) -> AsyncGenerator[None]:
    """Shorten the heartbeat for a while, so that a dead connection is noticed soon."""
    with patch.object(client_module, "HEARTBEAT", HEARTBEAT):
        await reconnected(house)
        yield
    # On a busy machine, this short heartbeat would declare good connections dead.
    await reconnected(house)


async def reconnected(house: House) -> None:
    """Break the connection, and wait for a new one."""
    before = house.home.runtime_data.listener.connections
    house.simulator.live.abort("home")
    await back(house, before)


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize("frame", FRAMES)
async def test_frame(house: House, frame: str, times: int) -> None:
    """After any frame, the next update arrives."""
    house.ledger.combinations += 1
    listener = house.home.runtime_data.listener
    data = FRAMES[frame]()
    async with watched(house):
        for _ in range(times):
            house.simulator.live.send("home", data)
        await until(lambda: listener.counts.total() == times)
    await check_alive(house)
    assert listener.connections == 1
    assert "ryze_call_received" not in house.told_since(0)


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize("frame", TOO_LARGE)
async def test_too_large(house: House, frame: str, times: int) -> None:
    """A frame above the limit is not read, and the connection comes back."""
    house.ledger.combinations += 1
    data = TOO_LARGE[frame]()
    with patch.object(client_module, "MAX_FRAME_SIZE", 256 * 1024):
        await reconnected(house)
        connections = house.home.runtime_data.listener.connections
        for _ in range(times):
            house.simulator.live.send("home", data)
        await back(house, connections)
        await check_alive(house)


@pytest.mark.parametrize("end", ["abort", "close", "silence"])
@pytest.mark.parametrize("what", BYTES)
async def test_bytes(house: House, what: str, end: str) -> None:
    """After any bytes and any end, the connection comes back."""
    house.ledger.combinations += 1
    live = house.simulator.live
    ends: dict[str, Callable[[], None]] = {
        "abort": lambda: live.abort("home"),
        "close": lambda: live.close("home"),
        "silence": lambda: setattr(live, "silent", True),
    }
    async with quick_heartbeat(house):
        connections = house.home.runtime_data.listener.connections
        live.write("home", BYTES[what])
        await asyncio.sleep(0.01)
        ends[end]()
        await back(house, connections)
        live.silent = False
    await check_alive(house)


async def test_closed(house: House) -> None:
    """After any close code, even a forbidden one, the connection comes back."""
    listener = house.home.runtime_data.listener
    for code in CODES:
        house.ledger.combinations += 1
        before = listener.connections
        house.simulator.live.write("home", header(0x88, 2) + code.to_bytes(2))
        await back(house, before)
        await check_alive(house)


# aiohttp keeps a harmless timer for half a minute after such an end.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_closed_without_a_code(house: House) -> None:
    """After an end without a close code, the connection comes back."""
    house.ledger.combinations += 1
    house.simulator.live.write("home", header(0x88, 0))
    await back(house, 1)
    await check_alive(house)


@pytest.mark.parametrize("kind", KINDS)
async def test_flood(house: House, kind: str) -> None:
    """During thousands of frames other tasks have turns, and updates still arrive."""
    house.ledger.combinations += 1
    listener = house.home.runtime_data.listener
    before = listener.counts.total()
    async with watched(house):
        for number in range(FLOOD):
            house.simulator.live.send("home", KINDS[kind](number))
        async with asyncio.timeout(40):
            while listener.counts.total() - before < FLOOD:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    house.simulator.live.send(
        "home", envelope("instance.state", {"state": "connected"})
    )
    await check_alive(house)
    assert listener.connections == 1


async def test_flood_while_calling(house: House) -> None:
    """A call goes through during a flood of frames."""
    house.ledger.combinations += 1
    house.simulator.phone(JOAO_AT_HOME.number).answer_after = 0.05
    for number in range(FLOOD):
        frame = KINDS["answers of unknown calls"](number)
        house.simulator.live.send("home", frame)
    async with watched(house):
        outcome = await house.call((JOAO_AT_HOME,), "fake_call", {})
        await outcome.check()
    assert house.ledger.problems == []
    assert outcome.errors() == [None]
    # A connection that closes amid a flood leaves a timer of aiohttp behind.
    counts = house.home.runtime_data.listener.counts
    await until(lambda: counts.total() >= FLOOD)


@pytest.mark.parametrize("how", ["abort", "close"])
async def test_flapping(house: House, how: str) -> None:
    """After many breaks, no task is left behind, and the connection comes back."""
    house.ledger.combinations += 1
    live = house.simulator.live
    tasks = len(asyncio.all_tasks())
    for number in range(60):
        await back(house, number)
        getattr(live, how)("home")
    await back(house, 60)
    await check_alive(house)
    assert len(asyncio.all_tasks()) <= tasks + 5


@pytest.mark.parametrize("silent_for", [0.1, 0.5, 1.0])
async def test_half_open(house: House, silent_for: float) -> None:
    """A half-gone connection is noticed and replaced."""
    house.ledger.combinations += 1
    async with quick_heartbeat(house):
        connections = house.home.runtime_data.listener.connections
        house.simulator.live.silent = True
        outcome = await house.call((MARIA_AT_HOME,), "fake_call", {})
        assert outcome.errors() == [None]
        await asyncio.sleep(silent_for)
        await back(house, connections)
        house.simulator.live.silent = False
    await check_alive(house)


async def test_no_pings(house: House) -> None:
    """A server that sends no PINGs but answers ours keeps its connection."""
    house.ledger.combinations += 1
    live = house.simulator.live
    live.ping_interval = live.pong_timeout = 1e6
    listener = house.home.runtime_data.listener
    # Long enough for an answer on a busy machine.
    with patch.object(client_module, "HEARTBEAT", 2):
        await reconnected(house)
    before = live.pings
    await until(lambda: live.pings >= before + 2)
    await check_alive(house)
    assert listener.connections == 2

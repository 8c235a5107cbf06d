"""Live updates, with whatever can come through them or happen to them."""

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
from custom_components.ryze.calls.tracker import EARLY_UPDATES
from tests.helpers.common import until

pytestmark = pytest.mark.faults

FLOOD: Final = 10_000
HEARTBEAT: Final = 0.1

# So many frames may be handled before others have their turn. What they cost differs,
# and so does the time that a machine takes for them.
MOST_AT_ONCE: Final = 500


@pytest.fixture
def live() -> bool:
    """Return that live updates are on."""
    return True


@asynccontextmanager
async def watched(house: House) -> AsyncGenerator[None]:
    """Make sure that others have their turn while frames come."""
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
    """Wait until there is another connection."""
    listener = house.home.runtime_data.listener
    clients = house.simulator.live.clients
    await until(lambda: listener.connections > connections)
    await until(lambda: listener.live and clients("home") == 1)


async def check_alive(house: House) -> None:
    """Make sure that an outcome that is told now arrives, once, and nothing is left."""
    outcome = await house.call((MARIA_AT_HOME,), "fake_call", {})
    await outcome.check()
    assert house.ledger.problems == []
    assert outcome.errors() == [None]
    data = house.home.runtime_data
    tracker, listener = data.calls._tracker, data.listener
    assert len(tracker._calls) <= MEMORY_CALLS
    assert len(tracker._early) <= EARLY_UPDATES
    assert len(listener.counts) < 10
    assert len(listener.counts.shapes) <= MAX_KINDS


@asynccontextmanager
async def quick_heartbeat(house: House) -> AsyncGenerator[None]:
    """Let it be noticed soon that a connection is dead, for a while."""
    with patch.object(client_module, "HEARTBEAT", HEARTBEAT):
        await reconnected(house)
        yield
    # On a busy machine it would be noticed of connections that are not.
    await reconnected(house)


async def reconnected(house: House) -> None:
    """Let there be a new connection."""
    before = house.home.runtime_data.listener.connections
    house.simulator.live.abort("home")
    await back(house, before)


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize("frame", FRAMES)
async def test_frame(house: House, frame: str, times: int) -> None:
    """Whatever a frame holds, the next one is heard."""
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
    """Nobody reads what is too large, and the listener comes back."""
    house.ledger.combinations += 1
    data = TOO_LARGE[frame]()
    for _ in range(times):
        house.simulator.live.send("home", data)
    await back(house, 1)
    await check_alive(house)


@pytest.mark.parametrize("end", ["abort", "close", "silence"])
@pytest.mark.parametrize("what", BYTES)
async def test_bytes(house: House, what: str, end: str) -> None:
    """Whatever comes that is no frame, and whatever follows, the listener comes back."""
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
    """Whatever reason is given, be it one that must not be given, it comes back."""
    listener = house.home.runtime_data.listener
    for code in CODES:
        house.ledger.combinations += 1
        before = listener.connections
        house.simulator.live.write("home", header(0x88, 2) + code.to_bytes(2))
        await back(house, before)
        await check_alive(house)


# Then aiohttp keeps a timer of its own for half a minute, which does nothing.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_closed_without_a_code(house: House) -> None:
    """A server that gives no reason is as good as one that does."""
    house.ledger.combinations += 1
    house.simulator.live.write("home", header(0x88, 0))
    await back(house, 1)
    await check_alive(house)


@pytest.mark.parametrize("kind", KINDS)
async def test_flood(house: House, kind: str) -> None:
    """Thousands of frames let others have their turn, and the last one is heard."""
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
    """A call goes through while others flood the connection."""
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


@pytest.mark.parametrize("how", ["abort", "close"])
async def test_flapping(house: House, how: str) -> None:
    """A connection that is lost all the time does no harm, and is there in the end."""
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
    """A connection that is dead without saying so is noticed."""
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
    """Who is never pinged stays, as long as there are answers to own pings."""
    house.ledger.combinations += 1
    live = house.simulator.live
    live.ping_interval = live.pong_timeout = 1e6
    listener = house.home.runtime_data.listener
    # Time enough to answer in, on a busy machine as well.
    with patch.object(client_module, "HEARTBEAT", 0.6):
        await reconnected(house)
    await asyncio.sleep(1.5)
    await check_alive(house)
    assert listener.connections == 2

"""Tests of wrong and of jumping clocks."""

import asyncio
from collections.abc import Awaitable
from itertools import product
import time
from typing import Any, Final

import pytest

from .house import House
from .people import MARIA_AT_HOME
from custom_components.ryze import services
from custom_components.ryze.api import RateLimit, client as client_module, rate_limit
from custom_components.ryze.escalation import (
    plan,
    registry as escalations,
    run as escalation,
)
from custom_components.ryze.escalation.plan import Result
from custom_components.ryze.escalation.registry import DATA_ESCALATIONS, RyzeEscalations
from tests.helpers.common import until
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA
from tests.helpers.escalations import begin, hurry
from tests.simulator import Behaviour

pytestmark = pytest.mark.faults

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
YEARS: Final = 10 * 365 * DAY

# A call waits for the reset for a minute at most, and for one second of margin.
LONGEST_WAIT: Final = 60 + 1

JUMPS: Final = [
    sign * size for sign, size in product((1, -1), (30, 5 * MINUTE, HOUR, DAY, YEARS))
]

# A wait that followed a jumped clock would last at least 30 seconds.
NO_JUMP: Final = 20


class Clocks:
    """A replacement of the module `time`, with clocks that a test can set."""

    def __init__(self) -> None:
        """Start with the right time."""
        self.ahead = 0.0
        """Seconds by which the wall clock is ahead."""
        self.passed = 0.0
        """Seconds that have passed on all clocks without a real wait."""

    def time(self) -> float:
        """Return the time of the wall clock."""
        return time.time() + self.ahead + self.passed

    def monotonic(self) -> float:
        """Return the time of the clock that never jumps."""
        return time.monotonic() + self.passed


@pytest.fixture
def live_updates() -> bool:
    """Turn live updates on."""
    return True


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """Return the clocks of all modules that read the time."""
    clocks = Clocks()
    for module in (escalations, plan, rate_limit, services):
        monkeypatch.setattr(module, "time", clocks)
    return clocks


class Asyncio:
    """A replacement of the module `asyncio`, which notes and shortens all waits."""

    def __init__(self) -> None:
        """Start without waits."""
        self.waits: list[float] = []

    async def wait_for(self, waiter: Awaitable[Any], delay: float) -> Any:
        """Note the wait, and wait for a moment."""
        self.waits.append(delay)
        return await asyncio.wait_for(waiter, 0.01)

    async def sleep(self, delay: float) -> None:
        """Note the wait, and sleep for a moment."""
        self.waits.append(delay)
        await asyncio.sleep(0.01)

    def __getattr__(self, name: str) -> Any:
        """Return everything else from the module itself."""
        return getattr(asyncio, name)


@pytest.fixture
def waits(house: House, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the lengths of all waits between requests, which really take a moment."""
    stand_in = Asyncio()
    for module in (client_module, escalation):
        monkeypatch.setattr(module, "asyncio", stand_in)
    return stand_in.waits


@pytest.mark.parametrize("tells_date", [True, False], ids=["date", "no date"])
@pytest.mark.parametrize("whose", ["ours", "theirs", "ours meanwhile"])
@pytest.mark.parametrize("jump", JUMPS)
async def test_rate_limit(
    house: House,
    clocks: Clocks,
    waits: list[float],
    jump: int,
    whose: str,
    tells_date: bool,
) -> None:
    """A wrong clock delays no call by more than a minute."""
    house.ledger.combinations += 1
    house.simulator.rate_limit.tells_date = tells_date
    house.simulator.rate_limit.ahead = {"theirs": jump}.get(whose, 0)
    clocks.ahead = {"ours": jump}.get(whose, 0)
    house.simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=40)
    before = await house.call((MARIA_AT_HOME,), "fake_call", {})
    await before.check()
    assert before.errors() == ["rate_limit"]
    assert all(wait <= LONGEST_WAIT for wait in waits)

    # Two minutes later, all requests are available again on a right clock.
    clocks.ahead = {"theirs": 0}.get(whose, jump)
    clocks.passed += 2 * MINUTE
    house.simulator.rate_limit.set(INSTANCE_TOKEN, remaining=100)
    after = await house.call((MARIA_AT_HOME,), "fake_call", {})
    await after.check()
    assert (after.errors(), house.ledger.problems) == ([None], [])
    assert all(wait <= LONGEST_WAIT for wait in waits)


@pytest.mark.parametrize("jump", JUMPS)
async def test_jump_while_waiting_for_the_reset(
    house: House, clocks: Clocks, jump: int
) -> None:
    """A jump of the wall clock does not change a wait for the reset."""
    house.ledger.combinations += 1
    house.simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=0.5)
    task = asyncio.create_task(house.call((MARIA_AT_HOME,), "fake_call", {}))
    await until(lambda: house.simulator.requests[-1].status == 429)
    clocks.ahead = jump
    async with asyncio.timeout(NO_JUMP):
        outcome = await task
    await outcome.check()
    assert (outcome.errors(), house.ledger.problems) == ([None], [])


@pytest.mark.parametrize("resets_in", [1, 59, 61, 119, 600, 3599, 3601, DAY])
def test_far_reset(clocks: Clocks, resets_in: int) -> None:
    """A reset in the far future holds calls back for two minutes at most."""
    limit = RateLimit()
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(clocks.time()) + resets_in),
    }
    limit.update(headers)
    clocks.passed = 2 * MINUTE
    assert not limit.reset_in


@pytest.mark.parametrize("resets_in", [30, 90, 10 * MINUTE, HOUR, DAY])
async def test_wait_of_an_escalation(
    house: House, waits: list[float], resets_in: int
) -> None:
    """An escalation waits for the reset for a minute at most."""
    house.ledger.combinations += 1
    house.simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=resets_in)
    await house.home.runtime_data.coordinator.async_refresh()
    running = await begin(house.hass, ring_time=10)
    await until(lambda: waits)
    assert max(waits) <= LONGEST_WAIT
    running.async_end(Result.STOPPED)
    await running.async_wait()


@pytest.mark.parametrize("jump", JUMPS)
async def test_deadline(
    house: House, clocks: Clocks, monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    """A jump of the wall clock does not extend an escalation's deadline."""
    house.ledger.combinations += 1
    hurry(house.simulator, monkeypatch)
    for number in (MARIA, JOAO):
        house.simulator.phone(number).behaviour = Behaviour.IGNORE
    running = await begin(house.hass, rounds=10, pause=20, deadline=50)
    await until(lambda: house.simulator.rings(MARIA))
    clocks.ahead = jump
    async with asyncio.timeout(NO_JUMP):
        await running.async_wait()
    assert (running.result, running.reason) == ("expired", "deadline")
    assert house.simulator.rings(MARIA) <= 3


@pytest.mark.parametrize("jump", [jump for jump in JUMPS if jump < 0])
async def test_deadline_after_a_restart(
    house: House, clocks: Clocks, monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    """A clock that is slow after a restart does not extend an escalation."""
    house.ledger.combinations += 1
    hurry(house.simulator, monkeypatch)
    for number in (MARIA, JOAO):
        house.simulator.phone(number).behaviour = Behaviour.IGNORE
    before = await begin(house.hass, rounds=10, pause=20, deadline=100)
    await until(lambda: house.simulator.rings(MARIA))
    before.async_interrupt()
    await before.async_wait()
    clocks.ahead = jump
    again = house.hass.data[DATA_ESCALATIONS] = RyzeEscalations(house.hass)
    await again.async_resume()
    (after,) = again.async_get()
    async with asyncio.timeout(NO_JUMP):
        await after.async_wait()
    assert (after.result, after.reason) == ("expired", "deadline")
    assert house.simulator.rings(MARIA) <= 3

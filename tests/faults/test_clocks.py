"""Clocks that are wrong, and clocks that jump."""

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

# What is promised: nobody waits for the reset any longer. And a second for the margin.
LONGEST_WAIT: Final = 60 + 1

JUMPS: Final = [
    sign * size for sign, size in product((1, -1), (30, 5 * MINUTE, HOUR, DAY, YEARS))
]


class Clocks:
    """Stands in for the module `time`: clocks that a test can set."""

    def __init__(self) -> None:
        """Start with the right time."""
        self.ahead = 0.0
        """Seconds by which the clock on the wall is ahead."""
        self.passed = 0.0
        """Seconds that have passed, by every clock, without anybody waiting."""

    def time(self) -> float:
        """Return what the clock on the wall says."""
        return time.time() + self.ahead + self.passed

    def monotonic(self) -> float:
        """Return what the clock says that never jumps."""
        return time.monotonic() + self.passed


@pytest.fixture
def live() -> bool:
    """Return that live updates are on."""
    return True


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    """Return the clocks of everything that looks at one."""
    clocks = Clocks()
    for module in (escalations, plan, rate_limit, services):
        monkeypatch.setattr(module, "time", clocks)
    return clocks


class Asyncio:
    """Stands in for the module `asyncio`: waits, which are noted, take a moment."""

    def __init__(self) -> None:
        """Wait for nothing yet."""
        self.waits: list[float] = []

    async def wait_for(self, waiter: Awaitable[Any], delay: float) -> Any:
        """Wait for something."""
        self.waits.append(delay)
        return await asyncio.wait_for(waiter, 0.01)

    async def sleep(self, delay: float) -> None:
        """Sleep."""
        self.waits.append(delay)
        await asyncio.sleep(0.01)

    def __getattr__(self, name: str) -> Any:
        """Return what is as it always was."""
        return getattr(asyncio, name)


@pytest.fixture
def waits(house: House, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return for how long is waited between requests, which takes but a moment."""
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
    """A clock that is wrong costs no call more than the minute that it takes anyway."""
    house.ledger.combinations += 1
    house.simulator.rate_limit.tells_date = tells_date
    house.simulator.rate_limit.ahead = {"theirs": jump}.get(whose, 0)
    clocks.ahead = {"ours": jump}.get(whose, 0)
    house.simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=40)
    before = await house.call((MARIA_AT_HOME,), "fake_call", {})
    await before.check()
    assert before.errors() == ["rate_limit"]
    assert all(wait <= LONGEST_WAIT for wait in waits)

    # Two minutes later the counter is at its full height again, whatever was said.
    clocks.ahead = {"theirs": 0}.get(whose, jump)
    clocks.passed += 2 * MINUTE
    house.simulator.rate_limit.set(INSTANCE_TOKEN, remaining=100)
    after = await house.call((MARIA_AT_HOME,), "fake_call", {})
    await after.check()
    assert (after.errors(), house.ledger.problems) == ([None], [])
    assert all(wait <= LONGEST_WAIT for wait in waits)


@pytest.mark.parametrize("jump", JUMPS)
async def test_jump_while_the_reset_is_waited_for(
    house: House, clocks: Clocks, jump: int
) -> None:
    """The wait goes by a clock that does not jump."""
    house.ledger.combinations += 1
    house.simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=0.5)
    task = asyncio.create_task(house.call((MARIA_AT_HOME,), "fake_call", {}))
    await until(lambda: house.simulator.requests[-1].status == 429)
    clocks.ahead = jump
    async with asyncio.timeout(5):
        outcome = await task
    await outcome.check()
    assert (outcome.errors(), house.ledger.problems) == ([None], [])


@pytest.mark.parametrize("resets_in", [1, 59, 61, 119, 600, 3599, 3601, DAY])
def test_far_reset(clocks: Clocks, resets_in: int) -> None:
    """The counter starts anew each minute, so nothing is held back for much longer."""
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
    """An escalation waits no longer for the reset than the minute that it may take."""
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
    """An escalation takes no longer than it may, and nobody's phone rings too often."""
    house.ledger.combinations += 1
    hurry(house.simulator, monkeypatch)
    for number in (MARIA, JOAO):
        house.simulator.phone(number).behaviour = Behaviour.IGNORE
    running = await begin(house.hass, rounds=10, pause=20, deadline=50)
    await until(lambda: house.simulator.rings(MARIA))
    clocks.ahead = jump
    async with asyncio.timeout(5):
        await running.async_wait()
    assert (running.result, running.reason) == ("expired", "deadline")
    assert house.simulator.rings(MARIA) <= 3


@pytest.mark.parametrize("jump", [jump for jump in JUMPS if jump < 0])
async def test_deadline_after_a_restart(
    house: House, clocks: Clocks, monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    """Who restarts with a clock that is behind has no more time than there was."""
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
    async with asyncio.timeout(5):
        await after.async_wait()
    assert (after.result, after.reason) == ("expired", "deadline")
    assert house.simulator.rings(MARIA) <= 3

"""Many calls at once, within the rate limit and beyond it, without a lost call.

python -m tests.bench.burst FOLDER URL
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final, cast

from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .home import add_instance, home, people, run_process
from .measure import LongestStall
from .process import serve, start
from .report import Column, Table
from custom_components.ryze.const import DOMAIN

# RyzeAPI has the same limit.
LIMIT: Final = 100
# Seconds until the reset: soon, to shorten the benchmark, or later than a call waits.
_SOON: Final = 2.0
_LATE: Final = 90.0

# The number of actions, the calls of each action, and the seconds until the reset.
CASES: Final = {
    "one action for 100": (1, LIMIT, _SOON),
    "100 actions": (LIMIT, 1, _SOON),
    "101 actions, reset soon": (LIMIT + 1, 1, _SOON),
    "101 actions, reset late": (LIMIT + 1, 1, _LATE),
}

_COLUMNS: Final = (
    Column("case", "at once"),
    Column("asked", "asked"),
    Column("requests", "requests"),
    Column("refused", "refused"),
    Column("rings", "rings"),
    Column("twice", "twice"),
    Column("rows", "rows"),
    Column("placed", "placed"),
    Column("failed", "failed"),
    Column("raised", "raised"),
    Column("seconds", "seconds", 2),
    Column("stall_ms", "stall ms", 1),
)


async def run(part: float) -> Table:
    """Call many people at once, and count the calls and their results."""
    table = Table("burst", "Many calls at once", _COLUMNS)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="ryze-bench-"))
        api = await stack.enter_async_context(start("tests.bench.api"))
        url = await api.ask("url")
        caller = await stack.enter_async_context(start(__name__, folder, url))
        await caller.ask("call", 1, 1)
        await api.ask("count")
        for case, (actions, each, reset_in) in CASES.items():
            await api.ask("allow", LIMIT, reset_in)
            told = await caller.ask("call", actions, each)
            told |= await api.ask("count")
            # Every call is placed or fails, and no phone rings twice.
            assert told["twice"] == 0
            assert told["rings"] == told["placed"] == told["rows"]
            assert told["placed"] + told["failed"] == actions * each
            table.rows.append({"case": case, "asked": actions * each, **told})
    return table


async def _act(hass: HomeAssistant, numbers: Iterable[str]) -> tuple[int, bool]:
    """Run one action; return the rows in its response, and whether it raised."""
    try:
        answer = await hass.services.async_call(
            DOMAIN,
            "fake_call",
            {"number": list(numbers), "duration": 60},
            blocking=True,
            return_response=True,
        )
    except HomeAssistantError:
        return 0, True
    assert answer
    return len(cast(list[Any], answer["calls"])), False


async def main(folder: str, url: str) -> None:
    """Serve the parent's commands."""
    numbers = list(people(LIMIT + 1).values())
    events: Counter[str] = Counter()

    @callback
    def count(event: Event) -> None:
        events[str(event.event_type)] += 1

    async with home(Path(folder)) as hass:
        entry = await add_instance(hass, url)
        hass.bus.async_listen(MATCH_ALL, count)

        async def call(actions: int, each: int) -> dict[str, float]:
            """Call different people in a number of actions."""
            # The limit of the last case must not slow this one.
            entry.runtime_data.client.rate_limit.update({})
            events.clear()
            start = perf_counter()
            async with LongestStall() as stall:
                done = await asyncio.gather(
                    *(
                        _act(hass, numbers[i * each : (i + 1) * each])
                        for i in range(actions)
                    )
                )
            seconds = perf_counter() - start
            await hass.async_block_till_done()
            return {
                "rows": sum(rows for rows, _ in done),
                "placed": events[f"{DOMAIN}_call_placed"],
                "failed": events[f"{DOMAIN}_call_failed"],
                "raised": sum(raised for _, raised in done),
                "seconds": seconds,
                "stall_ms": stall.seconds * 1000,
            }

        await serve({"call": call})


if __name__ == "__main__":
    run_process(main)

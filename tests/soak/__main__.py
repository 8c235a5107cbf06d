"""Keep a real Home Assistant busy, and report anything that grows or is lost.

scripts/soak [--minutes 10]
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
import logging
from random import Random
import signal
import sys
import time
from typing import Any, Final

from .home import Home, at_home
from .load import Load
from .process import look
from .report import METRICS, Series, complaints, grouped, judge, left_over, table
from .trend import STRETCHES, Verdict
from .trouble import Trouble

# Caches fill during this first fraction of the load.
WARM_UP: Final = 0.2
INTERVAL: Final = 5.0

# The integration gives a hanging request up after 90 seconds.
ANSWERS: Final = 120.0
# In this time all calls end, and the tracker concludes their outcomes.
REST: Final = 30.0


def say(text: str) -> None:
    """Print a text at the terminal."""
    print(text, flush=True)  # noqa: T201


async def measure(home: Home, seconds: float) -> Series:
    """Measure until the end of the load, except for its first part."""
    series = Series()
    await asyncio.sleep(seconds * WARM_UP)
    start = time.monotonic()
    length = seconds * (1 - WARM_UP)
    interval = min(INTERVAL, length / STRETCHES / 2)
    due = start
    while due < start + length:
        await asyncio.sleep(max(0, due - time.monotonic()))
        due += interval
        asked_at = time.monotonic()
        await home.wire.command("ping")
        ping = (time.monotonic() - asked_at) * 1000
        seen = await home.look()
        values = look(home.home_assistant.pid) | seen["counts"] | {"ping": ping}
        hours = (time.monotonic() - start) / 3600
        series.add(hours, home.calls, values, seen["cyclic"])
        if len(series.hours) % 12 == 1:
            await home.home_assistant.async_renew()
            show = ("private", "sockets", "files", "tasks", "ryze_objects")
            facts = ", ".join(f"{key} {values[key]:.0f}" for key in show)
            say(f"{series.hours[-1] * 60:5.1f} min: {home.calls} calls, {facts}")
    return series


async def soak(home: Home, minutes: float, random: Random) -> list[str]:
    """Put a home under load, and return the problems."""
    before = await home.look()
    load = Load(home, random)
    trouble = Trouble(home, load, random)
    work = [asyncio.create_task(load.run()), asyncio.create_task(trouble.run())]
    series = await measure_beside(work, home, minutes * 60)
    say("The load is over. Waiting for the last actions and calls.")
    home.simulator.clear_faults()
    await load.stop_escalations()
    await load.finish(ANSWERS)
    await asyncio.sleep(REST)
    after = await home.look()

    say(f"\n{table(series)}\n")
    say(summary(home, trouble, series, after))
    return [
        *(f"Grows: {m.name}" for m in METRICS if judge(series, m) is Verdict.GROWS),
        *(f"Left over: {text}" for text in left_over(before, after, home.calls)),
        *grouped(home.ledger.problems(home.rung())),
        *log_complaints(home),
    ]


async def measure_beside(
    work: Sequence[asyncio.Task[None]], home: Home, seconds: float
) -> Series:
    """Measure during the work, and raise the error of a task that fails."""
    measuring = asyncio.create_task(measure(home, seconds))
    await asyncio.wait((*work, measuring), return_when=asyncio.FIRST_COMPLETED)
    for task in work:
        task.cancel()
    for task in work:
        with suppress(asyncio.CancelledError):
            await task
    return await measuring


def summary(home: Home, trouble: Trouble, series: Series, after: dict[str, Any]) -> str:
    """Return the counts of all actions, events and faults."""
    ledger = home.ledger
    parts = {
        "Actions": Counter(asked.action for asked in ledger.asked),
        "Errors": Counter(asked.error for asked in ledger.asked if asked.error),
        "Events": Counter(f"{told.subject} {told.kind}" for told in ledger.told),
        "Outcomes": Counter(r["outcome"] for asked in ledger.asked for r in asked.rows),
        "Trouble": {name.strip("_"): n for name, n in trouble.counts.items()},
        "Freed by the garbage collector only": series.cyclic,
        "At rest": after["counts"],
    }
    lines = [
        f"{title}: " + ", ".join(f"{name} {count}" for name, count in counts.items())
        for title, counts in parts.items()
    ]
    lines.append(
        f"Calls: {home.calls} placed, {len(home.rung()) - home.calls} incoming; "
        f"{ledger.vanished} presses found no entity during a reload"
    )
    return "\n".join(lines)


def log_complaints(home: Home) -> list[str]:
    """Return the complaints in Home Assistant's log, each with its count."""
    tokens = [instance.token for instance in home.simulator.instances.values()]
    with home.home_assistant.log.open() as log:
        found = Counter(line[24:] for line in complaints(log, tokens))
    return [f"Log, {count} times: {line}" for line, count in found.most_common(20)]


async def run(minutes: float, seed: int) -> int:
    """Run the soak test, and return the exit code."""
    task = asyncio.current_task()
    assert task
    # SIGTERM must end Home Assistant as well.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    # Faults stop the simulator in the middle of requests, and aiohttp logs each one.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    say(f"Starting Home Assistant and the simulator, with the seed {seed}.")
    async with at_home() as home:
        problems = await soak(home, minutes, Random(seed))
    say("\n".join(["", *problems] if problems else ["", "No growth, no lost call."]))
    return 1 if problems else 0


def main() -> int:
    """Read the arguments and run the soak test."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument(
        "--minutes",
        type=float,
        default=10,
        help="duration of the load (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    return asyncio.run(run(arguments.minutes, arguments.seed))


if __name__ == "__main__":
    sys.exit(main())

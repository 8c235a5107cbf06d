"""Ringing a phone: our action beside `rest_command` and a plain POST.

python -m tests.bench.fake FOLDER URL OTHER_URL
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
import json
from pathlib import Path
from random import shuffle
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final

from aiohttp import ClientSession

from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType

from .home import PERSON, add_instance, home, people, run_process
from .measure import rounds
from .process import serve, start
from .report import Column, Table, p99
from .sink import INSTANCE
from custom_components.ryze.const import DOMAIN
from tests.helpers.const import INSTANCE_TOKEN, JOAO

ROUNDS: Final = 1000
_WARM_UP: Final = 30
_PIECES: Final = 10
# A call's later work ends in this time, so that it does not slow the next call.
_PAUSE: Final = 0.002

_BARE: Final = "bare POST"
_KEPT: Final = "rest_command, connection kept"
_CLOSED: Final = "rest_command, connection closed"
_NUMBER: Final = "ours, a number"
_CONTACT: Final = "ours, a contact"

_DURATION: Final = 8
_ROUTE: Final = f"/api/call/fake/{INSTANCE}"

type Call = Callable[[], Awaitable[object]]

_COLUMNS: Final = (
    Column("way", "way"),
    Column("median_ms", "median ms", 2),
    Column("p99_ms", "p99 ms", 2),
    Column("cpu_ms", "CPU ms", 2),
    Column("to_bare", "to bare", 2),
    Column("to_closed", "to closed", 2),
    Column("to_closed_p99", "to closed, p99", 2),
    Column("to_kept", "to kept", 2),
    Column("to_kept_p99", "to kept, p99", 2),
)


async def run(part: float) -> Table:
    """Measure all ways."""
    table = Table("fake", "Ringing a phone", _COLUMNS)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="ryze-bench-"))
        sink = await stack.enter_async_context(start("tests.bench.sink"))
        # A second address keeps its connections apart from the closed ones.
        urls = [await sink.ask("listen"), await sink.ask("listen")]
        caller = await stack.enter_async_context(start(__name__, folder, *urls))
        await sink.ask("look")
        await caller.ask("ring", _WARM_UP)
        bodies = await sink.ask("bodies")
        assert len(bodies) == _WARM_UP * len(await caller.ask("ways"))
        # All bodies are equal, except for the number.
        assert len({size for size, _ in bodies}) == 1
        times: dict[str, list[list[float]]] = {}
        for _ in range(_PIECES):
            more = await caller.ask("ring", rounds(ROUNDS // _PIECES, part))
            for way in more:
                times.setdefault(way, []).extend(more[way])
    walls = {way: [wall for wall, _ in both] for way, both in times.items()}
    for way, both in times.items():
        cpu = median(cpu for _, cpu in both) * 1000
        table.rows.append({"way": way, "cpu_ms": cpu, **_row(walls, way)})
    return table


def _row(walls: dict[str, list[float]], way: str) -> dict[str, float]:
    """Return a row of the table; the ratios are medians over rounds."""

    def ratios(other: str) -> list[float]:
        return [mine / its for mine, its in zip(walls[way], walls[other], strict=True)]

    return {
        "median_ms": median(walls[way]) * 1000,
        "p99_ms": p99(walls[way]) * 1000,
        "to_bare": median(ratios(_BARE)),
        "to_closed": median(ratios(_CLOSED)),
        "to_closed_p99": p99(ratios(_CLOSED)),
        "to_kept": median(ratios(_KEPT)),
        "to_kept_p99": p99(ratios(_KEPT)),
    }


def _rest_commands(closed: str, kept: str) -> ConfigType:
    """Return the configuration of `rest_command`."""
    headers = {"token": INSTANCE_TOKEN}
    command = {
        "method": "post",
        "content_type": "application/json",
        "payload": json.dumps({"number": "{{ number }}", "duration": _DURATION}),
    }
    return {
        "rest_command": {
            "kept": command | {"url": kept + _ROUTE, "headers": headers},
            "closed": command
            | {
                "url": closed + _ROUTE,
                "headers": headers | {"Connection": "close"},
            },
        }
    }


def _ways(hass: HomeAssistant, session: ClientSession, url: str) -> dict[str, Call]:
    """Return the ways to ring a phone."""

    async def bare() -> None:
        async with session.post(
            url + _ROUTE,
            json={"number": JOAO, "duration": _DURATION},
            headers={"token": INSTANCE_TOKEN, "Connection": "close"},
        ) as response:
            await response.read()

    def action(domain: str, service: str, data: dict[str, Any]) -> Call:
        return lambda: hass.services.async_call(domain, service, data, blocking=True)

    number = {"number": JOAO}
    return {
        _BARE: bare,
        _KEPT: action("rest_command", "kept", number),
        _CLOSED: action("rest_command", "closed", number),
        _NUMBER: action(DOMAIN, "fake_call", number),
        _CONTACT: action(DOMAIN, "fake_call", {"entity_id": PERSON}),
    }


async def _take_turns(ways: Iterable[Call]) -> list[tuple[float, float]]:
    """Ring once in each way, and return wall-clock and processor times."""
    times = []
    for ring in ways:
        start, cpu_start = perf_counter(), process_time()
        await ring()
        wall = perf_counter() - start
        await asyncio.sleep(_PAUSE)
        times.append((wall, process_time() - cpu_start))
    return times


async def main(folder: str, url: str, kept_url: str) -> None:
    """Serve the parent's commands."""
    async with (
        home(Path(folder), _rest_commands(url, kept_url)) as hass,
        ClientSession() as session,
    ):
        await add_instance(hass, url, people(1))
        ways = _ways(hass, session, url)

        async def ring(number: int) -> dict[str, list[tuple[float, float]]]:
            """Ring in turns, because the machine's other load then slows all alike."""
            times: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
            turns = list(ways)
            for _ in range(number):
                # A random order, because each way finds the caches as the previous one
                # left them.
                shuffle(turns)
                took = await _take_turns(ways[way] for way in turns)
                for way, time in zip(turns, took, strict=True):
                    times[way].append(time)
            return times

        async def names() -> list[str]:
            return list(ways)

        await serve({"ring": ring, "ways": names})


if __name__ == "__main__":
    run_process(main)

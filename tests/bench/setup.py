"""Setting up an instance with few and with many contacts.

python -m tests.bench.setup FOLDER URL CONTACTS
"""

from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from homeassistant.core import HomeAssistant

from .home import home, make_entry, people, run_process
from .measure import resident
from .process import Child, serve, start
from .report import Column, Table
from tests.helpers.common import first_look

# The number of contacts, and the number of rounds.
SIZES: Final = {0: 20, 1: 20, 100: 10, 1000: 5}

_COLUMNS: Final = (
    Column("contacts", "contacts"),
    Column("first_ms", "first time, ms", 1),
    Column("first_each_ms", "each, ms", 2),
    Column("again_ms", "again, ms", 1),
    Column("again_each_ms", "each, ms", 2),
    Column("mib", "memory MiB", 1),
    Column("each_kib", "each, KiB", 1),
)


async def run(part: float) -> Table:
    """Set up entries of all sizes in turns."""
    table = Table("setup", "Setting up an instance", _COLUMNS)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="ryze-bench-"))
        sink = await stack.enter_async_context(start("tests.bench.sink"))
        url = await sink.ask("listen")
        children: dict[int, Child] = {
            contacts: await stack.enter_async_context(
                start(__name__, folder, url, str(contacts))
            )
            for contacts in SIZES
        }
        memory = {
            contacts: await child.ask("memory") for contacts, child in children.items()
        }
        times: dict[int, list[list[float]]] = {contacts: [] for contacts in SIZES}
        for turn in range(max(SIZES.values())):
            for contacts, number in SIZES.items():
                if turn < number * part:
                    times[contacts].append(await children[contacts].ask("set_up"))
    none = _row(times[0], memory[0])
    for contacts in SIZES:
        row = _row(times[contacts], memory[contacts])
        each = {
            "first_each_ms": (row["first_ms"] - none["first_ms"]) / max(contacts, 1),
            "again_each_ms": (row["again_ms"] - none["again_ms"]) / max(contacts, 1),
            "each_kib": (row["mib"] - none["mib"]) / max(contacts, 1) * 1024,
        }
        table.rows.append({"contacts": f"{contacts:,}", **row, **each})
    return table


def _row(times: list[list[float]], memory: int) -> dict[str, float]:
    """Return a row of the table."""
    return {
        "first_ms": median(first for first, _ in times) * 1000,
        "again_ms": median(again for _, again in times) * 1000,
        "mib": memory / 1024**2,
    }


async def _time(hass: HomeAssistant, entry_id: str) -> float:
    """Set up an entry, and return the seconds until it is loaded."""
    start = perf_counter()
    assert await hass.config_entries.async_setup(entry_id)
    await hass.async_block_till_done()
    seconds = perf_counter() - start
    # The first look at the instance comes afterwards, in the background.
    await first_look(hass, hass.config_entries.async_get_known_entry(entry_id))
    return seconds


async def main(folder: str, url: str, contacts: str) -> None:
    """Serve the parent's commands."""
    async with home(Path(folder) / contacts) as hass:

        async def set_up() -> tuple[float, float]:
            """Set up a new entry, set it up again as after a restart, and remove it."""
            entry = make_entry(url, people(int(contacts)))
            entry.add_to_hass(hass)
            first = await _time(hass, entry.entry_id)
            assert await hass.config_entries.async_unload(entry.entry_id)
            again = await _time(hass, entry.entry_id)
            await hass.config_entries.async_remove(entry.entry_id)
            await hass.async_block_till_done()
            return first, again

        async def memory() -> int:
            """Return the memory of an entry, after an empty one has loaded the code."""
            empty = make_entry(url, {})
            empty.add_to_hass(hass)
            await _time(hass, empty.entry_id)
            await hass.config_entries.async_remove(empty.entry_id)
            await hass.async_block_till_done()
            before = resident()
            entry = make_entry(url, people(int(contacts)))
            entry.add_to_hass(hass)
            await _time(hass, entry.entry_id)
            after = resident()
            await hass.config_entries.async_remove(entry.entry_id)
            await hass.async_block_till_done()
            return after - before

        await serve({"memory": memory, "set_up": set_up})


if __name__ == "__main__":
    run_process(main)

"""Sending audio: our action beside a plain streamed POST and the ordinary way."""

from contextlib import AsyncExitStack
import os
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from .measure import rounds
from .process import Child, start
from .report import MIB, Column, Table, p99
from .sender import WAYS

_KIB: Final = 1024
# The size of the audio, and its numbers of timed and watched rounds.
SIZES: Final = {
    "64 KiB": (64 * _KIB, 200, 50),
    "1 MiB": (MIB, 100, 50),
    "16 MiB": (16 * MIB, 60, 20),
}
_WARM_UP: Final = 5

_COLUMNS: Final = (
    Column("size", "audio"),
    Column("way", "way"),
    Column("median_ms", "median ms", 2),
    Column("p99_ms", "p99 ms", 2),
    Column("ratio", "ratio to bare", 2),
    Column("cpu_ms", "CPU ms", 2),
    Column("peak_mib", "peak MiB", 1),
    Column("stall_ms", "stall ms", 1),
    Column("worst_stall_ms", "worst stall ms", 1),
)


async def run(part: float) -> Table:
    """Measure all ways with all sizes."""
    table = Table("audio", "Sending a file as the audio of a call", _COLUMNS)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ryze-bench-")))
        (folder / "media").mkdir()
        sink = await stack.enter_async_context(start("tests.bench.sink"))
        url = await sink.ask("listen")
        senders = {
            way: await stack.enter_async_context(
                start("tests.bench.sender", way, url, str(folder))
            )
            for way in WAYS
        }
        for name, (size, timed, watched) in SIZES.items():
            file = folder / "media" / f"{size}.mp3"
            file.write_bytes(os.urandom(size))
            await _warm_up(sink, senders, file)
            times = await _rounds(senders, "timed", file, rounds(timed, part))
            watches = await _rounds(senders, "watched", file, rounds(watched, part))
            for way in WAYS:
                row = _row(times[way], times["bare"], watches[way])
                table.rows.append({"size": name, "way": way, **row})
    return table


async def _warm_up(sink: Child, senders: dict[str, Child], file: Path) -> None:
    """Send a few times to warm up, and check that all bodies are equal."""
    await sink.ask("look")
    await _rounds(senders, "watched", file, _WARM_UP)
    await _rounds(senders, "timed", file, _WARM_UP)
    bodies = await sink.ask("bodies")
    assert len(bodies) == 2 * _WARM_UP * len(senders)
    assert all(body == bodies[0] for body in bodies)


async def _rounds(
    senders: dict[str, Child], command: str, file: Path, number: int
) -> dict[str, list[Any]]:
    """Send in turns, because the machine's other load then slows all alike."""
    results: dict[str, list[Any]] = {way: [] for way in senders}
    turns = list(senders)
    for _ in range(number):
        for way in turns:
            results[way].append(await senders[way].ask(command, str(file)))
        # The order changes, so that no sender always follows the same one.
        turns.append(turns.pop(0))
    return results


def _row(
    times: list[list[float]], bare: list[list[float]], watches: list[list[float]]
) -> dict[str, float]:
    """Return a row of the table."""
    walls = [wall for wall, _ in times]
    memory = [peak for peak, _ in watches]
    stalls = [stall for _, stall in watches]
    return {
        "median_ms": median(walls) * 1000,
        "p99_ms": p99(walls) * 1000,
        "ratio": median(walls) / median(wall for wall, _ in bare),
        "cpu_ms": median(cpu for _, cpu in times) * 1000,
        "peak_mib": max(memory) / MIB,
        "stall_ms": median(stalls) * 1000,
        "worst_stall_ms": max(stalls) * 1000,
    }

"""What a process takes of the machine. Linux only."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import psutil

MIB: Final = 1024 * 1024


def handles(targets: Iterable[str]) -> dict[str, float]:
    """Return how many sockets, and how many other files, a process has open."""
    kinds = Counter(target.startswith("socket:") for target in targets)
    return {"sockets": kinds[True], "files": kinds[False]}


def look(pid: int) -> dict[str, float]:
    """Return the memory in MiB, the handles and the threads of a process.

    RSS counts pages that are shared with others in full, PSS by share, and private
    ones are those that would be free if the process ended.
    """
    process = psutil.Process(pid)
    memory = process.memory_full_info()
    return {
        "rss": memory.rss / MIB,
        "pss": memory.pss / MIB,
        "private": memory.uss / MIB,
        **handles(_targets(pid)),
        "threads": process.num_threads(),
    }


def _targets(pid: int) -> Iterator[str]:
    """Yield what each handle of a process refers to."""
    # psutil lists a socket only while it has an address: one that was reset, and never
    # closed, would be missed.
    for link in Path("/proc", str(pid), "fd").iterdir():
        try:
            yield str(link.readlink())
        except FileNotFoundError:
            # Closed meanwhile.
            continue

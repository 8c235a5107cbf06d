"""Measuring the memory, the handles and the threads of a process. Linux only."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import psutil

MIB: Final = 1024 * 1024


def handles(targets: Iterable[str]) -> dict[str, float]:
    """Count the sockets and the other files among the targets of open handles."""
    kinds = Counter(target.startswith("socket:") for target in targets)
    return {"sockets": kinds[True], "files": kinds[False]}


def look(pid: int) -> dict[str, float]:
    """Return the memory in MiB, the handles and the threads of a process.

    RSS counts shared pages in full, and PSS counts the process's share of them. Private
    pages would be free after the end of the process.
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
    """Yield the target of each open handle of a process."""
    # psutil lists a socket only while the socket has an address, and would miss a
    # socket that was reset and never closed.
    for link in Path("/proc", str(pid), "fd").iterdir():
        try:
            yield str(link.readlink())
        except FileNotFoundError:
            # The handle was closed meanwhile.
            continue

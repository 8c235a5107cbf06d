"""What the kernel knows of a process. Linux only."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024


def memory(smaps_rollup: str) -> dict[str, float]:
    """Return the memory of a process in MiB.

    RSS counts pages that are shared with others in full, PSS by share, and private
    ones are those that would be free if the process ended.
    """
    sizes: dict[str, float] = {}
    for line in smaps_rollup.splitlines():
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            sizes[name] = int(value.split()[0]) * 1024 / MIB
    return {
        "rss": sizes["Rss"],
        "pss": sizes["Pss"],
        "private": sizes["Private_Clean"] + sizes["Private_Dirty"],
    }


def threads(status: str) -> int:
    """Return how many threads a process has."""
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == "Threads":
            return int(value)
    raise LookupError("Threads")


def handles(targets: Iterable[str]) -> dict[str, float]:
    """Return how many sockets, and how many other files, a process has open."""
    kinds = Counter(target.startswith("socket:") for target in targets)
    return {"sockets": kinds[True], "files": kinds[False]}


def look(pid: int) -> dict[str, float]:
    """Return what a process takes now; blocks, though hardly."""
    folder = Path("/proc", str(pid))
    targets = []
    for link in (folder / "fd").iterdir():
        try:
            targets.append(str(link.readlink()))
        except FileNotFoundError:
            # Closed meanwhile.
            continue
    return {
        **memory((folder / "smaps_rollup").read_text()),
        **handles(targets),
        "threads": threads((folder / "status").read_text()),
    }

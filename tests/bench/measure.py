"""Measuring the memory and the stalls that one action causes. Linux only."""

import asyncio
import ctypes
import gc
from pathlib import Path
from typing import Final, Self

import psutil

_SELF: Final = Path("/proc/self")
_RESET_PEAK: Final = "5"
_BEAT: Final = 0.001


def rounds(number: int, part: float) -> int:
    """Return a part of the rounds, and never fewer than two, which statistics need."""
    return max(round(number * part), 2)


class PeakMemory:
    """The peak of this process's resident memory, above the memory in use before.

    The kernel's count includes threads, buffers in C and the allocator's reserves, and
    Python's own count does not. The kernel rounds its count to about 0.2 MiB. Cached
    pages of files do not count, because the kernel frees them on demand.
    """

    def __init__(self) -> None:
        """Initialize."""
        self.bytes = 0
        self._before = 0

    def __enter__(self) -> Self:
        """Reset the peak, and note the memory in use."""
        _trim()
        (_SELF / "clear_refs").write_text(_RESET_PEAK)
        self._before = _resident()
        return self

    def __exit__(self, *_: object) -> None:
        """Read the peak."""
        self.bytes = _peak() - self._before


def resident() -> int:
    """Return the bytes in use now, after freeing garbage."""
    gc.collect()
    _trim()
    return _resident()


def _trim() -> None:
    """Return free memory to the kernel; otherwise its reuse would not be measured."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def _resident() -> int:
    """Return the bytes that this process has in memory now."""
    size: int = psutil.Process().memory_info().rss
    return size


def _peak() -> int:
    """Return the most bytes that this process had in memory since the last reset."""
    # On Linux psutil neither reads nor resets the peak.
    for line in (_SELF / "status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == "VmHWM":
            return int(value.split()[0]) * 1024
    raise LookupError("VmHWM")


class LongestStall:
    """The longest time for which the event loop kept another task waiting.

    A task wakes up every millisecond and notes its delay. The delay counts everything
    that would hold up Home Assistant: one long callback, many short callbacks in a row,
    and a thread that keeps the interpreter. Timing the callbacks would miss the last
    two. An idle loop shows about one millisecond as well, because the selector's
    timeouts are whole milliseconds.
    """

    def __init__(self) -> None:
        """Initialize."""
        self.seconds = 0.0
        self._since = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the task that notes delays."""
        self._task = asyncio.create_task(self._beat())
        # A stall before the first beat would not be noted.
        await asyncio.sleep(2 * _BEAT)
        self.seconds = 0.0
        return self

    async def __aexit__(self, *_: object) -> None:
        """Count a stall that has just ended, and stop."""
        self._note()
        assert self._task
        self._task.cancel()

    async def _beat(self) -> None:
        """Wake up every millisecond, and note the delay."""
        while True:
            self._since = asyncio.get_running_loop().time()
            await asyncio.sleep(_BEAT)
            self._note()

    def _note(self) -> None:
        """Keep the delay of this beat if it is the longest so far."""
        late = asyncio.get_running_loop().time() - self._since - _BEAT
        self.seconds = max(self.seconds, late)

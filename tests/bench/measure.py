"""What one thing costs the process that does it. Linux only."""

import asyncio
import ctypes
import gc
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

_SELF: Final = Path("/proc/self")
_RESET_PEAK: Final = "5"
_BEAT: Final = 0.001


def rounds(number: int, part: float) -> int:
    """Return a part of the rounds, at least as many as statistics need."""
    return max(round(number * part), 2)


class PeakMemory:
    """The most memory in use at one time, above what was in use before.

    It is the kernel's own count of resident memory: other than Python's it knows of
    threads, of buffers in C, and of what the allocator keeps for itself. The kernel
    rounds it to about 0.2 MiB. Pages of files that the kernel keeps cached are not in
    it: they are given back whenever somebody needs the room.
    """

    def __init__(self) -> None:
        """Initialize."""
        self.bytes = 0
        self._before = 0

    def __enter__(self) -> Self:
        """Start from a clean slate."""
        _trim()
        (_SELF / "clear_refs").write_text(_RESET_PEAK)
        self._before = _resident()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Read the peak."""
        self.bytes = _peak() - self._before


def resident() -> int:
    """Return how many bytes are in use now, without what is only waiting to be freed."""
    gc.collect()
    _trim()
    return _resident()


def _trim() -> None:
    """Give back what is free, which would hide what is needed next."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def _resident() -> int:
    """Return how many bytes this process has in memory now."""
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
    """The longest that the event loop kept somebody else waiting.

    Somebody else is a task that wants to go on every millisecond, and notes how much
    later it did. That way everything counts that would hold up the rest of Home
    Assistant: one long callback, many short ones in a row, and a thread that does not
    let go of the interpreter. Timing the callbacks themselves would miss the last two.
    The selector's timeouts are whole milliseconds, so about one is seen on an idle
    loop as well.
    """

    def __init__(self) -> None:
        """Initialize."""
        self.seconds = 0.0
        self._since = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start to watch."""
        self._task = asyncio.create_task(self._beat())
        # Until the first beat nobody would notice.
        await asyncio.sleep(2 * _BEAT)
        self.seconds = 0.0
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop; a stall that has ended just now counts as well."""
        self._note()
        assert self._task
        self._task.cancel()

    async def _beat(self) -> None:
        """Want to go on every millisecond."""
        while True:
            self._since = asyncio.get_running_loop().time()
            await asyncio.sleep(_BEAT)
            self._note()

    def _note(self) -> None:
        """Remember how late it is, if it never was later."""
        late = asyncio.get_running_loop().time() - self._since - _BEAT
        self.seconds = max(self.seconds, late)

"""Copies of audio files, which nobody changes or removes while they are sent."""

import asyncio
import os
from pathlib import Path
import stat
import tempfile
from typing import IO, Final
from weakref import finalize

from ..api import Audio
from ..errors import refusal

MAX_AUDIO_SIZE: Final = 16 * 1024 * 1024

# Up to here a copy is kept in memory: most sounds are small, and SD cards wear out.
MAX_SMALL_SIZE: Final = 256 * 1024

_PIECE_SIZE: Final = 256 * 1024


class AudioCopy:
    """Audio that is written once, and then read by several calls.

    What is large is in a temporary file without a name, which takes no memory and goes
    with the last who holds it. All but reading blocks.
    """

    def __init__(self) -> None:
        """Initialize."""
        self._size = 0
        self._small = bytearray()
        self._file: IO[bytes] | None = None

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        self._size += len(piece)
        if self._size > MAX_AUDIO_SIZE:
            raise refusal("audio_too_large")
        try:
            self._append(piece)
        except OSError as err:
            raise refusal("file_unreadable") from err

    def _append(self, piece: bytes) -> None:
        """Add a piece to what is in memory, or to the file."""
        if self._file is None:
            self._small += piece
            if self._size <= MAX_SMALL_SIZE:
                return
            self._file = tempfile.TemporaryFile(buffering=0)
            # A call may go on when whoever asked for it is gone already.
            finalize(self, _close, self._file)
            piece = bytes(self._small)
            self._small.clear()
        # A disk that is nearly full takes a part of it, and does not say a word.
        if self._file.write(piece) != len(piece):
            raise OSError("The disk is full")

    def finish(self, key_if_empty: str) -> Audio:
        """Return what was written, or refuse nothing with a key of its own."""
        if not self._size:
            raise refusal(key_if_empty)
        if self._file is None:
            return Audio.from_bytes(bytes(self._small))
        return Audio(size=self._size, read=self._read)

    async def _read(self, offset: int, length: int) -> bytes | bytearray:
        """Read at a place of one's own, since several calls may read at once."""
        assert self._file
        descriptor = self._file.fileno()
        if cached := _read_cached(descriptor, length, offset):
            return cached
        piece = await asyncio.get_running_loop().run_in_executor(
            None, os.pread, descriptor, length, offset
        )
        if len(piece) != length:
            raise OSError("The copy is not complete")
        return piece


def copy_file(path: Path) -> Audio:
    """Return a file as it is now; blocks.

    Raises ServiceValidationError where it cannot be sent.
    """
    try:
        with open(path, "rb", buffering=0, opener=_open) as source:
            before = os.fstat(source.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise refusal("file_unreadable")
            if before.st_size > MAX_AUDIO_SIZE:
                raise refusal("audio_too_large")
            copy = AudioCopy()
            while piece := source.read(_PIECE_SIZE):
                copy.write(piece)
            after = os.fstat(source.fileno())
    except FileNotFoundError:
        raise refusal("file_not_found") from None
    except IsADirectoryError:
        raise refusal("media_is_folder") from None
    except (OSError, ValueError) as err:
        # ValueError is for a name that no file can have.
        raise refusal("file_unreadable") from err
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise refusal("file_changed")
    return copy.finish("empty_file")


def _open(path: str, flags: int) -> int:
    """Open what may turn out to be a pipe, without waiting for who writes to it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _read_cached(descriptor: int, length: int, offset: int) -> bytearray | None:
    """Read what the kernel has in memory, as nearly always; nothing is waited for."""
    if not hasattr(os, "RWF_NOWAIT"):
        return None
    piece = bytearray(length)
    try:
        size = os.preadv(descriptor, [piece], offset, os.RWF_NOWAIT)
    except OSError:
        return None
    return piece if size == length else None


def _close(file: IO[bytes]) -> None:
    """Close a file beside the event loop: removing what is large takes its time."""
    try:
        asyncio.get_running_loop().run_in_executor(None, file.close)
    except RuntimeError:
        # This is no event loop, or one that ends.
        file.close()

"""Private copies of audio, which stay the same while they are sent."""

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

# Bytes up to which a copy stays in memory: most sounds are small, and SD cards wear out.
MAX_SMALL_SIZE: Final = 256 * 1024

_PIECE_SIZE: Final = 256 * 1024


class AudioCopy:
    """Audio that is written once and then read by several calls.

    A large copy is a temporary file without a name, which takes no memory and is removed
    with its last reader. Writing blocks, reading does not.
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
            # A call may outlive the action that made the copy.
            finalize(self, _close, self._file)
            piece = bytes(self._small)
            self._small.clear()
        # A disk that is nearly full takes a part of the piece without an error.
        if self._file.write(piece) != len(piece):
            raise OSError("The disk is full")

    def finish(self, key_if_empty: str) -> Audio:
        """Return the audio; raises with the given key where nothing was written."""
        if not self._size:
            raise refusal(key_if_empty)
        if self._file is None:
            return Audio.from_bytes(bytes(self._small))
        return Audio(size=self._size, read=self._read)

    async def _read(self, offset: int, length: int) -> bytes | bytearray:
        """Read at an offset; several calls may read at once."""
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
    """Return a copy of a file; blocks.

    Raises ServiceValidationError where the file cannot be sent.
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
        # A name that no file can have raises ValueError.
        raise refusal("file_unreadable") from err
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise refusal("file_changed")
    return copy.finish("empty_file")


def _open(path: str, flags: int) -> int:
    """Open a file without blocking, also where it turns out to be a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def _read_cached(descriptor: int, length: int, offset: int) -> bytearray | None:
    """Read from the kernel's cache, None where the piece is not cached."""
    if not hasattr(os, "RWF_NOWAIT"):
        return None
    piece = bytearray(length)
    try:
        size = os.preadv(descriptor, [piece], offset, os.RWF_NOWAIT)
    except OSError:
        return None
    return piece if size == length else None


def _close(file: IO[bytes]) -> None:
    """Close a file in a thread, because removing a large file takes long."""
    try:
        asyncio.get_running_loop().run_in_executor(None, file.close)
    except RuntimeError:
        # There is no running event loop.
        file.close()

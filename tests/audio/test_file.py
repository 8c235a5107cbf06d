"""Tests of the copies of audio files."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
import os
from pathlib import Path
import tempfile
import threading
from unittest.mock import Mock

from hypothesis import HealthCheck, assume, given, settings, strategies as st
import pytest

from homeassistant.exceptions import ServiceValidationError

from custom_components.ryze.api import Audio
from custom_components.ryze.audio import file as audio_file
from custom_components.ryze.audio.file import (
    MAX_AUDIO_SIZE,
    MAX_SMALL_SIZE,
    AudioCopy,
    copy_file,
)
from tests.helpers.audio_calls import open_files
from tests.helpers.audio_files import LARGE, refusal_of, whole
from tests.helpers.common import until

pytestmark = pytest.mark.usefixtures("checked_copies")


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> int:
    """Return a limit that is quickly reached."""
    monkeypatch.setattr(audio_file, "MAX_AUDIO_SIZE", 1000)
    return 1000


# Copies of files.


@pytest.mark.parametrize(
    ("size", "files"),
    [
        (1, 0),
        (1000, 0),
        (MAX_SMALL_SIZE, 0),
        (MAX_SMALL_SIZE + 1, 1),
        (MAX_SMALL_SIZE * 2, 1),
        (600_000, 1),
    ],
)
async def test_copy(alarm: Path, tmp_path: Path, size: int, files: int) -> None:
    """A copy has the bytes of the file; a small one is kept in memory."""
    os.truncate(alarm, size)
    audio = copy_file(alarm)
    assert len(open_files(tmp_path)) == files
    assert audio.size == size
    assert await whole(audio) == LARGE[:size]


async def test_concurrent_reads(alarm: Path) -> None:
    """Several tasks can read any parts of a copy at the same time."""
    audio = copy_file(alarm)
    places = [(0, 10), (599_990, 10), (300_000, 100_000), (5, 1), (0, 600_000)]
    parts = await asyncio.gather(*(audio.read(*place) for place in places))
    assert parts == [LARGE[start : start + length] for start, length in places]


async def test_symlink(alarm: Path, tmp_path: Path) -> None:
    """The target of a symbolic link is copied."""
    link = tmp_path / "link.mp3"
    link.symlink_to(alarm)
    assert await whole(copy_file(link)) == LARGE


@pytest.mark.parametrize(
    "change",
    [
        Path.unlink,
        lambda path: path.write_bytes(b"other"),
        lambda path: os.truncate(path, 0),
    ],
    ids=["removed", "overwritten", "emptied"],
)
async def test_file_changes_later(
    alarm: Path, change: Callable[[Path], object]
) -> None:
    """A copy does not change when the file is changed or removed later."""
    audio = copy_file(alarm)
    change(alarm)
    assert await whole(audio) == LARGE


async def test_lifetime_of_a_copy(alarm: Path, tmp_path: Path) -> None:
    """A copy exists as long as something can read it, and no longer."""
    audio: Audio | None = copy_file(alarm)
    assert audio
    read = audio.read
    audio = None
    assert len(open_files(tmp_path)) == 1
    assert await read(0, 3) == b"ID3"
    del read
    await until(lambda: not open_files(tmp_path))


async def test_read_beyond_the_end(alarm: Path) -> None:
    """A read beyond the end of a copy is an error, and not a shorter result."""
    audio = copy_file(alarm)
    with pytest.raises(OSError, match="not complete"):
        await audio.read(1, audio.size)


async def test_event_loop_is_not_blocked(
    alarm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that the kernel has not cached are read in a thread."""
    threads: list[int] = []
    pread = os.pread
    absent = Mock(side_effect=BlockingIOError)
    monkeypatch.setattr(os, "preadv", absent)

    def read(descriptor: int, length: int, offset: int) -> bytes:
        threads.append(threading.get_ident())
        return pread(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", read)
    assert await whole(copy_file(alarm)) == LARGE
    assert len(threads) == 1
    assert threads != [threading.get_ident()]


# The limit.


def test_limit() -> None:
    """The limit is that of RyzeAPI, 16 MiB."""
    assert MAX_AUDIO_SIZE == 16 * 1024 * 1024


async def test_file_of_the_largest_size(alarm: Path) -> None:
    """A file of exactly the largest size can be copied."""
    os.truncate(alarm, MAX_AUDIO_SIZE)
    audio = copy_file(alarm)
    assert audio.size == MAX_AUDIO_SIZE
    assert await audio.read(MAX_AUDIO_SIZE - 5, 5) == bytes(5)


def test_too_large(alarm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is one byte too large is refused before it is read."""
    os.truncate(alarm, MAX_AUDIO_SIZE + 1)
    monkeypatch.delattr(tempfile, "TemporaryFile")
    assert refusal_of(alarm) == "audio_too_large"


async def test_limit_of_pieces(limit: int) -> None:
    """Audio that comes in pieces is refused as soon as it is too large."""
    copy = AudioCopy()
    copy.write(bytes(limit - 1))
    copy.write(b"1")
    assert await whole(copy.finish("empty_file")) == bytes(limit - 1) + b"1"
    with pytest.raises(ServiceValidationError) as caught:
        copy.write(b"1")
    assert caught.value.translation_key == "audio_too_large"


@given(
    data=st.binary(max_size=300),
    cuts=st.lists(st.integers(0, 300), max_size=6),
    small=st.integers(0, 300),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_pieces(
    monkeypatch: pytest.MonkeyPatch, data: bytes, cuts: list[int], small: int
) -> None:
    """A copy is complete however it was cut, in memory or on disk."""
    monkeypatch.setattr(audio_file, "MAX_SMALL_SIZE", small)
    assume(data)
    copy = AudioCopy()
    for start, end in pairwise([0, *sorted(cuts), 300]):
        copy.write(data[start:end])
    audio = copy.finish("empty_file")
    assert audio.size == len(data)
    assert await whole(audio) == data
    assert await audio.read(1, len(data) - 1) == data[1:]


def test_nothing_written() -> None:
    """A copy without any bytes is refused."""
    copy = AudioCopy()
    copy.write(b"")
    with pytest.raises(ServiceValidationError) as caught:
        copy.finish("empty_speech")
    assert caught.value.translation_key == "empty_speech"

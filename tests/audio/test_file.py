"""Tests of the copies of audio files."""

import asyncio
from collections.abc import Callable, Iterator
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
from tests.helpers.audio_files import LARGE, copies_below, refusal_of, whole
from tests.helpers.common import until


@pytest.fixture(autouse=True)
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of the copies; in the end none is left, with a name or open."""
    with copies_below(tmp_path, monkeypatch) as folder:
        yield folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file."""
    path = tmp_path / "alarm.mp3"
    path.write_bytes(LARGE)
    return path


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> int:
    """Return a limit that is quickly reached."""
    monkeypatch.setattr(audio_file, "MAX_AUDIO_SIZE", 1000)
    return 1000


# Files that can be sent.


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
async def test_copy(path: Path, tmp_path: Path, size: int, files: int) -> None:
    """A copy has what the file has; a small one needs no file of its own."""
    os.truncate(path, size)
    audio = copy_file(path)
    assert len(open_files(tmp_path)) == files
    assert audio.size == size
    assert await whole(audio) == LARGE[:size]


async def test_parts(path: Path) -> None:
    """Several can read at the same time, each where it likes."""
    audio = copy_file(path)
    places = [(0, 10), (599_990, 10), (300_000, 100_000), (5, 1), (0, 600_000)]
    parts = await asyncio.gather(*(audio.read(*place) for place in places))
    assert parts == [LARGE[start : start + length] for start, length in places]


async def test_symlink(path: Path, tmp_path: Path) -> None:
    """What a link leads to is copied."""
    link = tmp_path / "link.mp3"
    link.symlink_to(path)
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
async def test_independent(path: Path, change: Callable[[Path], object]) -> None:
    """What becomes of the file later makes no difference."""
    audio = copy_file(path)
    change(path)
    assert await whole(audio) == LARGE


async def test_held_by_what_reads(path: Path, tmp_path: Path) -> None:
    """A copy lasts as long as somebody can read it, and no longer."""
    audio: Audio | None = copy_file(path)
    assert audio
    read = audio.read
    audio = None
    assert len(open_files(tmp_path)) == 1
    assert await read(0, 3) == b"ID3"
    del read
    await until(lambda: not open_files(tmp_path))


async def test_incomplete_copy(path: Path) -> None:
    """What cannot be read as it was asked for is an error, and not less of it."""
    audio = copy_file(path)
    with pytest.raises(OSError, match="not complete"):
        await audio.read(1, audio.size)


async def test_event_loop_is_not_blocked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the kernel does not have in memory is read beside the event loop."""
    threads: list[int] = []
    pread = os.pread
    absent = Mock(side_effect=BlockingIOError)
    monkeypatch.setattr(os, "preadv", absent)

    def read(descriptor: int, length: int, offset: int) -> bytes:
        threads.append(threading.get_ident())
        return pread(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", read)
    assert await whole(copy_file(path)) == LARGE
    assert len(threads) == 1
    assert threads != [threading.get_ident()]


# The limit.


def test_limit() -> None:
    """The limit is that of the API."""
    assert MAX_AUDIO_SIZE == 16 * 1024 * 1024


async def test_largest(path: Path) -> None:
    """The limit itself is allowed, with a real file."""
    os.truncate(path, MAX_AUDIO_SIZE)
    audio = copy_file(path)
    assert audio.size == MAX_AUDIO_SIZE
    assert await audio.read(MAX_AUDIO_SIZE - 5, 5) == bytes(5)


def test_too_large(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more is refused, before anything is read."""
    os.truncate(path, MAX_AUDIO_SIZE + 1)
    monkeypatch.delattr(tempfile, "TemporaryFile")
    assert refusal_of(path) == "audio_too_large"


async def test_limit_of_pieces(limit: int) -> None:
    """What comes in pieces is counted as it comes."""
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
    """However it comes, and wherever it is kept, a copy is the whole."""
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
    """A copy of nothing is none."""
    copy = AudioCopy()
    copy.write(b"")
    with pytest.raises(ServiceValidationError) as caught:
        copy.finish("empty_speech")
    assert caught.value.translation_key == "empty_speech"

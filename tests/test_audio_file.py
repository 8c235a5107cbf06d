"""Tests of the copies of audio files."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
import os
from pathlib import Path
import resource
import socket
import tempfile
import threading
import time
from unittest.mock import Mock

from hypothesis import HealthCheck, assume, given, settings, strategies as st
import pytest

from homeassistant.exceptions import ServiceValidationError

from .audio_calls import open_files, sound
from .common import until
from custom_components.ryze import audio_file
from custom_components.ryze.api import Audio
from custom_components.ryze.audio_file import (
    MAX_AUDIO_SIZE,
    MAX_SMALL_SIZE,
    AudioCopy,
    copy_file,
)

LARGE = sound(600_000)
"""More than one piece of a file, and more than is kept in memory."""


@pytest.fixture(autouse=True)
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of the copies; in the end none is left, with a name or open."""
    folder = tmp_path / "copies"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    # They are closed beside the event loop.
    deadline = time.monotonic() + 5
    while open_files(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert open_files(tmp_path) == []
    assert list(folder.iterdir()) == []


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


async def whole(audio: Audio) -> bytes:
    """Return all of the audio."""
    return bytes(await audio.read(0, audio.size))


def refusal_of(path: Path) -> str | None:
    """Return why a file cannot be copied."""
    with pytest.raises(ServiceValidationError) as caught:
        copy_file(path)
    return caught.value.translation_key


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


# Files that cannot be sent.


def make_socket(path: Path) -> None:
    """Put a socket there."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda path: None, "file_not_found"),
        (Path.touch, "empty_file"),
        (Path.mkdir, "media_is_folder"),
        # Nobody writes to it, so that reading it would never end.
        (os.mkfifo, "file_unreadable"),
        (make_socket, "file_unreadable"),
        (lambda path: path.symlink_to("gone.mp3"), "file_not_found"),
        (lambda path: path.symlink_to("x.mp3"), "file_unreadable"),
        (lambda path: path.symlink_to("."), "media_is_folder"),
        (lambda path: path.symlink_to("/dev/zero"), "file_unreadable"),
        (lambda path: path.symlink_to("/proc/self/mem"), "file_unreadable"),
    ],
    ids=[
        *("missing", "empty", "folder", "pipe", "socket"),
        *("link to nothing", "link to itself", "link to folder"),
        *("device without end", "reading fails"),
    ],
)
@pytest.mark.timeout(10)
def test_no_file(
    tmp_path: Path, make: Callable[[Path], object], key: str, socket_enabled: None
) -> None:
    """What is no ordinary file is refused, and never waited for."""
    make(tmp_path / "x.mp3")
    assert refusal_of(tmp_path / "x.mp3") == key


@pytest.mark.timeout(10)
def test_pipe_in_use(tmp_path: Path) -> None:
    """A pipe that somebody writes to is refused as well."""
    pipe = tmp_path / "x.mp3"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    os.write(writer, sound())
    assert refusal_of(pipe) == "file_unreadable"
    os.close(writer)


def test_below_a_file(path: Path) -> None:
    """A path through a file leads nowhere."""
    assert refusal_of(path / "x.mp3") == "file_unreadable"


@pytest.mark.parametrize("name", ["x" * 300, "x\0", "\ud800"], ids=ascii)
def test_impossible_name(tmp_path: Path, name: str) -> None:
    """A name that no file can have is no mistake of ours."""
    assert refusal_of(tmp_path / f"{name}.mp3") == "file_unreadable"


# Files that change while they are read.


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return what has something happen after the first piece was read."""
    write = AudioCopy.write

    def set_up(action: Callable[[], object]) -> None:
        actions = [action]

        def write_and_act(copy: AudioCopy, piece: bytes) -> None:
            write(copy, piece)
            while actions:
                actions.pop()()

        monkeypatch.setattr(AudioCopy, "write", write_and_act)

    return set_up


def append(path: Path) -> None:
    """Add to a file."""
    with path.open("ab") as file:
        file.write(b"more")


def rewrite(path: Path) -> None:
    """Change a file without changing its size; some clocks are slow to notice."""
    path.write_bytes(LARGE[::-1])
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (append, "file_changed"),
        (rewrite, "file_changed"),
        (lambda path: os.truncate(path, 300_000), "file_changed"),
        (lambda path: os.truncate(path, 0), "file_changed"),
        (lambda path: os.utime(path, ns=(0, 0)), "file_changed"),
        (lambda path: os.truncate(path, MAX_AUDIO_SIZE * 2), "audio_too_large"),
    ],
    ids=["grows", "rewritten", "shrinks", "emptied", "touched", "grows too large"],
)
def test_changes(
    path: Path,
    during: Callable[[Callable[[], object]], None],
    change: Callable[[Path], object],
    key: str,
) -> None:
    """A file that is being written is not sent, since nobody knows what it has."""
    during(lambda: change(path))
    assert refusal_of(path) == key


@pytest.mark.parametrize("action", ["removed", "replaced"])
async def test_goes_while_read(
    path: Path,
    tmp_path: Path,
    during: Callable[[Callable[[], object]], None],
    action: str,
) -> None:
    """A file that is removed or replaced has been read as it was."""
    other = tmp_path / "new.mp3"
    other.write_bytes(b"other")
    actions: dict[str, Callable[[], object]] = {
        "removed": path.unlink,
        "replaced": lambda: other.replace(path),
    }
    during(actions[action])
    assert await whole(copy_file(path)) == LARGE


# No room for the copy.


@contextmanager
def room(size: int) -> Iterator[None]:
    """Let no file of this process grow larger, as on a disk that is nearly full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


# The last piece of the file begins at 524288: what is left for it is nothing, or not
# enough, in which case the system writes a part of it and tells how much.
@pytest.mark.parametrize("size", [0, 100_000, 262_144, 300_000, 524_288, 599_999])
def test_no_room(path: Path, size: int) -> None:
    """Half a copy is none, and the phone does not ring for it."""
    with room(size):
        assert refusal_of(path) == "file_unreadable"


async def test_just_enough_room(path: Path) -> None:
    """A copy that fits is whole."""
    with room(len(LARGE)):
        audio = copy_file(path)
    assert await whole(audio) == LARGE


async def test_small_needs_no_room(path: Path) -> None:
    """What is small can be copied where nothing can be written."""
    os.truncate(path, MAX_SMALL_SIZE)
    with room(0):
        audio = copy_file(path)
    assert await whole(audio) == LARGE[:MAX_SMALL_SIZE]


def test_nowhere_to_put_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not the file that is missing."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert refusal_of(path) == "file_unreadable"


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

"""Tests of audio files that are none, that change, or for which there is no room."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import os
from pathlib import Path
import resource
import socket
import tempfile

import pytest

from custom_components.ryze.audio.file import (
    MAX_AUDIO_SIZE,
    MAX_SMALL_SIZE,
    AudioCopy,
    copy_file,
)
from tests.helpers.audio_calls import sound
from tests.helpers.audio_files import LARGE, copies_below, refusal_of, whole


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

"""Tests of audio files that cannot be copied."""

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
from tests.helpers.audio_files import LARGE, refusal_of, whole

pytestmark = pytest.mark.usefixtures("checked_copies")


# Paths that lead to no ordinary file.


def make_socket(path: Path) -> None:
    """Create a socket at a path."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda path: None, "file_not_found"),
        (Path.touch, "empty_file"),
        (Path.mkdir, "media_is_folder"),
        # Nothing writes to the pipe, so a read would never end.
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
def test_no_ordinary_file(
    tmp_path: Path, make: Callable[[Path], object], key: str, socket_enabled: None
) -> None:
    """A path that leads to no ordinary file is refused, and never waited for."""
    make(tmp_path / "x.mp3")
    assert refusal_of(tmp_path / "x.mp3") == key


def test_pipe_in_use(tmp_path: Path) -> None:
    """A pipe is refused also while something writes to it."""
    pipe = tmp_path / "x.mp3"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    os.write(writer, sound())
    assert refusal_of(pipe) == "file_unreadable"
    os.close(writer)


def test_path_through_a_file(alarm: Path) -> None:
    """A path that leads through a file is refused."""
    assert refusal_of(alarm / "x.mp3") == "file_unreadable"


@pytest.mark.parametrize("name", ["x" * 300, "x\0", "\ud800"], ids=ascii)
def test_impossible_name(tmp_path: Path, name: str) -> None:
    """A name that no file can have is refused."""
    assert refusal_of(tmp_path / f"{name}.mp3") == "file_unreadable"


# Files that change while they are read.


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return a function that runs an action after the first piece was read."""
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
    """Add bytes to a file."""
    with path.open("ab") as file:
        file.write(b"more")


def rewrite(path: Path) -> None:
    """Change the bytes of a file and its time, but not its size."""
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
def test_file_changes_while_it_is_read(
    alarm: Path,
    during: Callable[[Callable[[], object]], None],
    change: Callable[[Path], object],
    key: str,
) -> None:
    """A file that changes while it is read is refused."""
    during(lambda: change(alarm))
    assert refusal_of(alarm) == key


@pytest.mark.parametrize("action", ["removed", "replaced"])
async def test_file_goes_while_it_is_read(
    alarm: Path,
    tmp_path: Path,
    during: Callable[[Callable[[], object]], None],
    action: str,
) -> None:
    """A file that is removed or replaced while it is read is copied as it was."""
    other = tmp_path / "new.mp3"
    other.write_bytes(b"other")
    actions: dict[str, Callable[[], object]] = {
        "removed": alarm.unlink,
        "replaced": lambda: other.replace(alarm),
    }
    during(actions[action])
    assert await whole(copy_file(alarm)) == LARGE


# No room for the copy.


@contextmanager
def room(size: int) -> Iterator[None]:
    """Limit the size of this process's files, as if the disk was nearly full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


# The last piece of the file begins at 524288. If there is some room for it, but not
# enough, the system writes a part of it and returns the size of that part.
@pytest.mark.parametrize("size", [0, 100_000, 262_144, 300_000, 524_288, 599_999])
def test_no_room(alarm: Path, size: int) -> None:
    """A copy for which there is too little room on the disk is refused."""
    with room(size):
        assert refusal_of(alarm) == "file_unreadable"


async def test_just_enough_room(alarm: Path) -> None:
    """A copy that fills the disk exactly is complete."""
    with room(len(LARGE)):
        audio = copy_file(alarm)
    assert await whole(audio) == LARGE


async def test_small_file_without_room(alarm: Path) -> None:
    """A small file can be copied although the disk is full."""
    os.truncate(alarm, MAX_SMALL_SIZE)
    with room(0):
        audio = copy_file(alarm)
    assert await whole(audio) == LARGE[:MAX_SMALL_SIZE]


def test_no_folder_for_the_copy(
    alarm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing folder for copies is not reported as a missing file."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert refusal_of(alarm) == "file_unreadable"

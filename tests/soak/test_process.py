"""Tests of measuring a process."""

import os
from pathlib import Path
import socket
import struct
from threading import Event, Thread

from .process import MIB, handles, look


def test_memory() -> None:
    """Memory is in MiB, and a block that a process has filled counts as private."""
    before = look(os.getpid())
    block = bytearray(os.urandom(MIB)) * 64
    after = look(os.getpid())
    assert len(block) == 64 * MIB
    for key in ("rss", "pss", "private"):
        assert 60 < after[key] - before[key] < 80


def test_threads() -> None:
    """A thread is counted until it has ended."""
    before = look(os.getpid())["threads"]
    done = Event()
    thread = Thread(target=done.wait)
    thread.start()
    assert look(os.getpid())["threads"] == before + 1
    done.set()
    thread.join()
    assert look(os.getpid())["threads"] == before


def test_handles() -> None:
    """Sockets and other files are counted apart."""
    targets = ["socket:[1]", "socket:[22]", "/dev/null", "pipe:[3]", "/x (deleted)"]
    assert handles(targets) == {"sockets": 2, "files": 3}


def test_this_process(socket_enabled: None, tmp_path: Path) -> None:
    """A socket and a file are counted while this process has them open."""
    before = look(os.getpid())
    with socket.socket(), (tmp_path / "file").open("w"):
        after = look(os.getpid())
    assert after["sockets"] == before["sockets"] + 1
    assert after["files"] == before["files"] + 1
    assert after["threads"] == before["threads"]
    assert 0 < after["private"] <= after["pss"] <= after["rss"]


def test_reset_socket(socket_enabled: None) -> None:
    """A socket that was reset by the other side is counted until it is closed."""
    before = look(os.getpid())["sockets"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()):
            other, _ = server.accept()
            # With this option closing the socket sends a reset.
            linger = struct.pack("ii", 1, 0)
            other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            other.close()
            assert look(os.getpid())["sockets"] == before + 2
        assert look(os.getpid())["sockets"] == before + 1

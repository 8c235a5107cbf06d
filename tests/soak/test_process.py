"""Tests of reading what the kernel says of a process."""

import os
from pathlib import Path
import socket

import pytest

from .process import handles, look, memory, threads

SMAPS_ROLLUP = """\
5597d2c00000-7ffd3c1f5000 ---p 00000000 00:00 0                    [rollup]
Rss:              262144 kB
Pss:              233472 kB
Pss_Dirty:        204800 kB
Shared_Clean:      34816 kB
Private_Clean:      2048 kB
Private_Dirty:    204800 kB
"""
STATUS = "Name:\tpython\nPid:\t42\nThreads:\t12\nSigQ:\t0/95\n"


def test_memory() -> None:
    """Sizes are in MiB, and private is what is dirty and what is not."""
    assert memory(SMAPS_ROLLUP) == {"rss": 256, "pss": 228, "private": 202}


def test_threads() -> None:
    """The number of threads stands among much else."""
    assert threads(STATUS) == 12
    with pytest.raises(LookupError):
        threads("Name:\tpython\n")


def test_handles() -> None:
    """Sockets are told from other files."""
    targets = ["socket:[1]", "socket:[22]", "/dev/null", "pipe:[3]", "/x (deleted)"]
    assert handles(targets) == {"sockets": 2, "files": 3}


def test_this_process(socket_enabled: None, tmp_path: Path) -> None:
    """A process that runs is seen with what it opens."""
    before = look(os.getpid())
    with socket.socket(), (tmp_path / "file").open("w"):
        after = look(os.getpid())
    assert after["sockets"] == before["sockets"] + 1
    assert after["files"] == before["files"] + 1
    assert after["threads"] == before["threads"]
    assert 0 < after["private"] <= after["pss"] <= after["rss"]

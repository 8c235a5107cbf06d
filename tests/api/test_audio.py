"""Tests of audio while it is sent to RyzeAPI."""

import asyncio
from asyncio import Event
from base64 import b64encode

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.ryze.api import (
    Audio,
    RyzeClient,
    RyzeOutcomeUnknownError,
    audio as audio_module,
)
from custom_components.ryze.api.audio import PIECE_SIZE, READ_SIZE
from tests.helpers.const import MARIA
from tests.simulator import Fault, FaultKind, Simulator
from tests.simulator.chime import chime


class Disk:
    """Bytes that are read in pieces, with an error if wanted."""

    def __init__(self, data: bytes, error: Exception | None = None) -> None:
        """Hold bytes; the error is raised for every read but the first."""
        self.data = data
        self.error = error
        self.reads: list[tuple[int, int]] = []
        self.audio = Audio(size=len(data), read=self.read)

    async def read(self, offset: int, length: int) -> bytes:
        """Return some of the bytes, after other tasks had a turn."""
        self.reads.append((offset, length))
        await asyncio.sleep(0)
        if offset and self.error:
            raise self.error
        return self.data[offset : offset + length]


def some(size: int) -> bytes:
    """Return bytes that the simulator takes for audio, no two pieces of them alike."""
    counted = b"".join(b"%08d" % number for number in range(size // 8 + 1))
    return (chime()[:44] + counted)[:size]


@pytest.mark.parametrize(
    ("size", "reads"),
    [
        (0, []),
        (1, [(0, 1)]),
        (2, [(0, 2)]),
        (3, [(0, 3)]),
        (PIECE_SIZE - 1, [(0, PIECE_SIZE - 1)]),
        (PIECE_SIZE, [(0, PIECE_SIZE)]),
        (PIECE_SIZE + 1, [(0, PIECE_SIZE + 1)]),
        (READ_SIZE, [(0, READ_SIZE)]),
        (READ_SIZE + 1, [(0, READ_SIZE), (READ_SIZE, 1)]),
        (
            READ_SIZE * 2 + PIECE_SIZE + 2,
            [(0, READ_SIZE), (READ_SIZE, READ_SIZE), (READ_SIZE * 2, PIECE_SIZE + 2)],
        ),
    ],
)
async def test_pieces(size: int, reads: list[tuple[int, int]]) -> None:
    """Audio is read once and in order, in pieces of a limited size."""
    disk = Disk(some(size))
    pieces = [piece async for piece in disk.audio.base64()]
    assert b"".join(pieces) == b64encode(disk.data)
    assert disk.audio.base64_size == sum(len(piece) for piece in pieces)
    assert disk.reads == reads
    assert all(0 < len(piece) <= PIECE_SIZE * 4 / 3 for piece in pieces)


@given(data=st.binary(max_size=200), thirds=st.integers(1, 70), times=st.integers(1, 5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_audio(
    monkeypatch: pytest.MonkeyPatch, data: bytes, thirds: int, times: int
) -> None:
    """The base64 is that of the whole however it is cut, with the announced length."""
    monkeypatch.setattr(audio_module, "PIECE_SIZE", thirds * 3)
    monkeypatch.setattr(audio_module, "READ_SIZE", thirds * 3 * times)
    for audio in (Audio.from_bytes(data), Disk(data).audio):
        joined = b"".join([piece async for piece in audio.base64()])
        assert joined == b64encode(data)
        assert (audio.size, audio.base64_size) == (len(data), len(joined))


def test_size_of_pieces() -> None:
    """The base64 of a piece has no padding, so that the next piece can follow."""
    assert PIECE_SIZE % 3 == 0
    assert READ_SIZE % PIECE_SIZE == 0


async def test_nothing_is_read_ahead() -> None:
    """A piece is read only after the one before was taken."""
    disk = Disk(some(READ_SIZE * 2))
    pieces = disk.audio.base64()
    assert disk.reads == []
    for _ in range(READ_SIZE // PIECE_SIZE):
        await anext(pieces)
        assert len(disk.reads) == 1
    await anext(pieces)
    assert len(disk.reads) == 2


async def test_others_have_their_turn() -> None:
    """Other tasks have turns while audio in memory is encoded."""
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(take_turns())
    pieces = [piece async for piece in Audio.from_bytes(bytes(READ_SIZE * 5)).base64()]
    task.cancel()
    assert len(pieces) == 5 * READ_SIZE // PIECE_SIZE
    assert turns >= 5


async def test_several_readers() -> None:
    """Each request reads the audio from its beginning, also at the same time."""
    data = some(READ_SIZE * 2 + 5)
    audio = Disk(data).audio

    async def joined() -> bytes:
        return b"".join([piece async for piece in audio.base64()])

    one, other = await asyncio.gather(joined(), joined())
    assert one == other == b64encode(data)
    assert await joined() == b64encode(data)


async def test_from_bytes() -> None:
    """Audio in memory can be read at any position."""
    audio = Audio.from_bytes(b"0123456789")
    assert audio.size == 10
    assert await audio.read(0, 10) == b"0123456789"
    assert await audio.read(4, 3) == b"456"


async def test_audio_of_the_largest_size(
    simulator: Simulator, client: RyzeClient
) -> None:
    """Audio of the largest size is sent, with little of it in memory at a time."""
    disk = Disk(some(16 * 1024 * 1024))
    await client.audio_call("home", MARIA, disk.audio, Event())
    assert simulator.calls[0].audio == disk.data
    assert max(length for _, length in disk.reads) == READ_SIZE


async def test_repeated_request(
    simulator: Simulator, client: RyzeClient, quick_retries: None
) -> None:
    """A repeated request sends the whole audio again."""
    fault = Fault(
        FaultKind.STATUS,
        status=429,
        headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"},
    )
    simulator.inject(fault)
    disk = Disk(some(READ_SIZE + 5))
    await client.audio_call("home", MARIA, disk.audio, Event())
    assert [request.status for request in simulator.requests] == [429, 200]
    assert simulator.calls[0].audio == disk.data
    assert disk.reads == [(0, READ_SIZE), (READ_SIZE, 5)] * 2


@pytest.mark.parametrize(
    "error", [OSError("gone"), ValueError("nonsense"), RuntimeError("stopped")]
)
async def test_read_fails(
    simulator: Simulator, client: RyzeClient, quick_retries: None, error: Exception
) -> None:
    """A read error ends the call, which is not repeated."""
    disk = Disk(some(READ_SIZE * 3), error)
    with pytest.raises(RyzeOutcomeUnknownError):
        await client.audio_call("home", MARIA, disk.audio, Event())
    assert disk.reads == [(0, READ_SIZE), (READ_SIZE, READ_SIZE)]
    assert simulator.calls == []
    assert simulator.rings(MARIA) == 0
    assert len(simulator.requests) <= 1

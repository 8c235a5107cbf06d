"""Audio on its way to RyzeAPI."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

# Divisible by three, so that the pieces' base64 is the base64 of the whole. Few reads
# are quicker, small pieces let others have their turn: docs/performance.md.
PIECE_SIZE: Final = 96 * 1024
READ_SIZE: Final = 4 * PIECE_SIZE


@dataclass(frozen=True, kw_only=True, eq=False)
class Audio:
    """Audio of a known size in bytes, which is read piece by piece, by each call anew.

    `read` takes an offset and a length, and returns just so many bytes or raises.
    """

    size: int
    read: Callable[[int, int], Awaitable[bytes | bytearray]]

    @classmethod
    def from_bytes(cls, data: bytes) -> Audio:
        """Return audio that is in memory already."""

        async def read(offset: int, length: int) -> bytes:
            return data[offset : offset + length]

        return cls(size=len(data), read=read)

    @property
    def base64_size(self) -> int:
        """Return how long its base64 is."""
        return (self.size + 2) // 3 * 4

    async def base64(self) -> AsyncIterator[bytes]:
        """Return its base64 in pieces."""
        for offset in range(0, self.size, READ_SIZE):
            length = min(READ_SIZE, self.size - offset)
            data = memoryview(await self.read(offset, length))
            # What is in memory, and a socket that takes it all, would let nobody in.
            await asyncio.sleep(0)
            for start in range(0, length, PIECE_SIZE):
                yield b64encode(data[start : start + PIECE_SIZE])

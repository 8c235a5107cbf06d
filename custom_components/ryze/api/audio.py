"""Audio in the form in which requests carry it."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

# The size is divisible by three, so that the base64 of the pieces is the base64 of the
# whole. Large reads are quicker; small pieces keep the event loop responsive. The
# sizes were measured: docs/performance.md.
PIECE_SIZE: Final = 96 * 1024
READ_SIZE: Final = 4 * PIECE_SIZE


@dataclass(frozen=True, kw_only=True, eq=False)
class Audio:
    """Audio of a known size in bytes; each call reads it anew, piece by piece.

    `read` takes an offset and a length, and returns that many bytes or raises.
    """

    size: int
    read: Callable[[int, int], Awaitable[bytes | bytearray]]

    @classmethod
    def from_bytes(cls, data: bytes) -> Audio:
        """Return audio that is held in memory."""

        async def read(offset: int, length: int) -> bytes:
            return data[offset : offset + length]

        return cls(size=len(data), read=read)

    @property
    def base64_size(self) -> int:
        """Return the length of the base64 in bytes."""
        return (self.size + 2) // 3 * 4

    async def base64(self) -> AsyncIterator[bytes]:
        """Yield the base64 in pieces."""
        for offset in range(0, self.size, READ_SIZE):
            length = min(READ_SIZE, self.size - offset)
            data = memoryview(await self.read(offset, length))
            # Yield to the event loop: neither a read from memory nor a fast socket does.
            await asyncio.sleep(0)
            for start in range(0, length, PIECE_SIZE):
                yield b64encode(data[start : start + PIECE_SIZE])

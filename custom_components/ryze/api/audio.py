"""Audio on its way to RyzeAPI."""

from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

# Divisible by three, so that the pieces' base64 is the base64 of the whole.
PIECE_SIZE: Final = 96 * 1024


@dataclass(frozen=True, kw_only=True, eq=False)
class Audio:
    """Audio of a known size in bytes, which is read piece by piece, by each call anew.

    `read` takes an offset and a length, and returns just so many bytes or raises.
    """

    size: int
    read: Callable[[int, int], Awaitable[bytes]]

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
        for offset in range(0, self.size, PIECE_SIZE):
            length = min(PIECE_SIZE, self.size - offset)
            yield b64encode(await self.read(offset, length))

"""A server that accepts calls like RyzeAPI and only reads them.

The simulator decodes and keeps the audio, which takes several times as long as sending.
This server leaves the sender as the only cost to measure.
"""

import asyncio
from contextlib import AsyncExitStack
from email.utils import formatdate
from itertools import count
import json
import re
import time
from typing import Final, override
from zlib import crc32

from .process import serve
from tests.helpers.const import INSTANCE_TOKEN, MARIA

INSTANCE: Final = "home"

_LENGTH: Final = re.compile(rb"\r\nContent-Length: *([0-9]+)\r\n", re.IGNORECASE)
_CLOSE: Final = re.compile(rb"\r\nConnection: *close\r\n", re.IGNORECASE)
_INSTANCES: Final = {
    "success": True,
    "instances": [
        {"id": "id-home", "name": INSTANCE, "connection": {"state": "connected"}}
    ],
}
_IDS: Final = count()


class Bodies:
    """The sizes and checksums of the bodies, on request."""

    def __init__(self) -> None:
        """Initialize."""
        self.looking = False
        self.seen: list[tuple[int, int]] = []

    async def look(self) -> None:
        """Note the bodies from now on."""
        self.looking = True

    async def take(self) -> list[tuple[int, int]]:
        """Return size and checksum of each noted body, and stop noting."""
        self.looking = False
        seen, self.seen = self.seen, []
        return seen


class Sink(asyncio.BufferedProtocol):
    """A connection, kept open as long as the client wants."""

    def __init__(self, bodies: Bodies) -> None:
        """Initialize."""
        self._bodies = bodies
        self._buffer = memoryview(bytearray(2**20))
        self._transport: asyncio.Transport | None = None
        self._begin()

    def _begin(self) -> None:
        """Prepare for a request."""
        self._head = b""
        self._size = 0
        self._left = 0
        self._checksum = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the answers."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        """Return the same buffer for every read."""
        return self._buffer

    @override
    def buffer_updated(self, nbytes: int) -> None:
        """Count the received bytes."""
        if self._left:
            self._take(self._buffer[:nbytes])
            return
        self._head += self._buffer[:nbytes]
        head, end, body = self._head.partition(b"\r\n\r\n")
        if end:
            length = _LENGTH.search(head + b"\r\n")
            self._size = self._left = int(length[1]) if length else 0
            self._take(memoryview(body))

    def _take(self, data: memoryview) -> None:
        """Count bytes of a body, and answer after the last one."""
        self._left -= len(data)
        if self._bodies.looking:
            self._checksum = crc32(data, self._checksum)
        if not self._left:
            self._answer()

    def _answer(self) -> None:
        """Answer a request, with all the headers of RyzeAPI."""
        assert self._transport
        if INSTANCE_TOKEN.encode() not in self._head:
            self._transport.abort()
            return
        placed = self._head.startswith(b"POST ")
        if placed and self._bodies.looking:
            self._bodies.seen.append((self._size, self._checksum))
        body = json.dumps(_placed() if placed else _INSTANCES).encode()
        closing = bool(_CLOSE.search(self._head))
        headers = {
            "Content-Type": "application/json",
            "Content-Length": len(body),
            "Connection": "close" if closing else "keep-alive",
            "Date": formatdate(usegmt=True),
            "X-RateLimit-Limit": 100,
            "X-RateLimit-Remaining": 99,
            "X-RateLimit-Reset": int(time.time()) + 60,
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._transport.write(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body)
        self._begin()
        if closing:
            self._transport.close()


def _placed() -> dict[str, object]:
    """Return the answer to a call, with a new call id."""
    return {
        "success": True,
        "message": "Call placed successfully",
        "callId": f"3EB0C431{next(_IDS):08X}",
        "number": MARIA,
    }


async def main() -> None:
    """Serve the parent's commands."""
    bodies = Bodies()
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:

        async def listen() -> str:
            """Listen on another port, for connections of one client only."""
            server = await stack.enter_async_context(
                await loop.create_server(lambda: Sink(bodies), "127.0.0.1")
            )
            return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

        await serve({"listen": listen, "look": bodies.look, "bodies": bodies.take})


if __name__ == "__main__":
    asyncio.run(main())

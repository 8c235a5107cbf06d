"""A network that accepts connections and then passes nothing on."""

import asyncio
from typing import Self

_CHUNK = 2**16


class BlackHole:
    """A TCP proxy on loopback that can hold back whatever is sent, in both directions.

    Whatever was held back is passed on once the proxy is open again.
    """

    def __init__(self, upstream_port: int) -> None:
        """Start with an open proxy."""
        self._upstream_port = upstream_port
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""
        self.connections = 0

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, and end all connections."""
        assert self._server
        self._server.close()
        for task in (tasks := tuple(self._tasks)):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def silent(self) -> bool:
        """Return whether nothing is passed on."""
        return not self._open.is_set()

    def swallow(self) -> None:
        """Pass nothing on any more."""
        self._open.clear()

    def open(self) -> None:
        """Pass on everything, and what was held back first."""
        self._open.set()

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Connect the client to the server, until one of them ends."""
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        up_writer: asyncio.StreamWriter | None = None
        try:
            up_reader, up_writer = await asyncio.open_connection(
                "127.0.0.1", self._upstream_port
            )
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(reader, up_writer))
                pumps.create_task(self._pump(up_reader, writer))
        except* OSError:
            pass
        finally:
            for end in (writer, up_writer):
                if end:
                    end.close()
            self._tasks.discard(task)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> None:
        """Pass bytes on in one direction, and then the end of the connection."""
        try:
            while chunk := await source.read(_CHUNK):
                await self._open.wait()
                sink.write(chunk)
                await sink.drain()
            await self._open.wait()
        finally:
            sink.close()

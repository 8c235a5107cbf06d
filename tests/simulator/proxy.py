"""A TCP proxy that breaks connections after a given byte."""

import asyncio
from typing import Self

from .faults import reset

_CHUNK = 2**16


class CuttingProxy:
    """A TCP proxy on loopback that breaks connections after a given number of bytes.

    Exactly that many bytes of a connection are passed on; their receiver reads all of
    them, and then the end of the connection.
    """

    def __init__(self, upstream_port: int) -> None:
        """Prepare a proxy without cuts."""
        self.upstream_port = upstream_port
        self.port = 0
        self.cut_request_after: int | None = None
        self.cut_response_after: int | None = None
        self.request_bytes = 0
        """Bytes from the client in the last connection, including those cut off."""
        self.response_bytes = 0
        """Bytes to the client in the last connection, including those cut off."""
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Return the base URL for clients."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, and break all connections."""
        if self._server is not None:
            self._server.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def reset(self) -> None:
        """Remove the cuts, and count from zero."""
        self.cut_request_after = self.cut_response_after = None
        self.request_bytes = self.response_bytes = self.connections = 0

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.request_bytes = self.response_bytes = 0
        try:
            await self._pass_on(reader, writer)
        finally:
            reset(writer.transport)
            self._tasks.discard(task)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection(
                "127.0.0.1", self.upstream_port
            )
        except OSError:
            return
        pumps = [
            asyncio.create_task(self._pump(reader, up_writer, is_request=True)),
            asyncio.create_task(self._pump(up_reader, writer, is_request=False)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            # A reset would discard bytes that were passed on already.
            for end in (writer, up_writer):
                end.close()
            await asyncio.gather(
                *pumps,
                writer.wait_closed(),
                up_writer.wait_closed(),
                return_exceptions=True,
            )

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        *,
        is_request: bool,
    ) -> None:
        """Pass bytes on in one direction until their end or the cut."""
        passed = 0
        try:
            while chunk := await source.read(_CHUNK):
                limit = (
                    self.cut_request_after if is_request else self.cut_response_after
                )
                allowed = chunk if limit is None else chunk[: max(0, limit - passed)]
                if is_request:
                    self.request_bytes += len(chunk)
                else:
                    self.response_bytes += len(chunk)
                sink.write(allowed)
                await sink.drain()
                passed += len(allowed)
                if limit is not None and passed >= limit:
                    return
        except ConnectionError:
            return

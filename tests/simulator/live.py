"""Live updates: the open WebSockets, and the frames sent through them."""

import asyncio
from collections.abc import Iterable
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from .faults import reset
from .frames import envelope
from .records import WebSocketConfig

if TYPE_CHECKING:
    from .server import Simulator

EVENTS = (
    "message.exchange",
    "message.status",
    "call.update",
    "group.flow",
    "instance.state",
    "label.update",
)

# Seconds between two checks whether a client that gets no answers has left.
_LOOK = 0.02


@dataclass(frozen=True)
class _Close:
    """An item in the queue of frames that closes the socket."""

    code: int


class LiveClient:
    """One open WebSocket."""

    def __init__(
        self, live: Live, request: web.Request, socket: web.WebSocketResponse
    ) -> None:
        """Serve a socket after its handshake."""
        self._live = live
        self._request = request
        self._socket = socket
        self._waiting: asyncio.Queue[str | bytes | _Close] = asyncio.Queue()
        self._heard_at = asyncio.get_running_loop().time()
        self._aborted = asyncio.Event()

    def send(self, item: str | bytes | _Close) -> None:
        """Send a frame after all earlier ones."""
        self._waiting.put_nowait(item)

    def write(self, data: bytes) -> None:
        """Send raw bytes at once, before frames that still wait."""
        transport = self._request.transport
        if transport is not None and not transport.is_closing():
            transport.write(data)

    def abort(self) -> None:
        """Break the connection with a TCP reset."""
        self._aborted.set()
        if self._request.transport is not None:
            reset(self._request.transport)

    async def run(self) -> None:
        """Serve the client until the connection is gone."""
        tasks = [
            asyncio.create_task(self._send_frames()),
            asyncio.create_task(self._ping()),
        ]
        try:
            await self._receive()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _receive(self) -> None:
        """Note PONGs, answer PINGs and the end, and ignore all other messages."""
        while True:
            message = await self._socket.receive()
            match message.type:
                case WSMsgType.PONG:
                    self._heard_at = asyncio.get_running_loop().time()
                case WSMsgType.PING if not self._live.silent:
                    self._live.pings += 1
                    with contextlib.suppress(ConnectionError):
                        await self._socket.pong(message.data)
                case WSMsgType.CLOSE if self._live.silent:
                    # A connection that is half gone confirms no end.
                    await self._until_gone()
                    return
                case WSMsgType.CLOSE:
                    await self._socket.close()
                    return
                case WSMsgType.CLOSING | WSMsgType.CLOSED | WSMsgType.ERROR:
                    return

    async def _until_gone(self) -> None:
        while self._request.transport is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._aborted.wait(), _LOOK)

    async def _send_frames(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                item = await self._waiting.get()
                if isinstance(item, _Close):
                    await self._socket.close(code=item.code)
                elif self._live.silent:
                    continue
                elif isinstance(item, str):
                    await self._socket.send_str(item)
                else:
                    await self._socket.send_bytes(item)

    async def _ping(self) -> None:
        """Send PINGs, and drop a client that answers none of them in time."""
        loop = asyncio.get_running_loop()
        pinged_at = loop.time()
        with contextlib.suppress(ConnectionError):
            while True:
                deadline = self._heard_at + self._live.pong_timeout
                due = min(pinged_at + self._live.ping_interval, deadline)
                await asyncio.sleep(max(_LOOK, due - loop.time()))
                now = loop.time()
                if self._live.silent:
                    # A silent server sends no PINGs, so the client cannot answer any
                    # and must not be dropped.
                    self._heard_at = pinged_at = now
                elif now >= self._heard_at + self._live.pong_timeout:
                    self.abort()
                    return
                elif now >= pinged_at + self._live.ping_interval:
                    await self._socket.ping()
                    pinged_at = now


class Live:
    """The open WebSockets of all instances."""

    def __init__(self, simulator: Simulator) -> None:
        """Start without clients."""
        self.ping_interval = 20.0
        self.pong_timeout = 60.0
        """Seconds without a PONG after which a client is dropped.

        The seconds count from the last PONG, so they must be more than the interval.
        """
        self.silent = False
        """Whether connections are half gone: they stay open, but nothing is sent."""
        self.pings = 0
        """Number of PINGs from clients that were answered."""
        self.writes: list[dict[str, object]] = []
        """All configurations written through the API, oldest first."""
        self._simulator = simulator
        self._clients: dict[str, list[LiveClient]] = {}

    def clients(self, name: str) -> int:
        """Return the number of an instance's open sockets."""
        return len(self._clients.get(name, ()))

    def configure(
        self,
        name: str,
        *,
        enabled: bool = True,
        events: Iterable[str] = (),
        media_base64: bool = False,
    ) -> WebSocketConfig:
        """Set an instance's configuration, or clear all of it when turned off."""
        config = WebSocketConfig()
        if enabled:
            config = WebSocketConfig(enabled, tuple(events), media_base64)
        self._simulator.instances[name].websocket = config
        self._simulator.changed()
        return config

    def emit(self, name: str, event: str, data: object) -> None:
        """Send an event to an instance's clients, if the configuration includes it."""
        if not (clients := self._clients.get(name)):
            return
        instance = self._simulator.instances.get(name)
        config = instance.websocket if instance else None
        if instance is None or config is None or not config.enabled:
            return
        if config.events and event not in config.events:
            return
        text = envelope(instance, self._simulator.url, event, data)
        for client in clients:
            client.send(text)

    def send(self, name: str, frame: str | bytes) -> None:
        """Send any text or binary frame to an instance's clients, configured or not."""
        for client in self._clients.get(name, ()):
            client.send(frame)

    def write(self, name: str, data: bytes) -> None:
        """Send raw bytes, which need not be a frame, at once."""
        for client in self._clients.get(name, ()):
            client.write(data)

    def abort(self, name: str) -> None:
        """Break all of an instance's sockets with a TCP reset."""
        for client in tuple(self._clients.get(name, ())):
            client.abort()

    def close(self, name: str, code: int = 1000) -> None:
        """Close all of an instance's sockets with a CLOSE frame."""
        for client in self._clients.get(name, ()):
            client.send(_Close(code))

    def stop(self) -> None:
        """Break all sockets of all instances."""
        for clients in self._clients.values():
            for client in clients:
                client.abort()
        self._clients.clear()

    async def serve(
        self, name: str, request: web.Request, socket: web.WebSocketResponse
    ) -> None:
        """Send events to a client until the client is gone."""
        client = LiveClient(self, request, socket)
        self._clients.setdefault(name, []).append(client)
        self._simulator.changed()
        try:
            await client.run()
        finally:
            if client in (clients := self._clients.get(name, [])):
                clients.remove(client)
            self._simulator.changed()

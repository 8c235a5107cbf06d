"""Home Assistant's WebSocket API for many commands at the same time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientWebSocketResponse

from tests.demo.home_assistant import HomeAssistant

type OnEvent = Callable[[dict[str, Any]], None]


class Wire:
    """A connection that matches answers to commands, and hands on events."""

    def __init__(self, socket: ClientWebSocketResponse, on_event: OnEvent) -> None:
        """Initialize."""
        self._socket = socket
        self._on_event = on_event
        self._id = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def read(self) -> None:
        """Read messages until the connection ends."""
        async for message in self._socket:
            said = message.json()
            if said["type"] == "event":
                self._on_event(said["event"])
            else:
                self._waiting.pop(said["id"]).set_result(said)
        for answer in self._waiting.values():
            answer.set_exception(
                ConnectionError("Home Assistant closed the connection")
            )

    async def command(self, type: str, **data: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        self._id += 1
        answer = asyncio.get_running_loop().create_future()
        self._waiting[self._id] = answer
        await self._socket.send_json({"id": self._id, "type": type, **data})
        said: dict[str, Any] = await answer
        return said

    async def act(self, action: str, *, respond: bool, **data: Any) -> dict[str, Any]:
        """Run an action."""
        domain, service = action.split(".")
        return await self.command(
            "call_service",
            domain=domain,
            service=service,
            service_data=data,
            return_response=respond,
        )


@asynccontextmanager
async def connected(
    home_assistant: HomeAssistant, on_event: OnEvent
) -> AsyncIterator[Wire]:
    """Open the WebSocket API and read from it."""
    async with home_assistant.websocket() as websocket:
        wire = Wire(websocket._socket, on_event)
        reader = asyncio.create_task(wire.read())
        try:
            yield wire
        finally:
            reader.cancel()

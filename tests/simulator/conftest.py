"""Fixtures and helpers for the tests of the simulator."""

import asyncio
import base64
from collections.abc import AsyncGenerator
import contextlib
import io
import json
from typing import Any
import wave

import aiohttp
import pytest

from . import (
    Simulator,
)
from tests.helpers.common import until

NUMBER = "5511999999999"
OWN = "5511900000000"
JID = "@s.whatsapp.net"
TIMEOUT = 20
"""Seconds until a wait counts as endless; no test depends on a shorter time."""
WS = aiohttp.ClientWebSocketResponse
CONNECTION_LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)


def wav() -> bytes:
    """Return a short silence as a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    return buffer.getvalue()


AUDIO = base64.b64encode(wav()).decode()


class Api:
    """A plain client of the simulator's API, without retries."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        """Use the token of the simulator's instance."""
        self.simulator = simulator
        self.session = session
        self.headers = {"token": simulator.instances["home"].token}

    async def request(
        self, method: str, path: str, *, base: str | None = None, **options: Any
    ) -> tuple[int, Any]:
        """Send a request, and return the answer's status and JSON."""
        options.setdefault("headers", self.headers)
        url = f"{base or self.simulator.url}{path}"
        async with self.session.request(method, url, **options) as response:
            return response.status, json.loads(await response.read())

    async def fake(self, instance: str = "home", **body: Any) -> tuple[int, Any]:
        """Place a fake call."""
        body = {"number": NUMBER, **body}
        return await self.request("POST", f"/api/call/fake/{instance}", json=body)

    async def audio(self, **body: Any) -> tuple[int, Any]:
        """Place an audio call."""
        body = {"number": NUMBER, **body}
        return await self.request("POST", "/api/call/audio/home", json=body)


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncGenerator[Simulator]:
    """Return a running simulator with one instance."""
    async with Simulator() as simulator:
        simulator.add_instance("home")
        yield simulator


@pytest.fixture
async def api(simulator: Simulator) -> AsyncGenerator[Api]:
    """Return a client of the simulator."""
    # aiohttp silently repeats a request on a kept connection that turns out dead; a
    # test would then count two requests.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Api(simulator, session)


def error(message: str) -> dict[str, object]:
    """Return an error in RyzeAPI's format."""
    return {"success": False, "error": {"message": message}}


@contextlib.asynccontextmanager
async def connected(api: Api, **options: Any) -> AsyncGenerator[WS]:
    """Open the instance's WebSocket."""
    options.setdefault("headers", api.headers)
    url = f"{api.simulator.url}/ws/home"
    async with api.session.ws_connect(url, **options) as socket:
        yield socket


@pytest.fixture
async def socket(api: Api, simulator: Simulator) -> AsyncGenerator[WS]:
    """Return an open WebSocket that gets all events."""
    simulator.live.configure("home")
    async with connected(api) as socket:
        yield socket


async def data(socket: WS) -> dict[str, Any]:
    """Return the data of the next frame."""
    frame: dict[str, Any] = await socket.receive_json(timeout=TIMEOUT)
    content: dict[str, Any] = frame["data"]
    return content


async def disconnected(simulator: Simulator, clients: int = 0) -> None:
    """Wait until only some clients of the instance's WebSocket are left."""
    await until(lambda: simulator.live.clients("home") == clients)


async def no_frame(socket: WS, seconds: float = 0.1) -> None:
    """Assert that no frame arrives within some seconds."""
    # aiohttp's own timeout starts anew with each PING.
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(socket.receive(), seconds)


async def kinds(socket: WS, count: int) -> list[str]:
    """Return the kinds of the next updates, all of them in the shape FLAT."""
    return [(await data(socket))["type"] for _ in range(count)]

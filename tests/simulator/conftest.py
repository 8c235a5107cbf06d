"""What the tests of the simulator use."""

import base64
from collections.abc import AsyncGenerator
import io
import json
from typing import Any
import wave

import aiohttp
import pytest

from . import (
    Simulator,
)

NUMBER = "5511999999999"
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
    """A client that does nothing by itself."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        """Talk to a simulator with the token of its instance."""
        self.simulator = simulator
        self.session = session
        self.headers = {"token": simulator.instances["home"].token}

    async def request(
        self, method: str, path: str, *, base: str | None = None, **options: Any
    ) -> tuple[int, Any]:
        """Return the status and the JSON of an answer."""
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
    """Return a client."""
    # Connections that are kept would be tried again by aiohttp when they turn out dead.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Api(simulator, session)


def error(message: str) -> dict[str, object]:
    """Return an error as the API words it."""
    return {"success": False, "error": {"message": message}}

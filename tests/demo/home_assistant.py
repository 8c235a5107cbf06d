"""A real Home Assistant in a process of its own, driven like a browser drives it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import signal
import sys
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse

REPOSITORY = Path(__file__).parents[2]
USERNAME = "demo"
PASSWORD = "demo"

START_TIMEOUT = 300

# Of the voice assistant, which the demo has no use for: without a compiler they cannot
# be installed, and Home Assistant would try at each start.
SKIPPED_PACKAGES = "pymicro-vad,pyspeex-noise"


class DemoError(Exception):
    """Something that a person has to be told."""


class HomeAssistant:
    """Home Assistant with a configuration folder of its own."""

    def __init__(self, config: Path, port: int) -> None:
        """Initialize."""
        self.url = f"http://127.0.0.1:{port}"
        self.log = config / "home-assistant.log"
        self._config = config
        self._process: asyncio.subprocess.Process | None = None
        self._session = ClientSession(timeout=ClientTimeout(total=60))
        self._headers: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        """Start, log in, and wait until everything is set up."""
        try:
            await self._async_start()
        except BaseException:
            await self._async_stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self._async_stop()

    async def _async_start(self) -> None:
        """Start, log in, and wait until everything is set up."""
        self._prepare()
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "homeassistant", "--config", str(self._config)),
            *("--skip-pip-packages", SKIPPED_PACKAGES),
            cwd=self._config,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # Ctrl-C goes to the demo alone, which then stops both in order.
            process_group=0,
        )
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await self._async_log_in()
                while (await self.get("/api/config"))["state"] != "RUNNING":  # noqa: ASYNC110
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise DemoError(
                f"Home Assistant did not start within {START_TIMEOUT} seconds; see {self.log}"
            ) from None

    def _prepare(self) -> None:
        """Lay out what a configuration folder needs before its first start."""
        storage = self._config / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        integrations = self._config / "custom_components"
        if not integrations.is_symlink():
            integrations.symlink_to(REPOSITORY / "custom_components")
        onboarding = storage / "onboarding"
        if not onboarding.exists():
            # The step left out is the one that makes the user. Others would set up
            # integrations that reach out to the internet.
            content = {"done": ["core_config", "analytics", "integration"]}
            onboarding.write_text(
                json.dumps({"version": 4, "key": "onboarding", "data": content})
            )

    async def _async_stop(self) -> None:
        """Stop, by force if need be."""
        await self._session.close()
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(30):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()

    async def async_wait(self) -> None:
        """Wait until Home Assistant ends by itself."""
        assert self._process is not None
        await self._process.wait()

    async def _async_log_in(self) -> None:
        """Get an access token, for which the first start makes the user."""
        await self._async_wait_for_server()
        client = {"client_id": f"{self.url}/"}
        steps = await self.get("/api/onboarding")
        if not all(step["done"] for step in steps):
            user = {"name": "Demo", "username": USERNAME, "password": PASSWORD}
            answer = await self.post(
                "/api/onboarding/users", client | user | {"language": "en"}
            )
            code = answer["auth_code"]
        else:
            flow = await self.post(
                "/auth/login_flow",
                client | {"handler": ["homeassistant", None], "redirect_uri": self.url},
            )
            answer = await self.post(
                f"/auth/login_flow/{flow['flow_id']}",
                client | {"username": USERNAME, "password": PASSWORD},
            )
            code = answer["result"]
        form = client | {"grant_type": "authorization_code", "code": code}
        async with self._session.post(f"{self.url}/auth/token", data=form) as response:
            token = (await response.json())["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"

    async def _async_wait_for_server(self) -> None:
        """Wait until the server answers."""
        assert self._process is not None
        while True:
            if self._process.returncode is not None:
                raise DemoError(f"Home Assistant ended while starting; see {self.log}")
            try:
                await self.get("/api/onboarding")
            except ClientError, TimeoutError:
                await asyncio.sleep(0.2)
            else:
                return

    async def get(self, path: str) -> Any:
        """Read from the REST API."""
        async with self._session.get(
            self.url + path, headers=self._headers, raise_for_status=True
        ) as response:
            return await response.json()

    async def post(self, path: str, data: dict[str, Any]) -> Any:
        """Write to the REST API; an error is returned as the server words it."""
        async with self._session.post(
            self.url + path, json=data, headers=self._headers
        ) as response:
            return await response.json()

    async def entries(self, domain: str) -> list[dict[str, Any]]:
        """Return the config entries of an integration."""
        found: list[dict[str, Any]] = await self.get(
            f"/api/config/config_entries/entry?domain={domain}"
        )
        return found

    @asynccontextmanager
    async def websocket(self) -> AsyncIterator[WebSocket]:
        """Open the WebSocket API."""
        async with self._session.ws_connect(f"{self.url}/api/websocket") as socket:
            await socket.receive_json()
            token = self._headers["Authorization"].removeprefix("Bearer ")
            await socket.send_json({"type": "auth", "access_token": token})
            await socket.receive_json()
            yield WebSocket(socket)


class WebSocket:
    """Commands and events of the WebSocket API."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        """Initialize."""
        self._socket = socket
        self._id = 0
        self.events: list[dict[str, Any]] = []

    async def command(self, type: str, **data: Any) -> dict[str, Any]:
        """Send a command and return its result, keeping events that come before it."""
        self._id += 1
        await self._socket.send_json({"id": self._id, "type": type, **data})
        while True:
            message = await self._socket.receive_json(timeout=60)
            if message["type"] == "event":
                self.events.append(message["event"])
            elif message["id"] == self._id:
                result: dict[str, Any] = message
                return result

"""A real Home Assistant in its own process, driven through its web APIs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
import json
import os
from pathlib import Path
import signal
import sys
from typing import Any, Self

from aiohttp import (
    ClientError,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
)

REPOSITORY = Path(__file__).parents[2]
HOST = "127.0.0.1"
USERNAME = "demo"
PASSWORD = "demo"

START_TIMEOUT = 300

# Packages of the voice assistant, which the demo does not use. They have to be
# compiled, and Home Assistant shows no page without them.
STAND_INS = Path(__file__).parent / "stand_ins"
SKIPPED_PACKAGES = "pymicro-vad,pyspeex-noise"


class DemoError(Exception):
    """An error with a text for the person at the terminal."""


def _write(path: Path, version: int, data: dict[str, Any]) -> None:
    """Write a file in the format of Home Assistant's storage."""
    content = {"version": version, "minor_version": 1, "key": path.name, "data": data}
    path.write_text(json.dumps(content))


class HomeAssistant:
    """A Home Assistant with its own configuration folder."""

    def __init__(self, config: Path, port: int) -> None:
        """Initialize."""
        self.url = f"http://{HOST}:{port}"
        self.log = config / "home-assistant.log"
        self._config = config
        self._port = port
        self._process: asyncio.subprocess.Process | None = None
        self._session = ClientSession(timeout=ClientTimeout(total=60))
        self._headers: dict[str, str] = {}
        self._refresh_token = ""

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
        """Start the process, log in, and wait until everything is set up."""
        self._prepare()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "homeassistant",
            "--config",
            str(self._config),
            "--skip-pip-packages",
            SKIPPED_PACKAGES,
            cwd=self._config,
            env=os.environ | {"PYTHONPATH": str(STAND_INS)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # Ctrl-C at the terminal reaches only the demo, which stops both in order.
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
        """Prepare the configuration folder for the first start."""
        storage = self._config / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        integrations = self._config / "custom_components"
        if not integrations.is_symlink():
            integrations.symlink_to(REPOSITORY / "custom_components")
        # Home Assistant tests a server from YAML, and soon reverts it. The server
        # listens on this machine only, because the demo's password is public.
        server = {
            "server_host": [HOST],
            "server_port": self._port,
            "cors_allowed_origins": [],
            "ip_ban_enabled": True,
            "login_attempts_threshold": -1,
            "ssl_profile": "intermediate_v6",
            "use_x_frame_options": True,
        }
        _write(
            storage / "http",
            3,
            {"stable": server, "pending": None, "yaml_migration_done": True},
        )
        onboarding = storage / "onboarding"
        if not onboarding.exists():
            # The missing step creates the user. The other steps would set up
            # integrations that use the internet.
            _write(onboarding, 4, {"done": ["core_config", "analytics", "integration"]})

    async def _async_stop(self) -> None:
        """Stop Home Assistant, by force if necessary."""
        await self._session.close()
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(30):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()

    @property
    def pid(self) -> int:
        """Return the process id."""
        assert self._process is not None
        return self._process.pid

    def has_stored(self, domain: str) -> bool:
        """Return whether a config entry of an integration is on the disk."""
        entries = self._config / ".storage" / "core.config_entries"
        return entries.exists() and f'"{domain}"' in entries.read_text()

    async def async_kill(self) -> None:
        """End the process as a power cut would."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def async_wait(self) -> None:
        """Wait until Home Assistant ends by itself."""
        assert self._process is not None
        await self._process.wait()

    async def _async_log_in(self) -> None:
        """Get an access token, after the first start by creating the user."""
        onboarded = await self._async_wait_for_server()
        client = {"client_id": f"{self.url}/"}
        if not onboarded:
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
            tokens = await response.json()
        self._refresh_token = tokens["refresh_token"]
        self._headers["Authorization"] = f"Bearer {tokens['access_token']}"

    async def async_renew(self) -> None:
        """Get another access token, because a token expires after half an hour."""
        form = {
            "client_id": f"{self.url}/",
            "grant_type": "refresh_token",
            "refresh_token": self._refresh_token,
        }
        async with self._session.post(f"{self.url}/auth/token", data=form) as response:
            token = (await response.json())["access_token"]
        self._headers["Authorization"] = f"Bearer {token}"

    async def _async_wait_for_server(self) -> bool:
        """Wait until the server answers, and return whether it has a user."""
        assert self._process is not None
        while True:
            if self._process.returncode is not None:
                raise DemoError(f"Home Assistant ended while starting; see {self.log}")
            try:
                steps = await self.get("/api/onboarding")
            except ClientResponseError as err:
                if err.status == HTTPStatus.NOT_FOUND and await self._is_ready():
                    # The route is gone after the onboarding.
                    return True
            except ClientError, TimeoutError:
                pass
            else:
                return all(step["done"] for step in steps)
            await asyncio.sleep(0.2)

    async def _is_ready(self) -> bool:
        """Return whether the server accepts logins."""
        async with self._session.get(f"{self.url}/auth/providers") as response:
            return response.ok

    async def get(self, path: str) -> Any:
        """Read from the REST API."""
        async with self._session.get(
            self.url + path, headers=self._headers, raise_for_status=True
        ) as response:
            return await response.json()

    async def fetch(self, path: str) -> bytes:
        """Read a file."""
        async with self._session.get(
            self.url + path, headers=self._headers, raise_for_status=True
        ) as response:
            return await response.read()

    async def post(self, path: str, data: dict[str, Any]) -> Any:
        """Write to the REST API, and return its answer, even an error."""
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
        """Open the WebSocket API and log in."""
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
        """Send a command and return its result, and keep events that arrive before."""
        self._id += 1
        await self._socket.send_json({"id": self._id, "type": type, **data})
        while True:
            message = await self._socket.receive_json(timeout=60)
            if message["type"] == "event":
                self.events.append(message["event"])
            elif message["id"] == self._id:
                result: dict[str, Any] = message
                return result

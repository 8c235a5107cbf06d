"""The routes of live updates: the WebSocket and its configuration."""

import base64
import hashlib
import json
from typing import TYPE_CHECKING

from aiohttp import web

from .answers import ApiError, authorized_instance
from .faults import AT_ONCE
from .frames import envelope, state_data
from .live import EVENTS
from .records import Instance

if TYPE_CHECKING:
    from .server import Simulator

_HANDSHAKE = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""The text that RFC 6455 appends to a client's key."""


class WebSocketRoutes:
    """`/ws/…` and `/api/events/…`."""

    def __init__(self, simulator: Simulator) -> None:
        """Serve the live updates of a simulator."""
        self._simulator = simulator

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.router.add_get("/ws/{instance:[^/]*}", self.connect, name="ws")
        app.router.add_get(
            "/api/events/getWebsocket/{instance:[^/]*}", self.read, name="get_websocket"
        )
        app.router.add_post(
            "/api/events/websocket/{instance:[^/]*}", self.write, name="set_websocket"
        )

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve the WebSocket."""
        instance = authorized_instance(self._simulator, request)
        if instance.websocket is None or not instance.websocket.enabled:
            raise ApiError(
                400,
                "WebSocket is not enabled for this instance. Configure it first using"
                f" POST /api/events/websocket/{instance.name}",
            )
        if request.get(AT_ONCE, False):
            return _beginning(request, self._first_frame(instance))
        # The simulator answers PINGs itself, so that a silent connection leaves them
        # unanswered.
        socket = web.WebSocketResponse(
            autoping=False, autoclose=False, timeout=1, compress=False
        )
        await socket.prepare(request)
        await self._simulator.live.serve(instance.name, request, socket)
        return socket

    async def read(self, request: web.Request) -> web.Response:
        """Return an instance's configuration."""
        instance = authorized_instance(self._simulator, request)
        if instance.websocket is None:
            raise ApiError(404, "WebSocket not configured for this instance")
        return web.json_response(
            {
                "success": True,
                "message": "WebSocket configuration retrieved",
                "websocket": instance.websocket.describe(),
            }
        )

    async def write(self, request: web.Request) -> web.Response:
        """Replace an instance's configuration."""
        instance = authorized_instance(self._simulator, request)
        enabled, events, media_base64 = await _read_config(request)
        live = self._simulator.live
        config = live.configure(
            instance.name, enabled=enabled, events=events, media_base64=media_base64
        )
        live.writes.append({"instance": instance.name, **config.describe()})
        return web.json_response(
            {
                "success": True,
                "message": "WebSocket configured successfully",
                "websocket": config.describe(),
            }
        )

    def _first_frame(self, instance: Instance) -> str:
        data = state_data(instance)
        return envelope(instance, self._simulator.url, "instance.state", data)


def _beginning(request: web.Request, text: str) -> web.Response:
    """Return a handshake and a first frame, for faults that cut them."""
    key = request.headers.get("Sec-WebSocket-Key", "").encode()
    # RFC 6455 prescribes SHA-1.
    digest = hashlib.sha1(key + _HANDSHAKE, usedforsecurity=False).digest()
    headers = {
        "Upgrade": "websocket",
        "Connection": "upgrade",
        "Sec-WebSocket-Accept": base64.b64encode(digest).decode(),
    }
    payload = text.encode()
    # Header of a final text frame: its length follows in two bytes.
    frame = b"\x81\x7e" + len(payload).to_bytes(2) + payload
    return web.Response(status=101, headers=headers, body=frame)


async def _read_config(request: web.Request) -> tuple[bool, list[str], bool]:
    """Return `enabled`, `events` and `mediaBase64` of a request's body."""
    invalid = ApiError(400, "Invalid request body")
    try:
        body = json.loads(await request.read())
    except ValueError as err:
        raise invalid from err
    if not isinstance(body, dict):
        raise invalid
    enabled, media_base64 = body.get("enabled", False), body.get("mediaBase64", False)
    events = body.get("events") or []
    if not isinstance(enabled, bool) or not isinstance(media_base64, bool):
        raise invalid
    if not isinstance(events, list):
        raise invalid
    for event in events:
        if not isinstance(event, str):
            raise invalid
        if event not in EVENTS:
            raise ApiError(400, f"Invalid event: {event}")
    return enabled, events, media_base64

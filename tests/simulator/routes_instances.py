"""The routes about instances and about the service."""

from datetime import UTC, datetime
import time
from typing import TYPE_CHECKING

from aiohttp import web

from .answers import ApiError, authenticate, authorized_instance
from .faults import ELSEWHERE
from .records import Instance, WebSocketConfig

if TYPE_CHECKING:
    from .server import Simulator


class InstanceRoutes:
    """`/health`, `/api/instance/…` and the target of redirects."""

    def __init__(self, simulator: Simulator) -> None:
        """Serve the instances of a simulator."""
        self._simulator = simulator
        self._started = time.monotonic()

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.router.add_get("/health", self.health, name="health")
        app.router.add_get("/api/instance/list", self.list_instances, name="list")
        app.router.add_post(
            "/api/instance/reconnect/{instance:[^/]*}", self.reconnect, name="reconnect"
        )
        app.router.add_route("*", ELSEWHERE, self.elsewhere, name="elsewhere")

    async def health(self, _request: web.Request) -> web.Response:
        """Report that the service runs."""
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        hours, minutes = divmod(minutes, 60)
        return web.json_response(
            {
                "status": "ok",
                "service": "RyzeAPI",
                "uptime": f"{hours}h{minutes}m{seconds}s",
                "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "checks": {"db": "ok"},
            }
        )

    async def list_instances(self, request: web.Request) -> web.Response:
        """List the instances that a token may see."""
        owner = authenticate(self._simulator, request)
        if owner is not None:
            found = [owner]
        else:
            found = self._filtered(request.query.get("instanceName", ""))
        count = len(found)
        return web.json_response(
            {
                "success": True,
                "message": f"{count} Instance{'' if count == 1 else 's'} found",
                "instances": [_describe(instance) for instance in found],
            }
        )

    async def reconnect(self, request: web.Request) -> web.Response:
        """Reconnect an instance to WhatsApp."""
        instance = authorized_instance(self._simulator, request)
        if instance.state == "loggedout":
            raise ApiError(400, "Instance has no saved session — call /connect first")
        self._simulator.reconnect(instance.name)
        return web.json_response(
            {
                "success": True,
                "message": "Reconnect initiated",
                "status": "connecting",
            }
        )

    async def elsewhere(self, _request: web.Request) -> web.Response:
        """Answer with a text that is not JSON, unlike every route of the API."""
        return web.Response(text="This is the target of a redirect.")

    def _filtered(self, names: str) -> list[Instance]:
        instances = self._simulator.instances
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        if not wanted:
            return list(instances.values())
        if len(wanted) == 1 and wanted[0] not in instances:
            raise ApiError(404, "Instance not found")
        return [instances[name] for name in wanted if name in instances]


def _describe(instance: Instance) -> dict[str, object]:
    connected = instance.state == "connected"
    item: dict[str, object] = {
        "id": instance.id,
        "name": instance.name,
        "token": instance.token,
        "status": instance.state,
        "connection": {
            "state": instance.state,
            "numberJid": instance.number_jid,
            "presenceStatus": "available" if connected else "unavailable",
            "displayStatus": instance.state.capitalize(),
        },
        "profile": {
            "name": instance.profile_name,
            "pictureUrl": "",
            "isBusiness": False,
            "businessName": "",
        },
        "webhook": {"enabled": False},
        "websocket": (instance.websocket or WebSocketConfig()).describe(),
        "chatwoot": {},
        "proxy": {},
        "settings": {},
        "s3": {},
    }
    if not instance.id:
        del item["id"]
    return item

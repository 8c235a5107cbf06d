"""The page with the phones, and remote control of the simulator."""

import asyncio
from dataclasses import replace
import ipaddress
import json
from pathlib import Path
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .answers import ApiError
from .chime import chime
from .faults import Fault, FaultKind
from .model import Behaviour
from .network import CallError
from .records import Call, Phone

if TYPE_CHECKING:
    from .server import Simulator

PREFIX = "/_simulator/"
_PAGE = Path(__file__).with_name("page.html")
_LOGGED_CALLS = 100


class ControlRoutes:
    """The routes `/_simulator/…`, which need no token and serve this machine only."""

    def __init__(self, simulator: Simulator) -> None:
        """Control a simulator."""
        self._simulator = simulator
        self._sockets: set[web.WebSocketResponse] = set()

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.router.add_get("/", self.page)
        app.router.add_get(PREFIX, self.page)
        app.router.add_get(f"{PREFIX}state", self.state)
        app.router.add_get(f"{PREFIX}events", self.events)
        app.router.add_get(f"{PREFIX}audio/{{call_id}}", self.audio)
        app.router.add_get(f"{PREFIX}chime.wav", self.chime)
        app.router.add_post(f"{PREFIX}calls/{{call_id}}/{{action}}", self.call_action)
        app.router.add_post(f"{PREFIX}phones", self.phones)
        app.router.add_post(f"{PREFIX}phones/{{number}}/call", self.call_in)
        app.router.add_post(f"{PREFIX}faults", self.inject)
        app.router.add_delete(f"{PREFIX}faults", self.clear_faults)
        app.router.add_post(f"{PREFIX}instances/{{name}}", self.instance)

    async def page(self, _request: web.Request) -> web.Response:
        """Serve the page with the phones."""
        text = await asyncio.get_running_loop().run_in_executor(None, _PAGE.read_text)
        return web.Response(text=text, content_type="text/html")

    async def chime(self, _request: web.Request) -> web.Response:
        """Serve the doorbell's sound, for audio calls by URL."""
        return web.Response(body=chime(), content_type="audio/wav")

    async def state(self, _request: web.Request) -> web.Response:
        """Return the state that the page shows."""
        return web.json_response(self._describe())

    async def events(self, request: web.Request) -> web.WebSocketResponse:
        """Send the state now and after every change."""
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        changed = asyncio.Event()
        changed.set()
        self._simulator.change_listeners.append(changed.set)
        sender = asyncio.create_task(self._send_states(socket, changed))
        self._sockets.add(socket)
        try:
            async for _ in socket:
                pass
        finally:
            self._sockets.discard(socket)
            self._simulator.change_listeners.remove(changed.set)
            sender.cancel()
        return socket

    async def close(self) -> None:
        """Close the sockets of all pages."""
        for socket in tuple(self._sockets):
            await socket.close(code=1001)

    async def audio(self, request: web.Request) -> web.Response:
        """Serve the audio of a call."""
        call = self._call(request)
        if call.audio is None:
            raise ApiError(404, "this call has no audio")
        # Safari plays audio only from servers that answer range requests.
        headers = {"Accept-Ranges": "bytes"}
        status, data, size = 200, call.audio, len(call.audio)
        if "Range" in request.headers:
            try:
                start, stop, _ = request.http_range.indices(size)
            except ValueError as err:
                raise ApiError(416, "no such range") from err
            status, data = 206, data[start:stop]
            headers["Content-Range"] = f"bytes {start}-{max(start, stop - 1)}/{size}"
        media_type = call.media_type or "audio/mpeg"
        return web.Response(
            status=status, body=data, headers=headers, content_type=media_type
        )

    async def call_action(self, request: web.Request) -> web.Response:
        """Answer, decline or end a call, as a person on the phone does."""
        actions = {
            "answer": self._simulator.answer,
            "decline": self._simulator.decline,
            "over": self._simulator.hang_up,
        }
        action = actions.get(request.match_info["action"])
        if action is None:
            raise ApiError(404, "no such action")
        call = self._call(request)
        try:
            action(call.id)
        except CallError as err:
            raise ApiError(409, str(err)) from err
        return web.json_response(_describe_call(call))

    async def phones(self, request: web.Request) -> web.Response:
        """Add a phone, or change one."""
        body = await _read_object(request)
        number = str(body.get("number", ""))
        if not number.isdecimal():
            raise ApiError(400, "number must be digits")
        known = self._simulator.phone(number)
        behaviour = _enum(Behaviour, body.get("behaviour", known.behaviour))
        phone = self._simulator.add_phone(number, body.get("name"), behaviour)
        return web.json_response(_describe_phone(phone))

    async def call_in(self, request: web.Request) -> web.Response:
        """Let a phone call an instance, by default the first one."""
        body = await _read_object(request)
        phone = self._simulator.phones.get(request.match_info["number"])
        name = body.get("instance") or next(iter(self._simulator.instances), None)
        if phone is None or name not in self._simulator.instances:
            raise ApiError(404, "no such phone or instance")
        seconds = body.get("seconds", 5.0)
        if not isinstance(seconds, int | float):
            raise ApiError(400, "seconds must be a number")
        call = self._simulator.call_in(phone.number, name, seconds=seconds)
        return web.json_response(_describe_call(call))

    async def inject(self, request: web.Request) -> web.Response:
        """Queue a fault."""
        body = await _read_object(request)
        fault = Fault(_enum(FaultKind, body.pop("kind", None)))
        if isinstance(text := body.pop("body", None), str):
            body["body"] = text.encode()
        try:
            self._simulator.inject(replace(fault, **body))
        except TypeError as err:
            raise ApiError(400, str(err)) from err
        return web.json_response({"success": True})

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """Remove all queued faults."""
        self._simulator.clear_faults()
        return web.json_response({"success": True})

    async def instance(self, request: web.Request) -> web.Response:
        """Change an instance's state or token."""
        instance = self._simulator.instances.get(request.match_info["name"])
        if instance is None:
            raise ApiError(404, "no such instance")
        body = await _read_object(request)
        instance.token = str(body.get("token", instance.token))
        if "state" in body:
            self._simulator.set_state(instance.name, str(body["state"]))
        else:
            self._simulator.changed()
        return web.json_response({"name": instance.name, "state": instance.state})

    def _call(self, request: web.Request) -> Call:
        try:
            return self._simulator.call(request.match_info["call_id"])
        except CallError as err:
            raise ApiError(404, str(err)) from err

    async def _send_states(
        self, socket: web.WebSocketResponse, changed: asyncio.Event
    ) -> None:
        try:
            while True:
                await changed.wait()
                changed.clear()
                await socket.send_json(self._describe())
        except ConnectionError:
            # The loop that reads from the page's socket notices its end too, and cleans
            # up.
            return

    def _describe(self) -> dict[str, object]:
        simulator = self._simulator
        return {
            # The page shows durations by the simulator's clock.
            "now": time.time(),
            "instances": [
                {
                    "name": instance.name,
                    "state": instance.state,
                    "live": simulator.live.clients(instance.name),
                }
                for instance in simulator.instances.values()
            ],
            "phones": [_describe_phone(phone) for phone in simulator.phones.values()],
            "calls": [
                _describe_call(call)
                for call in simulator.calls[: -_LOGGED_CALLS - 1 : -1]
            ],
        }


def is_loopback(request: web.Request) -> bool:
    """Return whether a request comes from this machine."""
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def _describe_phone(phone: Phone) -> dict[str, object]:
    return {
        "number": phone.number,
        "name": phone.name,
        "behaviour": phone.behaviour,
        "rings": phone.rings,
        "call": _describe_call(phone.call) if phone.call else None,
        "waiting": max(0, len(phone.calls) - 1),
    }


def _describe_call(call: Call) -> dict[str, object]:
    return {
        "id": call.id,
        "instance": call.instance,
        "number": call.number,
        "type": call.type,
        "state": call.state,
        "duration": call.duration,
        "ring": call.ring,
        "ring_seconds": call.ring_seconds,
        "media_type": call.media_type,
        "audio_url": f"{PREFIX}audio/{call.id}" if call.audio else None,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
    }


def _enum[E: (Behaviour, FaultKind)](kind: type[E], value: object) -> E:
    try:
        return kind(str(value))
    except ValueError as err:
        raise ApiError(400, f"must be one of {', '.join(kind)}") from err


async def _read_object(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError as err:
        raise ApiError(400, "body must be JSON") from err
    if not isinstance(body, dict):
        raise ApiError(400, "body must be an object")
    return body

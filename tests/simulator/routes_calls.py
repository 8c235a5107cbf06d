"""The two routes that place calls."""

import asyncio
import json
import re
from typing import TYPE_CHECKING

from aiohttp import web

from .answers import ApiError, authorized_instance
from .audio import AudioError, load_audio
from .faults import AT_ONCE
from .model import Behaviour, Respond
from .records import Call, Instance
from .updates import SETTLE

if TYPE_CHECKING:
    from .server import Simulator

PLACED = web.RequestKey("placed", Call)
"""The call that a request placed."""

DEFAULT_DURATION = 8
_NUMBER = re.compile(r"([0-9]{5,15})(@s\.whatsapp\.net)?")


class CallRoutes:
    """`/api/call/…`."""

    def __init__(self, simulator: Simulator) -> None:
        """Serve the calls of a simulator."""
        self._simulator = simulator

    def add_to(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.router.add_post("/api/call/fake/{instance:[^/]*}", self.fake, name="fake")
        app.router.add_post(
            "/api/call/audio/{instance:[^/]*}", self.audio, name="audio"
        )

    async def fake(self, request: web.Request) -> web.Response:
        """Place a fake call."""
        instance = authorized_instance(self._simulator, request, "instance not found")
        body = await _read_body(request)
        number = _text(body, "number")
        duration = body.get("duration") or 0
        if isinstance(duration, bool) or not isinstance(duration, int):
            raise ApiError(400, "Invalid request body: duration must be an integer")
        if not number:
            raise ApiError(400, "Number is required")
        duration = duration or DEFAULT_DURATION
        if not 1 <= duration <= 60:
            raise ApiError(400, "Duration must be between 1 and 60 seconds")
        digits = self._callable_number(instance, number)
        held = not self._simulator.choices.updates_first
        call = self._simulator.place(
            instance.name, digits, duration=duration, held=held
        )
        return await self._answer(
            request, call, "Call placed successfully", number, {"duration": duration}
        )

    async def audio(self, request: web.Request) -> web.Response:
        """Place an audio call."""
        instance = authorized_instance(self._simulator, request, "instance not found")
        body = await _read_body(request)
        number = _text(body, "number")
        media_url = _text(body, "mediaUrl")
        media_base64 = _text(body, "mediaBase64")
        if not number:
            raise ApiError(400, "Number is required")
        if bool(media_url) == bool(media_base64):
            raise ApiError(400, "Provide exactly one of mediaUrl or mediaBase64")
        digits = self._callable_number(instance, number)
        try:
            audio, media_type = await load_audio(media_url, media_base64)
        except AudioError as err:
            raise ApiError(500, str(err)) from err
        held = not self._simulator.choices.updates_first
        call = self._simulator.place(
            instance.name, digits, audio=audio, media_type=media_type, held=held
        )
        return await self._answer(request, call, "Audio call placed", number, {})

    def _callable_number(self, instance: Instance, number: str) -> str:
        """Return a number's digits if the instance can call the number now."""
        if instance.state != "connected":
            raise ApiError(
                self._simulator.choices.not_connected_status,
                "Instance is not connected to WhatsApp",
            )
        # RyzeAPI's handling of "+" and spaces is not documented. Refusing them here
        # exposes clients that send them.
        if (match := _NUMBER.fullmatch(number)) is None:
            raise ApiError(500, "invalid number")
        digits = match[1]
        if self._simulator.phone(digits).behaviour is Behaviour.NO_WHATSAPP:
            raise ApiError(500, f"number {digits} is not registered on WhatsApp")
        return digits

    async def _answer(
        self,
        request: web.Request,
        call: Call,
        message: str,
        number: str,
        more: dict[str, object],
    ) -> web.Response:
        request[PLACED] = call
        choices = self._simulator.choices
        if choices.respond is Respond.WHEN_OVER and not request.get(AT_ONCE, False):
            await call.rung.wait()
        if choices.updates_first and self._simulator.live.clients(call.instance):
            await asyncio.sleep(SETTLE)
        return web.json_response(
            {
                "success": True,
                "message": message,
                "callId": call.id,
                "number": number if choices.echo_number else call.number,
                **more,
            }
        )


async def _read_body(request: web.Request) -> dict[str, object]:
    if request.content_type != "application/json":
        raise ApiError(
            400, "Invalid request body: Content-Type must be application/json"
        )
    try:
        body = json.loads(await request.read())
    except ValueError as err:
        raise ApiError(400, f"Invalid request body: {err}") from err
    if not isinstance(body, dict):
        raise ApiError(400, "Invalid request body: expected an object")
    return body


def _text(body: dict[str, object], key: str) -> str:
    value = body.get(key) or ""
    if not isinstance(value, str):
        raise ApiError(400, f"Invalid request body: {key} must be a string")
    return value

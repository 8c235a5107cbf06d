"""Tokens of requests, and answers in RyzeAPI's format."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from .records import Instance

if TYPE_CHECKING:
    from .server import Simulator

MISSING_TOKEN = "Missing token in header, Authorization header, or query parameter"
INVALID_TOKEN = "Invalid token"


@dataclass
class ApiError(Exception):
    """An error in RyzeAPI's answer."""

    status: int
    message: str


def error_response(
    status: int, message: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return an error in RyzeAPI's format."""
    body = {"success": False, "error": {"message": message}}
    return web.json_response(body, status=status, headers=headers)


def token_of(request: web.Request) -> str:
    """Return a request's token from any of its three places, or an empty text."""
    if token := request.headers.get("token"):
        return token
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token
    return request.query.get("token", "")


def authenticate(simulator: Simulator, request: web.Request) -> Instance | None:
    """Return a token's instance, or None for the token of the RyzeAPI account."""
    token = token_of(request)
    if not token:
        raise ApiError(401, MISSING_TOKEN)
    if token == simulator.account_token:
        return None
    for instance in simulator.instances.values():
        if token == instance.token:
            return instance
    raise ApiError(401, INVALID_TOKEN)


def authorized_instance(
    simulator: Simulator, request: web.Request, not_found: str = "Instance not found"
) -> Instance:
    """Return the instance in a request's path, if the request's token may use it."""
    owner = authenticate(simulator, request)
    name = request.match_info["instance"]
    if not name:
        raise ApiError(400, "Instance name is required")
    if owner is not None and owner.name != name:
        raise ApiError(403, simulator.choices.forbidden_message)
    if name not in simulator.instances:
        raise ApiError(404, not_found)
    return simulator.instances[name]

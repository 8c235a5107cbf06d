"""Tests of the routes around live updates, including the upgrade."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest

from . import (
    Behaviour,
    Fault,
    FaultKind,
    Simulator,
)
from .conftest import (
    CONNECTION_LOST,
    JID,
    NUMBER,
    OWN,
    TIMEOUT,
    WS,
    Api,
    connected,
    data,
    error,
)
from .frames import lid_digits

NOT_ENABLED = (
    "WebSocket is not enabled for this instance. Configure it first using"
    " POST /api/events/websocket/home"
)


async def refused(api: Api, **options: Any) -> tuple[int, Any]:
    """Return the answer to a refused handshake."""
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **options.pop("headers", api.headers),
    }
    path = options.pop("path", "/ws/home")
    return await api.request("GET", path, headers=headers)


async def test_refused(api: Api, simulator: Simulator) -> None:
    """A handshake without configuration or permission gets an error, not an upgrade."""
    simulator.add_instance("office")
    assert await refused(api) == (400, error(NOT_ENABLED))
    simulator.live.configure("home", enabled=False)
    assert await refused(api) == (400, error(NOT_ENABLED))
    simulator.live.configure("home")
    assert (await refused(api, headers={}))[0] == 401
    assert await refused(api, headers={"token": "x"}) == (401, error("Invalid token"))
    assert (await refused(api, path="/ws/office"))[0] == 403
    account = {"token": simulator.account_token}
    answer = await refused(api, path="/ws/nobody", headers=account)
    assert answer == (404, error("Instance not found"))
    simulator.rate_limit.set(api.headers["token"], remaining=0)
    assert (await refused(api))[0] == 429
    assert simulator.live.clients("home") == 0


async def test_token_and_rate_limit(api: Api, simulator: Simulator) -> None:
    """The query may carry the token, and an upgrade counts as one request."""
    simulator.live.configure("home")
    url = f"{simulator.url}/ws/home?token={api.headers['token']}"
    async with api.session.ws_connect(url) as socket:
        assert simulator.rate_limit.bucket(api.headers["token"]).remaining == 99
        simulator.live.send("home", "x")
        assert await socket.receive_str(timeout=TIMEOUT) == "x"
        assert simulator.rate_limit.bucket(api.headers["token"]).remaining == 99
    (request,) = simulator.requests
    assert (request.route, request.path) == ("ws", "/ws/home")


async def test_configuration(api: Api, simulator: Simulator) -> None:
    """The configuration can be read, replaced and turned off."""
    read, write = "/api/events/getWebsocket/home", "/api/events/websocket/home"
    assert await api.request("GET", read) == (
        404,
        error("WebSocket not configured for this instance"),
    )
    config = {"enabled": True, "events": ["call.update"], "mediaBase64": True}
    status, body = await api.request("POST", write, json=config)
    assert (status, body["websocket"]) == (200, config)
    assert await api.request("GET", read) == (
        200,
        {
            "success": True,
            "message": "WebSocket configuration retrieved",
            "websocket": config,
        },
    )
    _, body = await api.request("GET", "/api/instance/list")
    assert body["instances"][0]["websocket"] == config
    config["enabled"] = False
    await api.request("POST", write, json=config)
    off = {"enabled": False, "events": [], "mediaBase64": False}
    assert (await api.request("GET", read))[1]["websocket"] == off
    await api.request("POST", write, json={"enabled": True})
    assert [wrote["enabled"] for wrote in simulator.live.writes] == [True, False, True]
    assert simulator.live.writes[1] == {"instance": "home", **off}


@pytest.mark.parametrize(
    "body",
    ["", "[]", '{"enabled": 1}', '{"events": "call.update"}', '{"events": [1]}'],
)
async def test_invalid_configuration(api: Api, simulator: Simulator, body: str) -> None:
    """A body with wrong types or an unknown event is refused."""
    path = "/api/events/websocket/home"
    answer = await api.request("POST", path, data=body)
    assert answer == (400, error("Invalid request body"))
    unknown = {"enabled": True, "events": ["call.updates"]}
    assert (await api.request("POST", path, json=unknown))[0] == 400
    assert not simulator.live.writes
    assert simulator.instances["home"].websocket is None


async def test_reconnect(api: Api, simulator: Simulator, socket: WS) -> None:
    """An instance reconnects, except one that was logged out."""
    path = "/api/instance/reconnect/home"
    simulator.set_state("home", "disconnected")
    assert await api.request("POST", path) == (
        200,
        {"success": True, "message": "Reconnect initiated", "status": "connecting"},
    )
    assert simulator.instances["home"].state == "connecting"
    states = [(await data(socket))["state"] for _ in range(3)]
    assert states == ["disconnected", "connecting", "connected"]
    simulator.set_state("home", "logged_out")
    assert simulator.instances["home"].state == "loggedout"
    assert (await data(socket))["state"] == "logged_out"
    assert await api.request("POST", path) == (
        400,
        error("Instance has no saved session — call /connect first"),
    )


async def test_account(api: Api, simulator: Simulator) -> None:
    """An account is found in every spelling of its number."""
    path = "/api/profile/getAccount/home"
    simulator.add_phone(NUMBER, "Ana")
    wanted = {
        "profilePicture": None,
        "profileName": "Ana",
        "phoneNumber": NUMBER,
        "jid": NUMBER + JID,
        "lid": f"{lid_digits(NUMBER)}@lid",
    }
    for number in (NUMBER, f"%2B{NUMBER}", NUMBER + JID, wanted["lid"]):
        status, body = await api.request("GET", f"{path}?number={number}")
        assert (status, body["profile"]) == (200, wanted)
    _, body = await api.request("GET", path)
    assert body["profile"]["phoneNumber"] == OWN
    assert body["profile"]["profileName"] == "Home"
    _, body = await api.request("GET", f"{path}?number=4930123456")
    assert "profileName" not in body["profile"]
    assert list(simulator.phones) == [NUMBER]
    simulator.add_phone(NUMBER, behaviour=Behaviour.NO_WHATSAPP)
    answer = await api.request("GET", f"{path}?number={NUMBER}")
    assert answer == (404, error("Number is not registered on WhatsApp"))
    assert (await api.request("GET", f"{path}?number=Ana"))[0] == 400
    simulator.set_state("home", "disconnected")
    assert (await api.request("GET", path))[0] == 503


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.CUT_BEFORE,
        FaultKind.CUT_AFTER,
        FaultKind.CUT_HEADERS,
        FaultKind.GARBAGE,
    ],
)
async def test_broken_handshake(
    api: Api, simulator: Simulator, kind: FaultKind
) -> None:
    """A handshake can break at any point, and the next one succeeds."""
    simulator.live.configure("home")
    # aiohttp repeats a failed GET once by itself.
    simulator.inject(Fault(kind, route="ws", times=2))
    with pytest.raises(aiohttp.ClientError):
        async with connected(api):
            pass
    simulator.clear_faults()
    async with connected(api):
        assert simulator.live.clients("home") == 1


async def test_other_handshakes(api: Api, simulator: Simulator) -> None:
    """A handshake can be refused, delayed, left open, or cut within the first frame."""
    simulator.live.configure("home")
    simulator.inject(Fault(FaultKind.STATUS, route="ws", status=502))
    with pytest.raises(aiohttp.WSServerHandshakeError, match="502"):
        async with connected(api):
            pass
    simulator.inject(Fault(FaultKind.CUT_BODY, route="ws"))
    async with connected(api) as socket:
        message = await socket.receive(timeout=TIMEOUT)
        assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    simulator.inject(Fault(FaultKind.HANG, route="ws"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), connected(api):
            pass
    simulator.inject(Fault(FaultKind.DELAY, route="ws", delay=0.2))
    before = time.monotonic()
    async with connected(api):
        assert time.monotonic() - before >= 0.19


@pytest.mark.parametrize(
    ("route", "method", "path"),
    [
        ("get_websocket", "GET", "/api/events/getWebsocket/home"),
        ("set_websocket", "POST", "/api/events/websocket/home"),
        ("reconnect", "POST", "/api/instance/reconnect/home"),
        ("account", "GET", "/api/profile/getAccount/home"),
    ],
)
async def test_faults(
    api: Api, simulator: Simulator, route: str, method: str, path: str
) -> None:
    """Faults apply to the other routes as well."""
    simulator.live.configure("home", events=["label.update"])
    simulator.inject(Fault(FaultKind.STATUS, route=route, status=500))
    assert (await api.request(method, path, json={}))[0] == 500
    for kind in (FaultKind.CUT_BEFORE, FaultKind.CUT_HEADERS, FaultKind.CUT_BODY):
        # aiohttp repeats a failed GET once by itself.
        simulator.inject(Fault(kind, route=route, times=2))
        with pytest.raises(CONNECTION_LOST):
            await api.request(method, path, json={})
        simulator.clear_faults()
    assert (await api.request(method, path, json={}))[0] == 200

"""Tests of the simulator, over real sockets of this machine."""

import asyncio
import base64
from collections.abc import AsyncGenerator
import io
import json
import time
from typing import Any
import wave

import aiohttp
import pytest

from .simulator import (
    Behaviour,
    CallState,
    CuttingProxy,
    Fault,
    FaultKind,
    Respond,
    Simulator,
    demo_simulator,
)

NUMBER = "5511999999999"
CONNECTION_LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)


def _wav() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    return buffer.getvalue()


AUDIO = base64.b64encode(_wav()).decode()


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


def _error(message: str) -> dict[str, object]:
    return {"success": False, "error": {"message": message}}


async def test_fake_call(api: Api, simulator: Simulator) -> None:
    """A fake call rings once, for as long as it was asked to."""
    status, body = await api.fake(duration=1)
    call = simulator.calls[0]
    assert (status, body) == (
        200,
        {
            "success": True,
            "message": "Call placed successfully",
            "callId": call.id,
            "number": NUMBER,
            "duration": 1,
        },
    )
    assert len(call.id) == 20
    assert simulator.phone(NUMBER).ringing is call
    assert simulator.rings(NUMBER) == 1
    await asyncio.wait_for(call.over.wait(), 2)
    assert call.state is CallState.UNANSWERED
    assert simulator.phone(NUMBER).ringing is None


@pytest.mark.parametrize("body", [{}, {"duration": 0}])
async def test_default_duration(api: Api, body: dict[str, Any]) -> None:
    """Without a duration, or with 0, it rings for 8 seconds."""
    assert (await api.fake(**body))[1]["duration"] == 8


@pytest.mark.parametrize(
    "media",
    [
        {"mediaBase64": AUDIO},
        {"mediaUrl": AUDIO},
        {"mediaUrl": f"data:audio/wav;base64,{AUDIO}"},
    ],
)
async def test_audio_call(
    api: Api, simulator: Simulator, media: dict[str, str]
) -> None:
    """An audio call takes audio in each documented form."""
    status, body = await api.audio(**media)
    call = simulator.calls[0]
    assert status == 200
    assert body == {
        "success": True,
        "message": "Audio call placed",
        "callId": call.id,
        "number": NUMBER,
    }
    assert call.audio == _wav()
    assert call.media_type == "audio/wav"


async def test_audio_from_url(api: Api, simulator: Simulator) -> None:
    """Audio behind a URL is fetched; nothing rings if that fails."""
    await api.audio(mediaBase64=AUDIO)
    url = f"{simulator.url}/_simulator/audio/{simulator.calls[0].id}"
    assert (await api.audio(mediaUrl=url))[0] == 200
    assert simulator.calls[1].audio == _wav()
    assert (await api.audio(mediaUrl=f"{url}0"))[0] == 500
    assert simulator.rings(NUMBER) == 2


@pytest.mark.parametrize(
    ("behaviour", "states", "rings"),
    [
        (Behaviour.ANSWER, CallState.ENDED, 1),
        (Behaviour.DECLINE, CallState.DECLINED, 1),
        (Behaviour.IGNORE, CallState.UNANSWERED, 1),
        (Behaviour.OFF, CallState.UNANSWERED, 0),
    ],
)
async def test_behaviours(
    api: Api, simulator: Simulator, behaviour: Behaviour, states: CallState, rings: int
) -> None:
    """Phones do by themselves what they are told to."""
    simulator.ring_time = 0.2
    simulator.talk_time = 0.1
    simulator.add_phone(NUMBER, "Ana", behaviour)
    assert (await api.audio(mediaBase64=AUDIO))[0] == 200
    await asyncio.wait_for(simulator.calls[0].over.wait(), 2)
    assert simulator.calls[0].state is states
    assert simulator.rings(NUMBER) == rings


async def test_person_answers(api: Api, simulator: Simulator) -> None:
    """A person answers one call and declines another."""
    simulator.add_phone(NUMBER)
    await api.audio(mediaBase64=AUDIO)
    await api.fake()
    first, second = simulator.calls
    simulator.answer(first.id)
    simulator.decline(second.id)
    assert first.state is CallState.ANSWERED
    assert second.state is CallState.DECLINED
    path = f"/_simulator/calls/{first.id}/over"
    assert (await api.request("POST", path))[1]["state"] == "ended"
    assert (await api.request("POST", path))[0] == 409


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("fake/", {"number": NUMBER}, 400, "Instance name is required"),
        ("fake/home", {}, 400, "Number is required"),
        ("fake/home", {"number": ""}, 400, "Number is required"),
        (
            "fake/home",
            {"number": NUMBER, "duration": 61},
            400,
            "Duration must be between 1 and 60 seconds",
        ),
        (
            "fake/home",
            {"number": NUMBER, "duration": -1},
            400,
            "Duration must be between 1 and 60 seconds",
        ),
        ("fake/home", {"number": "+5511999999999"}, 500, "invalid number"),
        ("fake/home", {"number": "123@g.us"}, 500, "invalid number"),
        ("audio/home", {"mediaBase64": AUDIO}, 400, "Number is required"),
        (
            "audio/home",
            {"number": NUMBER},
            400,
            "Provide exactly one of mediaUrl or mediaBase64",
        ),
        (
            "audio/home",
            {"number": NUMBER, "mediaUrl": AUDIO, "mediaBase64": AUDIO},
            400,
            "Provide exactly one of mediaUrl or mediaBase64",
        ),
        (
            "audio/home",
            {"number": NUMBER, "mediaBase64": f"data:audio/wav;base64,{AUDIO}"},
            500,
            "failed to decode media: illegal base64 data",
        ),
        (
            "audio/home",
            {"number": NUMBER, "mediaBase64": "bm8gYXVkaW8="},
            500,
            "failed to convert audio: invalid data found when processing input",
        ),
    ],
)
async def test_refused(
    api: Api,
    simulator: Simulator,
    *,
    path: str,
    body: dict[str, Any],
    status: int,
    message: str,
) -> None:
    """What is wrong with a call request is said, and nothing rings."""
    answer = await api.request("POST", f"/api/call/{path}", json=body)
    assert answer == (status, _error(message))
    assert not simulator.calls


@pytest.mark.parametrize(
    "data", ["", "{", "[]", '{"number": 5511}', '{"duration": "8"}']
)
async def test_invalid_body(api: Api, simulator: Simulator, data: str) -> None:
    """A body that is no JSON, or of wrong types, is refused."""
    headers = {**api.headers, "Content-Type": "application/json"}
    status, body = await api.request(
        "POST", "/api/call/fake/home", data=data, headers=headers
    )
    assert status == 400
    assert body["error"]["message"].startswith("Invalid request body: ")
    assert not simulator.calls


async def test_tokens(api: Api, simulator: Simulator) -> None:
    """A token is taken in three forms, and wrong ones are refused."""
    token = api.headers["token"]
    path = "/api/instance/list"
    for headers in ({"token": token}, {"Authorization": f"Bearer {token}"}):
        assert (await api.request("GET", path, headers=headers))[0] == 200
    assert (await api.request("GET", f"{path}?token={token}", headers={}))[0] == 200
    assert await api.request("GET", path, headers={}) == (
        401,
        _error("Missing token in header, Authorization header, or query parameter"),
    )
    assert await api.request("GET", path, headers={"token": "wrong"}) == (
        401,
        _error("Invalid token"),
    )
    assert [(request.path, request.has_token) for request in simulator.requests] == [
        (path, True),
        (path, True),
        (path, True),
        (path, False),
        (path, True),
    ]


async def test_ownership(api: Api, simulator: Simulator) -> None:
    """An instance's token is good for this instance only, the account's for all."""
    simulator.add_instance("café/1")
    assert (await api.fake("caf%C3%A9%2F1"))[0] == 403
    assert not simulator.calls
    api.headers = {"token": simulator.account_token}
    assert (await api.fake("caf%C3%A9%2F1"))[0] == 200
    assert simulator.requests[-1].path == "/api/call/fake/caf%C3%A9%2F1"
    assert simulator.calls[0].instance == "café/1"
    assert await api.fake("nobody") == (404, _error("instance not found"))
    simulator.remove_instance("home")
    assert (await api.fake())[0] == 404


@pytest.mark.parametrize("status", [503, 400, 500])
async def test_not_connected(api: Api, simulator: Simulator, status: int) -> None:
    """An instance without WhatsApp calls nobody."""
    simulator.instances["home"].state = "loggedout"
    simulator.choices.not_connected_status = status
    answer = await api.fake()
    assert answer == (status, _error("Instance is not connected to WhatsApp"))
    assert not simulator.calls


async def test_no_whatsapp(api: Api, simulator: Simulator) -> None:
    """A number without WhatsApp is refused."""
    simulator.add_phone(NUMBER, behaviour=Behaviour.NO_WHATSAPP)
    status, body = await api.fake()
    assert status == 500
    assert "is not registered on WhatsApp" in body["error"]["message"]
    assert simulator.rings(NUMBER) == 0


async def test_list(api: Api, simulator: Simulator) -> None:
    """Each token sees its own instances, and only the account's can filter."""
    simulator.add_instance("office", id="", state="disconnected", number_jid=None)
    status, body = await api.request("GET", "/api/instance/list?instanceName=office")
    assert status == 200
    assert body["message"] == "1 Instance found"
    (item,) = body["instances"]
    assert item["name"] == "home"
    assert item["token"] == api.headers["token"]
    assert item["connection"]["state"] == "connected"
    api.headers = {"token": simulator.account_token}
    status, body = await api.request("GET", "/api/instance/list?instanceName=")
    assert body["message"] == "2 Instances found"
    assert "id" not in body["instances"][1]
    assert body["instances"][1]["connection"]["numberJid"] is None
    status, body = await api.request("GET", "/api/instance/list?instanceName=x,office")
    assert [item["name"] for item in body["instances"]] == ["office"]
    assert await api.request("GET", "/api/instance/list?instanceName=x") == (
        404,
        _error("Instance not found"),
    )


async def test_rate_limit(api: Api, simulator: Simulator) -> None:
    """Every answer counts down; at 0 requests are refused until the reset."""
    token = api.headers["token"]
    url = f"{simulator.url}/api/instance/list"
    async with api.session.get(url, headers=api.headers) as response:
        assert response.headers["X-RateLimit-Limit"] == "100"
        assert response.headers["X-RateLimit-Remaining"] == "99"
        assert int(response.headers["X-RateLimit-Reset"]) > time.time() + 50
    simulator.rate_limit.set(token, remaining=0, resets_in=0.3)
    assert await api.fake() == (429, _error("Rate limit exceeded. Try again later."))
    async with api.session.get(f"{simulator.url}/health") as response:
        assert response.status == 200
        assert (await response.json())["status"] == "ok"
        assert "X-RateLimit-Limit" not in response.headers
    other = {"token": simulator.account_token}
    assert (await api.request("GET", "/api/instance/list", headers=other))[0] == 200
    assert not simulator.calls
    await asyncio.sleep(0.35)
    assert (await api.fake())[0] == 200


async def test_answers_when_over(api: Api, simulator: Simulator) -> None:
    """The API can be one that answers when the ringing is over."""
    simulator.choices.respond = Respond.WHEN_OVER
    simulator.phone(NUMBER).behaviour = Behaviour.DECLINE
    simulator.phone(NUMBER).answer_after = 0.2
    before = time.monotonic()
    assert (await api.fake())[0] == 200
    assert time.monotonic() - before >= 0.2


@pytest.mark.parametrize(
    ("kind", "rings"),
    [
        (FaultKind.CUT_BEFORE, 0),
        (FaultKind.CUT_AFTER, 1),
        (FaultKind.CUT_HEADERS, 1),
        (FaultKind.CUT_BODY, 1),
    ],
)
@pytest.mark.parametrize("reset", [True, False])
async def test_cuts(
    api: Api, simulator: Simulator, kind: FaultKind, rings: int, reset: bool
) -> None:
    """A connection breaks once, and the phone rings if the request was taken."""
    simulator.inject(Fault(kind, route="fake", reset=reset))
    assert (await api.request("GET", "/api/instance/list"))[0] == 200
    with pytest.raises(CONNECTION_LOST):
        await api.fake()
    assert simulator.rings(NUMBER) == rings
    assert simulator.requests[-1].status is None
    assert (await api.fake())[0] == 200
    assert simulator.rings(NUMBER) == rings + 1


async def test_garbage(api: Api, simulator: Simulator) -> None:
    """An answer can be no HTTP at all."""
    simulator.inject(Fault(FaultKind.GARBAGE))
    with pytest.raises(aiohttp.ClientError):
        await api.fake()
    assert simulator.rings(NUMBER) == 1


@pytest.mark.parametrize("respond", Respond)
async def test_hang(api: Api, simulator: Simulator, respond: Respond) -> None:
    """An answer may never come; the request is over when its client is gone."""
    simulator.choices.respond = respond
    simulator.inject(Fault(FaultKind.HANG))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(api.fake(), 0.1)
    assert simulator.rings(NUMBER) == 1
    await asyncio.sleep(0.1)
    assert simulator.connections == 0


async def test_delays(api: Api, simulator: Simulator) -> None:
    """A request may be taken late, or answered late."""
    simulator.inject(Fault(FaultKind.DELAY, delay=0.2))
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=0.2))
    for rings_meanwhile in (0, 2):
        before = time.monotonic()
        request = asyncio.create_task(api.fake())
        await asyncio.sleep(0.1)
        assert simulator.rings(NUMBER) == rings_meanwhile
        assert (await request)[0] == 200
        assert time.monotonic() - before >= 0.19


async def test_status_and_raw(api: Api, simulator: Simulator) -> None:
    """Answers can be errors of choice, and bodies of choice."""
    simulator.inject(Fault(FaultKind.STATUS, status=502, message="bad", times=2))
    assert await api.fake() == (502, _error("bad"))
    assert await api.fake() == (502, _error("bad"))
    headers = {"Content-Type": "text/html", "X-RateLimit-Remaining": "5"}
    simulator.inject(Fault(FaultKind.RAW, body=b"<p>", headers=headers, taken=False))
    simulator.inject(Fault(FaultKind.RAW, times=None))
    url = f"{simulator.url}/api/call/fake/home"
    async with api.session.post(url, headers=api.headers, json={}) as response:
        assert await response.read() == b"<p>"
        assert response.content_type == "text/html"
        assert response.headers["X-RateLimit-Remaining"] == "5"
    assert not simulator.calls
    with pytest.raises(json.JSONDecodeError):
        await api.fake()
    assert simulator.rings(NUMBER) == 1
    simulator.clear_faults()
    assert (await api.fake())[0] == 200


async def test_redirect(api: Api, simulator: Simulator) -> None:
    """A redirect shows whether the client takes its token elsewhere."""
    simulator.inject(Fault(FaultKind.REDIRECT))
    with pytest.raises(json.JSONDecodeError):
        await api.fake()
    assert simulator.requests[-1].path == "/elsewhere"
    assert simulator.requests[-1].has_token
    assert not simulator.calls


async def test_comes_back_at_its_port(api: Api, simulator: Simulator) -> None:
    """The API can be taken away, and brought back."""
    await api.fake(duration=60)
    url = simulator.url
    await simulator.stop()
    assert simulator.calls[0].state is CallState.UNANSWERED
    with pytest.raises(aiohttp.ClientConnectorError):
        await api.fake()
    await simulator.start()
    assert simulator.url == url
    assert (await api.fake())[0] == 200
    assert simulator.rings(NUMBER) == 2


async def test_stops_with_a_hanging_request(api: Api, simulator: Simulator) -> None:
    """Stopping breaks what hangs."""
    simulator.inject(Fault(FaultKind.HANG))
    request = asyncio.create_task(api.fake())
    await asyncio.sleep(0.1)
    await asyncio.wait_for(simulator.stop(), 1)
    with pytest.raises(CONNECTION_LOST):
        await request


async def test_proxy(api: Api, simulator: Simulator) -> None:
    """The proxy cuts an exchange at any byte, and no cut makes a phone ring twice."""
    path = "/api/call/fake/home"
    options: dict[str, Any] = {"json": {"number": NUMBER}}
    simulator.rate_limit.limit = 10_000
    async with CuttingProxy(simulator.port) as proxy:
        answer = await api.request("POST", path, base=proxy.url, **options)
        assert answer[0] == 200
        request_bytes, response_bytes = proxy.request_bytes, proxy.response_bytes
        assert request_bytes > 100
        assert response_bytes > 100
        for cut in range(0, request_bytes, 7):
            proxy.reset()
            proxy.cut_request_after = cut
            with pytest.raises(CONNECTION_LOST):
                await api.request("POST", path, base=proxy.url, **options)
            assert proxy.connections == 1
        assert simulator.rings(NUMBER) == 1
        for number, cut in enumerate(range(0, response_bytes, 7), 2):
            proxy.reset()
            proxy.cut_response_after = cut
            with pytest.raises(CONNECTION_LOST):
                await api.request("POST", path, base=proxy.url, **options)
            assert simulator.rings(NUMBER) == number


async def test_page(api: Api, simulator: Simulator) -> None:
    """The page is one file that loads nothing from elsewhere."""
    for path in ("/", "/_simulator/"):
        async with api.session.get(f"{simulator.url}{path}") as response:
            assert response.content_type == "text/html"
            text = await response.text()
    assert "Ryze simulator" in text
    assert "https://" not in text
    assert "innerHTML" not in text
    assert not simulator.requests


async def test_state_events(api: Api, simulator: Simulator) -> None:
    """The page is told about every change, and nothing secret."""
    async with api.session.ws_connect(f"{simulator.url}/_simulator/events") as socket:
        state = await socket.receive_json(timeout=1)
        assert state["phones"] == []
        await api.audio(mediaBase64=AUDIO)
        text = await socket.receive_str(timeout=1)
        assert api.headers["token"] not in text
        state = json.loads(text)
        (phone,) = state["phones"]
        assert phone["rings"] == 1
        assert phone["call"]["state"] == "ringing"
        path = f"/_simulator/calls/{phone['call']['id']}"
        url = f"{simulator.url}{phone['call']['audio_url']}"
        async with api.session.get(url) as audio:
            assert audio.content_type == "audio/wav"
            assert await audio.read() == _wav()
        async with api.session.get(url, headers={"Range": "bytes=4-9"}) as audio:
            assert audio.status == 206
            assert audio.headers["Content-Range"] == f"bytes 4-9/{len(_wav())}"
            assert await audio.read() == _wav()[4:10]
        await api.request("POST", f"{path}/decline")
        state = await socket.receive_json(timeout=1)
        assert state["calls"][0]["state"] == "declined"
        assert (await api.request("GET", "/_simulator/state"))[1]["phones"] == state[
            "phones"
        ]


async def test_control(api: Api, simulator: Simulator) -> None:
    """Other processes can change phones and instances, and inject faults."""
    phone = {"number": NUMBER, "name": "Ana", "behaviour": "off"}
    assert (await api.request("POST", "/_simulator/phones", json=phone))[0] == 200
    assert simulator.phone(NUMBER).name == "Ana"
    assert simulator.phone(NUMBER).behaviour is Behaviour.OFF
    phone["behaviour"] = "x"
    assert (await api.request("POST", "/_simulator/phones", json=phone))[0] == 400
    fault = {"kind": "raw", "body": "{}", "route": "fake"}
    assert (await api.request("POST", "/_simulator/faults", json=fault))[0] == 200
    assert await api.fake() == (200, {})
    change = {"state": "loggedout", "token": "another"}
    await api.request("POST", "/_simulator/instances/home", json=change)
    assert (await api.fake())[0] == 401
    api.headers = {"token": "another"}
    assert (await api.fake())[0] == 503


async def test_demo(socket_enabled: None) -> None:
    """The demo has an instance and two phones that wait for people."""
    async with demo_simulator(port=0) as simulator, aiohttp.ClientSession() as session:
        api = Api(simulator, session)
        api.headers = {"token": "demo-instance-token"}
        await api.fake(number="5511999990001")
        assert simulator.phone("5511999990001").name == "Maria"
        assert simulator.phone("5511999990001").behaviour is Behaviour.MANUAL

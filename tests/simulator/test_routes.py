"""Tests of the simulator's API."""

import asyncio
from email.utils import parsedate_to_datetime
import time
from typing import Any

import pytest

from . import (
    Behaviour,
    CallState,
    Respond,
    Simulator,
)
from .conftest import AUDIO, NUMBER, TIMEOUT, Api, error, wav


async def test_fake_call(api: Api, simulator: Simulator) -> None:
    """A fake call rings once, for the requested time."""
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
    await asyncio.wait_for(call.over.wait(), TIMEOUT)
    assert call.state is CallState.UNANSWERED
    assert simulator.phone(NUMBER).ringing is None


@pytest.mark.parametrize("body", [{}, {"duration": 0}])
async def test_default_duration(api: Api, body: dict[str, Any]) -> None:
    """A fake call without a duration, or with 0, rings for 8 seconds."""
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
    """An audio call accepts audio in each documented form."""
    status, body = await api.audio(**media)
    call = simulator.calls[0]
    assert status == 200
    assert body == {
        "success": True,
        "message": "Audio call placed",
        "callId": call.id,
        "number": NUMBER,
    }
    assert call.audio == wav()
    assert call.media_type == "audio/wav"


async def test_audio_from_url(api: Api, simulator: Simulator) -> None:
    """Audio at a URL is fetched, and a failed fetch rings no phone."""
    await api.audio(mediaBase64=AUDIO)
    url = f"{simulator.url}/_simulator/audio/{simulator.calls[0].id}"
    assert (await api.audio(mediaUrl=url))[0] == 200
    assert simulator.calls[1].audio == wav()
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
    """A phone reacts by itself according to its behaviour."""
    simulator.ring_time = 0.2
    simulator.talk_time = 0.1
    simulator.add_phone(NUMBER, "Ana", behaviour)
    assert (await api.audio(mediaBase64=AUDIO))[0] == 200
    await asyncio.wait_for(simulator.calls[0].over.wait(), TIMEOUT)
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
    """A wrong call request gets an error that names the mistake, and rings no phone."""
    answer = await api.request("POST", f"/api/call/{path}", json=body)
    assert answer == (status, error(message))
    assert not simulator.calls


@pytest.mark.parametrize(
    "data", ["", "{", "[]", '{"number": 5511}', '{"duration": "8"}']
)
async def test_invalid_body(api: Api, simulator: Simulator, data: str) -> None:
    """A body that is not JSON, or has wrong types, is refused."""
    headers = {**api.headers, "Content-Type": "application/json"}
    status, body = await api.request(
        "POST", "/api/call/fake/home", data=data, headers=headers
    )
    assert status == 400
    assert body["error"]["message"].startswith("Invalid request body: ")
    assert not simulator.calls


async def test_tokens(api: Api, simulator: Simulator) -> None:
    """A token is accepted in three places, and a wrong one is refused."""
    token = api.headers["token"]
    path = "/api/instance/list"
    for headers in ({"token": token}, {"Authorization": f"Bearer {token}"}):
        assert (await api.request("GET", path, headers=headers))[0] == 200
    assert (await api.request("GET", f"{path}?token={token}", headers={}))[0] == 200
    assert await api.request("GET", path, headers={}) == (
        401,
        error("Missing token in header, Authorization header, or query parameter"),
    )
    assert await api.request("GET", path, headers={"token": "wrong"}) == (
        401,
        error("Invalid token"),
    )
    assert [(request.path, request.has_token) for request in simulator.requests] == [
        (path, True),
        (path, True),
        (path, True),
        (path, False),
        (path, True),
    ]


async def test_ownership(api: Api, simulator: Simulator) -> None:
    """An instance's token works for this instance only, the account's for all."""
    simulator.add_instance("café/1")
    assert (await api.fake("caf%C3%A9%2F1"))[0] == 403
    assert not simulator.calls
    api.headers = {"token": simulator.account_token}
    assert (await api.fake("caf%C3%A9%2F1"))[0] == 200
    assert simulator.requests[-1].path == "/api/call/fake/caf%C3%A9%2F1"
    assert simulator.calls[0].instance == "café/1"
    assert await api.fake("nobody") == (404, error("instance not found"))
    simulator.remove_instance("home")
    assert (await api.fake())[0] == 404


@pytest.mark.parametrize("status", [503, 400, 500])
async def test_not_connected(api: Api, simulator: Simulator, status: int) -> None:
    """An instance that is not connected places no call."""
    simulator.instances["home"].state = "loggedout"
    simulator.choices.not_connected_status = status
    answer = await api.fake()
    assert answer == (status, error("Instance is not connected to WhatsApp"))
    assert not simulator.calls


async def test_no_whatsapp(api: Api, simulator: Simulator) -> None:
    """A number without WhatsApp is refused."""
    simulator.add_phone(NUMBER, behaviour=Behaviour.NO_WHATSAPP)
    status, body = await api.fake()
    assert status == 500
    assert "is not registered on WhatsApp" in body["error"]["message"]
    assert simulator.rings(NUMBER) == 0


async def test_list(api: Api, simulator: Simulator) -> None:
    """A token sees its own instance; the account's token sees all, and can filter."""
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
        error("Instance not found"),
    )


async def test_rate_limit(api: Api, simulator: Simulator) -> None:
    """Every answer counts down, and 0 refuses all requests until the reset."""
    token = api.headers["token"]
    url = f"{simulator.url}/api/instance/list"
    async with api.session.get(url, headers=api.headers) as response:
        assert response.headers["X-RateLimit-Limit"] == "100"
        assert response.headers["X-RateLimit-Remaining"] == "99"
        assert int(response.headers["X-RateLimit-Reset"]) > time.time() + 50
    simulator.rate_limit.set(token, remaining=0)
    assert await api.fake() == (429, error("Rate limit exceeded. Try again later."))
    async with api.session.get(f"{simulator.url}/health") as response:
        assert response.status == 200
        assert (await response.json())["status"] == "ok"
        assert "X-RateLimit-Limit" not in response.headers
    other = {"token": simulator.account_token}
    assert (await api.request("GET", "/api/instance/list", headers=other))[0] == 200
    assert not simulator.calls
    simulator.rate_limit.set(token, remaining=0, resets_in=0)
    assert (await api.fake())[0] == 200


@pytest.mark.parametrize("ahead", [0, 86_400, -86_400])
@pytest.mark.parametrize("tells_date", [True, False])
async def test_clock(
    api: Api, simulator: Simulator, ahead: int, tells_date: bool
) -> None:
    """The API's clock can be wrong, and answers can hide its time."""
    simulator.rate_limit.ahead = ahead
    simulator.rate_limit.tells_date = tells_date
    url = f"{simulator.url}/api/instance/list"
    async with api.session.get(url, headers=api.headers) as response:
        dates = response.headers.getall("Date", [])
        reset = int(response.headers["X-RateLimit-Reset"])
    now = time.time() + ahead
    assert now + 50 < reset < now + 65
    times = [parsedate_to_datetime(date).timestamp() for date in dates]
    assert times == [pytest.approx(now, abs=5)] * tells_date


async def test_answer_after_the_ringing(api: Api, simulator: Simulator) -> None:
    """With WHEN_OVER, the API answers after the ringing."""
    simulator.choices.respond = Respond.WHEN_OVER
    simulator.phone(NUMBER).behaviour = Behaviour.DECLINE
    simulator.phone(NUMBER).answer_after = 0.2
    before = time.monotonic()
    assert (await api.fake())[0] == 200
    assert time.monotonic() - before >= 0.2

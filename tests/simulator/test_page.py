"""Tests of the phone page, and of control from outside."""

import json

import aiohttp

from . import (
    Behaviour,
    Simulator,
    demo_simulator,
)
from .conftest import AUDIO, NUMBER, Api, wav


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
            assert await audio.read() == wav()
        async with api.session.get(url, headers={"Range": "bytes=4-9"}) as audio:
            assert audio.status == 206
            assert audio.headers["Content-Range"] == f"bytes 4-9/{len(wav())}"
            assert await audio.read() == wav()[4:10]
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

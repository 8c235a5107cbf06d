"""Tests of the page with the phones, and of remote control."""

import json

import aiohttp

from . import (
    Behaviour,
    Simulator,
    demo_simulator,
)
from .conftest import AUDIO, NUMBER, TIMEOUT, Api, wav


async def test_page(api: Api, simulator: Simulator) -> None:
    """The page is one file that loads nothing from another address."""
    for path in ("/", "/_simulator/"):
        async with api.session.get(f"{simulator.url}{path}") as response:
            assert response.content_type == "text/html"
            text = await response.text()
    assert "Ryze simulator" in text
    assert "https://" not in text
    assert "innerHTML" not in text
    assert not simulator.requests


async def test_state_events(api: Api, simulator: Simulator) -> None:
    """The page is sent every change, and no token."""
    async with api.session.ws_connect(f"{simulator.url}/_simulator/events") as socket:
        state = await socket.receive_json(timeout=TIMEOUT)
        assert state["phones"] == []
        await api.audio(mediaBase64=AUDIO)
        text = await socket.receive_str(timeout=TIMEOUT)
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
        state = await socket.receive_json(timeout=TIMEOUT)
        assert state["calls"][0]["state"] == "declined"
        assert (await api.request("GET", "/_simulator/state"))[1]["phones"] == state[
            "phones"
        ]


async def test_control(api: Api, simulator: Simulator) -> None:
    """Another process can change phones and instances, and queue faults."""
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
    """The demo has an instance, and phones that wait for a person."""
    async with demo_simulator(port=0) as simulator, aiohttp.ClientSession() as session:
        api = Api(simulator, session)
        api.headers = {"token": "demo-instance-token"}
        await api.fake(number="5511999990001")
        assert simulator.phone("5511999990001").name == "Maria"
        assert simulator.phone("5511999990001").behaviour is Behaviour.MANUAL

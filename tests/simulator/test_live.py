"""Tests of live updates over real sockets."""

import asyncio
import time

import aiohttp
import pytest

from . import (
    Simulator,
    server,
)
from .conftest import (
    JID,
    NUMBER,
    OWN,
    TIMEOUT,
    WS,
    Api,
    connected,
    data,
    disconnected,
    kinds,
    no_frame,
)


async def test_frames(api: Api, simulator: Simulator, socket: WS) -> None:
    """A frame is text and holds the instance's token in clear."""
    assert simulator.live.clients("home") == 1
    simulator.set_state("home", "disconnected")
    frame = await socket.receive_json(timeout=TIMEOUT)
    assert frame["event"] == "instance.state"
    assert frame["data"]["state"] == "disconnected"
    assert frame["data"]["instance"] == "home"
    assert frame["instanceData"] == {
        "baseUrl": simulator.url,
        "instance": "home",
        "token": api.headers["token"],
    }


async def test_filter(api: Api, simulator: Simulator) -> None:
    """Only configured events are sent; an empty configuration means all events."""
    simulator.live.configure("home", events=["call.update"])
    async with connected(api) as socket, connected(api) as other:
        assert simulator.live.clients("home") == 2
        simulator.set_state("home", "connecting")
        simulator.set_state("home", "connected")
        simulator.call_in(NUMBER, seconds=10)
        assert await kinds(socket, 1) == await kinds(other, 1) == ["offer"]
        simulator.live.configure("home")
        simulator.set_state("home", "disconnected")
        assert (await data(socket))["state"] == "disconnected"
        simulator.live.configure("home", enabled=False)
        simulator.set_state("home", "connected")
        await no_frame(socket)
        assert simulator.live.clients("home") == 2
    await disconnected(simulator)


async def test_events_without_a_client_are_lost(api: Api, simulator: Simulator) -> None:
    """Events without a connected client are lost."""
    simulator.live.configure("home")
    simulator.call_in(NUMBER, seconds=10)
    await api.fake(duration=60)
    async with connected(api) as socket:
        await no_frame(socket)
        simulator.decline(simulator.calls[1].id)
        assert await kinds(socket, 1) == ["rejected"]


async def test_pings(api: Api, simulator: Simulator) -> None:
    """A client that answers PINGs stays connected; any other client is dropped."""
    simulator.live.ping_interval, simulator.live.pong_timeout = 0.05, 1
    simulator.live.configure("home")
    async with connected(api) as polite, connected(api, autoping=False) as other:
        message = await other.receive(timeout=TIMEOUT)
        assert message.type is aiohttp.WSMsgType.PING
        await polite.send_str("ignored")
        await polite.send_bytes(b"ignored")
        # The polite client connected first, so it would be dropped first.
        answering = asyncio.create_task(polite.receive())
        await disconnected(simulator, clients=1)
        await no_frame_so_far(answering)
        assert simulator.live.clients("home") == 1
        while (message := await other.receive(timeout=TIMEOUT)).type is not (
            aiohttp.WSMsgType.CLOSED
        ):
            assert message.type in {aiohttp.WSMsgType.PING, aiohttp.WSMsgType.ERROR}
        assert other.closed
        assert not polite.closed


async def no_frame_so_far(receiving: asyncio.Task[aiohttp.WSMessage]) -> None:
    """Assert that a client has received nothing so far, and end its waiting."""
    assert not receiving.done()
    receiving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiving


async def test_silence(api: Api, simulator: Simulator) -> None:
    """A half-gone connection sends nothing and confirms no end."""
    simulator.live.ping_interval, simulator.live.pong_timeout = 0.05, 0.2
    simulator.live.configure("home")
    timeout = aiohttp.ClientWSTimeout(ws_close=0.2)
    async with connected(api, autoping=False) as socket:
        simulator.live.silent = True
        await socket.ping()
        simulator.set_state("home", "disconnected")
        simulator.live.send("home", "x")
        await no_frame(socket, 0.4)
        assert simulator.live.clients("home") == 1
    async with connected(api, timeout=timeout) as socket:
        before = time.monotonic()
        await socket.close()
        assert time.monotonic() - before >= 0.2
    await disconnected(simulator)
    simulator.live.silent = False
    simulator.live.pong_timeout = TIMEOUT
    async with connected(api, autoping=False) as socket:
        await socket.ping(b"again")
        while (message := await socket.receive(timeout=TIMEOUT)).type is not (
            aiohttp.WSMsgType.PONG
        ):
            assert message.type is aiohttp.WSMsgType.PING
        assert message.data == b"again"
        assert not socket.closed


async def test_heartbeat_notices_silence(api: Api, simulator: Simulator) -> None:
    """A client's own PINGs reveal a half-gone connection."""
    simulator.live.configure("home")
    async with connected(api, heartbeat=0.1) as socket:
        simulator.live.silent = True
        message = await socket.receive(timeout=TIMEOUT)
        assert message.type is not aiohttp.WSMsgType.TEXT
        assert socket.closed


async def test_raw_and_close(api: Api, simulator: Simulator, socket: WS) -> None:
    """A test can send any frame, and close sockets with any code."""
    simulator.live.send("home", "{no json")
    simulator.live.send("home", b"\x00\xff")
    simulator.live.send("home", "x" * 300_000)
    simulator.live.close("home", 1012)
    assert await socket.receive_str(timeout=TIMEOUT) == "{no json"
    assert await socket.receive_bytes(timeout=TIMEOUT) == b"\x00\xff"
    assert len(await socket.receive_str(timeout=TIMEOUT)) == 300_000
    message = await socket.receive(timeout=TIMEOUT)
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1012)
    await disconnected(simulator)


async def test_stop(
    api: Api, simulator: Simulator, socket: WS, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopping breaks sockets at once, without a CLOSE frame."""
    await api.fake(duration=60)
    assert await kinds(socket, 1) == ["offer"]
    simulator.reconnect("home")
    assert (await data(socket))["state"] == "connecting"
    # A connection that is not broken would keep the simulator for twice this time.
    monkeypatch.setattr(server, "_LINGER", TIMEOUT)
    await asyncio.wait_for(simulator.stop(), TIMEOUT)
    message = await socket.receive(timeout=TIMEOUT)
    assert message.type in {aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}
    assert simulator.live.clients("home") == 0
    await simulator.start()
    assert simulator.instances["home"].state == "connected"
    async with connected(api) as again:
        simulator.call_in(NUMBER, seconds=10)
        assert await kinds(again, 1) == ["offer"]


async def test_state(api: Api, simulator: Simulator, socket: WS) -> None:
    """The event and the list spell states differently; only the event has QR codes."""
    simulator.add_instance("office", profile_name="Office")
    for state, spelling in (
        ("loggedout", "logged_out"),
        ("qr", "qr_ready"),
        ("banned", "temp_banned"),
        ("connected", "connected"),
    ):
        simulator.set_state("home", state)
        said = await data(socket)
        assert said["state"] == spelling
        assert ("codes" in said) is (state == "qr")
        item = (await api.request("GET", "/api/instance/list"))[1]["instances"][0]
        assert item["connection"]["state"] == state
    assert item["connection"]["numberJid"] == OWN + JID
    assert item["profile"]["name"] == "Home"


async def test_page_state(api: Api, simulator: Simulator) -> None:
    """The page shows clients and states, and can change states."""
    simulator.live.configure("home")
    async with (
        connected(api) as socket,
        api.session.ws_connect(f"{simulator.url}/_simulator/events") as page,
    ):
        state = await page.receive_json(timeout=TIMEOUT)
        assert state["instances"] == [{"name": "home", "state": "connected", "live": 1}]
        change = {"state": "loggedout"}
        await api.request("POST", "/_simulator/instances/home", json=change)
        assert (await data(socket))["state"] == "logged_out"
        state = await page.receive_json(timeout=TIMEOUT)
        assert state["instances"][0]["state"] == "loggedout"
        await socket.close()
        state = await page.receive_json(timeout=TIMEOUT)
        assert state["instances"][0]["live"] == 0


async def test_bytes_and_abort(api: Api, simulator: Simulator, socket: WS) -> None:
    """A test can send raw bytes, frames or not, and can break a connection."""
    simulator.live.write("home", b"\x81\x02{}")
    assert await socket.receive_json(timeout=TIMEOUT) == {}
    simulator.live.write("home", b"\x83\x00")
    message = await socket.receive(timeout=TIMEOUT)
    assert message.type in (aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED)
    async with connected(api) as again:
        simulator.live.abort("home")
        message = await again.receive(timeout=TIMEOUT)
        assert message.type in (aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED)

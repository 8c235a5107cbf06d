"""Tests of what goes wrong on purpose."""

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest

from . import (
    CallState,
    CuttingProxy,
    Fault,
    FaultKind,
    Respond,
    Simulator,
)
from .conftest import CONNECTION_LOST, NUMBER, Api, error


@pytest.mark.parametrize(
    ("kind", "rings"),
    [
        (FaultKind.CUT_BEFORE, 0),
        (FaultKind.CUT_UPLOAD, 0),
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


async def test_recode(api: Api, simulator: Simulator) -> None:
    """A good answer can be worded otherwise, up to its first byte."""
    head = b"HTTP/1.1 299 Fine\r\n\r\n"
    simulator.inject(
        Fault(FaultKind.RAW, recode=lambda body: body.replace(b"I", b"_i"))
    )
    simulator.inject(
        Fault(FaultKind.GARBAGE, recode=lambda body: head + body, reset=False)
    )
    assert (await api.fake())[1]["call_id"] == simulator.calls[0].id
    status, body = await api.fake()
    assert (status, body["callId"]) == (299, simulator.calls[1].id)


async def test_drip(api: Api, simulator: Simulator) -> None:
    """An answer may come byte by byte: whole for who waits, and for nobody else."""
    simulator.inject(Fault(FaultKind.DRIP, interval=0, times=2))
    assert (await api.fake())[1]["success"] is True
    assert (await api.request("GET", "/api/instance/list"))[0] == 200
    simulator.inject(Fault(FaultKind.DRIP, interval=0.01))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(api.fake(), 0.2)
    assert simulator.rings(NUMBER) == 2
    assert simulator.faults_happened == 3
    await asyncio.sleep(0.1)
    assert simulator.connections == 0


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
    assert await api.fake() == (502, error("bad"))
    assert await api.fake() == (502, error("bad"))
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


@pytest.mark.parametrize(
    ("kind", "rings_before"),
    [(FaultKind.DELAY, 0), (FaultKind.DELAY_ANSWER, 1), (FaultKind.STATUS, 0)],
)
async def test_release(
    api: Api, simulator: Simulator, kind: FaultKind, rings_before: int
) -> None:
    """A fault with an event holds the request, or its answer, until the event is set."""
    release = asyncio.Event()
    simulator.inject(Fault(kind, release=release))
    request = asyncio.create_task(api.fake(duration=60))
    while simulator.faults_happened == 0:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    assert not request.done()
    assert simulator.rings(NUMBER) == rings_before
    release.set()
    status = 500 if kind is FaultKind.STATUS else 200
    assert (await request)[0] == status
    assert simulator.rings(NUMBER) == (status == 200)


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

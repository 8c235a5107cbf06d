"""Tests of the faults."""

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
from .conftest import CONNECTION_LOST, NUMBER, TIMEOUT, Api, error
from tests.helpers.common import until


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
    """A cut breaks one connection, and the phone rings if the request took effect."""
    simulator.inject(Fault(kind, route="fake", reset=reset))
    assert (await api.request("GET", "/api/instance/list"))[0] == 200
    with pytest.raises(CONNECTION_LOST):
        await api.fake()
    assert simulator.rings(NUMBER) == rings
    assert simulator.requests[-1].status is None
    assert (await api.fake())[0] == 200
    assert simulator.rings(NUMBER) == rings + 1


async def test_garbage(api: Api, simulator: Simulator) -> None:
    """An answer can be bytes that are not HTTP."""
    simulator.inject(Fault(FaultKind.GARBAGE))
    with pytest.raises(aiohttp.ClientError):
        await api.fake()
    assert simulator.rings(NUMBER) == 1


async def test_recode(api: Api, simulator: Simulator) -> None:
    """A test can rewrite a good answer's body, or its whole bytes."""
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
    """A dripping answer reaches a patient client whole, and an impatient one never."""
    simulator.inject(Fault(FaultKind.DRIP, interval=0, times=2))
    assert (await api.fake())[1]["success"] is True
    assert (await api.request("GET", "/api/instance/list"))[0] == 200
    simulator.inject(Fault(FaultKind.DRIP, interval=1))
    await give_up(simulator, asyncio.create_task(api.fake()), rings=2)
    assert simulator.faults_happened == 3
    await until(lambda: simulator.connections == 0)


async def give_up(
    simulator: Simulator, request: asyncio.Task[tuple[int, Any]], *, rings: int
) -> None:
    """Disconnect the client of a request that has rung a phone and has no answer."""
    await until(lambda: simulator.rings(NUMBER) == rings)
    done, _ = await asyncio.wait({request}, timeout=0.1)
    assert not done
    assert simulator.connections
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request


@pytest.mark.parametrize("respond", Respond)
async def test_hang(api: Api, simulator: Simulator, respond: Respond) -> None:
    """A request without an answer ends when its client disconnects."""
    simulator.choices.respond = respond
    simulator.inject(Fault(FaultKind.HANG))
    await give_up(simulator, asyncio.create_task(api.fake()), rings=1)
    await until(lambda: simulator.connections == 0)


async def test_delays(api: Api, simulator: Simulator) -> None:
    """A request takes effect late with DELAY, and at once with DELAY_ANSWER."""
    rung_at: list[float] = []
    simulator.call_listeners.append(lambda _: rung_at.append(time.monotonic()))
    simulator.inject(Fault(FaultKind.DELAY, delay=0.2))
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=0.2))
    asked_at = time.monotonic()
    assert (await api.fake(duration=60))[0] == 200
    assert rung_at[0] - asked_at >= 0.19
    assert (await api.fake(duration=60))[0] == 200
    assert time.monotonic() - rung_at[1] >= 0.19
    assert simulator.rings(NUMBER) == len(rung_at) == 2


async def test_status_and_raw(api: Api, simulator: Simulator) -> None:
    """A fault answers with a chosen error or a chosen body."""
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
    """A redirect shows whether a client sends its token to another address."""
    simulator.inject(Fault(FaultKind.REDIRECT))
    with pytest.raises(json.JSONDecodeError):
        await api.fake()
    assert simulator.requests[-1].path == "/elsewhere"
    assert simulator.requests[-1].has_token
    assert not simulator.calls


async def test_restart_at_the_same_port(api: Api, simulator: Simulator) -> None:
    """A simulator that was stopped starts again at the same port."""
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


async def test_stop_breaks_a_hanging_request(api: Api, simulator: Simulator) -> None:
    """Stopping breaks the connection of a request without an answer."""
    simulator.inject(Fault(FaultKind.HANG))
    request = asyncio.create_task(api.fake())
    await until(lambda: simulator.rings(NUMBER) == 1)
    await asyncio.wait_for(simulator.stop(), TIMEOUT)
    with pytest.raises(CONNECTION_LOST):
        await request


async def test_proxy(api: Api, simulator: Simulator) -> None:
    """The proxy cuts a call request anywhere, and each cut leaves at most one ring."""
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

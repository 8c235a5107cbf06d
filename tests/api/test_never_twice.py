"""Tests of the requests that are repeated, and of those that never are."""

from asyncio import Event, create_task
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from email.utils import formatdate
import socket
import time
from typing import Any

from aiohttp import ClientSession, ClientTimeout
import pytest

from .common import BOTH, Place, place_audio, place_fake
from custom_components.ryze.api import (
    RyzeClient,
    RyzeConnectionError,
    RyzeOutcomeUnknownError,
    RyzeRateLimitError,
    RyzeServerError,
    client as client_module,
)

# The fixture `quick_retries` replaces the delays in the module itself.
from custom_components.ryze.api.client import CONNECTION_RETRY_DELAYS
from tests.helpers.common import until
from tests.helpers.const import INSTANCE_TOKEN, MARIA
from tests.helpers.retries import EndlessRetries
from tests.simulator import CuttingProxy, Fault, FaultKind, Respond, Simulator

pytestmark = pytest.mark.usefixtures("quick_retries")


# Calls that may have rung a phone are never sent again.


@BOTH
@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.CUT_AFTER),
        Fault(FaultKind.CUT_AFTER, reset=False),
        Fault(FaultKind.CUT_HEADERS),
        Fault(FaultKind.CUT_BODY),
        Fault(FaultKind.GARBAGE),
        Fault(FaultKind.RAW, body=b""),
        Fault(FaultKind.RAW, body=b"[]"),
        Fault(FaultKind.RAW, body=b"{}"),
        Fault(FaultKind.RAW, body=b"<html>Bad gateway</html>"),
        Fault(FaultKind.RAW, body=b'{"success": true, "callId": 7}'),
        Fault(FaultKind.RAW, body=b'{"success": true, "callId": ""}'),
        Fault(FaultKind.RAW, body=b'{"success": false, "callId": "A"}'),
        Fault(FaultKind.RAW, body=b'{"success": true, "callId": "\xff"}'),
        Fault(FaultKind.RAW, body=b'{"callId": "' + b"A" * 201 + b'"}'),
        Fault(FaultKind.RAW, body=b"[" * 500_000),
        Fault(FaultKind.RAW, body=b'{"callId": "' + b"A" * 2_000_000 + b'"}'),
        Fault(FaultKind.RAW, body=b"{}", headers={"Content-Encoding": "gzip"}),
    ],
    ids=lambda fault: f"{fault.kind}-{(fault.body or b'')[:30]!r}-{fault.reset}",
)
async def test_no_clear_answer(
    simulator: Simulator, client: RyzeClient, place: Place, fault: Fault
) -> None:
    """A call without a clear answer is not sent again."""
    simulator.inject(fault)
    with pytest.raises(RyzeOutcomeUnknownError):
        await place(client)
    assert simulator.rings(MARIA) == 1
    assert len(simulator.requests) == 1

    await place(client)
    assert simulator.rings(MARIA) == 2


@BOTH
async def test_cut_before_the_call(
    simulator: Simulator, client: RyzeClient, place: Place
) -> None:
    """A call that was sent is not sent again, although it may not have arrived."""
    simulator.inject(Fault(FaultKind.CUT_BEFORE))
    with pytest.raises(RyzeOutcomeUnknownError):
        await place(client)
    assert len(simulator.requests) == 1
    assert simulator.rings(MARIA) == 0


@BOTH
async def test_no_answer_in_time(
    simulator: Simulator,
    client: RyzeClient,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A call without an answer in time is not sent again."""
    short = ClientTimeout(total=1, connect=10)
    monkeypatch.setattr(client_module, "FAKE_CALL_TIMEOUT", short)
    monkeypatch.setattr(client_module, "AUDIO_CALL_TIMEOUT", short)
    simulator.inject(Fault(FaultKind.HANG))
    with pytest.raises(RyzeOutcomeUnknownError):
        await place(client)
    assert simulator.rings(MARIA) == 1
    assert len(simulator.requests) == 1


@asynccontextmanager
async def cutting(
    simulator: Simulator,
) -> AsyncGenerator[tuple[CuttingProxy, RyzeClient]]:
    """Yield a proxy that cuts connections, and a client that calls through the proxy."""
    async with CuttingProxy(simulator.port) as proxy, ClientSession() as session:
        simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
        yield proxy, RyzeClient(session, proxy.url, INSTANCE_TOKEN)


# Each test takes every sixth cut, so that it ends in time on a busy machine.
EVERY_BYTE = pytest.mark.parametrize("first", range(6))
STEPS = pytest.mark.parametrize(("place", "step"), [(place_fake, 1), (place_audio, 37)])


@EVERY_BYTE
@STEPS
async def test_request_cut_at_every_byte(
    simulator: Simulator, place: Place, step: int, first: int
) -> None:
    """A request that is cut at any byte rings no phone, and is not repeated."""
    async with cutting(simulator) as (proxy, client):
        await place(client)
        size = proxy.request_bytes
        for cut in (*range(first * step, size, 6 * step), size - 1):
            proxy.reset()
            proxy.cut_request_after = cut
            with pytest.raises(RyzeOutcomeUnknownError):
                await place(client)
            assert proxy.connections == 1
        assert simulator.rings(MARIA) == 1


@EVERY_BYTE
@STEPS
async def test_answer_cut_at_every_byte(
    simulator: Simulator, place: Place, step: int, first: int
) -> None:
    """A call whose answer is cut at any byte rings once, and is not repeated."""
    async with cutting(simulator) as (proxy, client):
        await place(client)
        size = proxy.response_bytes
        for cut in (*range(first * step, size, 6 * step), size - 1):
            proxy.reset()
            proxy.cut_response_after = cut
            rings = simulator.rings(MARIA)
            with pytest.raises(RyzeOutcomeUnknownError):
                await place(client)
            assert proxy.connections == 1
            assert simulator.rings(MARIA) == rings + 1

        # A cut behind the answer is no error.
        proxy.cut_response_after = size
        await place(client)


@BOTH
async def test_redirect_is_not_followed(
    simulator: Simulator, client: RyzeClient, place: Place
) -> None:
    """A redirect, which would take the token to another host, is not followed."""
    simulator.inject(Fault(FaultKind.REDIRECT))
    with pytest.raises(RyzeOutcomeUnknownError):
        await place(client)
    assert len(simulator.requests) == 1


async def test_answer_after_the_ringing(
    simulator: Simulator, client: RyzeClient
) -> None:
    """An answer that comes only after the ringing is waited for."""
    simulator.choices.respond = Respond.WHEN_OVER
    call = await client.fake_call("home", MARIA, 1, Event())
    assert call.call_id == simulator.calls[0].id
    assert simulator.rings(MARIA) == 1


# Calls that certainly rang no phone are repeated.


@BOTH
async def test_unreachable_api_comes_back(
    simulator: Simulator,
    client: RyzeClient,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A call is repeated while RyzeAPI is unreachable, until it is back."""
    await simulator.stop()
    waits: list[float] = []

    async def wait_for(waiter: Coroutine[Any, Any, Any], delay: float) -> None:
        waiter.close()
        waits.append(delay)
        if len(waits) == 3:
            await simulator.start()

    monkeypatch.setattr(
        client_module, "CONNECTION_RETRY_DELAYS", CONNECTION_RETRY_DELAYS
    )
    monkeypatch.setattr("asyncio.wait_for", wait_for)
    await place(client)
    assert waits == [1.0, 2.0, 4.0]
    assert simulator.rings(MARIA) == 1


@BOTH
async def test_unreachable_api_stays_away(
    simulator: Simulator, client: RyzeClient, place: Place
) -> None:
    """A call fails after four repetitions."""
    await simulator.stop()
    with pytest.raises(RyzeConnectionError):
        await place(client)
    assert simulator.rings(MARIA) == 0


def test_retry_delays() -> None:
    """The delays are those that the documentation promises."""
    assert CONNECTION_RETRY_DELAYS == (1, 2, 4, 8)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1",  # refused
        "http://nowhere.invalid",  # DNS
        "https://127.0.0.1:{port}",  # TLS
    ],
)
async def test_nothing_was_sent(simulator: Simulator, url: str) -> None:
    """A call that could not be sent raises a connection error."""
    async with ClientSession() as session:
        client = RyzeClient(session, url.format(port=simulator.port), INSTANCE_TOKEN)
        with pytest.raises(RyzeConnectionError):
            await client.fake_call("home", MARIA, 1, Event())
        with pytest.raises(RyzeConnectionError):
            await client.instances()
    assert simulator.rings(MARIA) == 0


async def test_connect_timeout(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that accepts no connection raises a connection error."""
    monkeypatch.setattr(
        client_module, "FAKE_CALL_TIMEOUT", ClientTimeout(total=5, connect=0.1)
    )
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        async with ClientSession() as session:
            url = f"http://127.0.0.1:{full.getsockname()[1]}"
            with pytest.raises(RyzeConnectionError):
                await RyzeClient(session, url, INSTANCE_TOKEN).fake_call(
                    "home", MARIA, 1, Event()
                )


NOT_SENT_ON = pytest.mark.parametrize("status", [521, 523, 525, 526, 530])


@BOTH
@NOT_SENT_ON
async def test_proxy_that_reached_no_server(
    simulator: Simulator, client: RyzeClient, place: Place, status: int
) -> None:
    """A call that a proxy could not pass on is repeated, and rings once."""
    simulator.inject(Fault(FaultKind.PAGE, status=status, times=4))
    await place(client)
    assert [request.status for request in simulator.requests] == [status] * 4 + [200]
    assert simulator.rings(MARIA) == 1


@NOT_SENT_ON
async def test_proxy_that_never_reaches_the_server(
    simulator: Simulator, client: RyzeClient, status: int
) -> None:
    """A call that a proxy cannot pass on fails after four repetitions."""
    simulator.inject(Fault(FaultKind.PAGE, status=status, times=None))
    with pytest.raises(RyzeConnectionError):
        await client.fake_call("home", MARIA, 1, Event())
    assert len(simulator.requests) == 5


@NOT_SENT_ON
@pytest.mark.parametrize(
    "body",
    [
        b'{"success": true, "callId": "A"}',
        b'{"success": false, "error": {"message": "Down"}}',
        b'{"callId": "A"}',
    ],
)
async def test_odd_status_of_the_api(
    simulator: Simulator, client: RyzeClient, status: int, body: bytes
) -> None:
    """An answer of RyzeAPI itself is not repeated, although a proxy has its status."""
    simulator.inject(Fault(FaultKind.RAW, status=status, body=body))
    with pytest.raises(RyzeServerError):
        await client.fake_call("home", MARIA, 1, Event())
    assert simulator.rings(MARIA) == 1
    assert len(simulator.requests) == 1


# The rate limit.


@BOTH
async def test_rate_limit(
    simulator: Simulator, client: RyzeClient, place: Place
) -> None:
    """A call that the rate limit refused is repeated after the reset."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1)
    await place(client)
    assert [request.status for request in simulator.requests] == [429, 200]
    assert simulator.rings(MARIA) == 1


async def test_second_refusal(simulator: Simulator, client: RyzeClient) -> None:
    """A call that the rate limit refuses twice fails."""
    simulator.rate_limit.limit = 0
    simulator.rate_limit.window = 0.2
    with pytest.raises(RyzeRateLimitError):
        await client.fake_call("home", MARIA, 1, Event())
    assert [request.status for request in simulator.requests] == [429, 429]


async def test_known_rate_limit(simulator: Simulator, client: RyzeClient) -> None:
    """A call that the rate limit would refuse is sent only after the reset."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1, resets_in=0.2)
    await client.fake_call("home", MARIA, 1, Event())
    await client.fake_call("home", MARIA, 1, Event())
    assert [request.status for request in simulator.requests] == [200, 200]


async def test_reset_far_away(simulator: Simulator, client: RyzeClient) -> None:
    """A reset that is far away is not waited for."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1800)
    for _ in range(2):
        with pytest.raises(RyzeRateLimitError):
            await client.fake_call("home", MARIA, 1, Event())
    with pytest.raises(RyzeRateLimitError):
        await client.instances()
    assert [request.status for request in simulator.requests] == [429] * 3


async def test_throttled_by_whatsapp(simulator: Simulator, client: RyzeClient) -> None:
    """A call that WhatsApp throttles fails without a repetition."""
    simulator.inject(Fault(FaultKind.STATUS, status=429, message="Slow down"))
    with pytest.raises(RyzeRateLimitError):
        await client.fake_call("home", MARIA, 1, Event())
    assert len(simulator.requests) == 1


async def test_reset_is_now(simulator: Simulator, client: RyzeClient) -> None:
    """A call is repeated although the reset is this very second."""
    now = time.time()
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(now)),
        "Date": formatdate(now, usegmt=True),
    }
    simulator.inject(Fault(FaultKind.STATUS, status=429, headers=headers))
    await client.fake_call("home", MARIA, 1, Event())
    assert [request.status for request in simulator.requests] == [429, 200]


async def test_broken_reset(simulator: Simulator, client: RyzeClient) -> None:
    """A reset in milliseconds does not hold back the next call."""
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(time.time() * 1000)),
    }
    simulator.inject(Fault(FaultKind.STATUS, status=429, headers=headers))
    with pytest.raises(RyzeRateLimitError):
        await client.fake_call("home", MARIA, 1, Event())
    await client.fake_call("home", MARIA, 1, Event())
    assert simulator.rings(MARIA) == 1


async def test_give_up(
    simulator: Simulator, client: RyzeClient, endless_retries: EndlessRetries
) -> None:
    """A call that is given up before it was sent is never sent."""
    await simulator.stop()
    give_up = Event()
    call = create_task(client.fake_call("home", MARIA, 1, give_up))
    await until(lambda: endless_retries.waits)
    assert not call.done()
    give_up.set()
    with pytest.raises(RyzeConnectionError):
        await call
    await simulator.start()
    assert simulator.requests == []


async def test_give_up_before_the_reset(
    simulator: Simulator, client: RyzeClient
) -> None:
    """A call that is given up before the reset is not sent again."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=30)
    give_up = Event()
    call = create_task(client.fake_call("home", MARIA, 1, give_up))
    await until(lambda: client.rate_limit.remaining == 0)
    assert not call.done()
    give_up.set()
    with pytest.raises(RyzeRateLimitError):
        await call
    assert [request.status for request in simulator.requests] == [429]


async def test_refusal_without_a_counter(
    simulator: Simulator, client: RyzeClient
) -> None:
    """A refusal without a known reset is final."""
    simulator.inject(
        Fault(
            FaultKind.STATUS,
            status=429,
            headers={"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "never"},
        )
    )
    with pytest.raises(RyzeRateLimitError):
        await client.fake_call("home", MARIA, 1, Event())

"""Tests of what is sent again, and of what never is."""

from asyncio import Event, create_task, sleep
from collections.abc import Coroutine
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
    client as client_module,
)

# As it is before a fixture of this module makes it shorter.
from custom_components.ryze.api.client import CONNECTION_RETRY_DELAYS
from tests.helpers.const import INSTANCE_TOKEN, MARIA
from tests.simulator import CuttingProxy, Fault, FaultKind, Respond, Simulator

pytestmark = pytest.mark.usefixtures("quick_retries")


# The first rule: a phone never rings twice because the network hiccuped.


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
async def test_taken_and_no_clear_answer(
    simulator: Simulator, client: RyzeClient, place: Place, fault: Fault
) -> None:
    """What may ring is not sent again."""
    simulator.inject(fault)
    with pytest.raises(RyzeOutcomeUnknownError):
        await place(client)
    assert simulator.rings(MARIA) == 1
    assert len(simulator.requests) == 1

    await place(client)
    assert simulator.rings(MARIA) == 2


@BOTH
async def test_connection_cut_before_taken(
    simulator: Simulator, client: RyzeClient, place: Place
) -> None:
    """Whether what was sent has been taken cannot be known, so it is not sent again."""
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
    """A request that is not answered in time may have been taken."""
    short = ClientTimeout(total=0.3, connect=10)
    monkeypatch.setattr(client_module, "FAKE_CALL_TIMEOUT", short)
    monkeypatch.setattr(client_module, "AUDIO_CALL_TIMEOUT", short)
    simulator.inject(Fault(FaultKind.HANG))
    with pytest.raises(RyzeOutcomeUnknownError):
        await place(client)
    assert simulator.rings(MARIA) == 1
    assert len(simulator.requests) == 1


@pytest.mark.parametrize(("place", "step"), [(place_fake, 1), (place_audio, 37)])
async def test_cut_at_every_byte(simulator: Simulator, place: Place, step: int) -> None:
    """Wherever a connection breaks, a phone rings once at most, and we say so."""
    async with CuttingProxy(simulator.port) as proxy, ClientSession() as session:
        client = RyzeClient(session, proxy.url, INSTANCE_TOKEN)
        simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
        await place(client)
        request, response = proxy.request_bytes, proxy.response_bytes
        rings = simulator.rings(MARIA)

        for cut in (*range(0, request, step), request - 1):
            proxy.reset()
            proxy.cut_request_after = cut
            with pytest.raises(RyzeOutcomeUnknownError):
                await place(client)
            assert proxy.connections == 1
        assert simulator.rings(MARIA) == rings

        for cut in (*range(0, response, step), response - 1):
            proxy.reset()
            proxy.cut_response_after = cut
            rings = simulator.rings(MARIA)
            with pytest.raises(RyzeOutcomeUnknownError):
                await place(client)
            assert proxy.connections == 1
            assert simulator.rings(MARIA) == rings + 1

        # What is cut behind the answer takes nothing from it.
        proxy.cut_response_after = response
        await place(client)


@BOTH
async def test_redirect_is_not_followed(
    simulator: Simulator, client: RyzeClient, place: Place
) -> None:
    """A redirect would carry the token to another host."""
    simulator.inject(Fault(FaultKind.REDIRECT))
    with pytest.raises(RyzeOutcomeUnknownError):
        await place(client)
    assert len(simulator.requests) == 1


async def test_answer_comes_after_the_ringing(
    simulator: Simulator, client: RyzeClient
) -> None:
    """It is not documented that the answer comes at once."""
    simulator.choices.respond = Respond.WHEN_OVER
    call = await client.fake_call("home", MARIA, 1, Event())
    assert call.call_id == simulator.calls[0].id
    assert simulator.rings(MARIA) == 1


# What certainly placed no call is repeated.


@BOTH
async def test_unreachable_api_comes_back(
    simulator: Simulator,
    client: RyzeClient,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A router that restarts does not cost an alarm."""
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
    """After four repeats the call has failed."""
    await simulator.stop()
    with pytest.raises(RyzeConnectionError):
        await place(client)
    assert simulator.rings(MARIA) == 0


def test_retry_delays() -> None:
    """The waits are those that are promised."""
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
    """What fails before anything is sent is a connection error."""
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
    """A host that does not answer to a connection was sent nothing."""
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


# The rate limit.


@BOTH
async def test_too_many_requests_are_repeated_after_the_reset(
    simulator: Simulator, client: RyzeClient, place: Place
) -> None:
    """A refused call is placed once the counter starts anew."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=0.2)
    await place(client)
    assert [request.status for request in simulator.requests] == [429, 200]
    assert simulator.rings(MARIA) == 1


async def test_too_many_requests_are_repeated_once(
    simulator: Simulator, client: RyzeClient
) -> None:
    """A second refusal is final."""
    simulator.rate_limit.limit = 0
    simulator.rate_limit.window = 0.2
    with pytest.raises(RyzeRateLimitError):
        await client.fake_call("home", MARIA, 1, Event())
    assert [request.status for request in simulator.requests] == [429, 429]


async def test_counter_at_zero_is_obeyed(
    simulator: Simulator, client: RyzeClient
) -> None:
    """What would be refused is not sent, but waits for the reset."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1, resets_in=0.2)
    await client.fake_call("home", MARIA, 1, Event())
    await client.fake_call("home", MARIA, 1, Event())
    assert [request.status for request in simulator.requests] == [200, 200]


async def test_reset_far_away(simulator: Simulator, client: RyzeClient) -> None:
    """Nobody waits longer than a minute, nor is held back for longer."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1800)
    for _ in range(2):
        with pytest.raises(RyzeRateLimitError):
            await client.fake_call("home", MARIA, 1, Event())
    with pytest.raises(RyzeRateLimitError):
        await client.instances()
    assert [request.status for request in simulator.requests] == [429] * 3


async def test_throttled_by_whatsapp(simulator: Simulator, client: RyzeClient) -> None:
    """A 429 whose counter is not at 0 would not end with the reset."""
    simulator.inject(Fault(FaultKind.STATUS, status=429, message="Slow down"))
    with pytest.raises(RyzeRateLimitError):
        await client.fake_call("home", MARIA, 1, Event())
    assert len(simulator.requests) == 1


async def test_reset_is_now(simulator: Simulator, client: RyzeClient) -> None:
    """A counter at 0 counts, though its reset is this very second."""
    now = time.time()
    headers = {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(now)),
        "Date": formatdate(now, usegmt=True),
    }
    simulator.inject(Fault(FaultKind.STATUS, status=429, headers=headers))
    await client.fake_call("home", MARIA, 1, Event())
    assert [request.status for request in simulator.requests] == [429, 200]


async def test_reset_without_sense(simulator: Simulator, client: RyzeClient) -> None:
    """A reset in milliseconds, say, does not hold back the next call."""
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
    simulator: Simulator, client: RyzeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who gives up while nothing is sent yet is not called later."""
    monkeypatch.setattr(
        client_module, "CONNECTION_RETRY_DELAYS", CONNECTION_RETRY_DELAYS
    )
    await simulator.stop()
    give_up = Event()
    call = create_task(client.fake_call("home", MARIA, 1, give_up))
    await sleep(0.1)
    assert not call.done()
    give_up.set()
    with pytest.raises(RyzeConnectionError):
        await call
    await simulator.start()
    assert simulator.requests == []


async def test_give_up_before_the_reset(
    simulator: Simulator, client: RyzeClient
) -> None:
    """Nobody has to wait for the rate limit either."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=30)
    give_up = Event()
    call = create_task(client.fake_call("home", MARIA, 1, give_up))
    await sleep(0.1)
    assert not call.done()
    give_up.set()
    with pytest.raises(RyzeRateLimitError):
        await call
    assert [request.status for request in simulator.requests] == [429]


async def test_too_many_requests_without_a_counter(
    simulator: Simulator, client: RyzeClient
) -> None:
    """Nothing is known of the reset, so nothing is waited for."""
    simulator.inject(
        Fault(
            FaultKind.STATUS,
            status=429,
            headers={"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "never"},
        )
    )
    with pytest.raises(RyzeRateLimitError):
        await client.fake_call("home", MARIA, 1, Event())

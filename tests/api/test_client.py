"""Tests of the client, against the simulator over a real socket."""

from collections.abc import Awaitable, Callable
import socket
from typing import Any

from aiohttp import ClientSession, ClientTimeout
import pytest

from custom_components.ryze.api import (
    Health,
    Instance,
    RyzeAuthError,
    RyzeClient,
    RyzeConnectionError,
    RyzeError,
    RyzeInvalidRequestError,
    RyzeNotConnectedError,
    RyzeNotFoundError,
    RyzeOutcomeUnknownError,
    RyzeRateLimitError,
    RyzeServerError,
    client as client_module,
)

# As it is before a fixture of this module makes it shorter.
from custom_components.ryze.api.client import CONNECTION_RETRY_DELAYS
from tests.const import ACCOUNT_TOKEN, INSTANCE_TOKEN, JOAO, MARIA, OTHER_TOKEN
from tests.simulator import CuttingProxy, Fault, FaultKind, Respond, Simulator
from tests.simulator.chime import chime

type Place = Callable[[RyzeClient], Awaitable[Any]]


async def place_fake(client: RyzeClient) -> None:
    """Place a fake call to Maria."""
    await client.fake_call("home", MARIA, 1)


async def place_audio(client: RyzeClient) -> None:
    """Place an audio call to Maria."""
    await client.audio_call("home", MARIA, chime()[:5000])


BOTH = pytest.mark.parametrize("place", [place_fake, place_audio])

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
    call = await client.fake_call("home", MARIA, 1)
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

    async def sleep(delay: float) -> None:
        waits.append(delay)
        if len(waits) == 3:
            await simulator.start()

    monkeypatch.setattr(
        client_module, "CONNECTION_RETRY_DELAYS", CONNECTION_RETRY_DELAYS
    )
    monkeypatch.setattr("asyncio.sleep", sleep)
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
            await client.fake_call("home", MARIA, 1)
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
                    "home", MARIA, 1
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
        await client.fake_call("home", MARIA, 1)
    assert [request.status for request in simulator.requests] == [429, 429]


async def test_counter_at_zero_is_obeyed(
    simulator: Simulator, client: RyzeClient
) -> None:
    """What would be refused is not sent, but waits for the reset."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1, resets_in=0.2)
    await client.fake_call("home", MARIA, 1)
    await client.fake_call("home", MARIA, 1)
    assert [request.status for request in simulator.requests] == [200, 200]


async def test_reset_far_away(simulator: Simulator, client: RyzeClient) -> None:
    """Nobody waits longer than a minute."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=3600)
    for _ in range(2):
        with pytest.raises(RyzeRateLimitError):
            await client.fake_call("home", MARIA, 1)
    with pytest.raises(RyzeRateLimitError):
        await client.instances()
    assert [request.status for request in simulator.requests] == [429]


async def test_throttled_by_whatsapp(simulator: Simulator, client: RyzeClient) -> None:
    """A 429 whose counter is not at 0 would not end with the reset."""
    simulator.inject(Fault(FaultKind.STATUS, status=429, message="Slow down"))
    with pytest.raises(RyzeRateLimitError):
        await client.fake_call("home", MARIA, 1)
    assert len(simulator.requests) == 1


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
        await client.fake_call("home", MARIA, 1)


# What the API says.


@BOTH
@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (400, "Number is required", RyzeInvalidRequestError),
        (401, "Invalid token", RyzeAuthError),
        (403, "Instance token does not match", RyzeAuthError),
        (404, "instance not found", RyzeNotFoundError),
        (409, "Conflict", RyzeInvalidRequestError),
        (413, "Too large", RyzeInvalidRequestError),
        (500, "ffmpeg failed", RyzeServerError),
        (502, "Bad gateway", RyzeServerError),
        (503, "Unavailable", RyzeServerError),
        (400, "Instance is not connected to WhatsApp", RyzeNotConnectedError),
        (500, "instance NOT CONNECTED", RyzeNotConnectedError),
        (503, "Instance is not connected to WhatsApp", RyzeNotConnectedError),
    ],
)
async def test_refusals(
    simulator: Simulator,
    client: RyzeClient,
    place: Place,
    status: int,
    message: str,
    error: type[RyzeError],
) -> None:
    """Each refusal has its error, and none is repeated."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, message=message))
    with pytest.raises(error) as caught:
        await place(client)
    assert type(caught.value) is error
    assert str(caught.value) == error.key
    assert len(simulator.requests) == 1

    await place(client)
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, RyzeAuthError), (404, RyzeNotFoundError), (500, RyzeServerError)],
)
async def test_refusal_with_a_page_of_a_proxy(
    simulator: Simulator, client: RyzeClient, status: int, error: type[RyzeError]
) -> None:
    """The status alone says enough."""
    simulator.inject(
        Fault(FaultKind.RAW, taken=False, status=status, body=b"<html>", route="fake")
    )
    with pytest.raises(error):
        await client.fake_call("home", MARIA, 1)


@pytest.mark.parametrize("status", [400, 500, 503])
async def test_instance_not_connected(
    simulator: Simulator, client: RyzeClient, status: int
) -> None:
    """The text decides, whatever status comes with it."""
    simulator.choices.not_connected_status = status
    simulator.instances["home"].state = "disconnected"
    with pytest.raises(RyzeNotConnectedError):
        await client.fake_call("home", MARIA, 1)
    assert simulator.rings(MARIA) == 0


# The requests themselves.


async def test_fake_call(simulator: Simulator, client: RyzeClient) -> None:
    """A fake call rings for its duration."""
    call = await client.fake_call("home", MARIA, 7)
    (rung,) = simulator.calls
    assert (rung.id, rung.number, rung.duration) == (call.call_id, MARIA, 7)
    (request,) = simulator.requests
    assert (request.path, request.has_token) == ("/api/call/fake/home", True)


@pytest.mark.parametrize("size", [48, 49, 50, 51, 48 * 1024, 48 * 1024 + 1, 3_000_000])
async def test_audio_call(simulator: Simulator, client: RyzeClient, size: int) -> None:
    """Audio arrives as it was, whatever its size."""
    audio = (chime() * (size // len(chime()) + 1))[:size]
    call = await client.audio_call("home", MARIA, audio)
    assert simulator.calls[0].id == call.call_id
    assert simulator.calls[0].audio == audio


async def test_audio_call_with_url(simulator: Simulator, client: RyzeClient) -> None:
    """RyzeAPI fetches what a URL leads to."""
    await client.audio_call("home", JOAO, f"{simulator.url}/_simulator/chime.wav")
    assert simulator.calls[0].audio == chime()


@pytest.mark.parametrize("name", ["a b", "ä/ö", "100%", "?x=1", "#1", "..", "%2F"])
async def test_instance_names_are_quoted(
    simulator: Simulator, client: RyzeClient, name: str
) -> None:
    """A name is one part of the path, whatever it holds."""
    simulator.add_instance(name, token=INSTANCE_TOKEN)
    simulator.remove_instance("home")
    await client.fake_call(name, MARIA, 1)
    assert simulator.calls[0].instance == name


async def test_instances(simulator: Simulator, client: RyzeClient) -> None:
    """An instance's token shows its instance, the account's shows all."""
    home = Instance(id="id-home", name="home")
    assert await client.instances() == [home]
    async with ClientSession() as session:
        account = RyzeClient(session, f"{simulator.url}/", ACCOUNT_TOKEN)
        assert await account.instances() == [
            home,
            Instance(id="id-office", name="office"),
        ]


async def test_instance_without_id(simulator: Simulator, client: RyzeClient) -> None:
    """Where there is no id, none is made up."""
    simulator.instances["home"].id = ""
    assert await client.instances() == [Instance(id=None, name="home")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"success": true}',
        b'{"success": false, "instances": []}',
        b"<html>",
    ],
)
async def test_instances_without_sense(
    simulator: Simulator, client: RyzeClient, body: bytes
) -> None:
    """An answer that makes no sense is like none."""
    simulator.inject(Fault(FaultKind.RAW, body=body))
    with pytest.raises(RyzeConnectionError):
        await client.instances()
    assert len(await client.instances()) == 1


async def test_instances_that_are_none(
    simulator: Simulator, client: RyzeClient
) -> None:
    """What is no instance is passed over."""
    simulator.inject(
        Fault(
            FaultKind.RAW,
            body=b'{"instances": [null, 1, {}, {"name": 2}, {"name": ""},'
            b' {"name": "home", "id": 5}]}',
        )
    )
    assert await client.instances() == [Instance(id=None, name="home")]


async def test_instances_cut_off(simulator: Simulator, client: RyzeClient) -> None:
    """A read leaves nothing open: it can be asked again."""
    simulator.inject(Fault(FaultKind.CUT_AFTER, times=2))
    with pytest.raises(RyzeConnectionError):
        await client.instances()


async def test_wrong_token(simulator: Simulator) -> None:
    """A token that is not known is refused."""
    async with ClientSession() as session:
        client = RyzeClient(session, simulator.url, "wrong")
        with pytest.raises(RyzeAuthError):
            await client.instances()
        with pytest.raises(RyzeAuthError):
            await client.fake_call("home", MARIA, 1)
        other = RyzeClient(session, simulator.url, OTHER_TOKEN)
        with pytest.raises(RyzeAuthError):
            await other.fake_call("home", MARIA, 1)


async def test_health(simulator: Simulator, client: RyzeClient) -> None:
    """The service's health is read without a token, whatever the counter says."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=3600)
    assert await client.health() == Health(healthy=True)
    assert not simulator.requests[0].has_token

    simulator.inject(
        Fault(
            FaultKind.RAW,
            status=503,
            body=b'{"status": "degraded", "checks": {"db": "fail: full", "api": "ok"}}',
        )
    )
    assert await client.health() == Health(healthy=False, failing=("db",))

    simulator.inject(Fault(FaultKind.RAW, body=b'{"status": "ok", "checks": []}'))
    assert await client.health() == Health(healthy=True)


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_health_without_sense(
    simulator: Simulator, client: RyzeClient, status: int
) -> None:
    """Another server's page is no health."""
    simulator.inject(Fault(FaultKind.RAW, status=status, body=b"<html>"))
    with pytest.raises(RyzeConnectionError):
        await client.health()


async def test_no_connection_is_left(simulator: Simulator, client: RyzeClient) -> None:
    """Each request has a connection of its own, which ends with it."""
    await client.instances()
    await client.fake_call("home", MARIA, 1)
    await client.audio_call("home", MARIA, chime())
    assert simulator.connections == 0


async def test_health_cut_off(simulator: Simulator, client: RyzeClient) -> None:
    """No answer is no health, and leaves nothing open."""
    simulator.inject(Fault(FaultKind.CUT_AFTER, times=2))
    with pytest.raises(RyzeConnectionError):
        await client.health()
    assert (await client.health()).healthy

"""Tests of the client, against the simulator over real sockets."""

from asyncio import Event

from aiohttp import ClientSession
import pytest

from .common import BOTH, Place
from custom_components.ryze.api import (
    Audio,
    Instance,
    LinkState,
    RyzeAuthError,
    RyzeBlockedError,
    RyzeClient,
    RyzeConnectionError,
    RyzeError,
    RyzeInvalidRequestError,
    RyzeNotConnectedError,
    RyzeNotFoundError,
    RyzeOutcomeUnknownError,
    RyzeRateLimitError,
    RyzeServerError,
)
from tests.faults.answers import FOREIGN
from tests.helpers.const import ACCOUNT_TOKEN, INSTANCE_TOKEN, JOAO, MARIA, OTHER_TOKEN
from tests.simulator import Fault, FaultKind, Simulator
from tests.simulator.chime import chime

pytestmark = pytest.mark.usefixtures("quick_retries")


# Refusals.


@BOTH
@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (400, "Number is required", RyzeInvalidRequestError),
        (401, "Invalid token", RyzeAuthError),
        (403, "Instance token does not match", RyzeAuthError),
        (404, "instance not found", RyzeNotFoundError),
        (408, "Request timeout", RyzeOutcomeUnknownError),
        (409, "Conflict", RyzeInvalidRequestError),
        (413, "Too large", RyzeInvalidRequestError),
        (500, "ffmpeg failed", RyzeServerError),
        (502, "Bad gateway", RyzeServerError),
        (503, "Unavailable", RyzeServerError),
        (521, "Down", RyzeServerError),
        (530, "Unreachable", RyzeServerError),
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
    """Each refusal raises its error, and is not repeated."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, message=message))
    with pytest.raises(error) as caught:
        await place(client)
    assert type(caught.value) is error
    assert str(caught.value) == error.key
    assert len(simulator.requests) == 1

    await place(client)
    assert simulator.rings(MARIA) == 1


@BOTH
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, RyzeBlockedError),
        (403, RyzeBlockedError),
        (404, RyzeNotFoundError),
        (407, RyzeInvalidRequestError),
        (408, RyzeOutcomeUnknownError),
        (429, RyzeRateLimitError),
        (500, RyzeServerError),
        (502, RyzeServerError),
        (520, RyzeServerError),
        (522, RyzeServerError),
        (524, RyzeServerError),
    ],
)
async def test_page_of_a_proxy(
    simulator: Simulator,
    client: RyzeClient,
    place: Place,
    status: int,
    error: type[RyzeError],
) -> None:
    """The page of a proxy raises the error of its status, and is not repeated."""
    simulator.inject(Fault(FaultKind.PAGE, status=status))
    with pytest.raises(error) as caught:
        await place(client)
    assert type(caught.value) is error
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN)
async def test_refusal_of_something_else(
    simulator: Simulator, client: RyzeClient, status: int, body: bytes
) -> None:
    """A refusal that is not written as RyzeAPI writes it says nothing of the token."""
    simulator.inject(Fault(FaultKind.PAGE, status=status, body=body, times=3))
    with pytest.raises(RyzeBlockedError) as caught:
        await client.fake_call("home", MARIA, 1, Event())
    assert not caught.value.may_ring
    with pytest.raises(RyzeBlockedError):
        await client.instances()
    with pytest.raises(RyzeBlockedError):
        async with client.open_live_updates("home"):
            pass
    assert len(simulator.requests) == 3


async def test_refusal_that_is_cut(simulator: Simulator, client: RyzeClient) -> None:
    """A refusal that does not arrive whole says nothing of the token."""
    simulator.instances["home"].token = "renewed"
    simulator.inject(Fault(FaultKind.CUT_BODY))
    with pytest.raises(RyzeBlockedError):
        await client.fake_call("home", MARIA, 1, Event())


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_socket(
    simulator: Simulator, client: RyzeClient, status: int
) -> None:
    """RyzeAPI's own refusal of the WebSocket is one of the token."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, route="ws"))
    with pytest.raises(RyzeAuthError):
        async with client.open_live_updates("home"):
            pass


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 520, 522, 524, 599])
async def test_failure_in_doubt(
    simulator: Simulator, client: RyzeClient, status: int
) -> None:
    """A call that a proxy may have passed on is not repeated, and rings once."""
    simulator.inject(Fault(FaultKind.RAW, status=status, body=b"<html>"))
    with pytest.raises(RyzeServerError):
        await client.fake_call("home", MARIA, 1, Event())
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize("status", [400, 500, 503])
async def test_unlinked_instance(
    simulator: Simulator, client: RyzeClient, status: int
) -> None:
    """The text of an answer tells that an instance is not linked, with any status."""
    simulator.choices.not_connected_status = status
    simulator.instances["home"].state = "disconnected"
    with pytest.raises(RyzeNotConnectedError):
        await client.fake_call("home", MARIA, 1, Event())
    assert simulator.rings(MARIA) == 0


# Requests.


async def test_fake_call(simulator: Simulator, client: RyzeClient) -> None:
    """A fake call rings for its duration."""
    call = await client.fake_call("home", MARIA, 7, Event())
    (rung,) = simulator.calls
    assert (rung.id, rung.number, rung.duration) == (call.call_id, MARIA, 7)
    (request,) = simulator.requests
    assert (request.path, request.has_token) == ("/api/call/fake/home", True)


@pytest.mark.parametrize("size", [48, 49, 50, 51, 96 * 1024, 96 * 1024 + 1, 3_000_000])
async def test_audio_call(simulator: Simulator, client: RyzeClient, size: int) -> None:
    """Audio of any size arrives unchanged."""
    audio = (chime() * (size // len(chime()) + 1))[:size]
    call = await client.audio_call("home", MARIA, Audio.from_bytes(audio), Event())
    assert simulator.calls[0].id == call.call_id
    assert simulator.calls[0].audio == audio


async def test_audio_call_with_url(simulator: Simulator, client: RyzeClient) -> None:
    """RyzeAPI downloads audio that is given by its address."""
    await client.audio_call(
        "home", JOAO, f"{simulator.url}/_simulator/chime.wav", Event()
    )
    assert simulator.calls[0].audio == chime()


@pytest.mark.parametrize("name", ["a b", "ä/ö", "100%", "?x=1", "#1", "..", "%2F"])
async def test_instance_names_are_quoted(
    simulator: Simulator, client: RyzeClient, name: str
) -> None:
    """The name of an instance cannot change the path of a request."""
    simulator.add_instance(name, token=INSTANCE_TOKEN)
    simulator.remove_instance("home")
    await client.fake_call(name, MARIA, 1, Event())
    assert simulator.calls[0].instance == name


async def test_instances(simulator: Simulator, client: RyzeClient) -> None:
    """An instance's token lists that instance, and the account's token lists all."""
    simulator.add_instance("never linked", id="", state="loggedout", number_jid=None)
    (home,) = await client.instances()
    assert (home.id, home.name) == ("id-home", "home")
    assert home.link is LinkState.CONNECTED
    assert home.number == "5511900000000"
    assert home.profile_name == "Home"
    async with ClientSession() as session:
        account = RyzeClient(session, f"{simulator.url}/", ACCOUNT_TOKEN)
        first, second, third = await account.instances()
    assert first == home
    assert (second.id, second.name) == ("id-office", "office")
    # An instance that was never linked has no id and no number.
    assert (third.id, third.number, third.link) == (None, None, LinkState.LOGGED_OUT)


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
async def test_broken_list_of_instances(
    simulator: Simulator, client: RyzeClient, body: bytes
) -> None:
    """A broken answer raises the same error as none, and can be repeated."""
    simulator.inject(Fault(FaultKind.RAW, body=body))
    with pytest.raises(RyzeConnectionError):
        await client.instances()
    assert len(await client.instances()) == 1


async def test_broken_items_in_the_list_of_instances(
    simulator: Simulator, client: RyzeClient
) -> None:
    """An item of the list that is no instance is passed over."""
    simulator.inject(
        Fault(
            FaultKind.RAW,
            body=b'{"instances": [null, 1, {}, {"name": 2}, {"name": ""},'
            b' {"name": "home", "id": 5}]}',
        )
    )
    assert await client.instances() == [Instance(id=None, name="home")]


async def test_list_of_instances_without_an_answer(
    simulator: Simulator, client: RyzeClient
) -> None:
    """A list without an answer raises an error that leaves no doubt."""
    simulator.inject(Fault(FaultKind.CUT_AFTER, times=2))
    with pytest.raises(RyzeConnectionError):
        await client.instances()


async def test_wrong_token(simulator: Simulator) -> None:
    """A token that does not give access is refused."""
    async with ClientSession() as session:
        client = RyzeClient(session, simulator.url, "wrong")
        with pytest.raises(RyzeAuthError):
            await client.instances()
        with pytest.raises(RyzeAuthError):
            await client.fake_call("home", MARIA, 1, Event())
        other = RyzeClient(session, simulator.url, OTHER_TOKEN)
        with pytest.raises(RyzeAuthError):
            await other.fake_call("home", MARIA, 1, Event())


async def test_no_connection_is_left(simulator: Simulator, client: RyzeClient) -> None:
    """Each request has its own connection, which is closed after it."""
    await client.instances()
    await client.fake_call("home", MARIA, 1, Event())
    await client.audio_call("home", MARIA, Audio.from_bytes(chime()), Event())
    assert simulator.connections == 0

"""Tests of live updates about calls, over real sockets."""

import asyncio
import json
from typing import Any

import pytest

from . import (
    Behaviour,
    CallState,
    CallType,
    Fault,
    FaultKind,
    OutgoingUpdates,
    People,
    Respond,
    Shape,
    Simulator,
)
from .conftest import (
    AUDIO,
    CONNECTION_LOST,
    NUMBER,
    OWN,
    TIMEOUT,
    WS,
    Api,
    data,
    kinds,
    no_frame,
)
from .frames import lid_digits
from tests.helpers.common import until

# The shapes with the direction as a word.
DIRECTIONS = {Shape.FLAT, Shape.NESTED, Shape.DEEP}
KINDS = {"offer", "accepted", "rejected", "terminated", "notification", "latency"}


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (Behaviour.ANSWER, ["offer", "accepted", "terminated"]),
        (Behaviour.DECLINE, ["offer", "rejected"]),
        (Behaviour.IGNORE, ["offer", "terminated"]),
        (Behaviour.OFF, ["terminated"]),
    ],
)
@pytest.mark.parametrize("respond", Respond)
async def test_outgoing(
    api: Api,
    simulator: Simulator,
    socket: WS,
    *,
    behaviour: Behaviour,
    expected: list[str],
    respond: Respond,
) -> None:
    """An outgoing call reports its course after its HTTP answer."""
    simulator.choices.respond = respond
    simulator.ring_time = simulator.talk_time = 0.2
    simulator.add_phone(NUMBER, behaviour=behaviour)
    reader = asyncio.create_task(data(socket))
    _, body = await api.audio(mediaBase64=AUDIO)
    assert not reader.done()
    first = await reader
    assert first["callId"] == body["callId"]
    assert [first["type"], *await kinds(socket, len(expected) - 1)] == expected
    await no_frame(socket)


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("direction_field", [False, True])
@pytest.mark.parametrize("people", People)
async def test_shapes(
    api: Api,
    simulator: Simulator,
    socket: WS,
    *,
    shape: Shape,
    direction_field: bool,
    people: People,
) -> None:
    """Each shape names the call, the party, and exactly one kind."""
    simulator.choices.shape = shape
    simulator.choices.direction_field = direction_field
    simulator.choices.people = people
    simulator.choices.noise = True
    simulator.add_phone(NUMBER)
    await api.audio(mediaBase64=AUDIO)
    (call,) = simulator.calls
    simulator.answer(call.id)
    simulator.hang_up(call.id)
    wanted = ["notification", "offer", "accepted", "latency", "terminated"]
    for kind in wanted:
        said = await data(socket)
        values = _values(said)
        assert [
            word
            for value in values
            if isinstance(value, str)
            and (word := value.lower().removeprefix("call_")) in KINDS
        ] == [kind]
        assert call.id in values
        text = json.dumps(said)
        assert (NUMBER in text, lid_digits(NUMBER) in text) == (
            people.tells_number,
            people.tells_lid,
        )
        told = [value for value in values if value == "outgoing" or value is True]
        # The person called accepts, and not the instance.
        by_me = kind != "accepted" or shape in DIRECTIONS
        assert bool(told) is (direction_field and by_me)


def _values(said: dict[str, Any]) -> list[Any]:
    """Return all values, including those of objects in it."""
    values: list[Any] = []
    for value in said.values():
        values += _values(value) if isinstance(value, dict) else [value]
    return values


@pytest.mark.parametrize(
    ("choice", "value", "expected"),
    [
        ("outgoing_updates", OutgoingUpdates.OFFER_ONLY, ["offer"]),
        ("outgoing_updates", OutgoingUpdates.NONE, []),
        (
            "duplicates",
            2,
            ["offer", "offer", "accepted", "accepted", "terminated", "terminated"],
        ),
        ("out_of_order", True, ["offer", "terminated", "accepted"]),
        ("unanswered_terminated", False, ["offer", "accepted", "terminated"]),
    ],
)
async def test_choices(
    api: Api,
    simulator: Simulator,
    socket: WS,
    *,
    choice: str,
    value: Any,
    expected: list[str],
) -> None:
    """Undocumented behaviour of updates follows the choices."""
    setattr(simulator.choices, choice, value)
    simulator.talk_time = 0.2
    simulator.add_phone(NUMBER, behaviour=Behaviour.ANSWER)
    await api.audio(mediaBase64=AUDIO)
    assert await kinds(socket, len(expected)) == expected
    await asyncio.wait_for(simulator.calls[0].over.wait(), TIMEOUT)
    await no_frame(socket)


async def test_reported_ends(api: Api, simulator: Simulator, socket: WS) -> None:
    """The choices decide whether an unanswered or a declined call reports its end."""
    simulator.choices.unanswered_terminated = False
    simulator.choices.rejected_terminated = True
    simulator.ring_time = 0.2
    await api.audio(mediaBase64=AUDIO)
    await asyncio.wait_for(simulator.calls[0].over.wait(), TIMEOUT)
    assert await kinds(socket, 1) == ["offer"]
    await no_frame(socket)
    simulator.add_phone(NUMBER, behaviour=Behaviour.DECLINE)
    await api.fake()
    assert await kinds(socket, 3) == ["offer", "rejected", "terminated"]


async def test_another_id(api: Api, simulator: Simulator, socket: WS) -> None:
    """With `id_matches` off, all updates of a call share an id of their own."""
    simulator.choices.id_matches = False
    simulator.add_phone(NUMBER, behaviour=Behaviour.DECLINE)
    _, body = await api.fake()
    ids = {(await data(socket))["callId"] for _ in range(2)}
    assert len(ids) == 1
    assert body["callId"] not in ids


async def test_updates_first(api: Api, simulator: Simulator, socket: WS) -> None:
    """With `updates_first`, the updates precede the HTTP answer."""
    simulator.choices.updates_first = True
    request = asyncio.create_task(api.fake())
    assert await kinds(socket, 1) == ["offer"]
    assert not request.done()
    assert (await request)[0] == 200


@pytest.mark.parametrize("updates_first", [False, True])
@pytest.mark.parametrize("kind", [FaultKind.CUT_AFTER, FaultKind.HANG])
async def test_updates_of_unknown_calls(
    api: Api, simulator: Simulator, socket: WS, kind: FaultKind, updates_first: bool
) -> None:
    """A call whose answer is lost still has updates."""
    simulator.choices.updates_first = updates_first
    simulator.inject(Fault(kind, route="fake"))
    request = asyncio.create_task(api.fake())
    await until(lambda: simulator.rings(NUMBER) == 1)
    if kind is FaultKind.HANG:
        request.cancel()
    with pytest.raises((*CONNECTION_LOST, asyncio.CancelledError)):
        await request
    assert await kinds(socket, 1) == ["offer"]


async def test_not_connected(api: Api, simulator: Simulator, socket: WS) -> None:
    """An instance that is not connected gets no updates about its calls."""
    await api.fake(duration=60)
    assert await kinds(socket, 1) == ["offer"]
    simulator.set_state("home", "disconnected")
    simulator.call_in(NUMBER, seconds=0.05)
    simulator.decline(simulator.calls[0].id)
    assert (await data(socket))["state"] == "disconnected"
    await no_frame(socket)


async def test_call_in(api: Api, simulator: Simulator, socket: WS) -> None:
    """A phone's call to an instance ends when its time is up or the phone hangs up."""
    call = simulator.call_in(NUMBER, seconds=0.1)
    assert call.type is CallType.INCOMING
    assert simulator.phone(NUMBER).call is call
    assert simulator.phone(NUMBER).ringing is None
    said = await data(socket)
    assert (said["type"], said["callId"]) == ("offer", call.id)
    assert (said["from"], said["to"]) == (NUMBER, OWN)
    assert await kinds(socket, 1) == ["terminated"]
    assert call.state is CallState.UNANSWERED
    assert simulator.rings(NUMBER) == 0
    path = f"/_simulator/phones/{NUMBER}/call"
    status, body = await api.request("POST", path, json={})
    assert (status, body["type"], body["instance"]) == (200, "incoming", "home")
    await api.fake()
    assert await kinds(socket, 2) == ["offer", "offer"]
    assert simulator.phone(NUMBER).call is simulator.calls[2]
    path = f"/_simulator/calls/{body['id']}"
    assert (await api.request("POST", f"{path}/answer"))[0] == 409
    assert (await api.request("POST", f"{path}/over"))[1]["state"] == "unanswered"
    assert await kinds(socket, 1) == ["terminated"]
    path = "/_simulator/phones/1/call"
    assert (await api.request("POST", path, json={}))[0] == 404

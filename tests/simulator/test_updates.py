"""Tests of what live updates tell about calls, over real sockets."""

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
    Respond,
    Shape,
    Simulator,
)
from .conftest import (
    AUDIO,
    CONNECTION_LOST,
    JID,
    NUMBER,
    OWN,
    WS,
    Api,
    data,
    kinds,
    nothing,
)
from .frames import lid_digits

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
    """An outgoing call tells what becomes of it, after its HTTP answer."""
    simulator.choices.respond = respond
    simulator.ring_time = simulator.talk_time = 0.2
    simulator.add_phone(NUMBER, behaviour=behaviour)
    reader = asyncio.create_task(data(socket))
    _, body = await api.audio(mediaBase64=AUDIO)
    assert not reader.done()
    first = await reader
    assert first["callId"] == body["callId"]
    assert [first["type"], *await kinds(socket, len(expected) - 1)] == expected
    await nothing(socket)


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("direction_field", [False, True])
@pytest.mark.parametrize("peer_as_lid", [False, True])
async def test_shapes(
    api: Api,
    simulator: Simulator,
    socket: WS,
    *,
    shape: Shape,
    direction_field: bool,
    peer_as_lid: bool,
) -> None:
    """Each shape names call and party, and each kind exactly once."""
    simulator.choices.shape = shape
    simulator.choices.direction_field = direction_field
    simulator.choices.peer_as_lid = peer_as_lid
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
            value.lower()
            for value in values
            if isinstance(value, str) and value.lower() in KINDS
        ] == [kind]
        assert call.id in values
        text = json.dumps(said)
        assert ((lid_digits(NUMBER) in text), (NUMBER in text)) == (
            peer_as_lid,
            not peer_as_lid,
        )
        assert ("outgoing" in values or True in values) is direction_field


def _values(said: dict[str, Any]) -> list[Any]:
    """Return all values, those of one level down included."""
    values: list[Any] = []
    for value in said.values():
        values += value.values() if isinstance(value, dict) else [value]
    return values


async def test_device_jids(simulator: Simulator, socket: WS) -> None:
    """A JID can name a device of the party."""
    simulator.choices.shape = Shape.DEVICE_JIDS
    simulator.call_in(NUMBER, seconds=10)
    said = await data(socket)
    assert said["from"] == f"{NUMBER}:12{JID}"
    assert said["to"] == f"{OWN}:12{JID}"


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
    """What is not known about the updates can be chosen."""
    setattr(simulator.choices, choice, value)
    simulator.talk_time = 0.2
    simulator.add_phone(NUMBER, behaviour=Behaviour.ANSWER)
    await api.audio(mediaBase64=AUDIO)
    assert await kinds(socket, len(expected)) == expected
    await asyncio.wait_for(simulator.calls[0].over.wait(), 2)
    await nothing(socket)


async def test_ends_that_are_told_or_not(
    api: Api, simulator: Simulator, socket: WS
) -> None:
    """The end of a call that nobody answered may not be told, or that of a declined one."""
    simulator.choices.unanswered_terminated = False
    simulator.choices.rejected_terminated = True
    simulator.ring_time = 0.2
    await api.audio(mediaBase64=AUDIO)
    await asyncio.wait_for(simulator.calls[0].over.wait(), 2)
    assert await kinds(socket, 1) == ["offer"]
    await nothing(socket)
    simulator.add_phone(NUMBER, behaviour=Behaviour.DECLINE)
    await api.fake()
    assert await kinds(socket, 3) == ["offer", "rejected", "terminated"]


async def test_another_id(api: Api, simulator: Simulator, socket: WS) -> None:
    """The updates may have an id of their own, always the same one."""
    simulator.choices.id_matches = False
    simulator.add_phone(NUMBER, behaviour=Behaviour.DECLINE)
    _, body = await api.fake()
    ids = {(await data(socket))["callId"] for _ in range(2)}
    assert len(ids) == 1
    assert body["callId"] not in ids


async def test_updates_first(api: Api, simulator: Simulator, socket: WS) -> None:
    """The updates may come before the HTTP answer."""
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
    """A call whose answer is lost has updates all the same."""
    simulator.choices.updates_first = updates_first
    simulator.inject(Fault(kind, route="fake"))
    with pytest.raises((*CONNECTION_LOST, TimeoutError)):
        await asyncio.wait_for(api.fake(), 0.1)
    assert await kinds(socket, 1) == ["offer"]


async def test_not_connected(api: Api, simulator: Simulator, socket: WS) -> None:
    """An instance that is not connected hears nothing of its calls."""
    await api.fake(duration=60)
    assert await kinds(socket, 1) == ["offer"]
    simulator.set_state("home", "disconnected")
    simulator.call_in(NUMBER, seconds=0.05)
    simulator.decline(simulator.calls[0].id)
    assert (await data(socket))["state"] == "disconnected"
    await nothing(socket)


async def test_call_in(api: Api, simulator: Simulator, socket: WS) -> None:
    """A phone calls the instance until its time is up, or it hangs up."""
    call = simulator.call_in(NUMBER, seconds=0.1)
    assert call.type is CallType.INCOMING
    said = await data(socket)
    assert (said["type"], said["callId"]) == ("offer", call.id)
    assert (said["from"], said["to"]) == (NUMBER, OWN)
    assert simulator.phone(NUMBER).call is call
    assert simulator.phone(NUMBER).ringing is None
    assert await kinds(socket, 1) == ["terminated"]
    assert call.state is CallState.UNANSWERED
    assert simulator.rings(NUMBER) == 0
    path = f"/_simulator/phones/{NUMBER}/call"
    status, body = await api.request("POST", path, json={})
    assert (status, body["type"], body["instance"]) == (200, "incoming", "home")
    await api.fake()
    assert simulator.phone(NUMBER).call is simulator.calls[2]
    path = f"/_simulator/calls/{body['id']}"
    assert (await api.request("POST", f"{path}/answer"))[0] == 409
    assert (await api.request("POST", f"{path}/over"))[1]["state"] == "unanswered"
    assert await kinds(socket, 3) == ["offer", "terminated", "offer"]
    path = "/_simulator/phones/1/call"
    assert (await api.request("POST", path, json={}))[0] == 404

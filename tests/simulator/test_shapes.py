"""Tests of the ways in which updates write a call and its people."""

from typing import Any

import pytest

from . import People, Shape, Simulator, UpdateKind
from .conftest import JID, NUMBER, OWN, WS, Api, data, no_frame
from .frames import lid_digits

LID, OWN_LID = lid_digits(NUMBER), lid_digits(OWN)


@pytest.mark.parametrize(
    ("people", "own", "peer"),
    [
        (People.NUMBER, OWN, NUMBER),
        (People.JID, OWN + JID, NUMBER + JID),
        (People.DEVICE_JID, f"{OWN}:12{JID}", NUMBER + JID),
        (People.LID, f"{OWN_LID}@lid", f"{LID}@lid"),
        (People.DEVICE_LID, f"{OWN_LID}:12@lid", f"{LID}@lid"),
        (
            People.OBJECT_BOTH,
            {"jid": OWN + JID, "lid": f"{OWN_LID}@lid", "name": "Home"},
            {"jid": NUMBER + JID, "lid": f"{LID}@lid", "name": "Ana"},
        ),
        (
            People.OBJECT_JID,
            {"jid": OWN + JID, "name": "Home"},
            {"jid": NUMBER + JID, "name": "Ana"},
        ),
        (
            People.OBJECT_LID,
            {"lid": f"{OWN_LID}@lid", "name": "Home"},
            {"lid": f"{LID}@lid", "name": "Ana"},
        ),
    ],
)
async def test_people(
    api: Api, simulator: Simulator, socket: WS, *, people: People, own: Any, peer: Any
) -> None:
    """Both parties are written in the chosen way, whoever calls."""
    simulator.choices.people = people
    simulator.add_phone(NUMBER, "Ana")
    simulator.call_in(NUMBER)
    said = await data(socket)
    assert (said["from"], said["to"]) == (peer, own)
    await api.fake(duration=60)
    said = await data(socket)
    assert (said["from"], said["to"]) == (own, peer)


@pytest.mark.parametrize(
    ("people", "peer"),
    [
        (People.DEVICE_JID, f"{NUMBER}:0{JID}"),
        (People.DEVICE_LID, f"{LID}:0@lid"),
        (People.JID, NUMBER + JID),
        (People.LID, f"{LID}@lid"),
    ],
)
async def test_phone_device(
    simulator: Simulator, socket: WS, people: People, peer: str
) -> None:
    """A phone can have the device part 0 where devices are written."""
    simulator.choices.people = people
    simulator.choices.phone_device = 0
    simulator.call_in(NUMBER)
    assert (await data(socket))["from"] == peer


@pytest.mark.parametrize("people", People)
async def test_no_own_number(simulator: Simulator, socket: WS, people: People) -> None:
    """An instance without a number is written as an empty text."""
    simulator.instances["home"].number_jid = None
    simulator.choices.people = people
    simulator.call_in(NUMBER)
    assert (await data(socket))["to"] == ""


@pytest.mark.parametrize("shape", [Shape.NESTED, Shape.SNAKE, Shape.WHATSMEOW])
async def test_no_digits(simulator: Simulator, socket: WS, shape: Shape) -> None:
    """Some shapes write JIDs instead of digits."""
    simulator.choices.shape = shape
    simulator.call_in(NUMBER)
    said = await data(socket)
    said = said.get("call", said)
    assert [said[key] for key in ("from", "chat", "From") if key in said] == [
        NUMBER + JID
    ]


async def _said(
    api: Api, simulator: Simulator, socket: WS, *, outgoing: bool
) -> dict[str, Any]:
    """Place or receive a call, and return its first update without the time."""
    if outgoing:
        await api.fake(duration=60)
    else:
        simulator.call_in(NUMBER)
    said = await data(socket)
    return {key: said[key] for key in said if key not in ("timestamp", "time")}


@pytest.mark.parametrize("outgoing", [False, True])
async def test_deep(
    api: Api, simulator: Simulator, socket: WS, *, outgoing: bool
) -> None:
    """The shape DEEP has everything two levels down, and objects three."""
    simulator.choices.shape = Shape.DEEP
    simulator.choices.people = People.OBJECT_LID
    said = await _said(api, simulator, socket, outgoing=outgoing)
    peer = {"lid": f"{LID}@lid", "name": ""}
    own = {"lid": f"{OWN_LID}@lid", "name": "Home"}
    assert said == {
        "call": {
            "info": {
                "id": simulator.calls[0].id,
                "status": "offer",
                "from": own if outgoing else peer,
                "to": peer if outgoing else own,
            }
        }
    }


@pytest.mark.parametrize("outgoing", [False, True])
async def test_suffixed(
    api: Api, simulator: Simulator, socket: WS, *, outgoing: bool
) -> None:
    """The shape SUFFIXED writes roles with suffixes in several styles."""
    simulator.choices.shape = Shape.SUFFIXED
    said = await _said(api, simulator, socket, outgoing=outgoing)
    roles = (
        {"callerPn": OWN, "callee_alt": NUMBER}
        if outgoing
        else {"caller_pn": NUMBER, "callee_alt": OWN}
    )
    assert said == {
        "event_type": "call_offer",
        "call_id": simulator.calls[0].id,
        "fromAlt": NUMBER,
        "participantPn": NUMBER,
        **roles,
    }


@pytest.mark.parametrize("outgoing", [False, True])
async def test_own_first(
    api: Api, simulator: Simulator, socket: WS, *, outgoing: bool
) -> None:
    """The shape OWN_FIRST begins with the instance and names no roles."""
    simulator.choices.shape = Shape.OWN_FIRST
    said = await _said(api, simulator, socket, outgoing=outgoing)
    assert list(said.items()) == [
        ("state", "offer"),
        ("id", simulator.calls[0].id),
        ("self", OWN),
        ("peer", NUMBER),
    ]


@pytest.mark.parametrize("outgoing", [False, True])
async def test_creator(
    api: Api, simulator: Simulator, socket: WS, *, outgoing: bool
) -> None:
    """In the shape CREATOR, the other party has sent each update."""
    simulator.choices.shape = Shape.CREATOR
    said = await _said(api, simulator, socket, outgoing=outgoing)
    assert said == {
        "kind": "offer",
        "callId": simulator.calls[0].id,
        "creator": OWN if outgoing else NUMBER,
        "sender": NUMBER,
    }


@pytest.mark.parametrize(
    ("shape", "key", "word"),
    [
        (Shape.FLAT, "type", "hangup"),
        (Shape.CAMEL_STATUS, "status", "HANGUP"),
        (Shape.SNAKE, "event", "hangup"),
        (Shape.WHATSMEOW, "action", "Hangup"),
        (Shape.SUFFIXED, "event_type", "call_hangup"),
        (Shape.OWN_FIRST, "state", "hangup"),
        (Shape.CREATOR, "kind", "hangup"),
    ],
)
async def test_words(
    simulator: Simulator, socket: WS, shape: Shape, key: str, word: str
) -> None:
    """A kind can have another word, which each shape writes in its style."""
    simulator.choices.shape = shape
    simulator.choices.words = {UpdateKind.TERMINATED: "hangup"}
    simulator.hang_up(simulator.call_in(NUMBER).id)
    await data(socket)
    assert (await data(socket))[key] == word


@pytest.mark.parametrize(
    ("shape", "key"),
    [
        (Shape.FLAT, "groupJid"),
        (Shape.NESTED, "groupJid"),
        (Shape.CAMEL_STATUS, "groupJid"),
        (Shape.SNAKE, "group_jid"),
        (Shape.WHATSMEOW, "GroupJID"),
        (Shape.DEEP, "groupJid"),
        (Shape.SUFFIXED, "group_jid"),
        (Shape.OWN_FIRST, "groupJid"),
        (Shape.CREATOR, "groupJid"),
    ],
)
async def test_group_call(
    simulator: Simulator, socket: WS, shape: Shape, key: str
) -> None:
    """A group call names the group and a person, and ends."""
    simulator.choices.shape = shape
    call = simulator.group_call(NUMBER)
    assert (call.instance, simulator.rings(NUMBER)) == ("home", 0)
    simulator.hang_up(call.id)
    for kind in ("notification", "terminated"):
        said = await data(socket)
        inner = said.get("call", said)
        inner = inner.get("info", inner)
        assert inner[key].endswith("@g.us")
        assert kind in str(said).lower()
        assert NUMBER in str(said)
    await no_frame(socket)
    simulator.call_in(NUMBER)
    assert "@g.us" not in str(await data(socket))


@pytest.mark.parametrize("shape", [Shape.CAMEL_STATUS, Shape.OWN_FIRST, Shape.CREATOR])
async def test_from_me(
    api: Api, simulator: Simulator, socket: WS, shape: Shape
) -> None:
    """`fromMe` is about the caller, but in an answer or a refusal about the callee."""
    simulator.choices.shape = shape
    simulator.choices.direction_field = True

    async def from_me(*steps: bool) -> None:
        assert [(await data(socket))["fromMe"] for _ in steps] == list(steps)

    for act in (simulator.answer, simulator.decline):
        _, body = await api.fake(duration=60)
        act(body["callId"])
        await from_me(True, False)
        simulator.drop_calls()
        if act == simulator.answer:
            await from_me(True)
    simulator.answer_elsewhere(simulator.call_in(NUMBER))
    await from_me(False, True, False)


async def test_direction(api: Api, simulator: Simulator, socket: WS) -> None:
    """`direction` is the direction of the call in updates of all kinds."""
    simulator.choices.direction_field = True
    simulator.add_phone(NUMBER)
    _, body = await api.fake(duration=60)
    simulator.answer(body["callId"])
    simulator.drop_calls()
    told = [(await data(socket))["direction"] for _ in range(3)]
    assert told == ["outgoing"] * 3
    simulator.answer_elsewhere(simulator.call_in(NUMBER))
    told = [(await data(socket))["direction"] for _ in range(3)]
    assert told == ["incoming"] * 3

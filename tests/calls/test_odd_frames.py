"""Frames and moments in which an update is easily misread."""

from typing import Any

import orjson
import pytest

from homeassistant.core import Context

from custom_components.ryze.api import (
    CallUpdate,
    RyzeOutcomeUnknownError,
    parse_frame,
)
from custom_components.ryze.calls import Call, CallEvent
from tests.helpers.const import MARIA
from tests.helpers.stories import OWN, Ring, Service, World
from tests.simulator.frames import lid_digits

HER_JID, HER_LID = f"{MARIA}@s.whatsapp.net", f"{lid_digits(MARIA)}@lid"
OWN_JID, OWN_LID = f"{OWN}@s.whatsapp.net", f"{lid_digits(OWN)}@lid"


def read(**data: Any) -> CallUpdate:
    """Return the update in a frame with these data."""
    frame = parse_frame(orjson.dumps({"event": "call.update", "data": data}))
    assert isinstance(frame, CallUpdate)
    return frame


def hear(world: World, **data: Any) -> None:
    """Let an instance hear a frame with these data."""
    world.tracker.async_handle_update(read(**data))


def placed(world: World, *, fake: bool = True) -> Ring:
    """Return a call of ours that rings, without any update so far."""
    ring = world.place(MARIA, fake=fake)
    world.tracker.async_note_placed(ring.followed, ring.call_id)
    world.clock.advance(2)
    return ring


def told(world: World) -> list[CallEvent]:
    """Return all events, once all timers are over."""
    world.clock.advance(60)
    return [event for event, _ in world.told]


def recall(world: World, kind: str, call_id: str) -> None:
    """Follow a call of long before a restart."""
    row = {
        "at": "2026-01-01T00:00:00+00:00",
        "type": kind,
        "number": MARIA,
        "call_id": call_id,
        "tag": None,
    }
    world.tracker.async_recall(Call.from_response(row, Context()))


def test_end_of_a_recalled_call() -> None:
    """After a restart, the duration of the ringing is still no answer."""
    world = World(Service())
    recall(world, "fake", "X")
    hear(world, type="terminate", callId="X", duration=8)
    assert told(world) == [CallEvent.UNANSWERED]


def test_recalled_call_takes_no_answer() -> None:
    """A call of long before a restart does not take the answer to the next call."""
    world = World(Service())
    recall(world, "audio", "OLD")
    ring = placed(world, fake=False)
    hear(world, type="accepted", callId="NEW", peer=HER_JID)
    assert told(world) == [CallEvent.PLACED, CallEvent.ANSWERED]
    assert world.events(ring.call)[-1] is CallEvent.ANSWERED


def test_answer_while_the_request_hangs() -> None:
    """An answer counts although the request fails long after the call has rung."""
    world = World(Service())
    ring = world.place(MARIA, fake=True)
    world.clock.advance(5)
    hear(world, type="accepted", callId="E", peer=HER_JID)
    world.clock.advance(85)
    world.tracker.async_note_failed(ring.followed, RyzeOutcomeUnknownError())
    assert told(world) == [CallEvent.FAILED, CallEvent.ANSWERED]


def test_early_answer_without_people() -> None:
    """An answer that names nobody waits for the id of the call."""
    world = World(Service())
    ring = world.place(MARIA, fake=True)
    hear(world, type="accepted", callId=ring.call_id)
    world.tracker.async_note_placed(ring.followed, ring.call_id)
    assert told(world) == [CallEvent.PLACED, CallEvent.ANSWERED]


def test_echo_with_an_unknown_own_number() -> None:
    """A frame that teaches the own number and LID makes the instance no other person."""
    world = World(Service(own_lid=False, lids="never"))
    world.store.lids.own.number = None
    placed(world)
    people = {
        "caller": {"jid": OWN_JID, "lid": OWN_LID},
        "callee": {"jid": HER_JID, "lid": HER_LID},
    }
    hear(world, type="offer", callId="E", **people)
    hear(world, type="accepted", callId="E", **people)
    assert told(world) == [CallEvent.PLACED, CallEvent.ANSWERED]


@pytest.mark.parametrize(
    "people",
    [
        {"callerLid": lid_digits(OWN)},
        {"from": OWN_LID, "callCreator": OWN_LID},
        {"callCreator": OWN_LID, "callCreatorAlt": OWN_JID, "from": HER_LID},
    ],
)
@pytest.mark.parametrize("own_lid", [True, False])
def test_hidden_echo(people: dict[str, str], own_lid: bool) -> None:
    """An echo of our own offer is no incoming call, however it names the instance."""
    world = World(Service(own_lid=own_lid))
    placed(world)
    hear(world, type="offer", callId="E", **people)
    assert CallEvent.RECEIVED not in told(world)


def test_role_of_an_outer_object() -> None:
    """A person two levels down has the role of the object around them."""
    world = World(Service())
    ring = placed(world)
    hear(world, type="accepted", callId="H", caller={"user": {"jid": HER_JID}})
    world.clock.advance(3)
    assert world.events(ring.call) == [CallEvent.PLACED]


def test_latency_before_the_offer() -> None:
    """An incoming call is told once, whatever comes before and after its offer."""
    world = World(Service())
    call = {"callId": "H", "caller": HER_JID, "direction": "incoming"}
    for kind in ("latency", "offer", "offer", "terminated"):
        hear(world, type=kind, **call)
    assert told(world) == [CallEvent.RECEIVED]


def test_linked_device_beside_a_number() -> None:
    """The device of a decline counts though another key names the person without one."""
    world = World(Service())
    ring = placed(world, fake=False)
    sender = f"{lid_digits(MARIA)}:3@lid"
    hear(
        world,
        type="reject",
        callId=ring.call_id,
        **{"from": sender, "fromAlt": HER_JID},
    )
    assert told(world) == [CallEvent.PLACED]


@pytest.mark.parametrize("key", ["ringDuration", "maxDuration", "requestedDuration"])
def test_durations_of_something_else(key: str) -> None:
    """Only the duration of a call or a talk proves an answer."""
    world = World(Service())
    ring = placed(world, fake=False)
    hear(world, type="terminated", callId=ring.call_id, **{key: 30})
    assert told(world) == [CallEvent.PLACED, CallEvent.UNANSWERED]


def test_object_of_several_people() -> None:
    """An object that holds two people teaches no LID, and hides no id."""
    world = World(Service(lids="never", own_lid=False))
    hear(world, type="offer", callId="q", call={"chat": HER_JID, "self": OWN_LID})
    assert world.store.lids.lid_of(MARIA) is None
    update = read(
        call={"callId": "X", "status": "accepted", "chat": HER_JID, "participant": "1"}
    )
    assert update.call_id == "X"


@pytest.mark.parametrize(
    "key",
    [
        "callerTimestamp",
        "calledat",
        "fromEpoch",
        "callerPort",
        "sequenceNumber",
        "chatSize",
        "callErrorCode",
        "authority",
        "toOffset",
        "callerId",
        "numberOfBytes",
    ],
)
def test_digits_that_are_no_number(key: str) -> None:
    """Bare digits are a number only where the whole key means a person."""
    assert read(type="offer", callId="A1", **{key: 1_790_000_000}).people == frozenset()


@pytest.mark.parametrize(
    "key",
    ["caller", "callerPn", "caller_pn", "CallCreatorAlt", "from", "participantPn"],
)
def test_digits_that_are_a_number(key: str) -> None:
    """Bare digits under a key of a person are a number, in every style of the key."""
    (person,) = read(type="offer", callId="A1", **{key: MARIA}).people
    assert person.number == MARIA


def test_null_hides_nothing() -> None:
    """A null under a key does not hide the value of a lower one."""
    assert read(type="accepted", callId=None, call={"callId": "X"}).call_id == "X"


def test_end_after_an_answer_with_a_reason() -> None:
    """The end of an answered call is told, whatever its reason is."""
    world = World(Service())
    ring = placed(world)
    hear(world, type="accepted", callId=ring.call_id)
    hear(world, type="terminate", reason="declined", callId=ring.call_id)
    assert told(world) == [CallEvent.PLACED, CallEvent.ANSWERED, CallEvent.ENDED]


def test_waiting_news_are_bounded() -> None:
    """One timer serves all news that wait, and none is left after a shutdown."""
    world = World(Service())
    world.place(MARIA, fake=True)
    for number in range(50):
        call = {"caller": HER_JID, "direction": "incoming"}
        hear(world, type="offer", callId=f"H{number}", **call)
        world.clock.advance(0.01)
    assert len(world.clock.timers) == 1
    world.tracker.async_shutdown()
    assert world.clock.timers == []
    assert told(world) == []


def test_lid_that_comes_too_late() -> None:
    """News with a LID that stays unknown are given up after ten seconds, and counted."""
    world = World(Service(lids="never"))
    placed(world, fake=False)
    world.tracker._ask_lid = lambda number: True
    hear(world, type="accepted", callId="E", peer=HER_LID)
    world.clock.advance(11)
    assert world.tracker.matches["nothing"] == 1
    assert told(world) == [CallEvent.PLACED]


def test_news_of_before_a_request() -> None:
    """News that waited for a LID are not about a call that was requested after them."""
    world = World(Service(lids="never", id_matches=False))
    first = placed(world, fake=False)
    world.tracker._ask_lid = lambda number: True
    first.followed.event_id = None
    hear(world, type="accepted", callId="E", peer=HER_LID)
    first.followed.event_id = "X"
    world.clock.advance(3)
    second = placed(world, fake=False)
    world.store.async_learn_lid(MARIA, lid_digits(MARIA), 1.0)
    world.tracker.async_handle_lids()
    world.clock.advance(60)
    assert world.events(second.call) == [CallEvent.PLACED]

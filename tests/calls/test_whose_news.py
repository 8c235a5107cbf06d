"""Stories in which an update could be taken for another call's."""

import pytest

from custom_components.ryze.calls import CallEvent
from tests.helpers.const import JOAO, MARIA
from tests.helpers.stories import OWN, Ring, Service, World
from tests.simulator.frames import lid_digits
from tests.simulator.model import People, Shape, UpdateKind

HIDDEN = [People.LID, People.DEVICE_LID, People.OBJECT_LID]

# The id of a call that is not ours.
HERS = "0F" * 16


def placed(world: World, number: str = MARIA, *, fake: bool = True) -> Ring:
    """Return a call of ours that rings, two seconds after the answer of RyzeAPI."""
    ring = world.place(number, fake=fake)
    ring.answer_request()
    world.clock.advance(2)
    return ring


def outcomes(world: World, ring: Ring) -> list[CallEvent]:
    """Return the events of a call behind "placed", once all timers are over."""
    world.clock.advance(60)
    return world.events(ring.call)[1:]


@pytest.mark.parametrize("duration", ["seconds", "milliseconds"])
@pytest.mark.parametrize("seconds", [8, 9.9])
def test_duration_of_the_ringing(duration: str, seconds: float) -> None:
    """The duration in the end of an unanswered fake call is that of its ringing."""
    world = World(Service(duration=duration, reasons=False))
    ring = placed(world)
    world.clock.advance(6)
    ring.end("", seconds)
    assert outcomes(world, ring) == [CallEvent.UNANSWERED]


@pytest.mark.parametrize("duration", ["seconds", "milliseconds"])
def test_duration_of_a_talk(duration: str) -> None:
    """A duration beyond the ringing proves that a fake call was answered."""
    world = World(Service(duration=duration, reasons=False))
    ring = placed(world)
    ring.end("", 11)
    assert outcomes(world, ring) == [CallEvent.ANSWERED, CallEvent.ENDED]


@pytest.mark.parametrize("people", People)
@pytest.mark.parametrize("shape", [Shape.WHATSMEOW, Shape.CREATOR, Shape.SUFFIXED])
@pytest.mark.parametrize("ids_match", [True, False])
def test_she_calls_back(people: People, shape: Shape, ids_match: bool) -> None:
    """Her call back is told, and the end of it is not taken for that of our call."""
    world = World(Service(people=people, shape=shape, id_matches=ids_match))
    ring = placed(world)
    world.hear(UpdateKind.OFFER, HERS, MARIA, outgoing=False)
    assert world.events() == [CallEvent.RECEIVED]
    world.hear(UpdateKind.ACCEPTED, HERS, MARIA, outgoing=False)
    world.hear(
        UpdateKind.TERMINATED,
        HERS,
        MARIA,
        outgoing=False,
        reason="accepted_elsewhere",
    )
    world.clock.advance(3)
    assert world.events(ring.call) == [CallEvent.PLACED]
    ring.hear(UpdateKind.REJECTED)
    assert outcomes(world, ring) == [CallEvent.REJECTED]


@pytest.mark.parametrize("people", People)
@pytest.mark.parametrize("shape", [Shape.WHATSMEOW, Shape.CREATOR, Shape.SUFFIXED])
def test_answer_at_home_without_an_offer(people: People, shape: Shape) -> None:
    """An answer to a call that she creates is none to ours, though her offer was lost."""
    world = World(Service(people=people, shape=shape, id_matches=False, echo=False))
    ring = placed(world)
    world.hear(UpdateKind.ACCEPTED, HERS, MARIA, outgoing=False)
    world.clock.advance(3)
    assert world.events(ring.call) == [CallEvent.PLACED]
    ring.hear(UpdateKind.ACCEPTED)
    assert outcomes(world, ring) == [CallEvent.ANSWERED]


@pytest.mark.parametrize("people", People)
@pytest.mark.parametrize("shape", Shape)
def test_picked_up_at_home(people: People, shape: Shape) -> None:
    """An end of an unknown id that says "accepted elsewhere" is no answer to our call."""
    world = World(Service(people=people, shape=shape, id_matches=False, echo=False))
    ring = placed(world)
    world.hear(
        UpdateKind.TERMINATED,
        HERS,
        MARIA,
        outgoing=False,
        reason="accepted_elsewhere",
    )
    assert CallEvent.ANSWERED not in outcomes(world, ring)


@pytest.mark.parametrize("people", People)
@pytest.mark.parametrize("shape", Shape)
def test_end_of_a_group_call(people: People, shape: Shape) -> None:
    """The end of her group call does not end our call to her."""
    world = World(Service(people=people, shape=shape, id_matches=False, echo=False))
    ring = placed(world)
    group = {"group": "120363000000000000@g.us", "outgoing": False}
    world.hear(UpdateKind.NOTIFICATION, HERS, MARIA, **group)
    world.hear(UpdateKind.TERMINATED, HERS, MARIA, **group)
    world.clock.advance(3)
    assert world.events(ring.call) == [CallEvent.PLACED]
    assert world.events() == []
    ring.hear(UpdateKind.ACCEPTED)
    assert outcomes(world, ring) == [CallEvent.ANSWERED]


@pytest.mark.parametrize("people", [People.DEVICE_JID, People.DEVICE_LID])
@pytest.mark.parametrize("shape", Shape)
def test_linked_device(people: People, shape: Shape) -> None:
    """A decline of a linked device is none, and swallows no news of the next call."""
    world = World(Service(people=people, shape=shape, id_matches=False))
    first = placed(world, fake=False)
    first.hear(UpdateKind.REJECTED, device=3)
    world.clock.advance(5)
    assert world.events(first.call) == [CallEvent.PLACED]
    second = placed(world)
    second.hear(UpdateKind.ACCEPTED)
    assert outcomes(world, second) == [CallEvent.ANSWERED]
    assert world.events(first.call) == [CallEvent.PLACED]


@pytest.mark.parametrize("people", People)
def test_answer_after_a_decline(people: People) -> None:
    """A decline is not the last word: an answer of another device counts."""
    world = World(Service(people=people))
    ring = placed(world, fake=False)
    ring.hear(UpdateKind.REJECTED)
    world.clock.advance(1)
    ring.hear(UpdateKind.ACCEPTED)
    assert outcomes(world, ring) == [CallEvent.ANSWERED]
    late = placed(world, fake=False)
    late.hear(UpdateKind.REJECTED)
    world.clock.advance(5)
    late.hear(UpdateKind.ACCEPTED)
    assert outcomes(world, late) == [CallEvent.REJECTED, CallEvent.ANSWERED]


@pytest.mark.parametrize("device", [0, None])
def test_decline_of_the_phone(device: int | None) -> None:
    """A decline of the phone itself counts at once, one without a device in a moment."""
    world = World(Service(people=People.DEVICE_JID))
    ring = placed(world)
    ring.hear(UpdateKind.REJECTED, device=device)
    assert (CallEvent.REJECTED in world.events(ring.call)) is (device == 0)
    assert outcomes(world, ring) == [CallEvent.REJECTED]


@pytest.mark.parametrize("people", HIDDEN)
@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("own_lid", [True, False])
@pytest.mark.parametrize("lids", ["never", "on request", "before"])
def test_hidden_echo(people: People, shape: Shape, own_lid: bool, lids: str) -> None:
    """An echo of our own offer opens no gate, however hidden the people are."""
    world = World(
        Service(
            people=people, shape=shape, id_matches=False, own_lid=own_lid, lids=lids
        )
    )
    placed(world)
    world.clock.advance(30)
    assert world.events() == []


@pytest.mark.parametrize("people", People)
@pytest.mark.parametrize("shape", Shape)
def test_nobody_rings(people: People, shape: Shape) -> None:
    """Whoever calls while no phone of ours rings is told, once."""
    world = World(Service(people=people, shape=shape, doubled=True))
    world.hear(UpdateKind.OFFER, HERS, MARIA, outgoing=False)
    world.hear(UpdateKind.TERMINATED, HERS, MARIA, outgoing=False, reason="timeout")
    assert world.events() == [CallEvent.RECEIVED]
    assert [call.number for _, call in world.told] == [MARIA]


@pytest.mark.parametrize("people", People)
@pytest.mark.parametrize("shape", Shape)
def test_call_two_minutes_after_ours(people: People, shape: Shape) -> None:
    """A person who calls two minutes after our audio call without news is told."""
    world = World(Service(people=people, shape=shape, echo=False, id_matches=False))
    placed(world, fake=False)
    world.clock.advance(120)
    world.hear(UpdateKind.OFFER, HERS, MARIA, outgoing=False)
    assert world.events() == [CallEvent.RECEIVED]


@pytest.mark.parametrize("people", People)
@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("lids", ["before", "on request"])
def test_two_people_ring(people: People, shape: Shape, lids: str) -> None:
    """The news of two people who ring at the same time are told apart."""
    world = World(
        Service(people=people, shape=shape, id_matches=False, echo=False, lids=lids)
    )
    maria, joao = placed(world, MARIA), placed(world, JOAO)
    joao.hear(UpdateKind.ACCEPTED)
    maria.hear(UpdateKind.REJECTED)
    assert outcomes(world, joao) == [CallEvent.ANSWERED]
    assert world.events(maria.call)[1:] == [CallEvent.REJECTED]


@pytest.mark.parametrize("people", People)
def test_two_calls_to_the_same_person(people: People) -> None:
    """Of two calls to the same person, each id belongs to one: the older comes first."""
    world = World(Service(people=people, id_matches=False, echo=False))
    first, second = placed(world), placed(world)
    first.hear(UpdateKind.REJECTED)
    second.hear(UpdateKind.ACCEPTED)
    second.hear(UpdateKind.ACCEPTED)
    assert outcomes(world, first) == [CallEvent.REJECTED]
    assert world.events(second.call)[1:] == [CallEvent.ANSWERED]


def test_lid_of_a_frame_is_learned() -> None:
    """An object with a number and a LID teaches the LID, which identifies later news."""
    world = World(Service(people=People.OBJECT_BOTH, lids="never", id_matches=False))
    ring = placed(world)
    ring.hear(UpdateKind.REJECTED)
    assert outcomes(world, ring) == [CallEvent.REJECTED]
    assert world.store.lids.lid_of(MARIA) == lid_digits(MARIA)
    assert world.store.lids.own.lid == lid_digits(OWN)


def test_silence_after_a_stall() -> None:
    """Silence has no meaning where the process stalled, and waiting news are read."""
    world = World(Service())
    silent, answered = placed(world), placed(world, JOAO)
    # No timer runs for half a minute.
    world.clock.stall(30)
    world.clock.advance(0.1)
    answered.hear(UpdateKind.ACCEPTED)
    assert outcomes(world, answered) == [CallEvent.ANSWERED]
    assert world.events(silent.call) == [CallEvent.PLACED]

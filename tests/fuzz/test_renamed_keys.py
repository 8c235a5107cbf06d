"""Call updates whose keys have other names."""

from typing import Any

from hypothesis import given, strategies as st
import orjson

from .runs import target
from custom_components.ryze.api import CallUpdate, UnknownFrame, parse_frame
from custom_components.ryze.api.people import role_of
from custom_components.ryze.calls import CallEvent
from tests.helpers.const import MARIA
from tests.helpers.stories import OWN, Service, World
from tests.simulator.frames import Update
from tests.simulator.model import People, Shape, UpdateKind
from tests.simulator.shapes import call_data

# Keys without which nobody can tell what an update says.
_KEPT = {"type", "status", "event", "action", "kind", "state", "event_type"}
_IDS = {"callId", "callID", "call_id", "CallID", "id"}

# A name with a role, such as `CAllEr` for the person who is called, would make the frame
# itself say something false.
_NAMES = st.text(
    alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGH_", min_size=1, max_size=12
).filter(lambda name: role_of(name) is None)
_SUFFIXES = st.sampled_from(["", "Alt", "_pn", "Jid", "_raw", "2"])


def rename(data: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Return an object with other keys, but for those of the kind and the id."""
    return {
        key if key in _KEPT | _IDS else names.get(key, key): (
            rename(value, names) if isinstance(value, dict) else value
        )
        for key, value in data.items()
    }


def keys_of(data: dict[str, Any]) -> set[str]:
    """Return all keys of an object and of those below it."""
    below = [keys_of(value) for value in data.values() if isinstance(value, dict)]
    return set(data).union(*below)


@given(
    shape=st.sampled_from(Shape),
    people=st.sampled_from(People),
    own_lid=st.booleans(),
    lids=st.sampled_from(["before", "on request", "never"]),
    kinds=st.lists(st.sampled_from(UpdateKind), min_size=1, max_size=4),
    direction=st.booleans(),
    data=st.data(),
)
@target(short=150, long=20_000)
def test_our_call_is_never_incoming(
    shape: Shape,
    people: People,
    own_lid: bool,
    lids: str,
    kinds: list[UpdateKind],
    direction: bool,
    data: st.DataObject,
) -> None:
    """Updates about a call of ours open no gate, whatever their keys are called."""
    world = World(Service(id_matches=False, own_lid=own_lid, lids=lids))
    ring = world.place(MARIA, fake=True)
    world.tracker.async_note_placed(ring.followed, ring.call_id)
    world.clock.advance(1)
    for kind in [UpdateKind.OFFER, *kinds]:
        update = Update(
            kind=kind,
            call_id=ring.event_id,
            number=MARIA,
            own_number=OWN,
            outgoing=True,
            at=1_790_000_000.0,
            people=people,
            device=0,
            direction_field=direction,
        )
        content = call_data(shape, update)
        keys = sorted(keys_of(content) - _KEPT - _IDS)
        names = {
            key: data.draw(st.one_of(_NAMES, _SUFFIXES.map(key.__add__)))
            for key in keys
        }
        frame = parse_frame(
            orjson.dumps({"event": "call.update", "data": rename(content, names)})
        )
        assert isinstance(frame, CallUpdate | UnknownFrame)
        if isinstance(frame, CallUpdate):
            world.tracker.async_handle_update(frame)
        world.clock.advance(0.5)
    world.clock.advance(60)
    assert CallEvent.RECEIVED not in [event for event, _ in world.told]

"""Frames of the WebSocket: plausible, odd and nonsensical."""

import json
from typing import Final

from hypothesis import strategies as st

from .documents import (
    CALL_ID,
    DOCUMENTS,
    KEYS,
    LONG,
    NUMBERS,
    OBJECTS,
    OWN,
    TOKENS,
    VALUES,
    cut,
    make_object,
)
from tests.simulator.frames import Update
from tests.simulator.model import People, Shape, UpdateKind
from tests.simulator.shapes import call_data

_EVENTS: Final = st.sampled_from(
    [
        *(["call.update"] * 4),
        "instance.state",
        "message.exchange",
        "CALL.UPDATE",
        "",
    ]
).map(json.dumps)

_UPDATES: Final = st.builds(
    Update,
    kind=st.sampled_from(UpdateKind),
    call_id=st.sampled_from([CALL_ID, CALL_ID, "A1", "A2", "A3"]),
    number=NUMBERS,
    own_number=st.just(OWN),
    outgoing=st.booleans(),
    at=st.just(1_900_000_000.0),
    people=st.sampled_from(People),
    device=st.sampled_from([None, 0, 3]),
    name=st.sampled_from(["", "Maria"]),
    word=st.sampled_from(["", "", "accept", "declined", "busy", "ended", "missed"]),
    reason=st.sampled_from([None, "", "timeout", "declined", "accepted_elsewhere"]),
    duration=st.sampled_from([None, 0, 9, 9000]),
    group=st.sampled_from([None, None, "120363040000000001@g.us"]),
    direction_field=st.booleans(),
)


def _spoil(data: dict[str, object], odd: list[tuple[str, str]]) -> str:
    """Return an update with additional or duplicate fields."""
    fields = [(json.dumps(key), json.dumps(value)) for key, value in data.items()]
    return make_object(odd[:1] + fields + odd[1:])


_PLAUSIBLE: Final = st.builds(
    _spoil,
    st.builds(call_data, st.sampled_from(Shape), _UPDATES),
    st.lists(st.tuples(KEYS, st.one_of(VALUES, VALUES, LONG)), max_size=2),
)
_STATES: Final = st.builds(
    lambda word: json.dumps({"state": word}),
    st.sampled_from(["connected", "closed", "logged_out", "qr_ready", "banned", "x"]),
)


def envelope(event: str, data: str, token: str) -> str:
    """Return a frame around the text of its data."""
    about = {"baseUrl": "https://x", "instance": "home", "token": token}
    return make_object(
        [
            ('"event"', event),
            ('"data"', data),
            ('"instanceData"', json.dumps(about)),
        ]
    )


DATA: Final = st.one_of(_PLAUSIBLE, _PLAUSIBLE, OBJECTS, _STATES, DOCUMENTS)
FRAMES: Final = st.one_of(
    st.builds(envelope, _EVENTS, DATA, TOKENS),
    st.builds(envelope, st.just('"call.update"'), _PLAUSIBLE, TOKENS),
    st.builds(cut, st.builds(envelope, _EVENTS, DATA, TOKENS), st.integers(0, 2**16)),
    DOCUMENTS,
)

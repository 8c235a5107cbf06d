"""Frames with any content are parsed or counted, and never raise an error."""

import json
import re
import time
import tracemalloc
from typing import Final

from hypothesis import example, given, strategies as st
import pytest

from .documents import DOCUMENTS, cut
from .frames import DATA, FRAMES, envelope
from .leaks import secrets_in, size_of
from .runs import target
from custom_components.ryze.api import (
    CallUpdate,
    LinkState,
    UnknownFrame,
    parse_frame,
)
from custom_components.ryze.api.frames import Frame
from custom_components.ryze.websocket import MAX_SIZE
from tests.helpers.const import INSTANCE_TOKEN, OTHER_TOKEN

# The largest sizes of a frame's shape in diagnostics, as JSON, and of a call's id.
_MAX_SHAPE: Final = MAX_SIZE
_MAX_CALL_ID: Final = 200


def check(frame: Frame) -> None:
    """Check the result of parsing a frame."""
    match frame:
        case CallUpdate(call_id=call_id, people=people):
            assert call_id is None or 0 < len(call_id) <= _MAX_CALL_ID
            # The id is fired in events, shown and stored.
            assert size_of(call_id) > 0
            digits = [item for one in people for item in (one.number, one.lid) if item]
            assert all(re.fullmatch(r"\d{5,20}", item, re.ASCII) for item in digits)
            assert all(one.number or one.lid for one in people)
            assert frame.duration >= 0
        case UnknownFrame(kind=kind, shape=shape):
            assert kind in ("not JSON", "no envelope", "call.update", "instance.state")
            assert size_of(shape) <= _MAX_SHAPE
            assert secrets_in(shape) == []
        case _:
            assert frame is None or frame.link is not LinkState.UNKNOWN


@example('"call.update"', f'{{"{INSTANCE_TOKEN}": 1}}', "", 0)
@example('"call.update"', '{"type": "offer", "callId": "\\ud800"}', "", 0)
@example('"call.update"', f'{{"type": "offer", "callId": "{"A" * 5000}"}}', "", 0)
@given(
    event=st.sampled_from(['"call.update"', '"instance.state"']),
    data=DATA,
    document=DOCUMENTS,
    place=st.integers(0, 2**16),
)
@target(short=200, long=125_000)
def test_parser(event: str, data: str, document: str, place: int) -> int:
    """Every frame is parsed into valid data, independently of its token."""
    frame = envelope(event, data, INSTANCE_TOKEN)
    parsed = parse_frame(frame)
    other = parse_frame(envelope(event, data, OTHER_TOKEN))
    assert parsed == other
    texts = [
        envelope(event, document, INSTANCE_TOKEN),
        envelope(document, data, INSTANCE_TOKEN),
        cut(frame, place),
        data,
    ]
    for found in (parsed, *map(parse_frame, texts)):
        check(found)
    return 2 + len(texts)


@given(frames=st.lists(FRAMES, min_size=20, max_size=20))
@target(short=8, long=2000, per_round=100)
def test_memory(frames: list[str]) -> int:
    """Parsing needs a few times the size of a frame, and leaves no memory in use."""
    # The first frame fills caches that stay.
    parse_frame('{"event": "call.update", "data": {"type": "offer"}}')
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for frame in frames:
            parse_frame(frame)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 50_000
    assert peak - before < 100_000 + 60 * max(map(len, frames))
    return len(frames)


@pytest.mark.parametrize(
    "piece",
    [
        '"k%d": 1,',
        '"call%d": {"from": 1},',
        '"x": "%d",',
        '"%d": [[[[]]]],',
        '"from": "12345:%d",',
        '"type": "%d offer",',
        '"\\ud800": %d.0e1,',
    ],
)
def test_largest(piece: str) -> None:
    """The largest possible frame occupies the event loop only briefly."""
    pieces = [piece % number for number in range(MAX_SIZE // len(piece))]
    frame = '{"event": "call.update", "data": {' + "".join(pieces)[: MAX_SIZE - 60]
    frame = frame[: frame.rindex(",")] + "}}"
    started = time.process_time()
    found = parse_frame(frame)
    assert time.process_time() - started < 0.5
    check(found)


@pytest.mark.parametrize(
    "value",
    ["1" * 5 + ":1" * 100_000, "9" * 200_000, "ß" * 100_000],
    ids=["JID", "digits", "letters"],
)
@pytest.mark.parametrize("end", ["", "x", "@lid"])
def test_longest_value(value: str, end: str) -> None:
    """A value as long as a frame occupies the event loop only briefly."""
    keys = ("from", "to", "type", "callId", "direction", "jid")
    data = json.dumps(dict.fromkeys(keys, value + end))
    started = time.process_time()
    parse_frame(envelope('"call.update"', data, INSTANCE_TOKEN))
    assert time.process_time() - started < 0.5

"""Hostile and broken JSON.

The strategies build text and not objects, because text can hold duplicate keys, numbers
of any size, and invalid JSON.
"""

import json
from typing import Final

from hypothesis import strategies as st

from tests.helpers.const import (
    ACCOUNT_TOKEN,
    ANA,
    INSTANCE_TOKEN,
    JOAO,
    MARIA,
    OTHER_TOKEN,
)

OWN: Final = "5511900000000"
NUMBERS: Final = st.sampled_from([MARIA, JOAO, ANA, OWN])
TOKENS: Final = st.sampled_from([ACCOUNT_TOKEN, INSTANCE_TOKEN, OTHER_TOKEN])

# A placeholder for the id of our call, which is unknown until the call is placed.
CALL_ID: Final = "the-id-of-the-call"

_PERSON_FORMS: Final = (
    "{}",
    "+{}",
    "{}@s.whatsapp.net",
    "{}:12@s.whatsapp.net",
    "{}.0:1@c.us",
    "{}@lid",
    "{}@g.us",
    "{}@s.whatsapp.net.example.com",
    " {}",
    "00{}",
)
PEOPLE: Final = st.builds(str.format, st.sampled_from(_PERSON_FORMS), NUMBERS)

_WORDS: Final = (
    "offer",
    "accepted",
    "rejected",
    "terminated",
    "notification",
    "latency",
    "ACCEPTED",
    "call_accept",
    "CallTerminate",
    "call-offer",
    "call",
    "connected",
    "disconnected",
    "logged_out",
    "qr_ready",
    "connecting",
    "ok",
    "incoming",
    "outgoing",
    "call.update",
    "instance.state",
    "message.exchange",
    "Instance is not connected",
    "audio",
    "home",
    CALL_ID,
    "",
)
# Keys of frames and answers, in our spelling and in others.
_KEYS: Final = (
    "kind",
    "type",
    "status",
    "state",
    "action",
    "event",
    "call",
    "Call",
    "data",
    "callId",
    "CallID",
    "call_id",
    "id",
    "from",
    "From",
    "to",
    "peer",
    "chat",
    "CallCreator",
    "CallCreatorAlt",
    "participant",
    "number",
    "direction",
    "fromMe",
    "IsFromMe",
    "outgoing",
    "incoming",
    "timestamp",
    "token",
    "instances",
    "instance",
    "name",
    "connection",
    "numberJid",
    "profile",
    "jid",
    "phoneNumber",
    "websocket",
    "enabled",
    "events",
    "mediaBase64",
    "checks",
    "success",
    "error",
    "message",
    "instanceData",
)

# Values at the edge of JSON, which programs read differently.
_RAW: Final = (
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "0.5",
    "1e400",
    "-1e400",
    "1e-400",
    "NaN",
    "Infinity",
    "-Infinity",
    MARIA,
    f"{MARIA}.0",
    f"-{MARIA}",
    "18446744073709551616",
    "9007199254740993",
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u0000"',
    '"\\u202e"',
    '"\ufeff"',
    '"\\ud83d\\ude00"',
    '"2026-02-30T25:61:61Z"',
    "{}",
    "[]",
    "[[]]",
    '""',
    '" "',
)
_BROKEN: Final = ("", "{", "]", '"', "'", "\\", "nul", "01", "+1", ".5", "0x1", "//")

_TEXT: Final = st.one_of(
    st.sampled_from(_WORDS),
    PEOPLE,
    TOKENS,
    st.text(max_size=12),
    st.text("\ud800\udfff\x00\u202eA1@:.", min_size=1, max_size=6),
)
KEYS: Final = st.one_of(
    st.sampled_from(_KEYS), st.sampled_from(_KEYS), PEOPLE, TOKENS, st.text(max_size=8)
).map(json.dumps)

_SCALARS: Final = st.one_of(
    st.sampled_from(_RAW),
    _TEXT.map(json.dumps),
    PEOPLE.map(json.dumps),
    st.sampled_from(_WORDS).map(json.dumps),
    st.integers().map(str),
)


def make_object(pairs: list[tuple[str, str]]) -> str:
    """Return the text of an object, possibly with duplicate keys."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def make_list(items: list[str]) -> str:
    """Return the text of a list."""
    return "[" + ", ".join(items) + "]"


def _objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return objects with values from a strategy."""
    return st.lists(st.tuples(KEYS, values), max_size=6).map(make_object)


def _containers(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return lists and objects with values from a strategy."""
    return _objects(values) | st.lists(values, max_size=3).map(make_list)


# Hypothesis rarely builds values this large by itself: long text, long integers (Python
# refuses more than 4300 digits), and deep nesting.
LONG: Final = st.one_of(
    st.integers(10, 5000).map(lambda times: '"' + "A1" * times + '"'),
    st.sampled_from([20, 400, 4300, 4301]).map(lambda digits: "9" * digits),
)
_DEEP: Final = st.builds(
    lambda opening, value, closing, depth: opening * depth + value + closing * depth,
    st.sampled_from(["[", '{"call": ', '[{"data": ']),
    st.sampled_from(["1", "", '{"type": "offer"}']),
    st.sampled_from(["", "]", "}", "}]"]),
    st.sampled_from([5, 50, 200, 2000, 20_000]),
)

VALUES: Final = st.recursive(_SCALARS, _containers, max_leaves=6)
OBJECTS: Final = _objects(VALUES)
_RARE: Final = st.one_of(
    _DEEP, LONG, st.sampled_from(_BROKEN), st.text(max_size=30), OBJECTS
)
DOCUMENTS: Final = st.one_of(VALUES, VALUES, OBJECTS, _RARE)


def cut(text: str, place: int) -> str:
    """Return the beginning of a text."""
    return text[: place % (len(text) + 1)]

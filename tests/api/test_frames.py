"""Tests of the parsing of live updates."""

import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.ryze.api import (
    CallUpdate,
    CallUpdateKind,
    Identity,
    InstanceUpdate,
    LinkState,
    Role,
    UnknownFrame,
    parse_frame,
)
from tests.helpers.const import INSTANCE_TOKEN, MARIA

OWN = "5511900000000"


def frame(event: str, data: Any) -> str:
    """Return a frame as RyzeAPI sends it."""
    instance = {"baseUrl": "https://x", "instance": "home", "token": INSTANCE_TOKEN}
    return json.dumps({"event": event, "data": data, "instanceData": instance})


@pytest.mark.parametrize(
    ("data", "caller", "callee", "outgoing"),
    [
        (
            {"type": "accepted", "callId": "A1", "from": OWN, "to": MARIA},
            *(OWN, MARIA, None),
        ),
        (
            {
                "call": {
                    "id": "A1",
                    "status": "accepted",
                    "from": f"{OWN}@s.whatsapp.net",
                    "to": f"{MARIA}:12@s.whatsapp.net",
                    "direction": "outgoing",
                },
                "timestamp": 1,
            },
            *(OWN, MARIA, True),
        ),
        (
            {"status": "ACCEPTED", "callID": "A1", "peer": int(MARIA), "fromMe": False},
            *(None, None, None),
        ),
        (
            {"event": "call_accepted", "call_id": "A1", "chat": f"+{MARIA}"},
            *(None, None, None),
        ),
        (
            {
                "action": "CallAccept",
                "From": f"{MARIA}@s.whatsapp.net",
                "CallCreator": f"{OWN}@s.whatsapp.net",
                "CallCreatorAlt": "",
                "CallID": "A1",
                "IsFromMe": True,
            },
            *(OWN, None, None),
        ),
        (
            {
                "type": "audio",
                "state": "Accepted",
                "id": "A1",
                "incoming": True,
                "number": MARIA,
            },
            *(None, None, False),
        ),
    ],
)
def test_call_updates(
    data: dict[str, Any], caller: str | None, callee: str | None, outgoing: bool | None
) -> None:
    """A call update is understood in each known spelling of its keys."""
    update = parse_frame(frame("call.update", data))
    assert isinstance(update, CallUpdate)
    assert (update.kind, update.call_id) == (CallUpdateKind.ACCEPTED, "A1")
    assert update.outgoing is outgoing
    ends = (Role.CREATOR, Role.SENDER), (Role.CALLEE, Role.RECEIVER)
    for number, roles in zip((caller, callee), ends, strict=True):
        found = {item.number for item in update.people if item.role in roles}
        assert number is None or number in found
    assert MARIA in {item.number for item in update.people}


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("offer", CallUpdateKind.OFFER),
        ("ACCEPTED", CallUpdateKind.ACCEPTED),
        ("rejected", CallUpdateKind.REJECTED),
        ("call-terminated", CallUpdateKind.TERMINATED),
        ("notification", CallUpdateKind.NOTICE),
        ("latency", CallUpdateKind.PROGRESS),
    ],
)
def test_kinds(word: str, kind: CallUpdateKind) -> None:
    """All kinds of call updates are known."""
    update = parse_frame(frame("call.update", {"type": word, "callId": "A1"}))
    assert update == CallUpdate(kind=kind, call_id="A1")


def test_hidden_number() -> None:
    """A hidden number is no number."""
    data = {"type": "offer", "callId": "A1", "from": "123456789@lid"}
    update = parse_frame(frame("call.update", data))
    assert isinstance(update, CallUpdate)
    assert update.people == {Identity(lid="123456789", role=Role.SENDER)}


@pytest.mark.parametrize(
    ("word", "link"),
    [
        ("connected", LinkState.CONNECTED),
        ("keepalive_restored", LinkState.CONNECTED),
        ("connecting", LinkState.CONNECTING),
        ("disconnected", LinkState.DISCONNECTED),
        ("logged_out", LinkState.LOGGED_OUT),
        ("loggedout", LinkState.LOGGED_OUT),
        ("qr_ready", LinkState.LOGGED_OUT),
        ("temp_banned", LinkState.LOGGED_OUT),
    ],
)
def test_instance_updates(word: str, link: LinkState) -> None:
    """The states of an instance are understood in both of their spellings."""
    assert parse_frame(frame("instance.state", {"state": word})) == InstanceUpdate(
        link=link
    )


def test_other_events() -> None:
    """Events that the integration did not ask for are ignored."""
    assert parse_frame(frame("message.exchange", {"message": {}})) is None


@pytest.mark.parametrize(
    ("text", "kind", "shape"),
    [
        ("", "not JSON", None),
        ("{", "not JSON", None),
        ("[" * 100_000, "not JSON", None),
        ("[1]", "no envelope", ["int"]),
        ('{"event": 1}', "no envelope", {"event": "int"}),
        ('{"event": "call.update"}', "no envelope", {"event": "str"}),
        (
            frame(
                "call.update", {"what": "else", "who": [{"number": MARIA}], MARIA: {}}
            ),
            "call.update",
            {"what": "str", "who": [{"number": "str"}], "?": {}},
        ),
        (
            frame("instance.state", {"state": "dreaming", "since": None}),
            "instance.state",
            {"state": "str", "since": "null"},
        ),
    ],
    ids=["empty", "cut", "deep", "list", "number", "no data", "call", "instance"],
)
def test_not_understood(text: str, kind: str, shape: Any) -> None:
    """A frame that is not understood keeps its shape without values."""
    assert parse_frame(text) == UnknownFrame(kind=kind, shape=shape)


JSON = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        st.sampled_from(
            ["offer", "accepted", MARIA, f"{MARIA}@s.whatsapp.net", "1@lid"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.text(max_size=5),
                st.sampled_from(
                    ["type", "status", "callId", "id", "from", "to", "call"]
                ),
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


@given(event=st.sampled_from(["call.update", "instance.state", "x"]), data=JSON)
def test_anything(event: str, data: Any) -> None:
    """No JSON raises an error, and no value of it gets into a shape."""
    parsed = parse_frame(frame(event, data))
    assert INSTANCE_TOKEN not in repr(parsed)
    if isinstance(parsed, UnknownFrame):
        assert MARIA not in repr(parsed)


@given(text=st.text())
def test_any_text(text: str) -> None:
    """No text raises an error."""
    parse_frame(text)
    assert parse_frame(text) == parse_frame(text)

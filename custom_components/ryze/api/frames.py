"""Frames of the WebSocket.

The JSON of `call.update` is not known for certain, and live frames may differ from the
documentation. So this module makes few assumptions:

- The envelope holds `event` and an object `data`. The token of the instance, which the
  envelope holds in clear text, is not read.
- Keys of `data` and of the objects directly below it count without case and separators.
  The higher key wins.
- The kind of an update stands under one of the keys in `_KIND_KEYS`, with or without
  the word "call" in it: offer, accepted, rejected, terminated, notification, latency.
- The id of the call stands under `callId`, else under `id`.
- People are given as numbers, as JIDs, or hidden as `@lid`.

Any other frame becomes an `UnknownFrame` with its shape: keys and types of values, and
no value.
https://docs.ryzeapi.cloud/en/api/events/catalog
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from .models import (
    EVENT_CALL_UPDATE,
    EVENT_INSTANCE_STATE,
    MAX_ID_SIZE,
    LinkState,
    normalize,
    read_number,
)

_KIND_KEYS: Final = (
    "kind",
    "subkind",
    "type",
    "subtype",
    "status",
    "state",
    "action",
    "event",
    "update",
    "callstatus",
    "callstate",
    "calltype",
)
# The creator comes first: beside a creator, "from" may name the person who is called.
_CALLER_KEYS: Final = ("callcreator", "creator", "caller", "from", "sender")
# Keys of a person whose role the key leaves open, or who is called.
_OTHER_PERSON_KEYS: Final = (
    "to",
    "callee",
    "recipient",
    "peer",
    "number",
    "phone",
    "phonenumber",
    "chat",
    "jid",
    "remotejid",
    "contact",
    "callcreatoralt",
    "participant",
    "user",
)

# Limits of recorded shapes.
_MAX_DEPTH: Final = 3
_MAX_KEYS: Final = 40


class CallUpdateKind(StrEnum):
    """Kind of a call update."""

    OFFER = "offer"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TERMINATED = "terminated"
    OTHER = "other"
    """A known kind without meaning for us: notification and latency."""


_KINDS: Final = {
    "offer": CallUpdateKind.OFFER,
    "accept": CallUpdateKind.ACCEPTED,
    "accepted": CallUpdateKind.ACCEPTED,
    "reject": CallUpdateKind.REJECTED,
    "rejected": CallUpdateKind.REJECTED,
    "terminate": CallUpdateKind.TERMINATED,
    "terminated": CallUpdateKind.TERMINATED,
    "notification": CallUpdateKind.OTHER,
    "notice": CallUpdateKind.OTHER,
    "offernotice": CallUpdateKind.OTHER,
    "latency": CallUpdateKind.OTHER,
    "relaylatency": CallUpdateKind.OTHER,
}


@dataclass(frozen=True, kw_only=True)
class CallUpdate:
    """An update about a call."""

    kind: CallUpdateKind
    call_id: str | None = None
    caller: str | None = None
    # The numbers of all people in the frame, whatever their roles.
    numbers: frozenset[str] = frozenset()
    # The direction of the call, None where the frame leaves it open.
    outgoing: bool | None = None


@dataclass(frozen=True, kw_only=True)
class InstanceUpdate:
    """An update about the instance's link to WhatsApp."""

    link: LinkState


@dataclass(frozen=True, kw_only=True)
class UnknownFrame:
    """A frame that could not be read."""

    kind: str
    shape: Any


type Frame = CallUpdate | InstanceUpdate | UnknownFrame | None


def parse_frame(text: str) -> Frame:
    """Return the update in a frame, None for events of other kinds."""
    try:
        envelope = orjson.loads(text)
    except ValueError:
        return UnknownFrame(kind="not JSON", shape=None)
    if not isinstance(envelope, dict):
        return UnknownFrame(kind="no envelope", shape=shape_of(envelope))
    event, data = envelope.get("event"), envelope.get("data")
    if not isinstance(event, str) or not isinstance(data, dict):
        return UnknownFrame(kind="no envelope", shape=shape_of(envelope))
    if event == EVENT_CALL_UPDATE:
        return _call_update(data) or UnknownFrame(kind=event, shape=shape_of(data))
    if event == EVENT_INSTANCE_STATE:
        link = LinkState.from_json(data.get("state") or data.get("status"))
        if link is LinkState.UNKNOWN:
            return UnknownFrame(kind=event, shape=shape_of(data))
        return InstanceUpdate(link=link)
    return None


def _call_update(data: dict[str, Any]) -> CallUpdate | None:
    """Return the call update in the data of a frame, None where its kind is unclear."""
    fields = _flatten(data)
    if (kind := _kind(fields)) is None:
        return None
    call_id = next(
        (
            value
            for key in ("callid", "id")
            if isinstance(value := fields.get(key), str)
            and 0 < len(value) <= MAX_ID_SIZE
        ),
        None,
    )
    numbers = {
        key: number
        for key in (*_CALLER_KEYS, *_OTHER_PERSON_KEYS)
        if (number := read_number(fields.get(key)))
    }
    return CallUpdate(
        kind=kind,
        call_id=call_id,
        caller=next((numbers[key] for key in _CALLER_KEYS if key in numbers), None),
        numbers=frozenset(numbers.values()),
        outgoing=_outgoing(fields),
    )


def _flatten(data: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an object, and of the objects directly below it."""
    fields: dict[str, Any] = {}
    for part in (data, *(value for value in data.values() if isinstance(value, dict))):
        for key, value in part.items():
            if not isinstance(value, dict | list):
                fields.setdefault(normalize(key), value)
    return fields


def _kind(fields: dict[str, Any]) -> CallUpdateKind | None:
    """Return the kind of an update."""
    for key in _KIND_KEYS:
        word = normalize(fields.get(key))
        if kind := _KINDS.get(word) or _KINDS.get(word.removeprefix("call")):
            return kind
    return None


def _outgoing(fields: dict[str, Any]) -> bool | None:
    """Return the direction of a call, None where the update leaves it open."""
    direction = normalize(fields.get("direction"))
    if direction in ("outgoing", "outbound", "out"):
        return True
    if direction in ("incoming", "inbound", "in"):
        return False
    for key in ("outgoing", "isoutgoing", "fromme", "isfromme"):
        if isinstance(value := fields.get(key), bool):
            return value
    if isinstance(value := fields.get("incoming", fields.get("isincoming")), bool):
        return not value
    return None


def shape_of(value: object, depth: int = 0) -> Any:
    """Return the keys of a received value and the types of its values."""
    if isinstance(value, dict):
        if depth == _MAX_DEPTH:
            return "object"
        return {
            _safe_key(key): shape_of(item, depth + 1)
            for key, item in list(value.items())[:_MAX_KEYS]
        }
    if isinstance(value, list):
        return [shape_of(value[0], depth + 1)] if value and depth < _MAX_DEPTH else []
    return "null" if value is None else type(value).__name__


def _safe_key(key: str) -> str:
    """Return a key, or a placeholder where the key may itself be a number or an id."""
    safe = len(key) <= 40 and key.replace("_", "").isalpha()
    return key if safe else "?"

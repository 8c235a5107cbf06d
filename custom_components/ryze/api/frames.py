"""Frames of the WebSocket.

The JSON of `call.update` is on a part of RyzeAPI's documentation that could not be
read, and live frames may differ from it anyway. So this module assumes little:

- The envelope holds `event` and an object `data`. The instance's token, which stands
  beside them in clear text, is never looked at.
- In `data`, and in the objects directly below it, keys count without case and
  separators. What stands higher wins.
- The kind of an update stands under one of the keys in `_KIND_KEYS`, with or without
  the word "call" in it: offer, accepted, rejected, terminated, notification, latency.
- The call's id stands under `callId`, else under `id`.
- People are given as numbers, as WhatsApp's ids, or hidden as `@lid`.

What is not understood is an `UnknownFrame`, whose shape tells what was there: keys and
kinds of values, never a value.
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
    *("kind", "subkind", "type", "subtype", "status", "state"),
    *("action", "event", "update", "callstatus", "callstate", "calltype"),
)
# Where there is a creator, "from" may be just the other end.
_CALLER_KEYS: Final = ("callcreator", "creator", "caller", "from", "sender")
_CALLEE_KEYS: Final = ("to", "callee", "recipient")
# Whoever is at the other end, calling or called.
_PEER_KEYS: Final = (
    *("peer", "number", "phone", "phonenumber", "chat", "jid", "remotejid", "contact"),
    *("callcreatoralt", "participant", "user"),
)

# Deeper nothing is looked for, and a shape ends.
_MAX_DEPTH: Final = 3
_MAX_KEYS: Final = 40


class CallUpdateKind(StrEnum):
    """What a call update says."""

    OFFER = "offer"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TERMINATED = "terminated"
    OTHER = "other"
    """Known, but of no use: notification and latency."""


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
    """News of a call."""

    kind: CallUpdateKind
    call_id: str | None = None
    caller: str | None = None
    callee: str | None = None
    # Everybody whom the frame names, in whatever role.
    numbers: frozenset[str] = frozenset()
    # What the frame says of the direction; None where it says nothing.
    outgoing: bool | None = None


@dataclass(frozen=True, kw_only=True)
class InstanceUpdate:
    """News of the instance's link to WhatsApp."""

    link: LinkState


@dataclass(frozen=True, kw_only=True)
class UnknownFrame:
    """A frame that was not understood."""

    kind: str
    shape: Any


type Frame = CallUpdate | InstanceUpdate | UnknownFrame | None


def parse_frame(text: str) -> Frame:
    """Return what a frame says, None where it says nothing that is of use to us."""
    try:
        envelope = orjson.loads(text)
    except ValueError:
        return UnknownFrame(kind="not JSON", shape=None)
    if not isinstance(envelope, dict):
        return UnknownFrame(kind="no envelope", shape=shape_of(envelope))
    match envelope.get("event"), envelope.get("data"):
        case str() as event, dict() as data:
            pass
        case _:
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
    """Return what a call update says, or None where that is not clear."""
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
        for key in (*_CALLER_KEYS, *_CALLEE_KEYS, *_PEER_KEYS)
        if (number := read_number(fields.get(key)))
    }
    return CallUpdate(
        kind=kind,
        call_id=call_id,
        caller=_first(numbers, _CALLER_KEYS),
        callee=_first(numbers, _CALLEE_KEYS),
        numbers=frozenset(numbers.values()),
        outgoing=_outgoing(fields),
    )


def _first(numbers: dict[str, str], keys: tuple[str, ...]) -> str | None:
    """Return the number under the first of the keys that has one."""
    return next((numbers[key] for key in keys if key in numbers), None)


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
    """Return what an update says of the direction."""
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
    """Return the keys and the kinds of values of what was received."""
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
    """Return a key, unless it may be a value: a number or an id, say."""
    safe = len(key) <= 40 and key.replace("_", "").isalpha()
    return key if safe else "?"

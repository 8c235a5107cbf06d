"""Frames of the WebSocket.

The JSON of `call.update` is not known for certain, and live frames may differ from the
documentation. So this module makes few assumptions:

- The envelope holds `event` and an object `data`. The token of the instance, which the
  envelope holds in clear text, is not read.
- Keys count without case and separators, in `data` and two levels below. The higher key
  wins.
- The kind of an update stands under one of the keys in `_KIND_KEYS`, in one of the words
  in `_KINDS`, with or without the word "call" in front.
- The id of the call stands under `callId`, else under `id`.
- A JID or a LID names a person, whatever its key is. Bare digits name a person where the
  key means one. An object with both teaches which LID belongs to which number.
- The key of a person, or of the person's object, gives the role: `caller` and `creator`
  call, `from` and `sender` sent the news. `people.py` knows the words.
- `direction` says who calls, in every kind. `fromMe` says so in an offer only, because
  in an answer it may say who answered.
- `reason` and `duration` belong to the end of a call.

Any other frame becomes an `UnknownFrame` with its shape: keys and types of values, and
no value.
https://docs.ryzeapi.cloud/en/api/events/catalog
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
import re
from typing import Any, Final

import orjson

from .models import (
    EVENT_CALL_UPDATE,
    EVENT_INSTANCE_STATE,
    MAX_ID_SIZE,
    LinkState,
)
from .people import (
    Identity,
    Role,
    is_group,
    normalize,
    read_person,
    read_person_object,
    role_of,
)
from .shapes import MAX_DEPTH, MAX_KEYS, shape_of

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
    "eventtype",
    "callevent",
    "callstatus",
    "callstate",
    "calltype",
    "updatetype",
)

_DURATION_KEY: Final = re.compile(
    "(?:audio|call|talk|video)?duration(ms|s|sec|secs|seconds)?"
)

# Limit for the people of a frame.
_MAX_PEOPLE: Final = 20


class CallUpdateKind(StrEnum):
    """Kind of a call update."""

    OFFER = "offer"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNANSWERED = "unanswered"
    TERMINATED = "terminated"
    PROGRESS = "progress"
    """The call goes on: ringing, latency."""
    NOTICE = "notice"
    """A notification about a call of other people."""


class EndReason(StrEnum):
    """Reason that the end of a call gives."""

    TIMEOUT = "timeout"
    REJECTED = "rejected"
    ANSWERED_ELSEWHERE = "answered_elsewhere"


_KINDS: Final = {
    "offer": CallUpdateKind.OFFER,
    "accept": CallUpdateKind.ACCEPTED,
    "accepted": CallUpdateKind.ACCEPTED,
    "answered": CallUpdateKind.ACCEPTED,
    "busy": CallUpdateKind.REJECTED,
    "decline": CallUpdateKind.REJECTED,
    "declined": CallUpdateKind.REJECTED,
    "reject": CallUpdateKind.REJECTED,
    "rejected": CallUpdateKind.REJECTED,
    "missed": CallUpdateKind.UNANSWERED,
    "timeout": CallUpdateKind.UNANSWERED,
    "unanswered": CallUpdateKind.UNANSWERED,
    "end": CallUpdateKind.TERMINATED,
    "ended": CallUpdateKind.TERMINATED,
    "hangup": CallUpdateKind.TERMINATED,
    "terminate": CallUpdateKind.TERMINATED,
    "terminated": CallUpdateKind.TERMINATED,
    "latency": CallUpdateKind.PROGRESS,
    "preaccept": CallUpdateKind.PROGRESS,
    "preaccepted": CallUpdateKind.PROGRESS,
    "relaylatency": CallUpdateKind.PROGRESS,
    "ringing": CallUpdateKind.PROGRESS,
    "transport": CallUpdateKind.PROGRESS,
    "notice": CallUpdateKind.NOTICE,
    "notification": CallUpdateKind.NOTICE,
    "offernotice": CallUpdateKind.NOTICE,
}

_REASONS: Final = {
    "missed": EndReason.TIMEOUT,
    "timeout": EndReason.TIMEOUT,
    "unanswered": EndReason.TIMEOUT,
    "busy": EndReason.REJECTED,
    "declined": EndReason.REJECTED,
    "rejected": EndReason.REJECTED,
    "acceptedelsewhere": EndReason.ANSWERED_ELSEWHERE,
    "acceptelsewhere": EndReason.ANSWERED_ELSEWHERE,
    "answeredelsewhere": EndReason.ANSWERED_ELSEWHERE,
}


@dataclass(frozen=True, kw_only=True)
class CallUpdate:
    """An update about a call."""

    kind: CallUpdateKind
    call_id: str | None = None
    # All people of the frame, the instance included.
    people: frozenset[Identity] = field(default_factory=frozenset)
    # The direction of the call, None where the frame leaves it open.
    outgoing: bool | None = None
    group: bool = False
    reason: EndReason | None = None
    # The duration that the end of a call gives: seconds, or perhaps milliseconds.
    duration: float = 0


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


def parse_frame(text: str | bytes) -> Frame:
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
    fields: dict[str, Any] = {}
    people: set[Identity] = set()
    group = False
    for item in _walk(data):
        if isinstance(item, Identity):
            people.add(item)
            continue
        key, value, role = item
        fields.setdefault(normalize(key), value)
        group = group or is_group(value)
        if identity := read_person(key, value, role):
            people.add(identity)
    if (kind := _kind(fields)) is None:
        return None
    return CallUpdate(
        kind=kind,
        call_id=_call_id(fields),
        people=frozenset(sorted(people, key=repr)[:_MAX_PEOPLE]),
        outgoing=_outgoing(fields, kind),
        group=group,
        reason=_reason(fields) if kind is CallUpdateKind.TERMINATED else None,
        duration=_duration(fields),
    )


def _walk(data: dict[str, Any]) -> Iterator[Identity | tuple[str, Any, Role]]:
    """Yield the fields of an object and of those below it, and people for their objects.

    Each level comes after the one above. A field comes with the role of its object.
    """
    level: list[tuple[dict[str, Any], Role]] = [(data, Role.NONE)]
    for _ in range(MAX_DEPTH):
        below: list[tuple[dict[str, Any], Role]] = []
        for part, role in level:
            for key, value in list(part.items())[:MAX_KEYS]:
                if not isinstance(value, dict):
                    if value is not None and not isinstance(value, list):
                        yield key, value, role
                elif person := read_person_object(key, value, role):
                    yield person
                else:
                    below.append((value, role_of(key) or role))
        level = below


def _kind(fields: dict[str, Any]) -> CallUpdateKind | None:
    """Return the kind of an update."""
    for key in _KIND_KEYS:
        word = normalize(fields.get(key))
        for spelling in (word, word.removeprefix("call")):
            if kind := _KINDS.get(spelling):
                return kind
            if _REASONS.get(spelling):
                return CallUpdateKind.TERMINATED
    return None


def _call_id(fields: dict[str, Any]) -> str | None:
    """Return the id of the call."""
    for key in ("callid", "id"):
        value = fields.get(key)
        if isinstance(value, str) and 0 < len(value) <= MAX_ID_SIZE:
            return value
    return None


def _outgoing(fields: dict[str, Any], kind: CallUpdateKind) -> bool | None:
    """Return the direction of a call, None where the update leaves it open."""
    direction = normalize(fields.get("direction"))
    if direction in ("outgoing", "outbound", "out"):
        return True
    if direction in ("incoming", "inbound", "in"):
        return False
    for key in ("outgoing", "isoutgoing"):
        if isinstance(value := fields.get(key), bool):
            return value
    for key in ("incoming", "isincoming"):
        if isinstance(value := fields.get(key), bool):
            return not value
    if kind is CallUpdateKind.OFFER:
        for key in ("fromme", "isfromme"):
            if isinstance(value := fields.get(key), bool):
                return value
    return None


def _reason(fields: dict[str, Any]) -> EndReason | None:
    """Return the reason of a call's end, also where the kind is the reason."""
    for key in ("reason", "endreason", "terminatereason", "cause", *_KIND_KEYS):
        word = normalize(fields.get(key))
        if reason := _REASONS.get(word) or _REASONS.get(word.removeprefix("call")):
            return reason
    return None


def _duration(fields: dict[str, Any]) -> float:
    """Return the duration of a call, 0 where there is none."""
    for key, value in fields.items():
        # The keys of other durations, such as `ringDuration`, say nothing of a talk.
        if not (match := _DURATION_KEY.fullmatch(key)) or isinstance(value, bool):
            continue
        try:
            duration = float(value)
        except TypeError, ValueError:
            continue
        if isfinite(duration) and duration > 0:
            return duration / 1000 if match[1] == "ms" else duration
    return 0

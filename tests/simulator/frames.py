"""Frames of live updates."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import time

from .model import People, UpdateKind
from .records import Instance

JID_SERVER = "@s.whatsapp.net"
# The device that is the instance, among those of its account.
_DEVICE = 12

_PICTURE = base64.b64encode(bytes(range(256)) * 3).decode()

# The event `instance.state` and the list of instances spell these states differently.
_EVENT_STATES = {"loggedout": "logged_out", "qr": "qr_ready", "banned": "temp_banned"}
_LIST_STATES = {event: state for state, event in _EVENT_STATES.items()}


type Person = str | dict[str, str]


@dataclass(frozen=True)
class Update:
    """A change of a call's state, or noise about a call."""

    kind: UpdateKind
    call_id: str
    number: str
    """The other party's digits."""
    own_number: str
    """The instance's digits."""
    outgoing: bool
    at: float
    people: People = People.NUMBER
    device: int | None = None
    """Device of the other party, None for no device part."""
    name: str = ""
    """The other party's name."""
    own_name: str = ""
    word: str = ""
    """The word for the kind, if the word is not the kind's own."""
    reason: str | None = None
    duration: int | None = None
    group: str | None = None
    direction_field: bool = False

    @property
    def said(self) -> str:
        """Return the word for the kind."""
        return self.word or self.kind

    def peer(self, *, jid: bool = False) -> Person:
        """Return the other party; with `jid`, digits become a JID."""
        return write_person(
            self.people, self.number, device=self.device, name=self.name, jid=jid
        )

    def own(self, *, jid: bool = False) -> Person:
        """Return the instance; with `jid`, digits become a JID."""
        return write_person(
            self.people, self.own_number, device=_DEVICE, name=self.own_name, jid=jid
        )

    def parties(self, *, jid: bool = False) -> tuple[Person, Person]:
        """Return the caller and the callee; with `jid`, digits become JIDs."""
        own, peer = self.own(jid=jid), self.peer(jid=jid)
        return (own, peer) if self.outgoing else (peer, own)

    def direction(self) -> dict[str, object]:
        """Return the field with the direction as a word, if updates have one."""
        word = "outgoing" if self.outgoing else "incoming"
        return {"direction": word} if self.direction_field else {}

    def from_me(self, name: str) -> dict[str, object]:
        """Return the field that says whether the instance did it, if updates have one.

        The callee accepts or rejects; all else counts as done by the caller.
        """
        by_callee = self.kind in (UpdateKind.ACCEPTED, UpdateKind.REJECTED)
        return {name: self.outgoing is not by_callee} if self.direction_field else {}

    def more(self, reason: str, duration: str, group: str) -> dict[str, object]:
        """Return the fields that not every update has, under these keys."""
        fields = {reason: self.reason, duration: self.duration, group: self.group}
        return {key: value for key, value in fields.items() if value is not None}


def write_person(
    people: People,
    number: str,
    *,
    device: int | None = None,
    name: str = "",
    jid: bool = False,
) -> Person:
    """Return a person in one of the ways; with `jid`, digits become a JID."""
    if not number:
        return ""
    part = "" if device is None else f":{device}"
    lid, plain = f"{lid_digits(number)}@lid", f"{number}{JID_SERVER}"
    match people:
        case People.NUMBER:
            return plain if jid else number
        case People.JID:
            return plain
        case People.DEVICE_JID:
            return f"{number}{part}{JID_SERVER}"
        case People.LID:
            return lid
        case People.DEVICE_LID:
            return f"{lid_digits(number)}{part}@lid"
        case People.OBJECT_BOTH:
            return {"jid": plain, "lid": lid, "name": name}
        case People.OBJECT_JID:
            return {"jid": plain, "name": name}
        case People.OBJECT_LID:
            return {"lid": lid, "name": name}


def lid_digits(number: str) -> str:
    """Return digits that stand for a number without revealing it."""
    return str(10**14 + int(number) * 7919 % (9 * 10**14))


def envelope(instance: Instance, base_url: str, event: str, data: object) -> str:
    """Return a frame; like RyzeAPI's frames, it holds the token in clear."""
    return json.dumps(
        {
            "event": event,
            "data": data,
            "instanceData": {
                "baseUrl": base_url,
                "instance": instance.name,
                "token": instance.token,
            },
        }
    )


def foreign_frame(instance: Instance, base_url: str, size: int) -> str:
    """Return a frame of about this size for other users of the socket, with a picture."""
    sender = {"jid": f"5511900000009{JID_SERVER}", "lid": None, "name": "Rita"}
    media = {
        "type": "image",
        "mimetype": "image/jpeg",
        "base64": _PICTURE * (size // len(_PICTURE) + 1),
    }
    data = {
        "id": "3EB0000000000000000001",
        "direction": "incoming",
        "timestamp": iso(time.time()),
        "chat": sender | {"type": "private"},
        "sender": sender,
        "recipient": None,
        "message": {"type": "media", "content": "", "source": "", "media": media},
    }
    return envelope(instance, base_url, "message.exchange", data)


def list_state(state: str) -> str:
    """Return a state in the spelling of the list of instances."""
    return _LIST_STATES.get(state, state)


def state_data(instance: Instance) -> dict[str, object]:
    """Return the data of the event `instance.state`."""
    state = _EVENT_STATES.get(instance.state, instance.state)
    data: dict[str, object] = {
        "state": state,
        "timestamp": iso(time.time()),
        "instance": instance.name,
    }
    if state == "qr_ready":
        # Anyone who scans a pairing code links their own device, so clients must keep
        # the codes secret.
        data["codes"] = ["2@simulated-pairing-code"]
    return data


def iso(at: float) -> str:
    """Return a time in ISO format."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")

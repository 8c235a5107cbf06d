"""Frames of live updates."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import time

from .model import Instance, Shape, UpdateKind

JID_SERVER = "@s.whatsapp.net"
_DEVICE = ":12"

# The event `instance.state` and the list of instances spell these states differently.
_EVENT_STATES = {"loggedout": "logged_out", "qr": "qr_ready", "banned": "temp_banned"}
_LIST_STATES = {event: state for state, event in _EVENT_STATES.items()}


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
    reason: str = ""
    peer_as_lid: bool = False
    direction_field: bool = False

    def peer(self, device: str = "", server: str = JID_SERVER) -> str:
        """Return the other party as its number or LID, with device and server."""
        if self.peer_as_lid:
            return f"{lid_digits(self.number)}{device}@lid"
        return f"{self.number}{device}{server}"

    def parties(self, device: str = "", server: str = JID_SERVER) -> tuple[str, str]:
        """Return the caller and the callee."""
        own, peer = f"{self.own_number}{device}{server}", self.peer(device, server)
        return (own, peer) if self.outgoing else (peer, own)

    def direction(self) -> dict[str, object]:
        """Return the field with the direction as a word, if updates have one."""
        word = "outgoing" if self.outgoing else "incoming"
        return {"direction": word} if self.direction_field else {}

    def from_me(self, name: str) -> dict[str, object]:
        """Return the field with the direction as a boolean, if updates have one."""
        return {name: self.outgoing} if self.direction_field else {}


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


def list_state(state: str) -> str:
    """Return a state in the spelling of the list of instances."""
    return _LIST_STATES.get(state, state)


def state_data(instance: Instance) -> dict[str, object]:
    """Return the data of the event `instance.state`."""
    state = _EVENT_STATES.get(instance.state, instance.state)
    data: dict[str, object] = {
        "state": state,
        "timestamp": _iso(time.time()),
        "instance": instance.name,
    }
    if state == "qr_ready":
        # Anyone who scans a pairing code links their own device, so clients must keep
        # the codes secret.
        data["codes"] = ["2@simulated-pairing-code"]
    return data


def call_data(shape: Shape, update: Update) -> dict[str, object]:
    """Return the data of the event `call.update` in one of its shapes."""
    return _SHAPES[shape](update)


def _flat(update: Update) -> dict[str, object]:
    caller, callee = update.parties(server="")
    return {
        "type": update.kind,
        "callId": update.call_id,
        "from": caller,
        "to": callee,
        **update.direction(),
        "timestamp": int(update.at),
    }


def _nested(update: Update) -> dict[str, object]:
    caller, callee = update.parties()
    call = {
        "id": update.call_id,
        "status": update.kind,
        "from": caller,
        "to": callee,
        **update.direction(),
        "isVideo": False,
    }
    return {"call": call, "timestamp": _iso(update.at)}


def _camel_status(update: Update) -> dict[str, object]:
    return {
        "status": update.kind.upper(),
        "callID": update.call_id,
        "peer": update.peer(server=""),
        **update.from_me("fromMe"),
        "timestamp": int(update.at * 1000),
    }


def _snake(update: Update) -> dict[str, object]:
    return {
        "event": update.kind,
        "call_id": update.call_id,
        "chat": update.peer(),
        **update.from_me("from_me"),
        "timestamp": _iso(update.at),
    }


def _whatsmeow(update: Update) -> dict[str, object]:
    caller, _ = update.parties()
    data: dict[str, object] = {
        "action": update.kind.capitalize(),
        "From": update.peer(),
        "Timestamp": _iso(update.at),
        "CallCreator": caller,
        "CallCreatorAlt": "",
        "CallID": update.call_id,
        "GroupJID": "",
        **update.from_me("IsFromMe"),
    }
    if update.kind is UpdateKind.TERMINATED:
        data["Reason"] = update.reason
    elif update.kind is UpdateKind.NOTIFICATION:
        data |= {"Media": "audio", "Type": ""}
    return data


def _device_jids(update: Update) -> dict[str, object]:
    caller, callee = update.parties(_DEVICE)
    return {
        "state": update.kind,
        "id": update.call_id,
        "from": caller,
        "to": callee,
        **update.from_me("fromMe"),
        "time": int(update.at),
    }


_SHAPES: dict[Shape, Callable[[Update], dict[str, object]]] = {
    Shape.FLAT: _flat,
    Shape.NESTED: _nested,
    Shape.CAMEL_STATUS: _camel_status,
    Shape.SNAKE: _snake,
    Shape.WHATSMEOW: _whatsmeow,
    Shape.DEVICE_JIDS: _device_jids,
}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")

"""What the frames of live updates look like."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import time

from .model import Instance, Shape, UpdateKind

JID_SERVER = "@s.whatsapp.net"
_DEVICE = ":12"

# Where the event spells a state otherwise than the list of instances does.
_EVENT_STATES = {"loggedout": "logged_out", "qr": "qr_ready", "banned": "temp_banned"}
_LIST_STATES = {event: state for state, event in _EVENT_STATES.items()}


@dataclass(frozen=True)
class Update:
    """One thing that happened to a call."""

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
        """Return who the other party is."""
        if self.peer_as_lid:
            return f"{lid_digits(self.number)}{device}@lid"
        return f"{self.number}{device}{server}"

    def parties(self, device: str = "", server: str = JID_SERVER) -> tuple[str, str]:
        """Return who calls, and who is called."""
        own, peer = f"{self.own_number}{device}{server}", self.peer(device, server)
        return (own, peer) if self.outgoing else (peer, own)

    def direction(self) -> dict[str, object]:
        """Return the field that says in words who called whom, if there is one."""
        word = "outgoing" if self.outgoing else "incoming"
        return {"direction": word} if self.direction_field else {}

    def from_me(self, name: str) -> dict[str, object]:
        """Return the field that says whether the instance called, if there is one."""
        return {name: self.outgoing} if self.direction_field else {}


def lid_digits(number: str) -> str:
    """Return the digits that stand for a number, and do not tell it."""
    return str(10**14 + int(number) * 7919 % (9 * 10**14))


def envelope(instance: Instance, base_url: str, event: str, data: object) -> str:
    """Return a frame; as the real ones, it has the token in clear."""
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
    """Return a state as the list of instances spells it."""
    return _LIST_STATES.get(state, state)


def state_data(instance: Instance) -> dict[str, object]:
    """Return what `instance.state` says."""
    state = _EVENT_STATES.get(instance.state, instance.state)
    data: dict[str, object] = {
        "state": state,
        "timestamp": _iso(time.time()),
        "instance": instance.name,
    }
    if state == "qr_ready":
        # They would link whoever scans them, so clients have to keep them secret.
        data["codes"] = ["2@simulated-pairing-code"]
    return data


def call_data(shape: Shape, update: Update) -> dict[str, object]:
    """Return what `call.update` says."""
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

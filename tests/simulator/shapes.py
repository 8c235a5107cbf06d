"""The shapes of `call.update`."""

from collections.abc import Callable

from .frames import Update, iso
from .model import Shape, UpdateKind


def call_data(shape: Shape, update: Update) -> dict[str, object]:
    """Return the data of the event `call.update` in one of its shapes."""
    return _SHAPES[shape](update)


def _flat(update: Update) -> dict[str, object]:
    caller, callee = update.parties()
    return {
        "type": update.said,
        "callId": update.call_id,
        "from": caller,
        "to": callee,
        **update.direction(),
        **update.more("reason", "duration", "groupJid"),
        "timestamp": int(update.at),
    }


def _nested(update: Update) -> dict[str, object]:
    caller, callee = update.parties(jid=True)
    call = {
        "id": update.call_id,
        "status": update.said,
        "from": caller,
        "to": callee,
        **update.direction(),
        **update.more("reason", "duration", "groupJid"),
        "isVideo": False,
    }
    return {"call": call, "timestamp": iso(update.at)}


def _camel_status(update: Update) -> dict[str, object]:
    return {
        "status": update.said.upper(),
        "callID": update.call_id,
        "peer": update.peer(),
        **update.from_me("fromMe"),
        **update.more("reason", "duration", "groupJid"),
        "timestamp": int(update.at * 1000),
    }


def _snake(update: Update) -> dict[str, object]:
    return {
        "event": update.said,
        "call_id": update.call_id,
        "chat": update.peer(jid=True),
        **update.from_me("from_me"),
        **update.more("reason", "duration", "group_jid"),
        "timestamp": iso(update.at),
    }


def _whatsmeow(update: Update) -> dict[str, object]:
    caller, _ = update.parties(jid=True)
    data: dict[str, object] = {
        "action": update.said.capitalize(),
        "From": update.peer(jid=True),
        "Timestamp": iso(update.at),
        "CallCreator": caller,
        "CallCreatorAlt": "",
        "CallID": update.call_id,
        "GroupJID": "",
        **update.from_me("IsFromMe"),
        **update.more("Reason", "Duration", "GroupJID"),
    }
    if update.kind is UpdateKind.NOTIFICATION:
        data |= {"Media": "audio", "Type": ""}
    return data


def _deep(update: Update) -> dict[str, object]:
    caller, callee = update.parties()
    info = {
        "id": update.call_id,
        "status": update.said,
        "from": caller,
        "to": callee,
        **update.direction(),
        **update.more("reason", "duration", "groupJid"),
    }
    return {"call": {"info": info}, "timestamp": iso(update.at)}


def _suffixed(update: Update) -> dict[str, object]:
    caller, callee = update.parties()
    return {
        "event_type": f"call_{update.said}",
        "call_id": update.call_id,
        "fromAlt": update.peer(),
        "callerPn" if update.outgoing else "caller_pn": caller,
        "callee_alt": callee,
        "participantPn": update.peer(),
        **update.from_me("from_me"),
        **update.more("reason", "duration", "group_jid"),
        "timestamp": int(update.at),
    }


def _own_first(update: Update) -> dict[str, object]:
    return {
        "state": update.said,
        "id": update.call_id,
        "self": update.own(),
        "peer": update.peer(),
        **update.from_me("fromMe"),
        **update.more("reason", "duration", "groupJid"),
        "time": int(update.at),
    }


def _creator(update: Update) -> dict[str, object]:
    caller, _ = update.parties()
    return {
        "kind": update.said,
        "callId": update.call_id,
        "creator": caller,
        "sender": update.peer(),
        **update.from_me("fromMe"),
        **update.more("reason", "duration", "groupJid"),
        "timestamp": iso(update.at),
    }


_SHAPES: dict[Shape, Callable[[Update], dict[str, object]]] = {
    Shape.FLAT: _flat,
    Shape.NESTED: _nested,
    Shape.CAMEL_STATUS: _camel_status,
    Shape.SNAKE: _snake,
    Shape.WHATSMEOW: _whatsmeow,
    Shape.DEEP: _deep,
    Shape.SUFFIXED: _suffixed,
    Shape.OWN_FIRST: _own_first,
    Shape.CREATOR: _creator,
}

"""Frames and bytes that a WebSocket may receive."""

from collections.abc import Callable
import json
from typing import Final

from tests.helpers.const import JOAO


def envelope(event: str, data: object) -> str:
    """Return a frame."""
    return json.dumps({"event": event, "data": data, "instanceData": {}})


def header(first: int, length: int) -> bytes:
    """Return the header of a frame in bytes."""
    if length < 126:
        return bytes((first, length))
    if length < 2**16:
        return bytes((first, 126)) + length.to_bytes(2)
    return bytes((first, 127)) + length.to_bytes(8)


MIB: Final = 2**20
DEEP: Final = 100_000
TEXT: Final = 0x81

# Frames that exceed the client's limit, which ends the connection.
TOO_LARGE: Final[dict[str, Callable[[], str | bytes]]] = {
    "1 MiB of text": lambda: envelope("message.exchange", "x" * MIB),
    "5 MiB of text": lambda: "x" * 5 * MIB,
    "1 MiB of bytes": lambda: bytes(MIB),
}

# Frames within the limit, most of them meaningless.
FRAMES: Final[dict[str, Callable[[], str | bytes]]] = {
    "just below the limit": lambda: envelope("call.update", {"x": "y" * 250 * 1024}),
    "binary": lambda: bytes(range(256)),
    "binary json": lambda: envelope("instance.state", {"state": "banned"}).encode(),
    "empty": str,
    "empty binary": bytes,
    "cut json": lambda: envelope("call.update", {"type": "offer"})[:-9],
    "deep lists": lambda: "[" * DEEP,
    "deep closed lists": lambda: "[" * DEEP + "]" * DEEP,
    "deep objects": lambda: '{"data":' * 20_000 + "1" + "}" * 20_000,
    "deep data": lambda: (
        '{"event": "call.update", "data": ' + '{"a":' * 900 + "1" + "}" * 900 + "}"
    ),
    "wide data": lambda: envelope("call.update", {f"k{n}": n for n in range(9000)}),
    "long number": lambda: (
        '{"event": "call.update", "data": {"x": ' + "9" * 9999 + "}}"
    ),
    "wrong types": lambda: envelope(
        "call.update", {"type": 7, "callId": {}, "from": []}
    ),
    "kind without an id": lambda: envelope("call.update", {"type": "accepted"}),
    "surrogate": lambda: '{"event": "call.update", "data": {"type": "\\ud800"}}',
    "surrogate id": lambda: (
        '{"event": "call.update", "data": {"type": "offer", "callId": "\\ud800"'
        f', "from": "{JOAO}", "direction": "outgoing"}}}}'
    ),
    "nul": lambda: envelope("call.update\0", {"type\0": "offer"}),
    "nan": lambda: '{"event": "call.update", "data": {"type": NaN}}',
    "keys twice": lambda: '{"event": "x", "event": "call.update", "data": {}}',
    "state in a list": lambda: envelope("instance.state", {"state": ["connected"]}),
}

# Bytes that are not a frame, or only a part of one.
BYTES: Final[dict[str, bytes]] = {
    "length of 16 EiB": header(TEXT, 2**63 - 1) + b"x",
    "length of 2**64 - 1": bytes((TEXT, 127)) + b"\xff" * 8,
    "half a header": bytes((TEXT, 126)),
    "half a frame": header(TEXT, 1000) + b"x" * 10,
    "never-ending fragments": header(0x01, 9000)
    + b"x" * 9000
    + (header(0x00, 9000) + b"x" * 9000) * 100,
    "fragment of nothing": header(0x80, 3) + b"abc",
    "text within text": header(0x01, 1) + b"a" + header(TEXT, 1) + b"b",
    "no utf-8": header(TEXT, 2) + b"\xc3\x28",
    "masked": bytes((TEXT, 0x83)) + bytes(4) + b"abc",
    "compressed": header(0xC1, 3) + b"abc",
    "reserved": header(0x91, 3) + b"abc",
    "unknown kind": header(0x83, 3) + b"abc",
    "unknown control": header(0x8B, 3) + b"abc",
    "long ping": header(0x89, 126) + b"x" * 126,
    "fragmented ping": header(0x09, 1) + b"x",
    "http": b"HTTP/1.1 200 OK\r\n\r\n",
    "zeros": bytes(1000),
    "close with half a code": header(0x88, 1) + b"x",
    "close with no utf-8": header(0x88, 4) + b"\x03\xe8\xc3\x28",
}


CODES: Final = (*range(1000, 1016), 0, 999, 2999, 3000, 3999, 4000, 4001, 4999, 65535)


KINDS: Final[dict[str, Callable[[int], str]]] = {
    "messages": lambda n: envelope("message.exchange", {"id": n, "text": "x" * 200}),
    "other events": lambda n: envelope(f"event.{n}", {}),
    "no json": lambda n: f"{n}{{",
    "calls that are not understood": lambda n: envelope("call.update", {f"k{n}": n}),
    "ends of unknown calls": lambda n: envelope(
        "call.update", {"type": "terminated", "callId": f"A{n}"}
    ),
    "answers of unknown calls": lambda n: envelope(
        "call.update",
        {"type": "accepted", "callId": f"A{n}", "to": JOAO},
    ),
    "offers without a number": lambda n: envelope(
        "call.update", {"type": "offer", "callId": f"A{n}", "direction": "outgoing"}
    ),
    "the same call repeatedly": lambda n: envelope(
        "call.update",
        {"type": "offer", "callId": "A", "from": JOAO, "n": n},
    ),
    "many calls from one number": lambda n: envelope(
        "call.update", {"type": "offer", "callId": f"A{n}", "from": JOAO}
    ),
    "the same state": lambda n: envelope("instance.state", {"state": "connected"}),
    "states in turn": lambda n: envelope(
        "instance.state", {"state": ("connecting", "connected")[n % 2]}
    ),
}

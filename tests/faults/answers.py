"""Answers without meaning, and valid answers in an unusual form."""

import gzip
import json
from typing import Final
import zlib

from tests.simulator.faults import CHALLENGE

# The client reads at most this much of an answer.
_LIMIT: Final = 1024 * 1024


def _json(value: object) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value).encode()


_CALL_IDS: Final[tuple[object, ...]] = (
    None,
    7,
    1.5,
    True,
    "",
    [],
    ["A"],
    {},
    {"callId": "A"},
)
_ERRORS: Final[tuple[object, ...]] = (
    "broken",
    None,
    7,
    [],
    {},
    {"message": 7},
    {"message": ["x"]},
)

# Answers without JSON, or with JSON that leaves the call in doubt.
SENSELESS: Final[dict[str, bytes]] = {
    "empty": b"",
    "blank": b" \r\n",
    "html": b"<!DOCTYPE html><html><h1>Bad gateway</h1></html>",
    "text": b"OK",
    "cut": b'{"success": true, "callId": "A',
    "twice": b'{"success": true}{"success": true}',
    "binary": bytes(range(256)),
    "zeros": bytes(5000),
    "no utf-8": b'{"success": true, "callId": "\xff\xfe"}',
    "deep": b"[" * 500_000,
    "deep object": b'{"a":' * 100_000,
    "long number": b'{"callId": ' + b"9" * 100_000 + b"}",
    "nan": b"NaN",
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "string": b'"callId"',
    "list": b"[]",
    "list of answers": b'[{"success": true, "callId": "A"}]',
    "object": b"{}",
    # A lone surrogate can be neither stored nor shown nor sent.
    "surrogate id": b'{"success": true, "callId": "\\ud800"}',
    "success alone": b'{"success": true}',
    "nested": b'{"success": true, "data": {"callId": "A"}}',
    "other case": b'{"success": true, "CALLID": "A"}',
    "huge": b'{"success": true, "callId": "' + b"A" * 2 * _LIMIT + b'"}',
    "huge blank": b" " * 3 * _LIMIT,
} | {
    f"call id {value!r}": _json({"success": True, "callId": value})
    for value in _CALL_IDS
}

# Answers that report a failure, but leave the ring in doubt.
FAILED: Final[dict[str, bytes]] = {
    f"no success, error {value!r}": _json(
        {"success": False, "callId": "A", "error": value}
    )
    for value in _ERRORS
}

# Bodies of refusals that are not RyzeAPI's.
FOREIGN: Final[dict[str, bytes]] = {
    "page": CHALLENGE,
    "empty": b"",
    "text": b"Forbidden",
    "cut": b'{"success": false, "error": {"mess',
    "list": b"[]",
    "object": b"{}",
    "message": _json({"message": "Forbidden"}),
    "error": _json({"error": "access_denied"}),
    "error without success": _json({"error": {"message": "Denied", "code": 403}}),
    "errors": _json({"success": False, "errors": [{"code": 1020}]}),
    "error as text": _json({"success": False, "error": "denied"}),
    "no message": _json({"success": False, "error": {"code": 1020}}),
    "problem": _json({"type": "about:blank", "title": "Error 1020", "status": 403}),
}


def _chunked(body: bytes) -> bytes:
    """Return a body in three chunks."""
    third = len(body) // 3
    pieces = (body[:third], body[third : 2 * third], body[2 * third :], b"")
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


# Unusual forms of a good answer.
GUISES: Final = {
    "blanks": lambda body: b"\r\n\t " + body + b" \n" * 1000,
    "just in the limit": lambda body: body.ljust(_LIMIT),
    "more than asked": lambda body: body[:-1] + b', "x": [{"callId": 7}], "y": null}',
}

# Encodings that violate the JSON standard, but that some parsers accept.
ENCODINGS: Final = {
    "byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "utf-16": lambda body: body.decode(errors="replace").encode("utf-16"),
    "utf-32": lambda body: body.decode(errors="replace").encode("utf-32-be"),
    # A lone surrogate cannot be encoded, so it must not reach a place that stores or
    # shows it.
    "surrogate": lambda body: body.replace(b'"Home"', b'"\\ud800"'),
}

# Small when compressed, and huge when decompressed.
_BOMB: Final = gzip.compress(b" " * 16 * 2**20)

# Names of a content coding, and bodies that contradict the name, or match it.
CODINGS_BROKEN: Final = {
    "gzip": lambda body: body,
    "deflate": lambda body: body,
    "gzip, deflate": gzip.compress,
    "x-gzip": lambda body: b"\x1f\x8b" + body,
    " gzip": lambda body: gzip.compress(body)[:-12],
    "GZIP": lambda body: _BOMB,
}
CODINGS_GOOD: Final = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "identity": lambda body: body,
}

_OK: Final = b"HTTP/1.1 200 OK\r\n"
_JSON: Final = b"Content-Type: application/json\r\n"
_END: Final = b"Connection: close\r\n\r\n"

# Whole answers with an unusual head, in which the call id is valid.
STRANGE_HEADS: Final = {
    "until the end": lambda body: _OK + _JSON + _END + body,
    "http 1.0": lambda body: b"HTTP/1.0 200 OK\r\n\r\n" + body,
    "no reason": lambda body: b"HTTP/1.1 200\r\n" + _END + body,
    "chunked": lambda body: (
        _OK + b"Transfer-Encoding: chunked\r\n" + _END + _chunked(body)
    ),
    "continue first": lambda body: b"HTTP/1.1 100 Continue\r\n\r\n" + _OK + _END + body,
    "hints first": lambda body: (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + _OK + _END + body
    ),
}

# Whole answers with a broken head, in which the call id is missing or cannot be
# trusted.
BROKEN_HEADS: Final = {
    "no http": lambda body: body,
    "other protocol": lambda body: b"ICY 200 OK\r\n\r\n" + body,
    "no status": lambda body: b"HTTP/1.1 OK\r\n\r\n" + body,
    "status 0": lambda body: b"HTTP/1.1 000 None\r\n" + _END + body,
    "status of four digits": lambda body: b"HTTP/1.1 2000 OK\r\n" + _END + body,
    "line without end": lambda body: _OK + b"X: " + b"x" * 100_000,
    "headers without end": lambda body: _OK + b"X: y\r\n" * 5000,
    "no colon": lambda body: _OK + b"nonsense\r\n\r\n" + body,
    "nul in a header": lambda body: _OK + b"X: \0\r\n\r\n" + body,
    "two lengths": lambda body: (
        _OK + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n" + body
    ),
    "negative length": lambda body: _OK + b"Content-Length: -1\r\n\r\n" + body,
    "no number": lambda body: _OK + b"Content-Length: ten\r\n\r\n" + body,
    "length too short": lambda body: _OK + b"Content-Length: 9\r\n\r\n" + body,
    "length too long": lambda body: _OK + b"Content-Length: 9999\r\n\r\n" + body,
    "chunk cut": lambda body: (
        _OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + body[:9]
    ),
    "chunk without number": lambda body: (
        _OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + body
    ),
    "switched protocols": lambda body: (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + body
    ),
    "continues for ever": lambda body: b"HTTP/1.1 100 Continue\r\n\r\n" * 3000,
}

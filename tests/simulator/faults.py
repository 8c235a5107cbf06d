"""Faults: failures of chosen requests, in a chosen number."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
import socket
import struct

from aiohttp import web

from .answers import error_response

ELSEWHERE = "/elsewhere"
"""Target of the redirects."""

AT_ONCE = web.RequestKey("at_once", bool)
"""Marks a request whose fault needs the whole answer at once."""

CHALLENGE = b"""<!DOCTYPE html><html lang="en"><head><title>Just a moment...</title></head>
<body><h1>Checking your connection</h1><p>Ray ID: 8a1b2c3d4e5f</p></body></html>"""
"""The page of a proxy that doubts its client."""

# Seconds for written bytes to reach the client before the connection breaks.
_SETTLE = 0.03


class FaultKind(StrEnum):
    """Kind of failure."""

    DELAY = "delay"
    """The request takes effect late."""
    DELAY_ANSWER = "delay_answer"
    """The request takes effect at once, its answer comes late."""
    CUT_BEFORE = "cut_before"
    """The connection breaks before the request takes effect."""
    CUT_UPLOAD = "cut_upload"
    """The connection breaks after half of the request's body was read."""
    CUT_AFTER = "cut_after"
    """The request takes effect, the connection breaks without an answer."""
    CUT_HEADERS = "cut_headers"
    """The request takes effect, the connection breaks within the answer's headers."""
    CUT_BODY = "cut_body"
    """The request takes effect, the connection breaks within the answer's body."""
    DRIP = "drip"
    """The request takes effect, the answer comes byte by byte."""
    HANG = "hang"
    """The request takes effect, the answer never comes."""
    STATUS = "status"
    """The answer is an error, the request takes no effect."""
    PAGE = "page"
    """A proxy answers with a page of its own, the request takes no effect."""
    RAW = "raw"
    """The answer has a body of the test's choice; `taken` decides about the effect."""
    GARBAGE = "garbage"
    """Like RAW, but the bytes replace the whole answer, status line included."""
    REDIRECT = "redirect"
    """The answer is a redirect, the request takes no effect."""


@dataclass(frozen=True)
class Fault:
    """A failure of one or more requests."""

    kind: FaultKind
    _: KW_ONLY
    route: str | None = None
    """The name of the route, or None for any route.

    The names are fake, audio, list, reconnect, account, get_websocket, set_websocket,
    ws and health.
    """
    times: int | None = 1
    """Number of requests to fail, None for all."""
    status: int | None = None
    """Status of the answer; defaults: 500 for STATUS, 403 for PAGE, 200 for RAW, 307 for
    REDIRECT."""
    message: str = "something went wrong"
    delay: float = 0.0
    """Seconds to wait first, for every kind."""
    interval: float = 0.01
    """For DRIP: seconds between two bytes."""
    release: asyncio.Event | None = None
    """Event of the test's that ends the waiting, in place of `delay`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """For PAGE, RAW and GARBAGE: the bytes; default for PAGE: CHALLENGE."""
    recode: Callable[[bytes], bytes] | None = None
    """For RAW and GARBAGE: computes the bytes from the body of a good answer."""
    taken: bool = True
    """For RAW and GARBAGE: whether the request takes effect."""
    reset: bool = True
    """Whether a cut is a TCP reset; otherwise the connection closes in order."""


class Faults:
    """The queue of faults that are still to happen."""

    def __init__(self) -> None:
        """Start with an empty queue."""
        self._pending: list[tuple[Fault, int | None]] = []
        self.happened = 0
        """Number of requests that met a fault."""
        self.closing = asyncio.Event()
        """Set when the simulator stops, to end all waiting."""

    def add(self, fault: Fault) -> None:
        """Append a fault to the queue."""
        self._pending.append((fault, fault.times))

    def clear(self) -> None:
        """Remove all faults from the queue."""
        self._pending.clear()

    def take(self, route: str | None) -> Fault | None:
        """Return the first fault that applies to a route, and count it down."""
        for index, (fault, left) in enumerate(self._pending):
            if fault.route not in (None, route):
                continue
            if left is not None and left <= 1:
                del self._pending[index]
            elif left is not None:
                self._pending[index] = (fault, left - 1)
            self.happened += 1
            return fault
        return None

    async def apply(
        self,
        fault: Fault,
        request: web.Request,
        handle: Callable[[], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse | None:
        """Answer a request with a fault, or return None without a complete answer."""
        if fault.kind is not FaultKind.DELAY_ANSWER:
            await self._hold(fault)
        match fault.kind:
            case FaultKind.DELAY:
                return await handle()
            case FaultKind.DELAY_ANSWER:
                response = await handle()
                await self._hold(fault)
                return response
            case FaultKind.STATUS:
                return error_response(fault.status or 500, fault.message, fault.headers)
            case FaultKind.PAGE:
                return _page(fault)
            case FaultKind.REDIRECT:
                headers = {"Location": ELSEWHERE, **fault.headers}
                return web.Response(status=fault.status or 307, headers=headers)
            case FaultKind.CUT_BEFORE:
                await _cut(request, fault)
                return None
            case FaultKind.CUT_UPLOAD:
                if half := (request.content_length or 0) // 2:
                    await request.content.readexactly(half)
                await _cut(request, fault)
                return None
            case _:
                return await self._after_taking(fault, request, handle)

    async def _hold(self, fault: Fault) -> None:
        """Wait for a fault's event, or for its delay if it has none."""
        if fault.release is None:
            await self._wait(fault.delay)
        else:
            while not fault.release.is_set() and not self.closing.is_set():
                await self._wait(0.01)

    async def _after_taking(
        self,
        fault: Fault,
        request: web.Request,
        handle: Callable[[], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse | None:
        request[AT_ONCE] = True
        response = await handle() if fault.taken else None
        if not isinstance(response, web.Response):
            response = web.json_response({})
        body = response.body if isinstance(response.body, bytes) else b""
        own = fault.recode(body) if fault.recode else fault.body
        match fault.kind:
            case FaultKind.RAW:
                return web.Response(
                    status=fault.status or 200,
                    body=own or b"",
                    headers=fault.headers,
                )
            case FaultKind.HANG:
                while request.transport is not None and not self.closing.is_set():
                    await self._wait(0.01)
            case FaultKind.DRIP:
                await self._drip(request, _head(response, len(body)) + body, fault)
            case FaultKind.GARBAGE:
                await _cut(request, fault, own or b"\x00\x01 nonsense \xff\r\n")
            case FaultKind.CUT_HEADERS:
                await _cut(request, fault, _head(response, len(body))[:40])
            case FaultKind.CUT_BODY:
                first = _head(response, len(body)) + body[: len(body) // 2]
                await _cut(request, fault, first)
            case _:
                await _cut(request, fault)
        return None

    async def _drip(self, request: web.Request, answer: bytes, fault: Fault) -> None:
        """Send an answer byte by byte while the client stays connected."""
        for byte in answer:
            if request.transport is None or self.closing.is_set():
                return
            request.transport.write(bytes([byte]))
            await self._wait(fault.interval)
        if request.transport is not None:
            request.transport.close()

    async def _wait(self, seconds: float) -> None:
        """Sleep, but no longer than until the simulator stops."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            pass


def _page(fault: Fault) -> web.Response:
    """Return the page of a proxy."""
    return web.Response(
        status=fault.status or 403,
        body=CHALLENGE if fault.body is None else fault.body,
        headers={"Content-Type": "text/html; charset=UTF-8", **fault.headers},
    )


def _head(response: web.Response, size: int) -> bytes:
    """Return an answer's head, which promises a body of some size."""
    headers = {**response.headers}
    if response.status != 101:
        headers["Content-Length"] = str(size)
    lines = [f"HTTP/1.1 {response.status} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def _cut(request: web.Request, fault: Fault, first: bytes = b"") -> None:
    """Break the connection, optionally after some last bytes."""
    transport = request.transport
    if transport is None:
        return
    if first:
        transport.write(first)
        # A reset discards bytes that the client has not read yet.
        await asyncio.sleep(_SETTLE)
    if fault.reset:
        reset(transport)
    else:
        transport.close()


def reset(transport: asyncio.BaseTransport) -> None:
    """Break a connection with a TCP reset."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()

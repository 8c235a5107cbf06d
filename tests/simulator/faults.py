"""Things that go wrong, when and as often as a test wants them to."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
import socket
import struct

from aiohttp import web

from .answers import error_response

ELSEWHERE = "/elsewhere"
"""Where redirects lead."""

AT_ONCE = web.RequestKey("at_once", bool)
"""Set where a fault decides what comes after the request was taken."""

# Long enough for what was written to reach the client before the connection breaks.
_SETTLE = 0.03


class FaultKind(StrEnum):
    """What goes wrong."""

    DELAY = "delay"
    """The request is taken late."""
    DELAY_ANSWER = "delay_answer"
    """The request is taken at once, its answer comes late."""
    CUT_BEFORE = "cut_before"
    """The connection breaks before the request is taken."""
    CUT_UPLOAD = "cut_upload"
    """The connection breaks when half of the request's body was read."""
    CUT_AFTER = "cut_after"
    """The request is taken, the connection breaks without an answer."""
    CUT_HEADERS = "cut_headers"
    """The request is taken, the connection breaks within the answer's headers."""
    CUT_BODY = "cut_body"
    """The request is taken, the connection breaks within the answer's body."""
    DRIP = "drip"
    """The request is taken, the answer comes byte by byte."""
    HANG = "hang"
    """The request is taken, the answer never comes."""
    STATUS = "status"
    """An error is answered, the request is not taken."""
    RAW = "raw"
    """The request is taken (or not), and a body of the test's choice answered."""
    GARBAGE = "garbage"
    """As RAW, but the bytes take the place of the whole answer, status line included."""
    REDIRECT = "redirect"
    """The client is sent elsewhere, the request is not taken."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    kind: FaultKind
    _: KW_ONLY
    route: str | None = None
    """The name of the route, None for any.

    There are fake, audio, list, reconnect, account, get_websocket, set_websocket, ws
    and health.
    """
    times: int | None = 1
    """None for ever."""
    status: int | None = None
    """500 for STATUS, 200 for RAW, 307 for REDIRECT where not given."""
    message: str = "something went wrong"
    delay: float = 0.0
    """Whatever the kind, seconds to wait first."""
    interval: float = 0.01
    """For DRIP: seconds between two bytes."""
    release: asyncio.Event | None = None
    """Event of the test's that ends the waiting, in place of `delay`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    recode: Callable[[bytes], bytes] | None = None
    """For RAW and GARBAGE: makes the bytes from the body of a good answer."""
    taken: bool = True
    """For RAW and GARBAGE: whether the phone rings."""
    reset: bool = True
    """Whether a cut is a TCP reset, or an orderly end."""


class Faults:
    """The faults that are still to happen, the earliest first."""

    def __init__(self) -> None:
        """Start without faults."""
        self._pending: list[tuple[Fault, int | None]] = []
        self.happened = 0
        """How many requests met a fault."""
        self.closing = asyncio.Event()
        """Set when the simulator stops, so that nothing hangs any longer."""

    def add(self, fault: Fault) -> None:
        """Put a fault at the end of the queue."""
        self._pending.append((fault, fault.times))

    def clear(self) -> None:
        """Forget all faults."""
        self._pending.clear()

    def take(self, route: str | None) -> Fault | None:
        """Return the fault for a request, and count it."""
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
        """Answer a request with a fault; None if there is no complete answer."""
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
        """Send an answer byte by byte, as long as somebody listens."""
        for byte in answer:
            if request.transport is None or self.closing.is_set():
                return
            request.transport.write(bytes([byte]))
            await self._wait(fault.interval)
        if request.transport is not None:
            request.transport.close()

    async def _wait(self, seconds: float) -> None:
        """Sleep, but not longer than the simulator lives."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            pass


def _head(response: web.Response, size: int) -> bytes:
    """Return the beginning of an answer that promises the whole body."""
    headers = {**response.headers}
    if response.status != 101:
        headers["Content-Length"] = str(size)
    lines = [f"HTTP/1.1 {response.status} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def _cut(request: web.Request, fault: Fault, first: bytes = b"") -> None:
    """Break the connection, after some last bytes."""
    transport = request.transport
    if transport is None:
        return
    if first:
        transport.write(first)
        # A reset makes the client's system forget what the client has not read yet.
        await asyncio.sleep(_SETTLE)
    if fault.reset:
        reset(transport)
    else:
        transport.close()


def reset(transport: asyncio.BaseTransport) -> None:
    """Break a connection the hard way."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()

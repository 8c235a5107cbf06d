"""The faults of requests to RyzeAPI, as a generated list."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from email.utils import formatdate
from itertools import chain, product
import time
from typing import Final
from unittest.mock import patch

from aiohttp import ClientTimeout
from yarl import URL

from . import addresses, answers
from .addresses import Address
from custom_components.ryze.api import client as client_module, transport
from custom_components.ryze.api.transport import Transport
from tests.simulator import Fault, FaultKind, Simulator

UNKNOWN: Final = "outcome_unknown"
CONNECTION: Final = "connection"
RATE_LIMIT: Final = "rate_limit"

# Names of routes, and the beginnings of their paths.
PATHS: Final = {
    "account": "/api/profile/getAccount/",
    "audio": "/api/call/audio/",
    "fake": "/api/call/fake/",
    "get_websocket": "/api/events/getWebsocket/",
    "health": "/health",
    "list": "/api/instance/list",
    "reconnect": "/api/instance/reconnect/",
    "set_websocket": "/api/events/websocket/",
    "ws": "/ws/",
}

# The names of the tests' two cases, and the number of failing requests, None for all.
TIMES: Final = {"once": 1, "on and on": None}

NOT_CONNECTED: Final = "Instance is not connected to WhatsApp"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A fault of requests."""

    name: str
    error: str | None
    """Error of a call during the fault, None if the call goes through."""
    unclear: bool = False
    """Whether the client may also understand the answer and report success."""
    fault: Fault | None = None
    address: Address | None = None
    repeated: bool = False
    """Whether the client repeats the call, so that a single fault does not fail it."""
    timeout: ClientTimeout | None = None
    """A shorter timeout, for faults that end by a timeout."""


class Meetings:
    """The number of requests that met a fault."""

    def __init__(self, simulator: Simulator) -> None:
        """Start with zero."""
        self._simulator = simulator
        self._before = simulator.faults_happened
        self.elsewhere = 0

    @property
    def count(self) -> int:
        """Return the number so far."""
        return self.elsewhere + self._simulator.faults_happened - self._before


@asynccontextmanager
async def happening(
    simulator: Simulator, trouble: Trouble, route: str, times: int | None
) -> AsyncGenerator[Meetings]:
    """Let a number of requests of a route, or all of them, meet a fault."""
    meetings = Meetings(simulator)
    async with AsyncExitStack() as stack:
        if trouble.timeout:
            stack.enter_context(_hurry(trouble.timeout))
        if trouble.address:
            base = await stack.enter_async_context(trouble.address(simulator))
            stack.enter_context(_misled(base, route, times, meetings))
        if trouble.fault:
            stack.callback(simulator.clear_faults)
            simulator.inject(replace(trouble.fault, route=route, times=times))
        yield meetings


@contextmanager
def _hurry(timeout: ClientTimeout) -> Iterator[None]:
    """Set short timeouts for calls and for all other requests."""
    read = ClientTimeout(total=_SHORT.total, connect=timeout.connect)
    with (
        patch.multiple(
            client_module,
            FAKE_CALL_TIMEOUT=timeout,
            AUDIO_CALL_TIMEOUT=timeout,
            READ_TIMEOUT=read,
        ),
        patch.object(transport, "READ_TIMEOUT", read),
    ):
        yield


@contextmanager
def _misled(
    base: str, route: str, times: int | None, meetings: Meetings
) -> Iterator[None]:
    """Send a number of requests of a route, or all of them, to another address."""
    right = Transport.url

    def url(self: Transport, path: str) -> URL:
        if not path.startswith(PATHS[route]) or meetings.elsewhere == times:
            return right(self, path)
        meetings.elsewhere += 1
        return URL(base + path, encoded=True)

    with patch.object(Transport, "url", url):
        yield


# Statuses of a proxy that has passed nothing on.
_NOT_SENT_ON: Final = (521, 523, 525, 526, 530)

_SHORT: Final = ClientTimeout(total=0.25, connect=0.25)
_SHORT_CONNECT: Final = ClientTimeout(total=20, connect=0.06)


def _unreachable() -> Iterator[Trouble]:
    """Yield the faults before a request is sent."""
    for address in (
        addresses.refused,
        addresses.name_unknown,
        addresses.no_encryption,
        addresses.wrong_certificate,
        addresses.tls_cut,
    ):
        yield Trouble(
            name=address.__name__, error=CONNECTION, address=address, repeated=True
        )
    for address in (
        addresses.does_not_accept,
        addresses.name_hangs,
        addresses.tls_hangs,
    ):
        yield Trouble(
            name=address.__name__,
            error=CONNECTION,
            address=address,
            repeated=True,
            timeout=_SHORT_CONNECT,
        )


def _broken_off() -> Iterator[Trouble]:
    """Yield the faults of an open connection."""
    for address in (addresses.leaves, addresses.not_http):
        yield Trouble(name=address.__name__, error=UNKNOWN, address=address)
    yield Trouble(
        name="silent", error=UNKNOWN, address=addresses.silent, timeout=_SHORT
    )
    for at in (0, 1, 60, 250):
        yield Trouble(
            name=f"request cut at {at}",
            error=UNKNOWN,
            address=addresses.cut(request=at),
        )
    for at in (0, 1, 60, 250):
        yield Trouble(
            name=f"answer cut at {at}",
            error=UNKNOWN,
            address=addresses.cut(response=at),
        )
    for kind, reset in product(
        (
            FaultKind.CUT_BEFORE,
            FaultKind.CUT_UPLOAD,
            FaultKind.CUT_AFTER,
            FaultKind.CUT_HEADERS,
            FaultKind.CUT_BODY,
        ),
        (True, False),
    ):
        yield Trouble(
            name=f"{kind}{'' if reset else ' politely'}",
            error=UNKNOWN,
            fault=Fault(kind, reset=reset),
        )
    for kind in (FaultKind.HANG, FaultKind.DRIP):
        yield Trouble(
            name=kind, error=UNKNOWN, fault=Fault(kind, interval=0.02), timeout=_SHORT
        )
    yield Trouble(
        name="quick drip", error=None, fault=Fault(FaultKind.DRIP, interval=0.0)
    )
    for kind in (FaultKind.DELAY, FaultKind.DELAY_ANSWER):
        yield Trouble(name=kind, error=None, fault=Fault(kind, delay=0.02))


def _error_of(status: int) -> str:
    """Return the error that a status of RyzeAPI stands for."""
    named = {
        401: "auth",
        403: "auth",
        404: "not_found",
        408: UNKNOWN,
        429: RATE_LIMIT,
    }
    if status in named:
        return named[status]
    return {3: UNKNOWN, 4: "invalid_request", 5: "server"}[status // 100]


def _refused() -> Iterator[Trouble]:
    """Yield answers with a status that is not a success."""
    redirects = (300, 301, 302, 303, 304, 307, 308)
    mistakes = (400, 401, 402, 403, 404, 405, 408, 409, 413, 418, 451, 499)
    failures = (500, 501, 502, 503, 504, 520, 522, 524, 599)
    for status in redirects:
        fault = Fault(FaultKind.REDIRECT, status=status)
        yield Trouble(name=f"{status}", error=_error_of(status), fault=fault)
    for status in (*mistakes, *failures):
        fault = Fault(FaultKind.STATUS, status=status)
        yield Trouble(name=f"{status}", error=_error_of(status), fault=fault)
    for status in (301, *failures):
        # A proxy gives up, although RyzeAPI has placed the call.
        fault = Fault(FaultKind.RAW, status=status, body=b"<html>")
        yield Trouble(name=f"{status} rung", error=_error_of(status), fault=fault)
    for status in (200, 400, 404, 500, 503):
        fault = Fault(FaultKind.STATUS, status=status, message=NOT_CONNECTED)
        name = f"{status} not connected"
        yield Trouble(name=name, error="not_connected", fault=fault)
    for status in _NOT_SENT_ON:
        fault = Fault(FaultKind.STATUS, status=status)
        yield Trouble(name=f"{status} of RyzeAPI", error="server", fault=fault)


def _proxied() -> Iterator[Trouble]:
    """Yield the answers of a proxy or a firewall in front of RyzeAPI."""
    for status in (404, 407, 500, 502):
        fault = Fault(FaultKind.PAGE, status=status)
        yield Trouble(name=f"{status} page", error=_error_of(status), fault=fault)
    for status, (name, body) in product((401, 403), answers.FOREIGN.items()):
        fault = Fault(FaultKind.PAGE, status=status, body=body)
        yield Trouble(name=f"{status} {name}", error="blocked", fault=fault)
    for status in _NOT_SENT_ON:
        fault = Fault(FaultKind.PAGE, status=status)
        yield Trouble(
            name=f"{status} page", error=CONNECTION, fault=fault, repeated=True
        )


def _throttled() -> Iterator[Trouble]:
    """Yield answers about too many requests; their times are relative to the import."""
    now = time.time()
    for name, remaining, reset_in, repeated in (
        ("now", "0", 0, True),
        ("long ago", "0", -100_000, True),
        ("in half an hour", "0", 1800, False),
        ("next year", "0", 31_536_000, False),
        ("in milliseconds", "0", now * 999, False),
        ("not at 0", "7", 10, False),
        ("below 0", "-3", 0, True),
        ("no number", "none", 10, False),
        ("infinite", "inf", 10, False),
    ):
        headers = {
            "X-RateLimit-Remaining": remaining,
            "X-RateLimit-Reset": str(int(now + reset_in)),
            "Date": formatdate(now, usegmt=True),
        }
        yield Trouble(
            name=f"429 {name}",
            error=RATE_LIMIT,
            fault=Fault(FaultKind.STATUS, status=429, headers=headers),
            repeated=repeated,
        )
    yield Trouble(
        name="429 without a counter",
        error=RATE_LIMIT,
        fault=Fault(
            FaultKind.GARBAGE,
            body=b"HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\n\r\n",
            taken=False,
            reset=False,
        ),
    )


def _senseless() -> Iterator[Trouble]:
    """Yield answers with a misleading status, body or head."""
    raw, garbage = FaultKind.RAW, FaultKind.GARBAGE
    for name, body in (answers.SENSELESS | answers.FAILED).items():
        yield Trouble(name=name, error=UNKNOWN, fault=Fault(raw, body=body))
    for name, recode in answers.GUISES.items():
        yield Trouble(name=name, error=None, fault=Fault(raw, recode=recode))
    for name, recode in answers.ENCODINGS.items():
        fault = Fault(raw, recode=recode)
        yield Trouble(name=name, error=UNKNOWN, unclear=True, fault=fault)
    for kind in ("text/html", "application/octet-stream", "nonsense", "a/b; charset=x"):
        headers = {"Content-Type": kind}
        fault = Fault(raw, recode=bytes, headers=headers)
        yield Trouble(name=f"type {kind}", error=None, fault=fault)
    for error, codings in (
        (UNKNOWN, answers.CODINGS_BROKEN),
        (None, answers.CODINGS_GOOD),
    ):
        for name, recode in codings.items():
            fault = Fault(raw, recode=recode, headers={"Content-Encoding": name})
            what = "broken" if error else "good"
            yield Trouble(name=f"{what} coding {name}", error=error, fault=fault)
    for error, heads in (
        (UNKNOWN, answers.BROKEN_HEADS),
        (None, answers.STRANGE_HEADS),
    ):
        for name, recode in heads.items():
            fault = Fault(garbage, recode=recode, reset=False)
            yield Trouble(name=f"head: {name}", error=error, fault=fault)


TROUBLES: Final = tuple(
    chain(
        _unreachable(),
        _broken_off(),
        _refused(),
        _proxied(),
        _throttled(),
        _senseless(),
    )
)

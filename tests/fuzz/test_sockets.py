"""Answers of any bytes over real sockets."""

import asyncio
from contextlib import suppress
import gzip
import time
import tracemalloc
from typing import Final
import zlib

from aiohttp import ClientSession, WSMsgType
from hypothesis import given, strategies as st
import pytest

from .answers import BODIES, HEADERS, STATUSES, requests
from .leaks import secrets_in
from .runs import target
from custom_components.ryze.api import RyzeClient
from custom_components.ryze.api.exceptions import RyzeError
from custom_components.ryze.api.transport import MAX_ANSWER_SIZE
from tests.helpers.const import INSTANCE_TOKEN, MARIA
from tests.simulator import Fault, FaultKind, Simulator

_ROUTES: Final = (*requests(None), "ws")

# Headers that aiohttp's server agrees to send.
_HEADERS: Final = st.one_of(
    HEADERS,
    st.fixed_dictionaries(
        {},
        optional={
            "Content-Type": st.sampled_from(["text/html", "a", "application/json;;="]),
            "Content-Encoding": st.sampled_from(["gzip", "deflate", "br", "zstd", "x"]),
            "Set-Cookie": st.sampled_from(
                [f"{INSTANCE_TOKEN}; x", f"a={INSTANCE_TOKEN}", "=", "a=b; Max-Age=x"]
            ),
            "Connection": st.sampled_from(["close", "keep-alive", "upgrade"]),
            "Upgrade": st.just("websocket"),
            "Location": st.sampled_from(["/", "http://[", f"/{INSTANCE_TOKEN}"]),
            "Retry-After": st.just("-1"),
        },
    ),
)
_LINES: Final = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"HTTP/1.1 200 OK",
                b"HTTP/1.1 429 x",
                b"HTTP/1.1 100 Continue",
                b"",
                b"HTTP/1.1 101 x",
                b"HTTP/9.9 200",
                b"HTTP/1.1 9999 OK",
                b"ICY 200",
                b"Content-Length: 2",
                b"Content-Length: -1",
                b"Content-Length: 1e9",
                b"Content-Length: 99999999999999",
                b"Transfer-Encoding: chunked",
                b"Connection: close",
                b"Content-Encoding: gzip",
                b"2",
                b"{}",
                b"0",
                b"FFFFFFFFFFFFFFFFF",
                b"2;x=y",
                b": x",
                b"a\x00: b",
                b"Date: x",
                b"X-RateLimit-Remaining: 0",
                b"X-RateLimit-Reset: 99999999999",
                b"x: " + b"y" * 9000,
                b"Set-Cookie: " + INSTANCE_TOKEN.encode(),
            ]
        ),
        st.binary(max_size=20),
    ),
    max_size=8,
).map(b"\r\n".join)

_RAW: Final = st.builds(
    lambda status, headers, body, taken: Fault(
        FaultKind.RAW, status=status, headers=headers, body=body, taken=taken
    ),
    STATUSES,
    _HEADERS,
    st.one_of(BODIES, BODIES.map(gzip.compress), BODIES.map(zlib.compress)),
    st.booleans(),
)
_GARBAGE: Final = st.builds(
    lambda status_line, lines, taken, reset: Fault(
        FaultKind.GARBAGE, body=status_line + lines, taken=taken, reset=reset
    ),
    st.sampled_from([b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b""]),
    _LINES,
    st.booleans(),
    st.booleans(),
)


async def listen(client: RyzeClient) -> None:
    """Listen to live updates until the connection ends, for a moment at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0.05), client.open_live_updates("home") as socket:
            async for message in socket:
                assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY)


@given(route=st.sampled_from(_ROUTES), fault=st.one_of(_RAW, _RAW, _GARBAGE))
@target(short=40, long=6000, per_round=200)
async def test_answers(simulator: Simulator, route: str, fault: Fault) -> None:
    """The client returns with a result or our error, and a phone rings at most once."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=1_000_000)
    simulator.clear_faults()
    # An example before this one may have let it reconnect.
    simulator.set_state("home", "connected")
    simulator.requests.clear()
    rings = simulator.rings(MARIA)
    give_up = asyncio.Event()
    give_up.set()
    asks = requests(give_up) | {"ws": listen}
    simulator.inject(fault)
    async with asyncio.timeout(5), ClientSession() as session:
        try:
            await asks[route](RyzeClient(session, simulator.url, INSTANCE_TOKEN))
        except RyzeError as err:
            assert secrets_in((str(err), repr(err), err.args)) == []
    is_call = route in ("fake", "audio")
    assert simulator.rings(MARIA) - rings == (is_call and fault.taken)
    assert not is_call or len(simulator.requests) == 1


@pytest.mark.parametrize("route", _ROUTES)
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(bytes(2**26))),
        ("deflate", zlib.compress(bytes(2**26))),
        ("gzip", gzip.compress(gzip.compress(bytes(2**28)))),
    ],
    ids=["gzip", "deflate", "twice"],
)
async def test_bomb(
    simulator: Simulator, client: RyzeClient, route: str, encoding: str, body: bytes
) -> None:
    """A small answer that decompresses to a huge one needs little memory and time."""
    simulator.inject(
        Fault(FaultKind.RAW, body=body, headers={"Content-Encoding": encoding})
    )
    asks = requests(asyncio.Event()) | {"ws": listen}
    tracemalloc.start()
    started = time.process_time()
    try:
        before, _ = tracemalloc.get_traced_memory()
        async with asyncio.timeout(30):
            with suppress(RyzeError):
                await asks[route](client)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 8 * MAX_ANSWER_SIZE
    assert time.process_time() - started < 5

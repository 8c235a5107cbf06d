"""Requests with any answer have a result, or fail with an error of ours."""

import asyncio
from contextlib import suppress
import re
import tracemalloc
from typing import Any, Final

from hypothesis import example, given, strategies as st
import pytest

from .answers import BODIES, HEADERS, STATUSES, requests
from .leaks import secrets_in, size_of
from .runs import target
from .stand_in import Answer, clients
from custom_components.ryze.api import (
    Account,
    Instance,
    PlacedCall,
    RateLimit,
    client as client_module,
)
from custom_components.ryze.api.exceptions import RyzeError
from custom_components.ryze.api.rate_limit import MAX_RESET
from custom_components.ryze.api.transport import _NOT_SENT_ON, MAX_ANSWER_SIZE

_MAX_CALL_ID: Final = 200
ANSWERS: Final = st.builds(
    Answer, STATUSES, HEADERS, st.lists(BODIES, min_size=1, max_size=1)
)
# A lone surrogate, which cannot be stored.
_ODD_IDS: Final = Answer(200, {}, [b'{"callId": "\\ud800"}'])
_ODD_NAMES: Final = Answer(
    200,
    {},
    [b'{"instances": [{"name": "\\ud800", "websocket": {"events": ["\\ud800"]}}]}'],
)
_CALLS: Final = ("fake", "audio")


def check(result: Any) -> None:
    """Check that the result of a request can be shown and stored."""
    match result:
        case None:
            pass
        case PlacedCall(call_id=call_id):
            assert 0 < len(call_id) <= _MAX_CALL_ID
            assert size_of(call_id) > 0
        case Account(number=number):
            check_number(number)
        case Instance():
            check_number(result.number)
            told = (result.name, result.id, result.profile_name)
            assert all(told[:1])
            assert size_of([*told, result.live_updates.to_json()]) > 0
            again = result.live_updates.with_ours()
            assert again.delivered
            assert again.with_ours() == again
        case list():
            for item in result:
                check(item)
        case _:
            pytest.fail(f"A {type(result).__name__} is no result")


def check_number(number: str | None) -> None:
    """Check that a number has only digits, or is None."""
    assert number is None or re.fullmatch(r"\d{5,20}", number, re.ASCII)


def check_limit(limit: RateLimit) -> None:
    """Check that a counter is valid, and that its reset is near."""
    assert limit.remaining is None or limit.remaining >= 0
    assert limit.reset_in is None or 0 <= limit.reset_in <= MAX_RESET + 1
    # Diagnostics and a sensor show the remaining requests.
    assert size_of(limit.remaining) > 0


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat a request only if that needs no waiting."""
    monkeypatch.setattr(client_module, "MAX_RESET_WAIT", 0.0)
    monkeypatch.setattr(client_module, "RESET_MARGIN", 0.0)


@example(first=_ODD_IDS, second=_ODD_IDS)
@example(first=_ODD_NAMES, second=_ODD_NAMES)
@given(
    first=ANSWERS,
    second=ANSWERS,
)
@pytest.mark.usefixtures("no_waiting")
@target(short=120, long=35_000)
async def test_requests(first: Answer, second: Answer) -> int:
    """A request has a valid result or our error, and no phone can ring twice."""
    sent = 0
    for (name, ask), (session, client) in zip(
        requests(asyncio.Event()).items(), clients([first, second]), strict=False
    ):
        try:
            check(await ask(client))
        except RyzeError as err:
            assert secrets_in((str(err), repr(err), err.args)) == []
            assert err.__cause__ is None
        check_limit(client.rate_limit)
        sent += len(session.sent)
        # Only a request that certainly placed no call is repeated, and only once.
        repeated = session.sent[1:]
        certain = first.status == 429 or first.status in _NOT_SENT_ON
        assert name not in _CALLS or len(repeated) <= certain
    return sent


@example(headers=[{"X-RateLimit-Remaining": "9" * 20, "X-RateLimit-Reset": "1"}])
@given(headers=st.lists(HEADERS, min_size=10, max_size=10))
@target(short=100, long=20_000)
def test_rate_limit(headers: list[dict[str, str]]) -> int:
    """The counter stays valid with any headers."""
    limit = RateLimit()
    for items in headers:
        limit.update(items)
        check_limit(limit)
    return len(headers)


@given(
    head=st.sampled_from([b'{"instances": [', b"", b'{"callId": "']),
    piece=st.one_of(
        st.sampled_from([b"[],", b'{"name":"a"},', b'"\\ud800",', b"9", b"[", b'{"":']),
        BODIES.map(lambda body: body or b"x"),
    ),
    size=st.sampled_from([MAX_ANSWER_SIZE // 2, MAX_ANSWER_SIZE, 2**26]),
)
@target(short=6, long=500, per_round=50)
async def test_memory(head: bytes, piece: bytes, size: int) -> int:
    """An answer of any size is read up to a limit, and leaves no memory in use."""
    pieces = [head, *[piece * (2**16 // len(piece) + 1)] * (size // 2**16), b"1]}"]
    answer = Answer(200, {}, pieces)
    asks = requests(asyncio.Event())
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for ask, (_, client) in zip(asks.values(), clients([answer]), strict=False):
            with suppress(RyzeError):
                await ask(client)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 200_000
    # An empty object needs 64 bytes of memory, and three bytes of JSON.
    assert peak - before < 64 * MAX_ANSWER_SIZE
    return len(asks)

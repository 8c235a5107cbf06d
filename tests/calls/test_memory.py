"""Tests of the memory of calls."""

import asyncio
from unittest.mock import Mock

import pytest

from homeassistant.core import Context

from custom_components.ryze.calls import memory
from custom_components.ryze.calls.call import Call, CallType
from custom_components.ryze.calls.memory import CallMemory, FollowedCall
from tests.helpers.const import MARIA


def remembered(calls: CallMemory, call_id: str, now: float) -> FollowedCall:
    """Return a placed call with a running timer."""
    call = Call(type=CallType.FAKE, number=MARIA, context=Context(), call_id=call_id)
    timer = Mock(asyncio.TimerHandle)
    followed = FollowedCall(
        call=call, begun_at=now, ringing_since=now, changed_at=now, timer=timer
    )
    calls.remember(followed, now)
    return followed


def is_let_go(followed: FollowedCall) -> bool:
    """Return whether a waiting action is released and the timer is cancelled."""
    assert isinstance(followed.timer, Mock)
    return followed.settled.is_set() and followed.timer.cancel.called


def test_number_of_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest calls beyond the limit are forgotten, and nothing waits for them."""
    monkeypatch.setattr(memory, "MEMORY_CALLS", 3)
    calls = CallMemory()
    made = [remembered(calls, f"id-{number}", 0) for number in range(5)]
    assert list(calls) == ["id-2", "id-3", "id-4"]
    assert [is_let_go(call) for call in made] == [True, True, False, False, False]


def test_age() -> None:
    """A call that is an hour old is forgotten when another one is remembered."""
    calls = CallMemory()
    old = remembered(calls, "old", 0)
    remembered(calls, "young", 3599)
    assert list(calls) == ["old", "young"]
    assert not is_let_go(old)
    remembered(calls, "new", 3600)
    assert list(calls) == ["young", "new"]
    assert is_let_go(old)


def test_same_id() -> None:
    """Of two calls with the same id, the later one is kept as the newest."""
    calls = CallMemory()
    twin = remembered(calls, "one", 0)
    remembered(calls, "two", 1)
    call = remembered(calls, "one", 2)
    assert list(calls.items())[-1] == ("one", call)
    assert len(calls) == 2
    assert is_let_go(twin)
    assert not is_let_go(call)

"""Calls, and a RyzeAPI that tells the truth of them: late, twice, and in any order."""

from collections import defaultdict
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

from hypothesis import strategies as st

from homeassistant.core import Context

from .clock import Clock
from .documents import OWN
from custom_components.ryze.api import CallUpdate, CallUpdateKind
from custom_components.ryze.calls.call import (
    AudioCall,
    Call,
    CallEvent,
    CallType,
    FakeCall,
)
from custom_components.ryze.calls.memory import FollowedCall
from custom_components.ryze.calls.tracker import CallTracker

STRANGER: Final = "5511900000001"
OUTCOMES: Final = {CallEvent.ANSWERED, CallEvent.REJECTED, CallEvent.UNANSWERED}

# The news that a call begins is not late by more than this.
OFFER_DELAY: Final = 5.0


@dataclass(eq=False)
class Ring:
    """A call as it is at RyzeAPI's end."""

    # None where somebody calls the instance.
    call: Call | None
    number: str
    told_id: str
    at: float
    # Whether a phone rings at all.
    taken: bool = True
    followed: FollowedCall | None = None


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How an update tells who is at which end."""

    # Whether both ends are named, the other one alone, or nobody.
    names: str
    says_direction: bool

    def update(self, kind: CallUpdateKind, ring: Ring) -> CallUpdate:
        """Return an update of a call."""
        outgoing = ring.call is not None
        ends = (OWN, ring.number) if outgoing else (ring.number, OWN)
        caller = ends[0] if self.names == "both" else None
        named = {"both": {OWN, ring.number}, "other": {ring.number}, "nobody": set()}
        return CallUpdate(
            kind=kind,
            call_id=ring.told_id,
            caller=caller,
            numbers=frozenset[str](named[self.names]),
            outgoing=outgoing if self.says_direction else None,
        )


MANNERS: Final = st.builds(
    Manner,
    names=st.sampled_from(["both", "other", "nobody"]),
    says_direction=st.booleans(),
)


@dataclass(eq=False)
class Story:
    """What was told of calls, and the checks of it."""

    told: defaultdict[Call, list[tuple[CallEvent, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def note(self, event: CallEvent | None, call: Call) -> None:
        """Note an event, as whoever listens to calls does."""
        if event is not None:
            self.told[call].append((event, call.observed))

    def check(self) -> None:
        """Check that nothing was told twice, or before what it follows."""
        for call, events in self.told.items():
            names = [event for event, _ in events]
            if call.type is CallType.INCOMING:
                assert names == [CallEvent.RECEIVED]
                continue
            check_own(names)


def check_own(names: list[CallEvent]) -> None:
    """Check what was told of a call of ours, in that order."""
    assert names[0] in (CallEvent.PLACED, CallEvent.FAILED), names
    assert not {CallEvent.PLACED, CallEvent.FAILED} <= set(names), names
    assert CallEvent.RECEIVED not in names
    assert len(set(names)) == len(names), names
    outcomes = [event for event in names if event in OUTCOMES]
    # An answer counts however late it comes, and so does a no; nothing else may change
    # what was told.
    assert len(outcomes) <= 1 or outcomes[0] is CallEvent.UNANSWERED, names
    assert len(outcomes) <= 2, names
    if CallEvent.ENDED in names:
        assert names[-1] is CallEvent.ENDED, names
        assert CallEvent.ANSWERED in names


class Memory:
    """What an instance remembers, as a store does."""

    def __init__(self, *, reports_outcomes: bool) -> None:
        """Initialize."""
        self.reports_outcomes = reports_outcomes

    def async_note_outcome(self) -> None:
        """Note that the instance tells outcomes."""
        self.reports_outcomes = True


def make_tracker(clock: Clock, story: Story, memory: Memory) -> CallTracker:
    """Return a tracker with a clock of ours."""
    hass: Any = SimpleNamespace(loop=clock)
    store: Any = memory
    return CallTracker(hass, story.note, store)


def make_call(number: str, *, fake: bool) -> Call:
    """Return a call that is asked for."""
    request = FakeCall(number=number) if fake else AudioCall(number=number, audio="x")
    return Call.for_request(request, Context())

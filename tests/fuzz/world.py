"""Calls, and true updates about them: late, duplicate, and in any order."""

from collections import defaultdict
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

from hypothesis import strategies as st

from homeassistant.core import Context

from .clock import Clock
from .documents import OWN
from custom_components.ryze.api import CallUpdate, CallUpdateKind, Identity, Role
from custom_components.ryze.calls.call import (
    AudioCall,
    Call,
    CallEvent,
    CallType,
    FakeCall,
)
from custom_components.ryze.calls.lids import LidBook
from custom_components.ryze.calls.memory import FollowedCall
from custom_components.ryze.calls.tracker import CallTracker

STRANGER: Final = "5511900000001"
OUTCOMES: Final = [CallEvent.UNANSWERED, CallEvent.REJECTED, CallEvent.ANSWERED]

# The most seconds by which the update about a call's beginning may be late.
OFFER_DELAY: Final = 5.0


@dataclass(eq=False)
class Ring:
    """A call from RyzeAPI's point of view."""

    # Our call, or None for a phone's call to the instance.
    call: Call | None
    number: str
    told_id: str
    at: float
    # Whether RyzeAPI accepted the request, so that the phone rings.
    taken: bool = True
    followed: FollowedCall | None = None


@dataclass(frozen=True, kw_only=True)
class Manner:
    """The details that an update gives about both parties."""

    # "both" parties, the "other" party only, or "nobody".
    names: str
    says_direction: bool

    def update(self, kind: CallUpdateKind, ring: Ring) -> CallUpdate:
        """Return an update about a call."""
        outgoing = ring.call is not None
        ends = (OWN, ring.number) if outgoing else (ring.number, OWN)
        people = {
            "both": [
                Identity(number=ends[0], role=Role.CREATOR),
                Identity(number=ends[1], role=Role.CALLEE),
            ],
            "other": [Identity(number=ring.number)],
            "nobody": [],
        }
        return CallUpdate(
            kind=kind,
            call_id=ring.told_id,
            people=frozenset(people[self.names]),
            outgoing=outgoing if self.says_direction else None,
        )


MANNERS: Final = st.builds(
    Manner,
    names=st.sampled_from(["both", "other", "nobody"]),
    says_direction=st.booleans(),
)


@dataclass(eq=False)
class Story:
    """The reported events of all calls."""

    told: defaultdict[Call, list[tuple[CallEvent, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def note(self, event: CallEvent | None, call: Call) -> None:
        """Note an event as a listener of the tracker."""
        if event is not None:
            self.told[call].append((event, call.observed))

    def check(self) -> None:
        """Check that no event is reported twice or in a wrong order."""
        for call, events in self.told.items():
            names = [event for event, _ in events]
            if call.type is CallType.INCOMING:
                assert names == [CallEvent.RECEIVED]
                continue
            check_own(names)


def check_own(names: list[CallEvent]) -> None:
    """Check the reported events of our call."""
    assert names[0] in (CallEvent.PLACED, CallEvent.FAILED), names
    assert not {CallEvent.PLACED, CallEvent.FAILED} <= set(names), names
    assert CallEvent.RECEIVED not in names
    assert len(set(names)) == len(names), names
    outcomes = [OUTCOMES.index(event) for event in names if event in OUTCOMES]
    # A decline may follow a missing answer, and an answer may follow both.
    assert outcomes == sorted(set(outcomes)), names
    if CallEvent.ENDED in names:
        assert names[-1] is CallEvent.ENDED, names
        assert CallEvent.ANSWERED in names


class Memory:
    """The parts of a store that the tracker uses."""

    def __init__(self, *, reports_outcomes: bool) -> None:
        """Initialize."""
        self.reports_outcomes = reports_outcomes
        self.lids = LidBook()

    def async_note_outcome(self) -> None:
        """Note that the instance reports outcomes."""
        self.reports_outcomes = True

    def async_learn_lid(self, number: str, lid: str | None) -> None:
        """Note the LID of a number."""
        self.lids.learn(number, lid)


def make_tracker(clock: Clock, story: Story, memory: Memory) -> CallTracker:
    """Return a tracker that uses a clock in place of the event loop."""
    hass: Any = SimpleNamespace(loop=clock)
    store: Any = memory
    return CallTracker(hass, story.note, store, lambda number: False)


def make_call(number: str, *, fake: bool) -> Call:
    """Return a call before its request."""
    request = FakeCall(number=number) if fake else AudioCall(number=number, audio="x")
    return Call.for_request(request, Context())

"""State machines of an instance that places and receives calls."""

from itertools import count
from typing import Any, override

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
import pytest

from .clock import Clock
from .documents import OWN
from .runs import note
from .world import (
    MANNERS,
    OFFER_DELAY,
    STRANGER,
    Manner,
    Memory,
    Ring,
    Story,
    make_call,
    make_tracker,
)
from custom_components.ryze.api import (
    CallUpdate,
    CallUpdateKind,
    EndReason,
    Identity,
    Role,
    RyzeConnectionError,
    RyzeError,
    RyzeNotFoundError,
    RyzeOutcomeUnknownError,
    RyzeRateLimitError,
    RyzeServerError,
)
from custom_components.ryze.calls import memory
from custom_components.ryze.calls.call import CallEvent, Outcome
from custom_components.ryze.calls.waiting import MAX_WAITING
from tests.helpers.const import ANA, JOAO, MARIA

_FINAL = (Outcome.ANSWERED, Outcome.REJECTED)
_OPEN = (None, Outcome.PLACED, Outcome.FAILED)
_CONTACTS = st.sampled_from([MARIA, JOAO, ANA])
_KINDS = st.sampled_from(CallUpdateKind)
_SECONDS = st.sampled_from([0.1, 0.5, 2.0, 6.0, 20.0, 61.0, 200.0, 3700.0])


class Life(RuleBasedStateMachine):
    """An instance whose RyzeAPI sends only true updates."""

    honest = True

    requested = Bundle("requested")
    ringing = Bundle("ringing")
    incoming = Bundle("incoming")

    def __init__(self) -> None:
        """Start without calls."""
        super().__init__()
        patch = pytest.MonkeyPatch()
        patch.setattr(memory, "MEMORY_CALLS", 40)
        self.tidy = patch.undo
        self.clock = Clock()
        self.story = Story()
        self.ids = (f"id-{number}" for number in count())
        self.rings: list[Ring] = []
        self.in_flight: list[Ring] = []
        note(1, 0)

    @override
    def teardown(self) -> None:
        """Undo the patches."""
        self.tidy()

    @initialize(
        ids_match=st.booleans(),
        reports_outcomes=st.booleans(),
        own_number=st.sampled_from([OWN, None]),
        live=st.booleans(),
    )
    def begin(
        self,
        ids_match: bool,
        reports_outcomes: bool,
        own_number: str | None,
        live: bool,
    ) -> None:
        """Choose the undocumented behaviour of this RyzeAPI."""
        self.ids_match = ids_match
        self.own_number = own_number
        # Only an update with a known call id proves that the instance reports outcomes.
        self.memory = Memory(reports_outcomes=reports_outcomes and ids_match)
        self.memory.lids.learn_own(own_number, None)
        self.tracker = make_tracker(self.clock, self.story, self.memory)
        self.tracker.async_set_live(live)

    @rule(target=requested, number=_CONTACTS, fake=st.booleans(), taken=st.booleans())
    def request(self, number: str, fake: bool, taken: bool) -> Ring:
        """Request a call; the phone rings if RyzeAPI accepts the request."""
        call = make_call(number, fake=fake)
        ring = Ring(
            call=call,
            number=number,
            told_id=next(self.ids),
            at=self.clock.time(),
            taken=taken,
        )
        ring.followed = self.tracker.async_note_request(call)
        self.rings.append(ring)
        self.in_flight.append(ring)
        return ring

    @rule(target=ringing, ring=consumes(requested))
    def answer_request(self, ring: Ring) -> Any:
        """Answer a request with a call id, or with an error that rules out a ring."""
        self.in_flight.remove(ring)
        assert ring.followed
        if not ring.taken:
            self.tracker.async_note_failed(ring.followed, RyzeNotFoundError())
            return multiple()
        self.tracker.async_note_placed(
            ring.followed, ring.told_id if self.ids_match else next(self.ids)
        )
        return ring

    @rule(
        target=ringing,
        ring=consumes(requested),
        unclear=st.sampled_from([RyzeOutcomeUnknownError, RyzeServerError]),
        clear=st.sampled_from(
            [RyzeConnectionError, RyzeRateLimitError, RyzeOutcomeUnknownError]
        ),
    )
    def fail(self, ring: Ring, unclear: type[RyzeError], clear: type[RyzeError]) -> Any:
        """Let a request fail with an error that is true for the phone."""
        self.in_flight.remove(ring)
        assert ring.followed
        error = unclear if ring.taken else clear
        self.tracker.async_note_failed(ring.followed, error())
        return ring if ring.taken else multiple()

    @rule(ring=st.one_of(ringing, requested), kind=_KINDS, manner=MANNERS)
    def tell(self, ring: Ring, kind: CallUpdateKind, manner: Manner) -> None:
        """Send an update about our call while its phone rings."""
        late = self.clock.time() - ring.at > OFFER_DELAY
        if ring.taken and not (late and kind is CallUpdateKind.OFFER):
            self._tell(manner.update(kind, ring))
            self._check_told(ring, kind)

    def _check_told(self, ring: Ring, kind: CallUpdateKind) -> None:
        """Check that an answer becomes the outcome, regardless of earlier updates."""
        call = ring.call
        assert call
        recent = self.clock.time() - ring.at < memory.MEMORY_SECONDS
        assert ring.followed
        ids = (call.call_id, ring.followed.event_id)
        if self.honest and recent and ring.told_id in ids:
            assert kind is not CallUpdateKind.ACCEPTED or call.outcome in _FINAL

    @rule(
        target=incoming,
        number=st.sampled_from([MARIA, JOAO, ANA, STRANGER]),
        manner=MANNERS,
    )
    def call_in(self, number: str, manner: Manner) -> Ring:
        """Let a phone call the instance, and check the report of a clear call."""
        ring = Ring(
            call=None,
            number=number,
            told_id=next(self.ids),
            at=self.clock.time(),
        )
        before = len(self.story.told)
        self._tell(manner.update(CallUpdateKind.OFFER, ring))
        told = len(self.story.told) - before
        # News about a person who is being called right now wait for the answer.
        waits = number in [other.number for other in self.in_flight]
        assert told == 1 or waits or not (self.honest and manner.says_direction)
        return ring

    @rule(ring=incoming, kind=_KINDS, manner=MANNERS)
    def tell_more(self, ring: Ring, kind: CallUpdateKind, manner: Manner) -> None:
        """Send another update about a phone's call, or the same update again."""
        if self._is_fresh(ring):
            self._tell(manner.update(kind, ring))

    @rule(seconds=_SECONDS)
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    @rule(live=st.booleans())
    def connection(self, live: bool) -> None:
        """Disconnect or connect live updates."""
        self.tracker.async_set_live(live)

    @rule()
    def reload(self) -> None:
        """Reload the entry."""
        self.tracker.async_set_live(False)

    def _is_fresh(self, ring: Ring) -> bool:
        """Return whether the tracker still remembers a call."""
        return self.clock.time() - ring.at < memory.MEMORY_SECONDS

    def _tell(self, update: CallUpdate) -> None:
        """Hand an update to the tracker."""
        note(0, 1)
        self.tracker.async_handle_update(update)

    @precondition(lambda self: self.rings)
    @invariant()
    def check(self) -> None:
        """Check all reports, and everything that the tracker keeps."""
        self.each_once()
        self.own_calls_are_not_received()
        self.waits_have_an_end()
        self.memory_is_bounded()

    def each_once(self) -> None:
        """Check that each event is reported once, and that every request has an end."""
        self.story.check()
        for ring in self.rings:
            assert ring.call
            told = [event for event, _ in self.story.told.get(ring.call, [])]
            assert bool(told) == (ring not in self.in_flight), told

    def own_calls_are_not_received(self) -> None:
        """Check that no call of ours counts as received: a gate may open on it."""
        own = {ring.told_id for ring in self.rings}
        assert not self.honest or not any(
            (CallEvent.RECEIVED, True) in events and call.call_id in own
            for call, events in self.story.told.items()
        )

    def waits_have_an_end(self) -> None:
        """Check that an outcome ends each wait, and that silence ends it too."""
        ids = [ring.call.call_id for ring in self.rings if ring.call]
        for ring in self.rings:
            call, followed = ring.call, ring.followed
            assert call
            assert followed
            settled = followed.settled.is_set()
            assert call.outcome in _OPEN or settled
            if call.outcome is Outcome.PLACED and call.duration is not None:
                watched = followed.timer and not followed.timer.cancelled()
                # Of two calls with the same id, the tracker follows the later one only.
                replaced = settled and ids.count(call.call_id) > 1
                assert watched or replaced

    def memory_is_bounded(self) -> None:
        """Check that the tracker's memory stays within its limits."""
        tracker = self.tracker
        assert len(tracker._calls) <= memory.MEMORY_CALLS
        assert len(tracker._early) <= MAX_WAITING
        assert len(tracker._requests) <= len(self.in_flight)
        # Early updates wait for the answer to a request only.
        assert tracker._requests or not tracker._early
        # The tracker removes old doubtful calls when the next one arrives.
        starts = [followed.begun_at for followed in tracker._doubtful]
        newest = max(starts, default=0)
        longest = memory.AUDIO_CALL_RINGING
        assert all(newest - start <= longest for start in starts)


class HostileLife(Life):
    """An instance for which RyzeAPI, or anybody who can call it, sends any updates."""

    honest = False

    @rule(
        kind=_KINDS,
        call_id=st.one_of(st.none(), st.sampled_from([f"id-{n}" for n in range(6)])),
        numbers=st.frozensets(st.sampled_from([MARIA, JOAO, ANA, STRANGER, OWN])),
        outgoing=st.sampled_from([None, True, False]),
        data=st.data(),
    )
    def lie(
        self,
        kind: CallUpdateKind,
        call_id: str | None,
        numbers: frozenset[str],
        outgoing: bool | None,
        data: st.DataObject,
    ) -> None:
        """Send an update that may be false."""
        roles = st.sampled_from(Role)
        devices = st.sampled_from([None, 0, 3])
        people = [
            Identity(number=number, role=data.draw(roles), device=data.draw(devices))
            for number in sorted(numbers)
        ]
        self._tell(
            CallUpdate(
                kind=kind,
                call_id=call_id,
                people=frozenset(people),
                outgoing=outgoing,
                group=data.draw(st.booleans()),
                reason=data.draw(st.sampled_from([None, *EndReason])),
                duration=data.draw(st.sampled_from([0, 3, 9000])),
            )
        )

    @rule(ring=consumes(Life.requested), call_id=st.sampled_from(["id-0", "id-1"]))
    def answer_falsely(self, ring: Ring, call_id: str) -> None:
        """Answer a request with an id that may belong to another call."""
        self.in_flight.remove(ring)
        assert ring.followed
        self.tracker.async_note_placed(ring.followed, call_id)

    @rule(calls=st.sampled_from([5, 50]))
    def flood(self, calls: int) -> None:
        """Call the instance from many numbers at once."""
        for number in range(calls):
            self._tell(
                CallUpdate(
                    kind=CallUpdateKind.OFFER,
                    call_id=next(self.ids),
                    people=frozenset(
                        {Identity(number=str(10**9 + number), role=Role.SENDER)}
                    ),
                )
            )

"""An instance that calls and is called, and whatever is told of that."""

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
    RyzeConnectionError,
    RyzeError,
    RyzeNotFoundError,
    RyzeOutcomeUnknownError,
    RyzeRateLimitError,
    RyzeServerError,
)
from custom_components.ryze.calls import memory, tracker as tracker_module
from custom_components.ryze.calls.call import CallEvent, Outcome
from tests.helpers.const import ANA, JOAO, MARIA

_FINAL = (Outcome.ANSWERED, Outcome.REJECTED)
_OPEN = (None, Outcome.PLACED, Outcome.FAILED)
_CONTACTS = st.sampled_from([MARIA, JOAO, ANA])
_KINDS = st.sampled_from(CallUpdateKind)
_SECONDS = st.sampled_from([0.1, 0.5, 2.0, 6.0, 20.0, 61.0, 200.0, 3700.0])


class Life(RuleBasedStateMachine):
    """An instance whose RyzeAPI tells nothing but the truth."""

    honest = True

    requested = Bundle("requested")
    ringing = Bundle("ringing")
    incoming = Bundle("incoming")

    def __init__(self) -> None:
        """Start with nobody calling."""
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
        """Leave nothing behind."""
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
        """Settle what is not documented of this RyzeAPI."""
        self.ids_match = ids_match
        self.own_number = own_number
        # Only an id that matches shows that outcomes are told.
        self.memory = Memory(reports_outcomes=reports_outcomes and ids_match)
        self.tracker = make_tracker(self.clock, self.story, self.memory)
        self.tracker.async_set_live(live)

    @rule(target=requested, number=_CONTACTS, fake=st.booleans(), taken=st.booleans())
    def request(self, number: str, fake: bool, taken: bool) -> Ring:
        """Ask RyzeAPI for a call, which may let a phone ring."""
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
        """Answer the request, with an id or with what leaves no doubt."""
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
        """Let a request fail, in a way that fits to what really happened."""
        self.in_flight.remove(ring)
        assert ring.followed
        error = unclear if ring.taken else clear
        self.tracker.async_note_failed(ring.followed, error())
        return ring if ring.taken else multiple()

    @rule(ring=st.one_of(ringing, requested), kind=_KINDS, manner=MANNERS)
    def tell(self, ring: Ring, kind: CallUpdateKind, manner: Manner) -> None:
        """Tell something of a call of ours that rings."""
        late = self.clock.time() - ring.at > OFFER_DELAY
        if ring.taken and not (late and kind is CallUpdateKind.OFFER):
            self._tell(manner.update(kind, ring))
            self._check_told(ring, kind)

    def _check_told(self, ring: Ring, kind: CallUpdateKind) -> None:
        """Check that an answer is not lost, whatever came before it."""
        call = ring.call
        assert call
        recent = self.clock.time() - ring.at < memory.MEMORY_SECONDS
        if self.honest and recent and call.call_id == ring.told_id:
            assert kind is not CallUpdateKind.ACCEPTED or call.outcome in _FINAL

    @rule(
        target=incoming,
        number=st.sampled_from([MARIA, JOAO, ANA, STRANGER]),
        manner=MANNERS,
    )
    def call_in(self, number: str, manner: Manner) -> Ring:
        """Let somebody call the instance; where that is said, it has to be told."""
        ring = Ring(
            call=None,
            number=number,
            told_id=next(self.ids),
            at=self.clock.time(),
        )
        before = len(self.story.told)
        self._tell(manner.update(CallUpdateKind.OFFER, ring))
        told = len(self.story.told) - before
        assert told == 1 or not (self.honest and manner.says_direction)
        return ring

    @rule(ring=incoming, kind=_KINDS, manner=MANNERS)
    def tell_more(self, ring: Ring, kind: CallUpdateKind, manner: Manner) -> None:
        """Tell more of somebody who calls, or the same again."""
        if self._is_fresh(ring):
            self._tell(manner.update(kind, ring))

    @rule(seconds=_SECONDS)
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    @rule(live=st.booleans())
    def connection(self, live: bool) -> None:
        """Lose live updates, or have them back."""
        self.tracker.async_set_live(live)

    @rule()
    def reload(self) -> None:
        """Reload the entry."""
        self.tracker.async_set_live(False)

    def _is_fresh(self, ring: Ring) -> bool:
        """Return whether a call is not forgotten."""
        return self.clock.time() - ring.at < memory.MEMORY_SECONDS

    def _tell(self, update: CallUpdate) -> None:
        """Hand on an update."""
        note(0, 1)
        self.tracker.async_handle_update(update, self.own_number)

    @precondition(lambda self: self.rings)
    @invariant()
    def check(self) -> None:
        """Check what is told, and what is kept."""
        self.each_once()
        self.own_calls_are_not_received()
        self.nobody_waits_in_vain()
        self.memory_is_bounded()

    def each_once(self) -> None:
        """Each thing is told once, and every request has an end."""
        self.story.check()
        for ring in self.rings:
            assert ring.call
            told = [event for event, _ in self.story.told.get(ring.call, [])]
            assert bool(told) == (ring not in self.in_flight), told

    def own_calls_are_not_received(self) -> None:
        """A gate does not open because we call somebody."""
        own = {ring.told_id for ring in self.rings}
        assert not self.honest or not any(
            (CallEvent.RECEIVED, True) in events and call.call_id in own
            for call, events in self.story.told.items()
        )

    def nobody_waits_in_vain(self) -> None:
        """Whoever waits is let go when there is an outcome, and silence ends a wait."""
        ids = [ring.call.call_id for ring in self.rings if ring.call]
        for ring in self.rings:
            call, followed = ring.call, ring.followed
            assert call
            assert followed
            settled = followed.settled.is_set()
            assert call.outcome in _OPEN or settled
            if call.outcome is Outcome.PLACED and call.duration is not None:
                watched = followed.timer and not followed.timer.cancelled()
                # Of two calls with one id, only the later one is followed.
                replaced = settled and ids.count(call.call_id) > 1
                assert watched or replaced

    def memory_is_bounded(self) -> None:
        """Nothing is kept for longer than it can be of use."""
        tracker = self.tracker
        assert len(tracker._calls) <= memory.MEMORY_CALLS
        assert len(tracker._early) <= tracker_module.EARLY_UPDATES
        assert len(tracker._requests) <= len(self.in_flight)
        # Without a request under way, nothing waits for the answer to one.
        assert tracker._requests or not tracker._early
        # What was in doubt is looked at with each further call at the latest.
        changes = [followed.changed_at for followed in tracker._doubtful]
        newest = max(changes, default=0)
        assert all(newest - change < tracker_module.DOUBT for change in changes)


class HostileLife(Life):
    """An instance whose RyzeAPI, or whoever can call it, tells whatever it likes."""

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
        """Tell something that need not be true."""
        people = st.sampled_from([None, *sorted(numbers)])
        self._tell(
            CallUpdate(
                kind=kind,
                call_id=call_id,
                caller=data.draw(people),
                numbers=numbers,
                outgoing=outgoing,
            )
        )

    @rule(ring=consumes(Life.requested), call_id=st.sampled_from(["id-0", "id-1"]))
    def answer_falsely(self, ring: Ring, call_id: str) -> None:
        """Answer a request with an id that may be another call's."""
        self.in_flight.remove(ring)
        assert ring.followed
        self.tracker.async_note_placed(ring.followed, call_id)

    @rule(calls=st.sampled_from([5, 50]))
    def flood(self, calls: int) -> None:
        """Call the instance from everywhere at once."""
        for number in range(calls):
            self._tell(
                CallUpdate(
                    kind=CallUpdateKind.OFFER,
                    call_id=next(self.ids),
                    caller=str(10**9 + number),
                    numbers=frozenset({str(10**9 + number)}),
                )
            )

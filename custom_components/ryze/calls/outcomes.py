"""The outcome of a call: what updates, and what silence, say about it."""

import asyncio
from collections.abc import Callable
import time
from typing import Final

from homeassistant.core import HomeAssistant

from ..api import CallUpdate, CallUpdateKind, EndReason
from .call import MAX_DURATION, Call, CallEvent, CallType, Outcome
from .memory import FAKE_CALL_MARGIN, FollowedCall
from .reporter import CallListener
from .store import RyzeStore

# Seconds. The news of a call's end may overtake the news of its answer.
REORDER: Final = 1.0
# Seconds that a decline without a device waits for an answer, because a linked device
# may have declined while the phone rings on.
DECLINE_HOLD: Final = 1.5
# Seconds after the ringing of a fake call, after which silence means "not answered".
INFERENCE_MARGIN: Final = FAKE_CALL_MARGIN
# Seconds by which a timer may be late. A later one shows that the process slept.
STALL: Final = 3.0
# Seconds after a stall in which the waiting updates are read.
STALL_HOLD: Final = 2.0
# Seconds by which the duration in the end of an unanswered fake call may exceed the
# duration that was asked for.
DURATION_MARGIN: Final = 2.0
# A longer duration of a fake call is in milliseconds.
MAX_FAKE_SECONDS: Final = 120.0


class CallOutcomes:
    """Notes and reports the outcomes of the calls of an instance."""

    def __init__(
        self, hass: HomeAssistant, report: CallListener, store: RyzeStore
    ) -> None:
        """Initialize."""
        self._loop = hass.loop
        self._report = report
        self._store = store
        # Since when updates come through without a gap, by the event loop's clock.
        self.live_since: float | None = None
        self.closed = False

    def expect(self, followed: FollowedCall) -> None:
        """Conclude the outcome of a placed call from silence, when its time is up."""
        if self.closed:
            followed.settled.set()
        elif (duration := followed.call.duration) is not None:
            self._later(followed, duration + INFERENCE_MARGIN, self._infer)

    def apply(
        self,
        followed: FollowedCall,
        update: CallUpdate,
        device: int | None,
        *,
        ours: bool,
    ) -> None:
        """Apply an update to its call; repeated news change nothing.

        `device` is the device of the called person that sent the news. `ours` says
        whether the call was known to be ours before this update.
        """
        match update.kind:
            case CallUpdateKind.ACCEPTED:
                self._answer(followed)
            case CallUpdateKind.REJECTED if device is None:
                self._hold_decline(followed)
            case CallUpdateKind.REJECTED if device == 0:
                self._decline(followed)
            case CallUpdateKind.UNANSWERED:
                self._end(followed, answered=False)
            case CallUpdateKind.TERMINATED if update.reason is EndReason.REJECTED:
                self._decline(followed)
                self._end(followed, answered=False)
            case CallUpdateKind.TERMINATED:
                elsewhere = update.reason is EndReason.ANSWERED_ELSEWHERE and ours
                talked = update.reason is None and _talked(followed.call, update)
                self._end(followed, answered=elsewhere or talked)

    def _answer(self, followed: FollowedCall) -> None:
        """Note an answer, which counts also after a decline."""
        if followed.call.outcome is Outcome.ANSWERED:
            return
        self._settle(followed, Outcome.ANSWERED, CallEvent.ANSWERED)
        if followed.ended:
            self._report(CallEvent.ENDED, followed.call)

    def _hold_decline(self, followed: FollowedCall) -> None:
        """Note a decline after a moment, unless another device answers."""
        if not followed.declined and not _is_certain(followed.call):
            followed.declined = True
            self._later(followed, DECLINE_HOLD, self._decline)

    def _decline(self, followed: FollowedCall) -> None:
        """Note a decline, unless the call was answered."""
        if not _is_certain(followed.call):
            self._settle(followed, Outcome.REJECTED, CallEvent.REJECTED)

    def _end(self, followed: FollowedCall, *, answered: bool) -> None:
        """Note the end of a call, and its outcome where none is known."""
        if answered and followed.ended:
            # A later end may prove the answer.
            self._answer(followed)
        if followed.ended:
            return
        followed.ended = True
        if followed.call.outcome is Outcome.ANSWERED:
            self._report(CallEvent.ENDED, followed.call)
        elif answered:
            self._answer(followed)
        elif followed.declined:
            self._decline(followed)
        elif followed.call.outcome is not Outcome.REJECTED:
            self._later(followed, REORDER, self._end_unanswered)

    def _end_unanswered(self, followed: FollowedCall) -> None:
        """Note that a call ended without the news of an answer."""
        call = followed.call
        if call.outcome is Outcome.UNANSWERED:
            if not call.observed:
                # The outcome was concluded before, and is certain now.
                call.observed = True
                self._note_reported()
                self._report(None, call)
        elif self._may_have_missed_news(followed):
            self._give_up(followed)
        else:
            self._settle(followed, Outcome.UNANSWERED, CallEvent.UNANSWERED)

    def _infer(self, followed: FollowedCall) -> None:
        """Conclude the outcome of a fake call from silence, where silence has meaning."""
        silence_counts = self._store.reports_outcomes and not followed.stalled
        if self._may_have_missed_news(followed) or not silence_counts:
            self._give_up(followed)
            return
        self._settle(followed, Outcome.UNANSWERED, CallEvent.UNANSWERED, observed=False)

    def _may_have_missed_news(self, followed: FollowedCall) -> bool:
        """Return whether updates may have been lost since a call was requested."""
        return self.live_since is None or self.live_since > followed.begun_at

    def _give_up(self, followed: FollowedCall) -> None:
        """Note that the outcome of a call is unknown, which is no event."""
        call = followed.call
        call.outcome = Outcome.UNKNOWN
        call.observed = False
        call.error = None
        followed.settled.set()
        self._report(None, call)

    def _settle(
        self,
        followed: FollowedCall,
        outcome: Outcome,
        event: CallEvent,
        *,
        observed: bool = True,
    ) -> None:
        """Note and report the outcome of a call."""
        if followed.timer:
            followed.timer.cancel()
            followed.timer = None
        if observed:
            self._note_reported()
        call = followed.call
        call.outcome = outcome
        call.observed = observed
        call.error = None
        followed.changed_at = self._loop.time()
        followed.settled.set()
        self._report(event, call)

    def _note_reported(self) -> None:
        """Note that the instance reports outcomes of outgoing calls."""
        if not self.closed:
            self._store.async_note_outcome()

    def _later(
        self,
        followed: FollowedCall,
        delay: float,
        action: Callable[[FollowedCall], None],
    ) -> None:
        """Set the timer of a call, which replaces an earlier one.

        A timer that fires late shows that the process slept. Then the updates that wait
        in the socket are read first.
        """
        if followed.timer:
            followed.timer.cancel()
            followed.timer = None
        if self.closed:
            return
        slept = _SleepWatch(self._loop, delay)

        def fire() -> None:
            if not slept.slept():
                action(followed)
                return
            followed.stalled = True
            followed.timer = self._loop.call_later(STALL_HOLD, action, followed)

        followed.timer = self._loop.call_later(delay, fire)


class _SleepWatch:
    """Finds out whether the process slept or stalled during a delay."""

    def __init__(self, loop: asyncio.AbstractEventLoop, delay: float) -> None:
        """Start the watch."""
        self._loop = loop
        self._due = loop.time() + delay
        self._offsets = [clock - loop.time() for clock in _clocks()]

    def slept(self) -> bool:
        """Return whether the delay took longer than it should have."""
        now = self._loop.time()
        # The event loop's clock stands still while the machine is suspended.
        gaps = [
            clock - now - offset
            for clock, offset in zip(_clocks(), self._offsets, strict=True)
        ]
        return max(now - self._due, *gaps) > STALL


def _clocks() -> tuple[float, ...]:
    """Return clocks that go on while the machine is suspended, or are set after it."""
    wall = time.time()
    if hasattr(time, "CLOCK_BOOTTIME"):
        return wall, time.clock_gettime(time.CLOCK_BOOTTIME)
    return (wall,)


def _is_certain(call: Call) -> bool:
    """Return whether RyzeAPI has reported an outcome that a decline does not change."""
    if call.outcome is Outcome.UNANSWERED:
        return call.observed
    return call.outcome in (Outcome.ANSWERED, Outcome.REJECTED)


def _talked(call: Call, update: CallUpdate) -> bool:
    """Return whether the duration in the end of a call proves that it was answered."""
    if call.type is CallType.AUDIO:
        return update.duration > 0
    # The duration of a fake call may be that of its ringing.
    seconds = update.duration
    if seconds > MAX_FAKE_SECONDS:
        seconds /= 1000
    return seconds > (call.duration or MAX_DURATION) + DURATION_MARGIN

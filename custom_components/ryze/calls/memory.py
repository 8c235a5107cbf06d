"""The tracker's records of calls, kept while news of a call may still come."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from .call import Call, Outcome

MEMORY_SECONDS: Final = 3600.0
MEMORY_CALLS: Final = 1000

# Seconds in which a phone may ring: of a fake call after its duration, of an audio call
# after it was placed.
FAKE_CALL_MARGIN: Final = 10.0
AUDIO_CALL_RINGING: Final = 90.0

_OPEN: Final = (None, Outcome.PLACED, Outcome.FAILED, Outcome.UNKNOWN)


@dataclass(kw_only=True, eq=False)
class FollowedCall:
    """A call, and the tracker's notes about it.

    Times are those of the event loop's clock.
    """

    call: Call
    # When the call was requested; and from when on the phone may ring.
    begun_at: float
    ringing_since: float
    # When the call changed last, or was put into the memory.
    changed_at: float
    # The id of the call in updates, which may differ from the id in RyzeAPI's answer.
    event_id: str | None = None
    # True where an update without a direction brought that id, so that the id may be
    # another call's.
    id_guessed: bool = False
    # True while a decline waits for an answer from another device.
    declined: bool = False
    ended: bool = False
    # True where the process slept or stalled, so that silence has no meaning.
    stalled: bool = False
    # Set once no further outcome is waited for.
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    timer: asyncio.TimerHandle | None = None

    def may_ring(self, at: float) -> bool:
        """Return whether the phone may ring at a time, as far as time tells."""
        duration = self.call.duration
        seconds = (
            AUDIO_CALL_RINGING if duration is None else duration + FAKE_CALL_MARGIN
        )
        return self.begun_at <= at <= self.ringing_since + seconds

    @property
    def is_open(self) -> bool:
        """Return whether the outcome of the call is still open."""
        return self.call.outcome in _OPEN

    def let_go(self) -> None:
        """Cancel the timer, and release the waiting action."""
        if self.timer:
            self.timer.cancel()
        self.settled.set()


class CallMemory(dict[str, FollowedCall]):
    """The followed calls of an instance by their ids, the one added last at the end."""

    def __init__(self) -> None:
        """Start without calls."""
        super().__init__()
        self._by_event_id: dict[str, FollowedCall] = {}

    def find(self, call_id: str | None) -> FollowedCall | None:
        """Return the call with an id, be it that of the answer or that of updates."""
        if call_id is None:
            return None
        return self.get(call_id) or self._by_event_id.get(call_id)

    def remember(self, followed: FollowedCall, now: float) -> None:
        """Add a call, and drop calls older than MEMORY_SECONDS."""
        followed.changed_at = now
        call_id = followed.call.call_id
        assert call_id
        if twin := self.pop(call_id, None):
            # RyzeAPI has given the same id twice.
            self._drop(twin)
        self[call_id] = followed
        while self:
            oldest, old = next(iter(self.items()))
            if now - old.changed_at < MEMORY_SECONDS and len(self) <= MEMORY_CALLS:
                break
            del self[oldest]
            self._drop(old)

    def adopt(self, followed: FollowedCall, event_id: str) -> None:
        """Find a call by the id of its updates too."""
        followed.event_id = event_id
        self._by_event_id[event_id] = followed

    def _drop(self, followed: FollowedCall) -> None:
        """Forget the id of a call's updates, and wait for nothing any more."""
        followed.let_go()
        if self._by_event_id.get(followed.event_id or "") is followed:
            del self._by_event_id[followed.event_id or ""]

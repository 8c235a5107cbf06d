"""The tracker's records of calls, kept while news of a call may still come."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from .call import Call

MEMORY_SECONDS: Final = 3600.0
MEMORY_CALLS: Final = 1000


@dataclass(kw_only=True, eq=False)
class FollowedCall:
    """A call, and the tracker's notes about it.

    Times are those of the event loop's clock.
    """

    call: Call
    # When the call was requested.
    begun_at: float
    # When the call changed last, or was put into the memory.
    changed_at: float
    # True where the id is that of an update with the same number, and perhaps wrong.
    id_guessed: bool = False
    ended: bool = False
    # Set once no further outcome is waited for.
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    timer: asyncio.TimerHandle | None = None

    def let_go(self) -> None:
        """Cancel the timer, and release the waiting action."""
        if self.timer:
            self.timer.cancel()
        self.settled.set()


class CallMemory(dict[str, FollowedCall]):
    """The followed calls of an instance by their ids, the one added last at the end."""

    def remember(self, followed: FollowedCall, now: float) -> None:
        """Add a call, and drop calls older than MEMORY_SECONDS."""
        followed.changed_at = now
        call_id = followed.call.call_id
        assert call_id
        if twin := self.pop(call_id, None):
            # RyzeAPI has given the same id twice.
            twin.let_go()
        self[call_id] = followed
        while self:
            oldest, old = next(iter(self.items()))
            if now - old.changed_at < MEMORY_SECONDS and len(self) <= MEMORY_CALLS:
                break
            old.let_go()
            del self[oldest]

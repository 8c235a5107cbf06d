"""Calls by their ids, for as long as there may be news of them."""

from typing import Final

from .call import Call

MEMORY_SECONDS: Final = 3600.0
MEMORY_CALLS: Final = 1000


class CallMemory(dict[str, Call]):
    """The calls of an instance, the one that changed last at the end."""

    def remember(self, call: Call, now: float) -> None:
        """Keep a call by its id, and forget what is over for long."""
        call.changed_at = now
        assert call.call_id
        if twin := self.pop(call.call_id, None):
            # RyzeAPI has told the same id twice.
            twin.let_go()
        self[call.call_id] = call
        while self:
            oldest, old = next(iter(self.items()))
            if now - old.changed_at < MEMORY_SECONDS and len(self) <= MEMORY_CALLS:
                break
            old.let_go()
            del self[oldest]

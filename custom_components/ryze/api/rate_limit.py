"""The rate limit of one token."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
import time
from typing import Final

# In seconds: a minute, and what is lost in rounding.
MAX_RESET: Final = 61

# More than that would say nothing, and could not be shown.
MAX_REMAINING: Final = 1_000_000


class RateLimit:
    """What is left of a token's requests, as RyzeAPI last said.

    All clients of a token share its counter.
    https://docs.ryzeapi.cloud/en/guide/rate-limit-cors
    """

    def __init__(self) -> None:
        """Start without knowing anything."""
        self._remaining: int | None = None
        self._resets_at = 0.0

    def update(self, headers: Mapping[str, str]) -> None:
        """Read the counter from the headers of an answer."""
        self._remaining = None
        try:
            remaining = int(headers["X-RateLimit-Remaining"])
            reset = int(headers["X-RateLimit-Reset"])
        except KeyError, ValueError:
            return

        # The reset is Unix time by the server's clock. Ours may be wrong, by years
        # after a power cut, so it is measured against the server's own date.
        try:
            now = int(parsedate_to_datetime(headers["Date"]).timestamp())
        except KeyError, ValueError:
            now = int(time.time())

        # The counter starts anew each minute. What is further away is a mistake of
        # somebody's, a clock's perhaps, and no reason to hold an alarm back.
        if reset - now > MAX_RESET:
            return
        self._remaining = min(max(remaining, 0), MAX_REMAINING)
        self._resets_at = time.monotonic() + max(reset - now, 0)

    @property
    def remaining(self) -> int | None:
        """Return how many requests are left, None where that is not known."""
        return self._remaining if time.monotonic() < self._resets_at else None

    @property
    def reset_in(self) -> float | None:
        """Seconds until the counter starts anew, None unless it is known to be at 0."""
        if self._remaining is None or self._remaining > 0:
            return None
        return max(self._resets_at - time.monotonic(), 0)

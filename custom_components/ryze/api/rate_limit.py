"""The rate limit of one token."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
import time
from typing import Final

# In seconds: a minute, plus one for rounding.
MAX_RESET: Final = 61

# The counter is capped here, because Home Assistant cannot show numbers of any size.
MAX_REMAINING: Final = 1_000_000


class RateLimit:
    """The counter of a token's requests, as the last answer of RyzeAPI gave it.

    All clients of a token share the counter.
    https://docs.ryzeapi.cloud/en/guide/rate-limit-cors
    """

    def __init__(self) -> None:
        """Start with an unknown counter."""
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

        # The reset is Unix time by the server's clock. Our clock may be wrong by years
        # after a power cut, so the server's own date is subtracted.
        try:
            now = int(parsedate_to_datetime(headers["Date"]).timestamp())
        except KeyError, ValueError:
            now = int(time.time())

        # The counter starts anew each minute. A reset that is further away comes from a
        # wrong clock, and must not hold an alarm back.
        if reset - now > MAX_RESET:
            return
        self._remaining = min(max(remaining, 0), MAX_REMAINING)
        self._resets_at = time.monotonic() + max(reset - now, 0)

    @property
    def remaining(self) -> int | None:
        """Return how many requests are left, None where the counter is unknown."""
        return self._remaining if time.monotonic() < self._resets_at else None

    @property
    def reset_in(self) -> float | None:
        """Return the seconds until the reset, None unless the counter is known to be 0."""
        if self._remaining is None or self._remaining > 0:
            return None
        return max(self._resets_at - time.monotonic(), 0)

"""The rate limit of one token."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
import time


class RateLimit:
    """What is left of a token's requests, as RyzeAPI last said.

    All clients of a token share its counter.
    https://docs.ryzeapi.cloud/en/guide/rate-limit-cors
    """

    def __init__(self) -> None:
        """Start without knowing anything."""
        self.remaining: int | None = None
        self._resets_at = 0.0

    def update(self, headers: Mapping[str, str]) -> None:
        """Read the counter from the headers of an answer."""
        try:
            remaining = int(headers["X-RateLimit-Remaining"])
            reset = int(headers["X-RateLimit-Reset"])
        except KeyError, ValueError:
            return

        # The reset is Unix time by the server's clock. Ours may be wrong, by years
        # after a power cut, so it is measured against the server's own date.
        try:
            now = parsedate_to_datetime(headers["Date"]).timestamp()
        except KeyError, ValueError:
            now = time.time()
        self.remaining = remaining
        self._resets_at = time.monotonic() + reset - now

    @property
    def reset_in(self) -> float | None:
        """Seconds until requests are possible again, None where they are now."""
        if self.remaining is None or self.remaining > 0:
            return None
        seconds = self._resets_at - time.monotonic()
        return seconds if seconds > 0 else None

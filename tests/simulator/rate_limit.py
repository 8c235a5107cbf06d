"""The request counters of all tokens."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from email.utils import formatdate
import math
import time

TOO_MANY = "Rate limit exceeded. Try again later."


@dataclass
class Bucket:
    """The remaining requests of one token until its counter starts anew."""

    limit: int
    remaining: int
    resets_at: float

    def headers(self, ahead: float = 0.0) -> dict[str, str]:
        """Return the headers of every answer, by a clock that may be wrong."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            # Rounded up, because a client that waits until this second must not be too
            # early.
            "X-RateLimit-Reset": str(math.ceil(self.resets_at + ahead)),
        }


class RateLimit:
    """A number of requests per token in a period of time."""

    def __init__(self, limit: int = 100, window: float = 60.0) -> None:
        """Start with full counters."""
        self.limit = limit
        self.window = window
        self.ahead = 0.0
        """Seconds by which the API's clock is ahead of this machine's."""
        self.tells_date = True
        """Whether answers carry a `Date` header with the API's time."""
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, token: str) -> Bucket:
        """Return a token's counter, a new one after the end of its period."""
        bucket = self._buckets.get(token)
        if bucket is None or bucket.resets_at <= time.time():
            bucket = Bucket(self.limit, self.limit, time.time() + self.window)
            self._buckets[token] = bucket
        return bucket

    def set(
        self, token: str, *, remaining: int, resets_in: float | None = None
    ) -> None:
        """Change a token's remaining requests, and optionally its remaining time."""
        bucket = self.bucket(token)
        bucket.remaining = remaining
        if resets_in is not None:
            bucket.resets_at = time.time() + resets_in

    def take(self, token: str) -> tuple[Bucket, bool]:
        """Count a request, and return its counter and whether it is allowed."""
        bucket = self.bucket(token)
        allowed = bucket.remaining > 0
        if allowed:
            bucket.remaining -= 1
        return bucket, allowed

    def add_to(self, headers: MutableMapping[str, str], bucket: Bucket) -> None:
        """Add a counter to an answer's headers, unless a fault has set them already."""
        if self.ahead:
            headers["Date"] = formatdate(time.time() + self.ahead, usegmt=True)
        if not self.tells_date:
            headers.pop("Date", None)
        for name, value in bucket.headers(self.ahead).items():
            headers.setdefault(name, value)

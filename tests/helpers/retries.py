"""Retries that never come."""

from collections.abc import Iterator


class EndlessRetries:
    """Delays between the attempts of a request, each longer than any test."""

    def __init__(self) -> None:
        """Start before the first attempt."""
        self.waits = 0
        """Number of failed attempts after which the client waits or has waited."""

    def __iter__(self) -> Iterator[float]:
        """Yield delays, and count them."""
        while True:
            self.waits += 1
            yield 3600.0

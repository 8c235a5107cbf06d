"""Time that passes when a test says so."""

from collections.abc import Callable
from typing import Any


class Timer:
    """Something that is to happen."""

    def __init__(self, at: float, action: Callable[..., object], *args: Any) -> None:
        """Initialize."""
        self.at = at
        self._cancelled = False
        self._action = action
        self._args = args

    def cancel(self) -> None:
        """Let it not happen."""
        self._cancelled = True

    def cancelled(self) -> bool:
        """Return whether it will not happen, or has happened."""
        return self._cancelled

    def run(self) -> None:
        """Let it happen."""
        self._cancelled = True
        self._action(*self._args)


class Clock:
    """What calls use of an event loop."""

    def __init__(self) -> None:
        """Start long after the machine did."""
        self._now = 10_000.0
        self._timers: list[Timer] = []

    def time(self) -> float:
        """Return what time it is."""
        return self._now

    def call_later(
        self, delay: float, action: Callable[..., object], *args: Any
    ) -> Timer:
        """Have something happen later."""
        timer = Timer(self._now + delay, action, *args)
        self._timers.append(timer)
        return timer

    @property
    def timers(self) -> list[Timer]:
        """Return what is to happen, the first of it first."""
        self._timers = [timer for timer in self._timers if not timer.cancelled()]
        return sorted(self._timers, key=lambda timer: timer.at)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        until = self._now + seconds
        while (timers := self.timers) and timers[0].at <= until:
            self._now = timers[0].at
            timers[0].run()
        self._now = until

"""A clock that moves only when a test moves it."""

from collections.abc import Callable
from typing import Any


class Timer:
    """A scheduled action."""

    def __init__(self, at: float, action: Callable[..., object], *args: Any) -> None:
        """Initialize."""
        self.at = at
        self._cancelled = False
        self._action = action
        self._args = args

    def cancel(self) -> None:
        """Cancel the action."""
        self._cancelled = True

    def cancelled(self) -> bool:
        """Return whether the action was cancelled or has run."""
        return self._cancelled

    def run(self) -> None:
        """Run the action."""
        self._cancelled = True
        self._action(*self._args)


class Clock:
    """The parts of an event loop that the call tracker uses."""

    def __init__(self) -> None:
        """Start at a time far from zero."""
        self._now = 10_000.0
        self._timers: list[Timer] = []

    def time(self) -> float:
        """Return the present time."""
        return self._now

    def call_later(
        self, delay: float, action: Callable[..., object], *args: Any
    ) -> Timer:
        """Schedule an action."""
        timer = Timer(self._now + delay, action, *args)
        self._timers.append(timer)
        return timer

    @property
    def timers(self) -> list[Timer]:
        """Return the scheduled actions in the order of their times."""
        self._timers = [timer for timer in self._timers if not timer.cancelled()]
        return sorted(self._timers, key=lambda timer: timer.at)

    def advance(self, seconds: float) -> None:
        """Move the clock, and run the actions that become due."""
        until = self._now + seconds
        while (timers := self.timers) and timers[0].at <= until:
            self._now = max(self._now, timers[0].at)
            timers[0].run()
        self._now = until

    def stall(self, seconds: float) -> None:
        """Move the clock while no action runs, as a process that stands still does."""
        self._now += seconds

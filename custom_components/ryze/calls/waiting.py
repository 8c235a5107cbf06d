"""News that wait, because it is not known yet which call they are about."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from typing import Final

from .news import News

# Limit for waiting news; a flood of foreign updates must not fill the memory.
MAX_WAITING: Final = 100


class WaitingNews:
    """News that wait for an answer of RyzeAPI, and are then read again."""

    def __init__(
        self, loop: AbstractEventLoop, hold: float, read: Callable[[News], None]
    ) -> None:
        """Initialize; `hold` is in seconds, and `read` may let news wait once more."""
        self._loop = loop
        self._hold = hold
        self._read = read
        self._waiting: list[News] = []
        self._timer: TimerHandle | None = None

    def __len__(self) -> int:
        """Return the number of news that wait."""
        return len(self._waiting)

    def is_over(self, news: News) -> bool:
        """Return whether the time in which news may wait is over."""
        return self._loop.time() - news.at >= self._hold

    def add(self, news: News, *, timed: bool = True) -> bool:
        """Let news wait; return False where too many wait already.

        News without a time wait until `read_again` is called.
        """
        if len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting.append(news)
        if timed and self._timer is None:
            # The oldest news come first, so their timer is early enough for all.
            delay = max(news.at + self._hold - self._loop.time(), 0)
            self._timer = self._loop.call_later(delay, self.read_again)
        return True

    def read_again(self) -> None:
        """Read all news that wait."""
        waiting = self._waiting
        self.clear()
        for news in waiting:
            self._read(news)

    def clear(self) -> None:
        """Drop all news that wait, and stop the timer."""
        self._waiting = []
        if self._timer:
            self._timer.cancel()
            self._timer = None

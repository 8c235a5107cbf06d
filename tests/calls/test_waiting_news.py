"""Tests of the news that wait for an answer of RyzeAPI."""

from typing import Any

import pytest

from custom_components.ryze.api import CallUpdate, CallUpdateKind
from custom_components.ryze.calls.news import News
from custom_components.ryze.calls.waiting import MAX_WAITING, WaitingNews
from tests.fuzz.clock import Clock

HOLD = 5.0


class Reader:
    """A reader that lets news wait until their time is over."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self.clock = Clock()
        loop: Any = self.clock
        self.waiting = WaitingNews(loop, HOLD, self.read)
        self.over: list[News] = []

    def news(self) -> News:
        """Return news that have just come."""
        return News(CallUpdate(kind=CallUpdateKind.OFFER), self.clock.time())

    def read(self, news: News) -> None:
        """Read news."""
        if self.waiting.is_over(news):
            self.over.append(news)
        else:
            assert self.waiting.add(news)


@pytest.fixture
def reader() -> Reader:
    """Return a reader with a clock of its own."""
    return Reader()


def test_time_of_each(reader: Reader) -> None:
    """News are read again as soon as their own time is over, with one timer for all."""
    first = reader.news()
    reader.read(first)
    reader.clock.advance(2)
    second = reader.news()
    reader.read(second)
    assert len(reader.clock.timers) == 1
    reader.clock.advance(3)
    assert reader.over == [first]
    assert len(reader.waiting) == 1
    reader.clock.advance(2)
    assert reader.over == [first, second]
    assert not reader.waiting
    assert reader.clock.timers == []


def test_read_early(reader: Reader) -> None:
    """News that are read before their time is over may wait for the rest of it."""
    news = reader.news()
    reader.read(news)
    reader.clock.advance(4)
    reader.waiting.read_again()
    assert len(reader.clock.timers) == 1
    assert reader.over == []
    reader.clock.advance(1)
    assert reader.over == [news]


def test_without_a_time(reader: Reader) -> None:
    """News without a time start no timer, and wait until they are read."""
    assert reader.waiting.add(reader.news(), timed=False)
    assert reader.clock.timers == []
    reader.clock.advance(60)
    assert len(reader.waiting) == 1
    reader.waiting.read_again()
    assert len(reader.over) == 1


def test_full(reader: Reader) -> None:
    """A flood is kept up to the limit, and told that it is above."""
    kept = [reader.waiting.add(reader.news()) for _ in range(MAX_WAITING + 1)]
    assert kept == [True] * MAX_WAITING + [False]
    assert len(reader.waiting) == MAX_WAITING


def test_clear(reader: Reader) -> None:
    """News that are dropped are never read, and leave no timer behind."""
    reader.read(reader.news())
    reader.waiting.clear()
    assert not reader.waiting
    assert reader.clock.timers == []
    reader.clock.advance(60)
    assert reader.over == []

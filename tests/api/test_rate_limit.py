"""Tests of the rate limit."""

from datetime import UTC, datetime
from email.utils import format_datetime
import time

import pytest

from custom_components.ryze.api import RateLimit

# Time stands still.
pytestmark = pytest.mark.usefixtures("freezer")


def headers(remaining: object, reset_in: float, date: float | None) -> dict[str, str]:
    """Return headers by the clock of a server."""
    now = time.time() if date is None else date
    found = {
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(int(now + reset_in)),
    }
    if date is not None:
        found["Date"] = format_datetime(datetime.fromtimestamp(date, UTC), usegmt=True)
    return found


def test_nothing_is_known_at_first() -> None:
    """Without an answer nothing is known."""
    limit = RateLimit()
    assert limit.remaining is None
    assert limit.reset_in is None


def test_requests_left() -> None:
    """While requests are left there is no wait."""
    limit = RateLimit()
    limit.update(headers(1, 30, None))
    assert limit.remaining == 1
    assert limit.reset_in is None


def test_reset_later_than_in_a_minute() -> None:
    """A reset that is more than a minute away is ignored."""
    limit = RateLimit()
    limit.update(headers(0, 90, None))
    assert limit.reset_in is None


def test_absurd_number() -> None:
    """A number that JSON could not hold is limited."""
    limit = RateLimit()
    limit.update(headers("9" * 20, 30, None))
    assert limit.remaining == 1_000_000


def test_reset_by_our_clock() -> None:
    """Without a date, the reset is measured by our clock."""
    limit = RateLimit()
    limit.update(headers(0, 30, None))
    assert limit.reset_in == pytest.approx(30)


@pytest.mark.parametrize("wrong_by", [0, 3600, -3600, 86400 * 365, -86400 * 365])
def test_reset_by_the_clock_of_the_server(wrong_by: int) -> None:
    """With a date, the reset does not depend on our clock."""
    limit = RateLimit()
    limit.update(headers(0, 30, time.time() + wrong_by))
    assert limit.reset_in == pytest.approx(30)


@pytest.mark.parametrize("remaining", [0, -1])
def test_reset_is_over(remaining: int) -> None:
    """A reset in the past needs no wait."""
    limit = RateLimit()
    limit.update(headers(remaining, -5, None))
    assert limit.reset_in == 0


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"X-RateLimit-Remaining": "0"},
        {"X-RateLimit-Remaining": "many", "X-RateLimit-Reset": "1"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 5000},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 400},
        headers(0, 86400, None),
        headers(0, 86400, 0),
    ],
    ids=["none", "half", "words", "endless", "huge", "tomorrow", "long ago"],
)
def test_broken_headers(update: dict[str, str]) -> None:
    """Headers that make no sense leave nothing known."""
    limit = RateLimit()
    limit.update(headers(0, 30, None))
    limit.update(update)
    assert limit.remaining is None
    assert limit.reset_in is None


def test_broken_date() -> None:
    """A date that cannot be read counts as none."""
    limit = RateLimit()
    limit.update(headers(0, 30, None) | {"Date": "yesterday"})
    assert limit.reset_in == pytest.approx(30)

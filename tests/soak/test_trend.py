"""Tests of the distinction between growth and noise."""

from collections.abc import Callable
from random import Random

import pytest

from .trend import Trend, Verdict, trend

CALLS = [index / 20 for index in range(200)]


def test_straight_line() -> None:
    """A straight line has its own slope and no margin."""
    line = trend(CALLS, [7 + 3 * calls for calls in CALLS])
    assert line.slope == pytest.approx(3)
    assert line.margin == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("size", "verdict"),
    [
        (lambda calls, noise: 50 + noise * 3, Verdict.FLAT),
        (lambda calls, noise: 50 + noise * 3 + calls * 2, Verdict.GROWS),
        (lambda calls, noise: 50 - calls * 2, Verdict.FLAT),
        (lambda calls, noise: 50 + calls * 0.9, Verdict.FLAT),
        # Short-lived memory of any size must not count.
        (lambda calls, noise: 50 + 1000 * (noise > 0.5), Verdict.FLAT),
        # Waves longer than a stretch look like growth or decline.
        (lambda calls, noise: 50 + calls % 4 * 5, Verdict.UNCLEAR),
    ],
)
def test_verdict(size: Callable[[float, float], float], verdict: Verdict) -> None:
    """Growth is distinguished from noise."""
    random = Random(5)
    sizes = [size(calls, random.random()) for calls in CALLS]
    assert trend(CALLS, sizes).verdict(1.0) is verdict


@pytest.mark.parametrize(
    ("slope", "margin", "verdict"),
    [
        (1.0, 0.0, Verdict.FLAT),
        (0.5, 0.4, Verdict.FLAT),
        (0.5, 0.6, Verdict.UNCLEAR),
        (1.5, 0.6, Verdict.UNCLEAR),
        (1.5, 0.4, Verdict.GROWS),
    ],
)
def test_both_ends(slope: float, margin: float, verdict: Verdict) -> None:
    """A verdict needs the whole margin on one side of the tolerance."""
    assert Trend(slope, margin).verdict(1.0) is verdict


@pytest.mark.parametrize("samples", [20, 23, 199])
def test_any_length(samples: int) -> None:
    """All samples count in a run of any length."""
    steps = list(range(samples))
    assert trend(steps, steps).slope == pytest.approx(1, rel=0.05)

"""Whether something grows.

A straight line is laid through the least of each of ten stretches of time: what is in
use comes and goes, and what is never let go of raises the floor. Through all samples it
would seem surer than it is, since those that follow each other are alike. The margin is
that of 99 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import sqrt
from statistics import fmean, linear_regression
from typing import Final

STRETCHES: Final = 10
# Of Student's distribution, for a line through so many points: 99 % are within.
_QUANTILE: Final = 3.355


class Verdict(StrEnum):
    """What can be said of something."""

    FLAT = "flat"
    """Even the steepest line that fits is within what is tolerated."""
    GROWS = "grows"
    """Even the flattest line that fits is above what is tolerated."""
    UNCLEAR = "unclear"
    """It went up and down too much for so short a time, or had not settled."""


@dataclass(frozen=True)
class Trend:
    """How steep a line is, and how much steeper or flatter it may be."""

    slope: float
    margin: float

    def verdict(self, tolerance: float) -> Verdict:
        """Return whether it is steeper than what is tolerated."""
        if self.slope + self.margin <= tolerance:
            return Verdict.FLAT
        if self.slope - self.margin > tolerance:
            return Verdict.GROWS
        return Verdict.UNCLEAR


def trend(xs: Sequence[float], ys: Sequence[float]) -> Trend:
    """Return the line through the least of each of ten stretches."""
    x = [fmean(part) for part in _stretches(xs)]
    y = [min(part) for part in _stretches(ys)]
    slope, intercept = linear_regression(x, y)
    middle = fmean(x)
    rest = sum((b - slope * a - intercept) ** 2 for a, b in zip(x, y, strict=True))
    spread = sum((a - middle) ** 2 for a in x)
    return Trend(slope, _QUANTILE * sqrt(rest / (STRETCHES - 2) / spread))


def _stretches(values: Sequence[float]) -> list[Sequence[float]]:
    """Return ten stretches, as alike in length as can be."""
    ends = [round(len(values) * part / STRETCHES) for part in range(STRETCHES + 1)]
    return [values[start:end] for start, end in pairwise(ends)]

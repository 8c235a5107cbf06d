"""The test for growth.

A straight line is fitted through the minima of ten stretches of time. Memory in use
varies, but memory that is never freed raises the minima. Neighbouring samples are
alike, so a line through all samples would seem too certain. The margin holds with a
probability of 99 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import sqrt
from statistics import fmean, linear_regression
from typing import Final

STRETCHES: Final = 10
# Quantile of Student's t-distribution for 99 % and a line through ten points.
_QUANTILE: Final = 3.355


class Verdict(StrEnum):
    """The result of the test."""

    FLAT = "flat"
    """Even the steepest likely line is within the tolerance."""
    GROWS = "grows"
    """Even the flattest likely line is above the tolerance."""
    UNCLEAR = "unclear"
    """The values varied too much for the length of the run, or had not settled."""


@dataclass(frozen=True)
class Trend:
    """The slope of a line, and the margin of the slope."""

    slope: float
    margin: float

    def verdict(self, tolerance: float) -> Verdict:
        """Compare the slope with a tolerance."""
        if self.slope + self.margin <= tolerance:
            return Verdict.FLAT
        if self.slope - self.margin > tolerance:
            return Verdict.GROWS
        return Verdict.UNCLEAR


def trend(xs: Sequence[float], ys: Sequence[float]) -> Trend:
    """Return the line through the minima of ten stretches."""
    x = [fmean(part) for part in _stretches(xs)]
    y = [min(part) for part in _stretches(ys)]
    slope, intercept = linear_regression(x, y)
    middle = fmean(x)
    rest = sum((b - slope * a - intercept) ** 2 for a, b in zip(x, y, strict=True))
    spread = sum((a - middle) ** 2 for a in x)
    return Trend(slope, _QUANTILE * sqrt(rest / (STRETCHES - 2) / spread))


def _stretches(values: Sequence[float]) -> list[Sequence[float]]:
    """Return ten stretches of nearly equal length."""
    ends = [round(len(values) * part / STRETCHES) for part in range(STRETCHES + 1)]
    return [values[start:end] for start, end in pairwise(ends)]

"""Tests of the assessment of measurements."""

import pytest

from .report import (
    METRICS,
    Metric,
    Series,
    complaints,
    grouped,
    judge,
    left_over,
    table,
)
from .trend import Verdict


def series(per_thousand: float) -> Series:
    """Return 100 samples of 10,000 calls with some growth per thousand calls."""
    found = Series()
    for index in range(100):
        values = {metric.key: 8 + per_thousand * index / 10 for metric in METRICS}
        found.add(index / 100, index * 100, values, {"Body": index % 2})
    return found


@pytest.mark.parametrize(
    ("tolerance", "per_thousand", "verdict"),
    [(1.0, 0.5, Verdict.FLAT), (1.0, 2.0, Verdict.GROWS), (None, 9.0, None)],
)
def test_judge(
    tolerance: float | None, per_thousand: float, verdict: Verdict | None
) -> None:
    """A quantity without a tolerance has no verdict."""
    metric = Metric("rss", "RSS", tolerance)
    assert judge(series(per_thousand), metric) is verdict


def test_not_settled() -> None:
    """Growth before the caches are full has no clear verdict."""
    metric = Metric("rss", "RSS", settles=1)
    assert judge(series(2.0), metric) is Verdict.UNCLEAR


def test_table() -> None:
    """Each quantity has a row with its values, its slopes and a verdict."""
    found = series(2.0)
    head, rule, first, *rest = table(found).splitlines()
    assert len({len(line) for line in (head, rule, first, *rest)}) == 1
    cells = [cell.strip() for cell in first.strip("|").split("|")]
    assert cells[:5] == ["RSS, MiB", "8.0", "27.8", "8.0", "27.8"]
    assert cells[5:] == ["20.0", "2.0", "0.0", "unclear"]
    assert len(rest) == len(METRICS) - 1
    assert found.cyclic == {"Body": 50}


@pytest.mark.parametrize(
    ("after", "calls", "expected"),
    [
        ({"objects": {"Call": 4}, "tasks": {}}, 100, []),
        (
            {"objects": {"Call": 5, "Audio": 4}, "tasks": {}},
            100,
            ["5 instead of 1: Call", "4 instead of 0: Audio"],
        ),
        ({"objects": {"Call": 10}, "tasks": {}}, 9_000, []),
        ({"objects": {}, "tasks": {"a": 7}}, 100, ["7 instead of 2: a"]),
    ],
)
def test_left_over(
    after: dict[str, dict[str, int]], calls: int, expected: list[str]
) -> None:
    """A few objects may be left over, but not one per hundred calls."""
    before = {"objects": {"Call": 1}, "tasks": {"a": 2}}
    assert left_over(before, after, calls) == expected


def test_grouped() -> None:
    """Problems of a kind are counted, and three of them are shown."""
    problems = [*(f"Rang twice: {number}" for number in range(5)), "No answer"]
    assert grouped(problems) == [
        "5 times: Rang twice: 0, 1, 2",
        "1 times: No answer: ",
    ]


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        (
            "10:00:00 INFO (MainThread) [custom_components.ryze] Live updates are back",
            0,
        ),
        ("10:00:00 ERROR (MainThread) [custom_components.ryze] Unexpected", 1),
        ("10:00:00 ERROR (MainThread) [homeassistant] Error doing job: Task", 1),
        (
            "10:00:00 ERROR (MainThread) [homeassistant.components.websocket_api.x] No",
            0,
        ),
        ("10:00:00 INFO (MainThread) [custom_components.ryze.api] 12345678", 1),
        ("10:00:00 INFO (MainThread) [homeassistant.core] 12345678", 0),
        ("10:00:00 INFO (MainThread) [homeassistant.core] a-token-of-ours", 1),
    ],
)
def test_complaints(line: str, bad: int) -> None:
    """Errors are found, numbers in lines of ours, and tokens in any line."""
    assert len(complaints([f"{line}\n"], ["token-of-ours"])) == bad

"""The measurements and their assessment."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
import re
from typing import Any, Final

from .trend import Verdict, trend

# The number of calls until all caches are full; the cache of calls fills first.
FULL_CACHES: Final = 2_000

# The tolerated growth per thousand calls: one object, or one MiB. At ten calls a day, a
# thousand calls take a hundred days.
TOLERANCE: Final = 1.0

# Home Assistant itself logs every error of an action, and a missing library of its own.
_ERROR: Final = re.compile(r" (ERROR|CRITICAL) \(")
_EXPECTED: Final = re.compile(r"\[homeassistant\.components\.(websocket_api|camera)\b")
_NUMBER: Final = re.compile(r"\[custom_components\.ryze.*\d{8}")


@dataclass(frozen=True)
class Metric:
    """A measured quantity, and its tolerated growth per thousand calls."""

    key: str
    name: str
    # None for a quantity that has a limit, or grows for other reasons.
    tolerance: float | None = TOLERANCE
    # The number of calls after which the quantity can be judged.
    settles: int = 0


METRICS: Final = (
    Metric("rss", "RSS, MiB", settles=FULL_CACHES),
    Metric("pss", "PSS, MiB", settles=FULL_CACHES),
    Metric("private", "Private memory, MiB", settles=FULL_CACHES),
    Metric("sockets", "Sockets"),
    Metric("files", "Other files"),
    Metric("threads", "Threads"),
    Metric("tasks", "Tasks"),
    Metric("ryze_tasks", "Tasks of ryze"),
    Metric("timers", "Timers"),
    Metric("listeners", "Listeners"),
    Metric("ryze_objects", "Objects of ryze"),
    Metric("requests", "Requests under way"),
    Metric("doubtful_calls", "Calls in doubt"),
    Metric("early_updates", "Early updates"),
    Metric("escalations", "Escalations"),
    Metric("subscribers", "Subscribers"),
    Metric("remembered_calls", "Calls remembered", None),
    Metric("removed_entities", "Removed entities", None),
    Metric("python_objects", "Python objects", None),
    Metric("ping", "Ping, ms", None),
)


@dataclass
class Series:
    """All samples."""

    hours: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)
    # Objects that only the garbage collector could free.
    cyclic: Counter[str] = field(default_factory=Counter)

    def add(
        self,
        hours: float,
        calls: int,
        values: Mapping[str, float],
        cyclic: Mapping[str, int],
    ) -> None:
        """Add a sample."""
        self.cyclic.update(cyclic)
        self.hours.append(hours)
        self.calls.append(calls / 1000)
        for key, value in values.items():
            self.values.setdefault(key, []).append(value)


def judge(series: Series, metric: Metric) -> Verdict | None:
    """Return whether a quantity grows, or None without a tolerance."""
    if metric.tolerance is None:
        return None
    if series.calls[0] * 1000 < metric.settles:
        return Verdict.UNCLEAR
    line = trend(series.calls, series.values[metric.key])
    return line.verdict(metric.tolerance)


def table(series: Series) -> str:
    """Return the table of all quantities as Markdown."""
    heads = ("", "first", "last", "least", "most")
    rows: list[tuple[str, ...]] = [(*heads, "an hour", "1,000 calls", "±", "")]
    for metric in METRICS:
        values = series.values[metric.key]
        line = trend(series.calls, values)
        numbers = (
            values[0],
            values[-1],
            min(values),
            max(values),
            trend(series.hours, values).slope,
            line.slope,
            line.margin,
        )
        texts = (f"{number:,.1f}" for number in numbers)
        rows.append((metric.name, *texts, judge(series, metric) or ""))
    return _render(rows)


def _render(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as Markdown, the first one as headings."""
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = [
        f"| {cells[0]:{widths[0]}} | "
        + " | ".join(f"{c:>{w}}" for c, w in zip(cells[1:], widths[1:], strict=True))
        + " |"
        for cells in rows
    ]
    rule = [f"| {'-' * widths[0]} |"]
    rule += [f" {'-' * (width - 1)}: |" for width in widths[1:]]
    return "\n".join((lines[0], "".join(rule), *lines[1:]))


def left_over(
    before: Mapping[str, Any], after: Mapping[str, Any], calls: int
) -> list[str]:
    """Return the objects and tasks that are left over after the load.

    A few may stay for a reason. For example, the last error is kept until the next one.
    """
    some = max(3, calls / 1000 * TOLERANCE)
    return [
        f"{count} instead of {before[kind].get(name, 0)}: {name}"
        for kind in ("objects", "tasks")
        for name, count in after[kind].items()
        if count - before[kind].get(name, 0) > some
    ]


def grouped(problems: Iterable[str]) -> list[str]:
    """Return one text per kind of problem, because a kind may have thousands."""
    kinds: dict[str, list[str]] = {}
    for problem in problems:
        kind, _, detail = problem.partition(": ")
        kinds.setdefault(kind, []).append(detail)
    return [
        f"{len(details)} times: {kind}: {', '.join(details[:3])}"
        for kind, details in kinds.items()
    ]


def complaints(log: Iterable[str], tokens: Sequence[str]) -> list[str]:
    """Return the lines of a log with an error, a number or a token."""
    return [
        line.rstrip()
        for line in log
        if (_ERROR.search(line) and not _EXPECTED.search(line))
        or _NUMBER.search(line)
        or any(token in line for token in tokens)
    ]

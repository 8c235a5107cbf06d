"""What was measured and what is to be said of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
import re
from typing import Any, Final

from .trend import Verdict, trend

# So many calls it takes until caches are full, that of the calls themselves first.
FULL_CACHES: Final = 2_000

# Of what is counted, one more that stays in a thousand calls is one too many. Of
# memory, so much: whoever makes ten calls a day would lose it in a hundred days.
TOLERANCE: Final = 1.0

# Home Assistant logs every error of an action, and that a library of its own is missing.
_ERROR: Final = re.compile(r" (ERROR|CRITICAL) \(")
_EXPECTED: Final = re.compile(r"\[homeassistant\.components\.(websocket_api|camera)\b")
_NUMBER: Final = re.compile(r"\[custom_components\.ryze.*\d{8}")


@dataclass(frozen=True)
class Metric:
    """Something that is measured, and how much of it may stay of a thousand calls."""

    key: str
    name: str
    # None where it is only shown: it grows for other reasons, or has a limit.
    tolerance: float | None = TOLERANCE
    # After so many calls it can be judged.
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
    """All that was measured, sample by sample."""

    hours: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)
    # What only the garbage collector could free.
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
    """Return whether something grows, None where it is only shown."""
    if metric.tolerance is None:
        return None
    if series.calls[0] * 1000 < metric.settles:
        return Verdict.UNCLEAR
    line = trend(series.calls, series.values[metric.key])
    return line.verdict(metric.tolerance)


def table(series: Series) -> str:
    """Return all measures as Markdown."""
    heads = ("", "first", "last", "least", "most")
    rows: list[tuple[str, ...]] = [(*heads, "an hour", "1,000 calls", "±", "")]
    for metric in METRICS:
        values = series.values[metric.key]
        line = trend(series.calls, values)
        numbers = (
            *(values[0], values[-1], min(values), max(values)),
            *(trend(series.hours, values).slope, line.slope, line.margin),
        )
        texts = (f"{number:,.1f}" for number in numbers)
        rows.append((metric.name, *texts, judge(series, metric) or ""))
    return _render(rows)


def _render(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as Markdown; the first are headings."""
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
    """Return of what there is more at rest than there was before the first call.

    A few may stay for a reason: the last error, say, is kept until there is another.
    """
    some = max(3, calls / 1000 * TOLERANCE)
    return [
        f"{count} instead of {before[kind].get(name, 0)}: {name}"
        for kind in ("objects", "tasks")
        for name, count in after[kind].items()
        if count - before[kind].get(name, 0) > some
    ]


def grouped(problems: Iterable[str]) -> list[str]:
    """Return problems of which there may be thousands, those of a kind together."""
    kinds: dict[str, list[str]] = {}
    for problem in problems:
        kind, _, detail = problem.partition(": ")
        kinds.setdefault(kind, []).append(detail)
    return [
        f"{len(details)} times: {kind}: {', '.join(details[:3])}"
        for kind, details in kinds.items()
    ]


def complaints(log: Iterable[str], tokens: Sequence[str]) -> list[str]:
    """Return the lines of a log that ought not to be there."""
    return [
        line.rstrip()
        for line in log
        if (_ERROR.search(line) and not _EXPECTED.search(line))
        or _NUMBER.search(line)
        or any(token in line for token in tokens)
    ]

"""The results as Markdown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import os
from pathlib import Path
import platform
from statistics import quantiles
from typing import Final

import aiohttp

from homeassistant.const import __version__ as home_assistant_version

MIB: Final = 1024 * 1024

type Value = str | float


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    key: str
    heading: str
    decimals: int = 0


@dataclass
class Table:
    """The results of a benchmark, with a row per case."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[dict[str, Value]] = field(default_factory=list)


def p99(values: list[float]) -> float:
    """Return the 99th percentile, which is the largest value if there are few."""
    return quantiles(values, n=100, method="inclusive")[-1]


def machine() -> dict[str, Value]:
    """Return the facts that influence the results, without a name of the machine.

    The load is the average of the last minute, because other processes make all times
    longer.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count() or 0,
        "load": round(os.getloadavg()[0], 1),
        "processor": _processor(),
        "memory_gib": round(memory / 1024**3),
        "python": platform.python_version(),
        "home_assistant": home_assistant_version,
        "aiohttp": aiohttp.__version__,
    }


def _processor() -> str:
    """Return the name of the processor, or of its architecture."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def render(about: Mapping[str, Value], tables: list[Table]) -> str:
    """Return tables as Markdown, aligned for reading in a terminal."""
    facts = ", ".join(f"{name} {value}" for name, value in about.items())
    return "\n\n".join([facts, *(_render(table) for table in tables)])


def _render(table: Table) -> str:
    """Return one table as Markdown."""
    lines = [[column.heading for column in table.columns]]
    lines += [[_cell(row, column) for column in table.columns] for row in table.rows]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    texts = [isinstance(table.rows[0][column.key], str) for column in table.columns]
    rule = [
        "-" * width if text else "-" * (width - 1) + ":"
        for width, text in zip(widths, texts, strict=True)
    ]
    lines.insert(1, rule)
    return f"{table.title}\n\n" + "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if text else cell.rjust(width)
            for cell, width, text in zip(cells, widths, texts, strict=True)
        )
        + " |"
        for cells in lines
    )


def _cell(row: Mapping[str, Value], column: Column) -> str:
    """Return a value as text."""
    value = row[column.key]
    return value if isinstance(value, str) else f"{value:.{column.decimals}f}"

"""Importing the integration: its share of Home Assistant's start.

python -m tests.bench.imports
"""

import asyncio
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
import sys
from time import perf_counter
from typing import Final

from .measure import resident, rounds
from .process import serve, start
from .report import Column, Table

ROUNDS: Final = 10

_PACKAGE: Final = "custom_components.ryze"
_FOLDER: Final = Path(__file__).parents[2] / "custom_components" / "ryze"

_COLUMNS: Final = (
    Column("what", "what"),
    Column("modules", "modules"),
    Column("median_ms", "median ms", 1),
    Column("mib", "memory MiB", 1),
)


async def run(part: float) -> Table:
    """Import in new processes, after all modules of Home Assistant itself."""
    table = Table("imports", "Importing the integration", _COLUMNS)
    async with start(__name__) as child:
        theirs = await child.ask("theirs")
    results = []
    for _ in range(rounds(ROUNDS, part)):
        async with start(__name__) as child:
            results.append(await child.ask("measure", theirs))
    for what in results[0]:
        costs = [result[what] for result in results]
        table.rows.append(
            {
                "what": what,
                "modules": costs[0][0],
                "median_ms": median(seconds for _, seconds, _ in costs) * 1000,
                "mib": median(memory for _, _, memory in costs) / 1024**2,
            }
        )
    return table


def _import_requirement() -> None:
    """Import the manifest's requirement, with its data for all countries."""
    import_module("phonenumbers").PhoneMetadata.load_all()


def _import_ours() -> None:
    """Import every module of the integration, as Home Assistant does when it starts."""
    for file in sorted(_FOLDER.rglob("*.py")):
        parts = file.relative_to(_FOLDER).with_suffix("").parts
        import_module(".".join([_PACKAGE, *parts]).removesuffix(".__init__"))


async def theirs() -> list[str]:
    """Return the modules of Home Assistant that the integration imports."""
    _import_ours()
    return [name for name in sys.modules if name.partition(".")[0] == "homeassistant"]


async def measure(theirs: list[str]) -> dict[str, tuple[int, float, int]]:
    """Return the costs of our requirement and of the integration."""
    for name in theirs:
        import_module(name)
    return {
        "phonenumberslite": _cost(_import_requirement),
        "the integration": _cost(_import_ours),
    }


def _cost(action: Callable[[], None]) -> tuple[int, float, int]:
    """Return an import's number of modules, its seconds, and its memory."""
    modules, memory = len(sys.modules), resident()
    begin = perf_counter()
    action()
    seconds = perf_counter() - begin
    return len(sys.modules) - modules, seconds, resident() - memory


async def main() -> None:
    """Serve the parent's commands."""
    await serve({"theirs": theirs, "measure": measure})


if __name__ == "__main__":
    asyncio.run(main())

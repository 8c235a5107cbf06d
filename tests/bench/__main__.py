"""Run the benchmarks and print their results."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
import json
import sys
from typing import Final

from . import audio, burst, fake, imports, setup, update
from .report import Table, machine, render

# Each benchmark takes the fraction of its rounds to run.
BENCHMARKS: Final[dict[str, Callable[[float], Awaitable[Table]]]] = {
    "fake": fake.run,
    "update": update.run,
    "burst": burst.run,
    "audio": audio.run,
    "setup": setup.run,
    "imports": imports.run,
}

QUICK: Final = 0.1


async def run(names: list[str], part: float) -> list[Table]:
    """Run benchmarks one after another, because they would disturb each other."""
    tables = []
    for name in names:
        print(f"Measuring: {name}", file=sys.stderr, flush=True)  # noqa: T201
        tables.append(await BENCHMARKS[name](part))
    return tables


def main() -> None:
    """Read the arguments and run the benchmarks."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "benchmark", nargs="*", help=f"default: all of {', '.join(BENCHMARKS)}"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--quick", action="store_true", help="run a tenth of the rounds"
    )
    arguments = parser.parse_args()
    names = arguments.benchmark or list(BENCHMARKS)
    if unknown := set(names) - BENCHMARKS.keys():
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")

    about = machine()
    tables = asyncio.run(run(names, QUICK if arguments.quick else 1))
    if arguments.json:
        content = {
            "machine": about,
            "benchmarks": {table.name: table.rows for table in tables},
        }
        print(json.dumps(content, indent=2))  # noqa: T201
    else:
        print(render(about, tables))  # noqa: T201


if __name__ == "__main__":
    main()

"""Run the fuzz tests for a long time and print the number of inputs."""

import argparse
import os
import sys
from typing import Final

import pytest

# The number of frames and answers in a long run without arguments.
DEFAULT: Final = 1_000_000
# More inputs than any machine handles in a minute, so that the time ends the run.
PER_MINUTE: Final = 500_000


def main() -> int:
    """Read the arguments and run the fuzz tests."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--examples", type=int, default=DEFAULT, metavar="N")
    size.add_argument("--minutes", type=float, metavar="N")
    parser.add_argument("pytest", nargs="*", help="further arguments of pytest")
    arguments = parser.parse_args()
    examples = arguments.examples
    if arguments.minutes:
        os.environ["RYZE_FUZZ_SECONDS"] = str(arguments.minutes * 60)
        examples = arguments.minutes * PER_MINUTE
    os.environ["RYZE_FUZZ_SCALE"] = str(examples / DEFAULT)
    return pytest.main(
        [
            "tests/fuzz",
            "--quiet",
            "--no-header",
            "--timeout=0",
            # One round at a time goes to each process; otherwise one process waits for
            # the other's batch.
            "--numprocesses=2",
            "--dist=load",
            "--maxschedchunk=1",
            # A failing test usually fails in most of its rounds.
            "--maxfail=10",
            "--show-capture=no",
            *arguments.pytest,
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

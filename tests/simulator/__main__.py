"""Run the simulator by itself: python -m tests.simulator."""

import argparse
import asyncio
import os
import signal
import sys

from .server import Simulator, demo_simulator

# Printing is this command's purpose.
# ruff: noqa: T201


async def run(simulator: Simulator) -> int:
    """Serve until SIGINT or SIGTERM, and return the exit code."""
    try:
        await simulator.start()
    except (OSError, OverflowError) as err:
        # asyncio's own text of the error repeats the address.
        number = getattr(err, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else str(err)
        print(
            f"Cannot listen on {simulator.host}:{simulator.port}: {reason}",
            file=sys.stderr,
        )
        return 1
    print(f"Phones: {simulator.url}/")
    print("Ring one:")
    print(
        f"  curl -X POST {simulator.url}/api/call/fake/home -H 'token: demo-instance-token'"
        """ -H 'Content-Type: application/json' -d '{"number": "5511999990001", "duration": 20}'"""
    )
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await simulator.stop()
    return 0


def main() -> int:
    """Read the arguments and run the simulator."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator", description=__doc__
    )
    parser.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    parser.add_argument("--port", type=int, default=8124, help="default: %(default)s")
    arguments = parser.parse_args()
    return asyncio.run(run(demo_simulator(arguments.host, arguments.port)))


if __name__ == "__main__":
    sys.exit(main())

"""Start the demo, or check that it works.

scripts/demo [--port 8123]    until Ctrl-C
scripts/demo --check          without a person
"""

import argparse
import asyncio
from pathlib import Path
import shutil
import signal
import socket
import sys
from tempfile import TemporaryDirectory

from .check import async_check
from .check_restart import (
    async_check_memory,
    async_check_power_cut,
    async_check_restart,
)
from .home import async_set_up, write_configuration
from .home_assistant import PASSWORD, REPOSITORY, USERNAME, DemoError, HomeAssistant
from .speech import SpeechServer
from tests.simulator import Choices, People, Simulator, demo_simulator

DEFAULT_PORT = 8123


def say(text: str) -> None:
    """Print a text at the terminal."""
    print(text, flush=True)  # noqa: T201


def check_ports(*ports: int) -> None:
    """Raise an error if a port is in use."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise DemoError(
                    f"Port {port} is in use. Choose another port; the demo also needs "
                    "the next one: scripts/demo --port 8200"
                ) from None


def free_ports() -> tuple[int, int]:
    """Return two free ports."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def make_simulator(port: int) -> Simulator:
    """Return the simulator of the demo, whose updates are the hardest to read.

    They have ids of their own, and write people as LIDs only.
    """
    simulator = demo_simulator("127.0.0.1", port)
    simulator.choices = Choices(id_matches=False, people=People.LID)
    return simulator


async def async_run(port: int) -> None:
    """Run until Ctrl-C, or until Home Assistant ends."""
    check_ports(port, port + 1)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)

    config = REPOSITORY / ".dev" / "demo"
    say("Starting Home Assistant and the simulator. The first time takes a minute.")
    async with (
        make_simulator(port + 1) as simulator,
        SpeechServer() as speech,
    ):
        running = asyncio.create_task(async_stay(config, port, simulator, speech))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not running.done():
            say("\nStopping.")
            running.cancel()
        await asyncio.gather(running, return_exceptions=stop.is_set())


async def async_stay(
    config: Path, port: int, simulator: Simulator, speech: SpeechServer
) -> None:
    """Start Home Assistant, print the instructions, and wait for its end."""
    write_configuration(config, port, simulator, speech)
    async with HomeAssistant(config, port) as home_assistant:
        await async_set_up(home_assistant, simulator)
        say(
            f"""
Ready. Open both pages side by side:

  Phones          {simulator.url}/
  Home Assistant  {home_assistant.url}/ryze-demo/phones
                  user {USERNAME}, password {PASSWORD}

Press "Ring Maria" in Home Assistant, and her phone rings. Type a message, press "Run",
answer on the phones' page, and listen to your message. The dashboard shows the outcome
of each call. Under Settings > Devices & services > Ryze you can add a contact.

Ctrl-C ends both."""
        )
        await home_assistant.async_wait()
    raise DemoError(f"Home Assistant ended by itself; see {home_assistant.log}")


async def async_run_check() -> None:
    """Check a fresh demo through Home Assistant's own APIs."""
    with TemporaryDirectory(prefix="ryze-demo-", ignore_cleanup_errors=True) as folder:
        port, simulator_port = free_ports()
        config = Path(folder)
        async with (
            make_simulator(simulator_port) as simulator,
            SpeechServer() as speech,
        ):
            write_configuration(config, port, simulator, speech)
            try:
                async with HomeAssistant(config, port) as home_assistant:
                    await async_check(home_assistant, simulator, say)
                    calls = await async_check_power_cut(home_assistant, simulator, say)
                async with HomeAssistant(config, port) as home_assistant:
                    await async_check_restart(home_assistant, simulator, say, calls)
                async with HomeAssistant(config, port) as home_assistant:
                    await async_check_memory(home_assistant, simulator, say)
                say("Everything worked.")
            finally:
                if (log := config / "home-assistant.log").exists():
                    shutil.copy(log, REPOSITORY / ".dev" / "demo-check.log")


def main() -> int:
    """Start the demo or its check, according to the arguments."""
    parser = argparse.ArgumentParser(prog="scripts/demo")
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="port of Home Assistant; the phones use the next one (default: %(default)s)",
    )
    parser.add_argument(
        "--check", action="store_true", help="check the demo without a person"
    )
    arguments = parser.parse_args()
    try:
        asyncio.run(async_run_check() if arguments.check else async_run(arguments.port))
    except DemoError as err:
        say(f"demo: {err}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

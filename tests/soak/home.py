"""The home under load."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
from tempfile import TemporaryDirectory
import time
from typing import Any, Final

from .ledger import Ledger, Rung
from .wire import Wire, connected
from tests.demo.__main__ import free_ports
from tests.demo.home import JOAO, MARIA, async_set_up, write_configuration
from tests.demo.home_assistant import REPOSITORY, HomeAssistant
from tests.demo.speech import SpeechServer
from tests.simulator import (
    Behaviour,
    Call,
    CallType,
    RateLimit,
    Simulator,
    demo_simulator,
)
from tests.simulator.chime import chime

ANA: Final = "5511999990003"
PEOPLE: Final = {"maria": MARIA, "joao": JOAO, "ana": ANA}
BEHAVIOURS: Final = {
    MARIA: Behaviour.ANSWER,
    JOAO: Behaviour.DECLINE,
    ANA: Behaviour.IGNORE,
}

MEDIA: Final = "media-source://media_source/local"
# More than the integration keeps in memory.
SIREN: Final = "siren.wav"
SIREN_SIZE: Final = 1024 * 1024

EVENTS: Final = (
    "call_placed",
    "call_answered",
    "call_rejected",
    "call_unanswered",
    "call_ended",
    "call_failed",
    "call_received",
    "escalation_started",
    "escalation_acknowledged",
    "escalation_exhausted",
    "escalation_stopped",
)


# The database's cache grows up to 16 MiB, which would hide growth of ours.
_CONFIGURATION: Final = f"""
soak_probe:

recorder:
  exclude:
    entity_globs: "*"
    event_types: {["call_service", *(f"ryze_{name}" for name in EVENTS)]}
"""


@dataclass(frozen=True, kw_only=True)
class Home:
    """A running Home Assistant, its phones, and the records of both."""

    home_assistant: HomeAssistant
    wire: Wire
    simulator: Simulator
    ledger: Ledger
    entry_id: str

    @property
    def calls(self) -> int:
        """Return the number of placed calls so far."""
        return sum(not rung.incoming for rung in self.rung())

    def rung(self) -> list[Rung]:
        """Return all calls in the phones' records."""
        return [
            Rung(
                call_id=call.id,
                number=call.number,
                incoming=call.type is CallType.INCOMING,
                state=call.state.value,
                at=call.started_at,
                decided_at=call.answered_at or call.ended_at or time.time(),
            )
            for call in self.simulator.calls
        ]

    async def look(self) -> dict[str, Any]:
        """Return the findings of the probe."""
        answer = await self.wire.act("soak_probe.look", respond=True)
        seen: dict[str, Any] = answer["result"]["response"]
        return seen


@asynccontextmanager
async def at_home() -> AsyncIterator[Home]:
    """Run a Home Assistant in its own folder."""
    # With an arena per thread, the process would keep freed memory, which would look
    # like growth.
    os.environ["MALLOC_ARENA_MAX"] = "1"
    with TemporaryDirectory(prefix="ryze-soak-", ignore_cleanup_errors=True) as folder:
        port, simulator_port = free_ports()
        config = Path(folder)
        async with (
            demo_simulator("127.0.0.1", simulator_port) as simulator,
            SpeechServer() as speech,
        ):
            _prepare_phones(simulator)
            write_configuration(config, port, simulator, speech)
            _add_probe(config)
            (config / "media" / SIREN).write_bytes(chime().ljust(SIREN_SIZE, b"\0"))
            async with HomeAssistant(config, port) as home_assistant:
                await async_set_up(home_assistant, simulator)
                (entry,) = await home_assistant.entries("ryze")
                ledger = Ledger()
                async with connected(home_assistant, ledger.hear) as wire:
                    for name in EVENTS:
                        await wire.command(
                            "subscribe_events", event_type=f"ryze_{name}"
                        )
                    yield Home(
                        home_assistant=home_assistant,
                        wire=wire,
                        simulator=simulator,
                        ledger=ledger,
                        entry_id=entry["entry_id"],
                    )


def _prepare_phones(simulator: Simulator) -> None:
    """Make the phones react quickly by themselves, and raise the rate limit."""
    simulator.rate_limit = RateLimit(limit=100_000)
    simulator.default_behaviour = Behaviour.IGNORE
    simulator.ring_time, simulator.talk_time = 3, 1
    for number, behaviour in BEHAVIOURS.items():
        simulator.add_phone(number, behaviour=behaviour)

    def forget_audio(call: Call) -> None:
        if call.state.is_over:
            call.audio = None

    # The audio of all calls would take gigabytes.
    simulator.call_listeners.append(forget_audio)


def _add_probe(config: Path) -> None:
    """Add the probe as an integration."""
    folder = config / "integrations"
    folder.mkdir()
    # The demo links its own folder only if no link is there yet.
    (config / "custom_components").symlink_to(folder)
    (folder / "ryze").symlink_to(REPOSITORY / "custom_components" / "ryze")
    (folder / "soak_probe").symlink_to(Path(__file__).parent / "probe")
    with (config / "configuration.yaml").open("a") as file:
        file.write(_CONFIGURATION)

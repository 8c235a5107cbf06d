"""The home that is put under load."""

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
# Above what the integration keeps in memory.
SIREN: Final = "siren.wav"
SIREN_SIZE: Final = 1024 * 1024

EVENTS: Final = (
    *("call_placed", "call_answered", "call_rejected", "call_unanswered"),
    *("call_ended", "call_failed", "call_received", "escalation_started"),
    *("escalation_acknowledged", "escalation_exhausted", "escalation_stopped"),
)


# The cache of the database grows with it, to 16 MiB, which would hide what is ours.
_CONFIGURATION: Final = f"""
soak_probe:

recorder:
  exclude:
    entity_globs: "*"
    event_types: {["call_service", *(f"ryze_{name}" for name in EVENTS)]}
"""


@dataclass(frozen=True, kw_only=True)
class Home:
    """A Home Assistant that runs, its phones, and what is known of both."""

    home_assistant: HomeAssistant
    wire: Wire
    simulator: Simulator
    ledger: Ledger
    entry_id: str

    @property
    def calls(self) -> int:
        """Return how many calls were placed so far."""
        return sum(not rung.incoming for rung in self.rung())

    def rung(self) -> list[Rung]:
        """Return all calls as the phones know them."""
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
        """Return what the probe sees."""
        answer = await self.wire.act("soak_probe.look", respond=True)
        seen: dict[str, Any] = answer["result"]["response"]
        return seen


@asynccontextmanager
async def at_home() -> AsyncIterator[Home]:
    """Run a Home Assistant in a folder of its own, until it is not needed any more."""
    # Where each thread has an arena of its own, memory that is free again stays with
    # the process, and would look like something that grows.
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
    """Let phones do something by themselves, quickly, and let them be called a lot."""
    simulator.rate_limit = RateLimit(limit=100_000)
    simulator.default_behaviour = Behaviour.IGNORE
    simulator.ring_time, simulator.talk_time = 3, 1
    for number, behaviour in BEHAVIOURS.items():
        simulator.add_phone(number, behaviour=behaviour)

    def forget_audio(call: Call) -> None:
        if call.state.is_over:
            call.audio = None

    # It would be gigabytes.
    simulator.call_listeners.append(forget_audio)


def _add_probe(config: Path) -> None:
    """Put the probe beside the integration."""
    folder = config / "integrations"
    folder.mkdir()
    # A folder in its place would be in the way of the demo, which links its own.
    (config / "custom_components").symlink_to(folder)
    (folder / "ryze").symlink_to(REPOSITORY / "custom_components" / "ryze")
    (folder / "soak_probe").symlink_to(Path(__file__).parent / "probe")
    with (config / "configuration.yaml").open("a") as file:
        file.write(_CONFIGURATION)

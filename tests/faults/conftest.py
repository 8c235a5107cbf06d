"""Fixtures of the tests of faults, and the summary of their figures."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from itertools import chain
import logging
from typing import Final

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .house import House, Ledger, Mistakes
from .people import BRUNO
from custom_components.ryze import websocket
from tests.helpers.common import capture, make_entry, setup_integration, until
from tests.helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA, OTHER_TOKEN
from tests.simulator import Behaviour, Simulator, faults, updates

# Seconds between an update and an answer of the simulator.
SETTLE: Final = 0.005

FIGURES: Final = ("combinations", "double_rings", "lost_calls")


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> Iterator[None]:
    """Leave the debug mode of the event loop off, because it makes the loop slow."""
    logger = logging.getLogger("asyncio")
    level = logger.level
    logger.setLevel(logging.INFO)
    yield
    logger.setLevel(level)


@pytest.fixture
def ledger(record_property) -> Iterator[Ledger]:  # type: ignore[no-untyped-def]
    """Return a ledger whose figures are added to the summary."""
    ledger = Ledger()
    yield ledger
    for name in FIGURES:
        record_property(name, getattr(ledger, name))


@pytest.fixture
def mistakes() -> Iterator[Mistakes]:
    """Collect the errors in the log."""
    mistakes = Mistakes()
    logging.getLogger().addHandler(mistakes)
    yield mistakes
    logging.getLogger().removeHandler(mistakes)


@pytest.fixture(params=[False, True], ids=["silent", "live"])
def live_updates(request: pytest.FixtureRequest) -> bool:
    """Return whether live updates are on, in which case phones answer."""
    live_updates: bool = request.param
    return live_updates


@pytest.fixture
async def house(
    hass: HomeAssistant,
    simulator: Simulator,
    live_updates: bool,
    mistakes: Mistakes,
    ledger: Ledger,
    quick_retries: None,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[House]:
    """Return a house in Brazil, and check that nothing of it is left afterwards."""
    monkeypatch.setattr(websocket, "MINIMUM_WAIT", 0.01)
    monkeypatch.setattr(websocket, "MAXIMUM_WAIT", 0.05)
    # Updates and answers can overtake each other, so that both orders are tried.
    monkeypatch.setattr(updates, "SETTLE", SETTLE)
    monkeypatch.setattr(faults, "_SETTLE", SETTLE)
    simulator.rate_limit.limit = 1_000_000
    simulator.default_behaviour = Behaviour.ANSWER if live_updates else Behaviour.MANUAL
    simulator.second, simulator.ring_time, simulator.talk_time = 0.05, 1.0, 0.01
    simulator.reconnect_time = 0.01
    simulator.add_instance("cabin", id="id-cabin")
    entries = {
        name: make_entry(
            simulator, name, token, live_updates=live_updates, contacts=contacts
        )
        for name, token, contacts in (
            ("home", INSTANCE_TOKEN, {"Maria": MARIA, "João": JOAO}),
            ("office", OTHER_TOKEN, {"Ana": ANA}),
        )
    }
    for number in (MARIA, JOAO, ANA, BRUNO.number):
        simulator.phone(number).answer_after = 0.005
    for entry in entries.values():
        await setup_integration(hass, entry)
    listeners = [entry.runtime_data.listener for entry in entries.values()]
    await until(lambda: all(listener.live is live_updates for listener in listeners))
    house = House(
        hass, simulator, entries, live_updates, capture(hass), mistakes, ledger
    )
    yield house

    house.check_encodable()
    # aiohttp leaves a timer behind where a frame arrives while its connection closes.
    simulator.drop_calls()
    await asyncio.sleep(20 * SETTLE * live_updates)
    for flow in hass.config_entries.flow.async_progress():
        hass.config_entries.flow.async_abort(flow["flow_id"])
    for entry in entries.values():
        if entry.state is ConfigEntryState.LOADED:
            assert await hass.config_entries.async_unload(entry.entry_id)
    await until(lambda: simulator.connections == 0)
    assert mistakes.found == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the number of combinations, double rings and lost calls."""
    totals = dict.fromkeys(FIGURES, 0)
    for report in chain(*terminalreporter.stats.values()):
        # The counts of a test are complete after its teardown.
        if getattr(report, "when", None) == "teardown":
            for name, value in report.user_properties:
                if name in totals:
                    totals[name] += value
    if totals["combinations"]:
        told = ", ".join(f"{value} {name}" for name, value in totals.items())
        terminalreporter.write_line(f"Faults: {told}".replace("_", " "))

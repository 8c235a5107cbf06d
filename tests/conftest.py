"""Fixtures of all tests."""

from collections.abc import AsyncIterator, Iterator
import logging
import os
from typing import override

from aiohttp import ClientSession
from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from homeassistant.core import HomeAssistant

from .helpers.common import make_entry, setup_integration, setup_live
from .helpers.const import (
    ACCOUNT_TOKEN,
    ANA,
    INSTANCE_TOKEN,
    JOAO,
    MARIA,
    NUMBER_MARK,
    OTHER_TOKEN,
    SECRET_MARK,
    SHORT_MARIA,
)
from .helpers.retries import EndlessRetries
from .simulator import Simulator
from .simulator.frames import lid_digits
from custom_components.ryze.api import RyzeClient, client as client_module

# Hypothesis tries the same examples in each run of the workflow, so that a change is
# judged by itself, and new examples in every other run.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


_LIDS = [lid_digits(number) for number in (ANA, JOAO, MARIA, SHORT_MARIA)]


class LeakWatch(logging.Handler):
    """Log handler that notices tokens, numbers and LIDs."""

    def __init__(self) -> None:
        """Watch records of all levels."""
        super().__init__(logging.NOTSET)
        self.leaks: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Search a record, formatted as in a log file, for tokens and numbers."""
        text = self.format(record)
        # Home Assistant itself logs events and action data with numbers. The
        # integration must keep them out of its own records and of all tracebacks.
        ours = record.name.startswith(("custom_components.ryze", "aiohttp"))
        person = NUMBER_MARK in text or any(lid in text for lid in _LIDS)
        if SECRET_MARK in text or (person and (ours or record.exc_info)):
            self.leaks.append(f"{record.name}: {text}")


@pytest.fixture(autouse=True)
def leak_watch() -> Iterator[LeakWatch]:
    """Fail a test that logs a token, a number or a LID."""
    root = logging.getLogger()
    level = root.level
    watch = LeakWatch()
    root.addHandler(watch)
    root.setLevel(logging.DEBUG)
    yield watch
    root.setLevel(level)
    root.removeHandler(watch)
    assert watch.leaks == []


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration."""


@pytest.fixture
async def hass(hass: HomeAssistant) -> HomeAssistant:
    """Return Home Assistant in Brazil, where the numbers of the tests are."""
    hass.config.country = "BR"
    return hass


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return the snapshots, which are equal on Home Assistant 2026.10 and 2026.11."""
    return snapshot.with_defaults(
        extension_class=HomeAssistantSnapshotExtension,
        # Only 2026.11 has this field: the name before a migration of the registry.
        exclude=props("compat_name"),
    )


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat requests without waiting."""
    monkeypatch.setattr(client_module, "CONNECTION_RETRY_DELAYS", (0.0,) * 4)
    monkeypatch.setattr(client_module, "RESET_MARGIN", 0.01)


@pytest.fixture
def endless_retries(
    quick_retries: None, monkeypatch: pytest.MonkeyPatch
) -> EndlessRetries:
    """Wait for longer than any test before a request is repeated."""
    retries = EndlessRetries()
    monkeypatch.setattr(client_module, "CONNECTION_RETRY_DELAYS", retries)
    return retries


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncIterator[Simulator]:
    """Run a simulated RyzeAPI with two instances."""
    simulator = Simulator()
    simulator.account_token = ACCOUNT_TOKEN
    simulator.add_instance("home", token=INSTANCE_TOKEN, id="id-home")
    simulator.add_instance("office", token=OTHER_TOKEN, id="id-office")
    for name in simulator.instances:
        simulator.live.configure(name, events=("call.update", "instance.state"))
    async with simulator:
        yield simulator


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[RyzeClient]:
    """Return a client of the simulator without Home Assistant."""
    async with ClientSession() as session:
        yield RyzeClient(session, simulator.url, INSTANCE_TOKEN)


@pytest.fixture
def entry(simulator: Simulator) -> MockConfigEntry:
    """Return the entry of the instance "home", not set up, without live updates."""
    return make_entry(simulator, "home", INSTANCE_TOKEN)


@pytest.fixture
def other_entry(simulator: Simulator) -> MockConfigEntry:
    """Return the entry of the instance "office", not set up, without live updates."""
    return make_entry(simulator, "office", OTHER_TOKEN)


@pytest.fixture
async def loaded(
    hass: HomeAssistant, entry: MockConfigEntry, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of the instance "home", set up in Brazil."""
    await setup_integration(hass, entry)
    return entry


@pytest.fixture
def live_entry(simulator: Simulator) -> MockConfigEntry:
    """Return the entry of the instance "home", not set up, with live updates."""
    return make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)


@pytest.fixture
async def live(
    hass: HomeAssistant, live_entry: MockConfigEntry, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of the instance "home" in Brazil, connected to live updates."""
    await setup_live(hass, live_entry)
    return live_entry


@pytest.fixture
def people_entry(simulator: Simulator) -> MockConfigEntry:
    """Return the entry of "home" with Maria and João, not set up, with live updates."""
    return make_entry(
        simulator,
        "home",
        INSTANCE_TOKEN,
        live_updates=True,
        contacts={"Maria": MARIA, "João": JOAO},
    )


@pytest.fixture
async def people(
    hass: HomeAssistant, people_entry: MockConfigEntry, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of the instance "home" in Brazil, with Maria and João.

    The entry is connected to live updates.
    """
    await setup_live(hass, people_entry)
    return people_entry


@pytest.fixture
async def office(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Return the entry of the instance "office", with Paula and, as "Mum", Maria.

    Maria's number lacks a digit here, as in WhatsApp's ids.
    """
    entry = make_entry(
        simulator, "office", OTHER_TOKEN, contacts={"Paula": ANA, "Mum": SHORT_MARIA}
    )
    await setup_integration(hass, entry)
    return entry

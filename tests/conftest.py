"""Fixtures of the tests."""

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

from .helpers.common import make_entry, setup_integration, until
from .helpers.const import (
    ACCOUNT_TOKEN,
    INSTANCE_TOKEN,
    JOAO,
    MARIA,
    NUMBER_MARK,
    OTHER_TOKEN,
    SECRET_MARK,
)
from .simulator import Simulator
from custom_components.ryze.api import RyzeClient, client as client_module

# The same examples each time where a change is judged, new ones at every other run.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


class LeakWatch(logging.Handler):
    """Notices tokens and numbers in logs."""

    def __init__(self) -> None:
        """Watch everything."""
        super().__init__(logging.NOTSET)
        self.leaks: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Look at a record the way that a log file would show it."""
        text = self.format(record)
        # Home Assistant prints events and action data, which hold numbers; the rest,
        # and every exception, is ours to keep clean.
        ours = record.name.startswith(("custom_components.ryze", "aiohttp"))
        if SECRET_MARK in text or (NUMBER_MARK in text and (ours or record.exc_info)):
            self.leaks.append(f"{record.name}: {text}")


@pytest.fixture(autouse=True)
def leak_watch() -> Iterator[LeakWatch]:
    """Fail a test that lets a token or a number get into a log."""
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
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return the snapshots, which are equal on Home Assistant 2026.10 and 2026.11."""
    return snapshot.with_defaults(
        extension_class=HomeAssistantSnapshotExtension,
        # Only 2026.11 has this field: the name before a migration of the registry.
        exclude=props("compat_name"),
    )


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat what may be repeated without waiting."""
    monkeypatch.setattr(client_module, "CONNECTION_RETRY_DELAYS", (0.0,) * 4)
    monkeypatch.setattr(client_module, "RESET_MARGIN", 0.01)


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncIterator[Simulator]:
    """Run a RyzeAPI with two instances."""
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
    """Return the entry of the instance "home"."""
    return make_entry(simulator, "home", INSTANCE_TOKEN)


@pytest.fixture
def other_entry(simulator: Simulator) -> MockConfigEntry:
    """Return the entry of the instance "office"."""
    return make_entry(simulator, "office", OTHER_TOKEN)


@pytest.fixture
async def loaded(
    hass: HomeAssistant, entry: MockConfigEntry, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of the instance "home", set up in Brazil."""
    await hass.config.async_update(country="BR")
    await setup_integration(hass, entry)
    return entry


@pytest.fixture
async def people(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of the instance "home" in Brazil, with Maria and João.

    It listens to live updates.
    """
    await hass.config.async_update(country="BR")
    entry = make_entry(
        simulator,
        "home",
        INSTANCE_TOKEN,
        live_updates=True,
        contacts={"Maria": MARIA, "João": JOAO},
    )
    await setup_integration(hass, entry)
    await until(lambda: entry.runtime_data.listener.live)
    return entry

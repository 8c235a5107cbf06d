"""A Home Assistant with the integration, inside the measured process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
import logging
import os
from pathlib import Path
import socket
import sys
from types import MappingProxyType
from typing import Final

# This import comes first, because it replaces voluptuous with Home Assistant's own
# library.
from homeassistant.runner import create_event_loop

# isort: split
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.setup import async_setup_component

from .sink import INSTANCE
from custom_components.ryze.const import (
    CONF_INSTANCE,
    CONF_LIVE_UPDATES,
    DOMAIN,
)
from tests.helpers.common import first_look, make_contact
from tests.helpers.const import INSTANCE_TOKEN, MARIA

# The notify entity of the first contact.
PERSON: Final = "notify.person_0"


def run_process(main: Callable[..., Awaitable[None]]) -> None:
    """Run a benchmark's child process with the arguments of the command line.

    Every way runs in Home Assistant's own loop with its thread pool, as it would in
    practice.
    """
    # Home Assistant warns about every custom integration.
    logging.basicConfig(level=logging.ERROR)

    async def run() -> None:
        await main(*sys.argv[1:])

    asyncio.run(run(), loop_factory=create_event_loop)
    # An orderly end of Home Assistant would take a second.
    sys.stdout.flush()
    os._exit(0)


def people(number: int) -> dict[str, str]:
    """Return a number of contacts, the first of them with Maria's number."""
    return {f"Person {i}": str(int(MARIA) + i) for i in range(number)}


@asynccontextmanager
async def home(
    folder: Path, config: Mapping[str, object] = MappingProxyType({})
) -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant with media in `folder`/media."""
    async with async_test_home_assistant(config_dir=str(folder)) as hass:
        # The test helper hides custom integrations.
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        hass.config.media_dirs = {"local": str(folder / "media")}
        await hass.config.async_update(country="BR")
        for component, its in (_http() | {"media_source": {}} | dict(config)).items():
            assert await async_setup_component(hass, component, {component: its})
        yield hass
        await hass.async_stop(force=True)


def _http() -> ConfigType:
    """Return the configuration of the web server, which media sources need."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return {"http": {"server_host": "127.0.0.1", "server_port": port}}


async def add_instance(
    hass: HomeAssistant,
    url: str,
    contacts: Mapping[str, str] = MappingProxyType({}),
    *,
    live_updates: bool = False,
) -> MockConfigEntry:
    """Set up an instance with contacts, which are numbers by name."""
    entry = make_entry(url, contacts, live_updates=live_updates)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await first_look(hass, entry)
    return entry


def make_entry(
    url: str, contacts: Mapping[str, str], *, live_updates: bool = False
) -> MockConfigEntry:
    """Return the config entry of an instance."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=INSTANCE,
        data={CONF_INSTANCE: INSTANCE, CONF_TOKEN: INSTANCE_TOKEN, CONF_URL: url},
        options={CONF_LIVE_UPDATES: live_updates},
        subentries_data=[make_contact(*contact) for contact in contacts.items()],
    )

"""A Home Assistant with the integration, inside the process that is measured."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
import socket
from types import MappingProxyType

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
from tests.common import make_contact
from tests.const import INSTANCE_TOKEN


def _http() -> ConfigType:
    """Return what the web server needs, which media sources cannot do without."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return {"http": {"server_host": "127.0.0.1", "server_port": port}}


@asynccontextmanager
async def home(
    folder: Path, url: str, contacts: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant with one instance, and media in a folder below `folder`."""
    async with async_test_home_assistant(config_dir=str(folder)) as hass:
        # Where tests are kept from finding ours.
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        hass.config.media_dirs = {"local": str(folder / "media")}
        await hass.config.async_update(country="BR")
        assert await async_setup_component(hass, "media_source", _http())
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=INSTANCE,
            data={CONF_INSTANCE: INSTANCE, CONF_TOKEN: INSTANCE_TOKEN, CONF_URL: url},
            options={CONF_LIVE_UPDATES: False},
            subentries_data=[make_contact(*contact) for contact in contacts.items()],
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        yield hass
        await hass.async_stop(force=True)

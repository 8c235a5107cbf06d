"""Ryze: your home can phone you on WhatsApp."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .api import RyzeAuthError, RyzeError
from .calls import RyzeCalls
from .const import DOMAIN, LOGGER
from .coordinator import RyzeConfigEntry, RyzeRuntimeData, async_create_client
from .services import async_setup_services

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> bool:
    """Set up an instance."""
    client = async_create_client(hass, entry.data)
    try:
        await client.instances()
    except RyzeAuthError as err:
        raise ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key="refused_token"
        ) from err
    except RyzeError as err:
        # After a power cut Home Assistant is up long before the router. An entry that
        # waited for it would leave automations without their actions; this way a call
        # is tried, and either goes through or raises.
        LOGGER.debug("RyzeAPI could not be asked while setting up: %s", err)
    entry.runtime_data = RyzeRuntimeData(calls=RyzeCalls(hass, entry, client))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> bool:
    """Unload an instance."""
    entry.runtime_data.calls.async_give_up()
    return True

"""Runtime data of an instance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util.hass_dict import HassKey

from .api import RateLimit, RyzeClient
from .const import DOMAIN

if TYPE_CHECKING:
    from .calls import RyzeCalls

type RyzeConfigEntry = ConfigEntry[RyzeRuntimeData]

# The counter belongs to the token, and goes when nobody uses the token any more.
_RATE_LIMITS: HassKey[WeakValueDictionary[tuple[str, str], RateLimit]] = HassKey(
    f"{DOMAIN}_rate_limits"
)


@dataclass(kw_only=True)
class RyzeRuntimeData:
    """Everything that lives as long as the entry is loaded."""

    calls: RyzeCalls


@callback
def async_create_client(hass: HomeAssistant, data: Mapping[str, Any]) -> RyzeClient:
    """Return a client for the data of an entry; clients of one token share a limit."""
    url, token = data[CONF_URL], data[CONF_TOKEN]
    rate_limits = hass.data.setdefault(_RATE_LIMITS, WeakValueDictionary())
    return RyzeClient(
        async_get_clientsession(hass),
        url,
        token,
        rate_limits.setdefault((url, token), RateLimit()),
    )

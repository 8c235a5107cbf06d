"""System health of the Ryze integration."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback

from .const import DEFAULT_URL, DOMAIN
from .coordinator import RyzeConfigEntry


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register what is told of the system's health."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return whether the API can be reached, and live updates come through."""
    entries: list[RyzeConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    urls = {entry.data[CONF_URL] for entry in entries} or {DEFAULT_URL}
    live = sum(entry.runtime_data.listener.live for entry in entries)
    return {
        "can_reach_server": system_health.async_check_can_reach_url(
            hass, f"{min(urls)}/health"
        ),
        "live_updates": f"{live}/{len(entries)}",
    }

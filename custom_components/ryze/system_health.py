"""System health: whether RyzeAPI can be reached."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback

from .const import DEFAULT_URL, DOMAIN
from .data import RyzeConfigEntry


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register the information about the system's health."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return whether RyzeAPI can be reached, and how many instances have live updates."""
    entries: list[RyzeConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    urls = {entry.data[CONF_URL] for entry in entries} or {DEFAULT_URL}
    live = sum(entry.runtime_data.listener.live for entry in entries)
    return {
        "can_reach_server": _async_check_can_reach(hass, urls),
        "live_updates": f"{live}/{len(entries)}",
    }


async def _async_check_can_reach(hass: HomeAssistant, urls: set[str]) -> Any:
    """Return "ok" where all servers can be reached, else the failure of one."""
    results = [
        await system_health.async_check_can_reach_url(hass, f"{url}/health")
        for url in sorted(urls)
    ]
    return next((result for result in results if result != "ok"), "ok")

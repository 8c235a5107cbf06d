"""Diagnostics of the Ryze integration."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant

from .const import ATTR_NUMBER, CONF_INSTANCE
from .data import RyzeConfigEntry

TO_REDACT: Final = {
    ATTR_NUMBER,
    CONF_INSTANCE,
    CONF_TOKEN,
    "profile_name",
    "title",
    "unique_id",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: RyzeConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of an instance, without numbers and tokens."""
    data = entry.runtime_data
    state = data.coordinator.data
    diagnostics: dict[str, Any] = async_redact_data(
        {
            "entry": entry.as_dict(),
            "state": asdict(state) if state else None,
            "available": data.coordinator.available,
            "rate_limit": {
                "remaining": data.client.rate_limit.remaining,
                "reset_in": data.client.rate_limit.reset_in,
            },
            "live_updates": {
                "live": data.listener.live,
                "connections": data.listener.connections,
                "not_enabled": data.listener.not_enabled,
                "frames": dict(data.listener.counts),
                "reports_outcomes": data.calls.reports_outcomes,
                "matches": data.calls.matches,
            },
        },
        TO_REDACT,
    )
    # Added after the redaction: shapes hold no values, and redacting their keys would
    # make them useless.
    diagnostics["live_updates"]["not_understood"] = data.listener.counts.shapes
    return diagnostics

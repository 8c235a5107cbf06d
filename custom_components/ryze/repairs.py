"""Repairs: problems that only a person can mend."""

from typing import Any

import voluptuous as vol

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .api import LinkState
from .const import CONF_LIVE_UPDATES, CONSOLE_URL, DOMAIN
from .data import RyzeConfigEntry
from .privacy import shown_name
from .validation import async_enable_live_updates

LOGGED_OUT = "logged_out"
LIVE_UPDATES_OFF = "live_updates_off"


def _issue_id(kind: str, entry: RyzeConfigEntry) -> str:
    """Return the id of an issue of an entry."""
    return f"{kind}_{entry.entry_id}"


@callback
def async_update_issues(hass: HomeAssistant, entry: RyzeConfigEntry) -> None:
    """Create the issues of an entry, and delete those that are over."""
    data = entry.runtime_data
    wanted = entry.options.get(CONF_LIVE_UPDATES, True)
    if not wanted:
        # This is known without RyzeAPI.
        ir.async_delete_issue(hass, DOMAIN, _issue_id(LIVE_UPDATES_OFF, entry))
    if not (state := data.coordinator.data):
        return
    listener = data.listener
    found = {
        LOGGED_OUT: state.link is LinkState.LOGGED_OUT,
        # RyzeAPI may refuse the WebSocket, or open it without our events.
        LIVE_UPDATES_OFF: wanted
        and (listener.not_enabled or not state.live_updates.delivered),
    }
    for kind, raised in found.items():
        if not raised:
            ir.async_delete_issue(hass, DOMAIN, _issue_id(kind, entry))
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            _issue_id(kind, entry),
            data={"entry_id": entry.entry_id},
            is_fixable=kind == LIVE_UPDATES_OFF,
            severity=ir.IssueSeverity.ERROR
            if kind == LOGGED_OUT
            else ir.IssueSeverity.WARNING,
            translation_key=kind,
            translation_placeholders={
                "console_url": CONSOLE_URL,
                "instance": shown_name(entry.title),
            },
        )


@callback
def async_delete_issues(hass: HomeAssistant, entry: RyzeConfigEntry) -> None:
    """Delete all issues of an entry."""
    for kind in (LOGGED_OUT, LIVE_UPDATES_OFF):
        ir.async_delete_issue(hass, DOMAIN, _issue_id(kind, entry))


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the flow that turns live updates on."""
    assert data
    return LiveUpdatesFlow(data["entry_id"])


class LiveUpdatesFlow(RepairsFlow):
    """Turns live updates on after a click."""

    def __init__(self, entry_id: str) -> None:
        """Initialize."""
        self._entry_id = entry_id

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask, and add our events to those of the instance."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="entry_gone")
        errors: dict[str, str] = {}
        if user_input is not None:
            # The flow needs no loaded entry, because the entry may be disabled by now.
            errors = await async_enable_live_updates(self.hass, entry.data)
            if not errors:
                self.hass.config_entries.async_schedule_reload(entry.entry_id)
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders={"instance": shown_name(entry.title)},
        )

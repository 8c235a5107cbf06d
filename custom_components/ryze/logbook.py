"""Lines of the Ryze integration in the logbook."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import Event, HomeAssistant, callback

from .calls.call import CallEvent
from .const import (
    ATTR_ACKNOWLEDGED_BY,
    ATTR_AT,
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_INSTANCE,
    ATTR_TAG,
    DOMAIN,
)
from .coordinator import RyzeConfigEntry

# The logbook has no translations of its own for what integrations tell it.
_MESSAGES = {
    CallEvent.PLACED: "placed a call",
    CallEvent.ANSWERED: "call was answered",
    CallEvent.REJECTED: "call was declined",
    CallEvent.UNANSWERED: "call was not answered",
    CallEvent.ENDED: "call ended",
    CallEvent.FAILED: "call failed",
    CallEvent.RECEIVED: "received a call",
}

# Of somebody whose name is known.
_CONTACT_MESSAGES = {
    CallEvent.PLACED: "is called by {instance}",
    CallEvent.ANSWERED: "answered",
    CallEvent.REJECTED: "declined",
    CallEvent.UNANSWERED: "did not answer",
    CallEvent.ENDED: "is not on the phone any more",
    CallEvent.FAILED: "could not be called by {instance}",
    CallEvent.RECEIVED: "calls {instance}",
}

_ICONS = {
    CallEvent.PLACED: "mdi:phone-outgoing",
    CallEvent.ANSWERED: "mdi:phone-in-talk",
    CallEvent.REJECTED: "mdi:phone-cancel",
    CallEvent.UNANSWERED: "mdi:phone-missed",
    CallEvent.ENDED: "mdi:phone-hangup",
    CallEvent.FAILED: "mdi:phone-alert",
    CallEvent.RECEIVED: "mdi:phone-incoming",
}

# Messages and icons.
_ESCALATION = {
    "started": ("started", "mdi:phone-alert"),
    "acknowledged": ("was acknowledged{by}", "mdi:hand-back-right"),
    "exhausted": ("ended, and nobody has it", "mdi:phone-remove"),
    "stopped": ("was stopped", "mdi:phone-off"),
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Describe the events of calls and escalations, without a number."""

    def describe(kind: CallEvent) -> Callable[[Event[Any]], dict[str, str]]:
        return lambda event: _line(hass, kind, event.data)

    def describe_escalation(
        message: str, icon: str
    ) -> Callable[[Event[Any]], dict[str, str]]:
        return lambda event: {
            LOGBOOK_ENTRY_NAME: f"Escalation {_about(hass, event.data)}".strip(),
            LOGBOOK_ENTRY_MESSAGE: message.format(by=_by(hass, event.data)),
            LOGBOOK_ENTRY_ICON: icon,
        }

    for kind in CallEvent:
        async_describe_event(DOMAIN, f"{DOMAIN}_call_{kind}", describe(kind))
    for name, (message, icon) in _ESCALATION.items():
        async_describe_event(
            DOMAIN, f"{DOMAIN}_escalation_{name}", describe_escalation(message, icon)
        )


def _by(hass: HomeAssistant, data: Mapping[str, Any]) -> str:
    """Return by whom an escalation was acknowledged, where that is a contact."""
    contact = hass.states.get(data[ATTR_ACKNOWLEDGED_BY] or "")
    return f" by {contact.name}" if contact else ""


def _about(hass: HomeAssistant, data: Mapping[str, Any]) -> str:
    """Return the tag, or what it stands for: the blueprint's is its automation."""
    tag: str = data[ATTR_TAG] or ""
    state = hass.states.get(tag)
    return state.name if state else tag


def _line(
    hass: HomeAssistant, kind: CallEvent, data: Mapping[str, Any]
) -> dict[str, str]:
    """Return what happened, and to whom where that is a contact."""
    contact = hass.states.get(data[ATTR_CONTACT]) if data[ATTR_CONTACT] else None
    instance: str = data[ATTR_INSTANCE]
    messages = _CONTACT_MESSAGES if contact else _MESSAGES
    return {
        LOGBOOK_ENTRY_NAME: contact.name if contact else instance,
        LOGBOOK_ENTRY_MESSAGE: messages[kind].format(instance=instance)
        + _after(hass, kind, data),
        LOGBOOK_ENTRY_ICON: _ICONS[kind],
    }


def _after(hass: HomeAssistant, kind: CallEvent, data: Mapping[str, Any]) -> str:
    """Return how long it took until somebody reacted, while that is remembered."""
    if kind not in (CallEvent.ANSWERED, CallEvent.REJECTED):
        return ""
    entry: RyzeConfigEntry | None = hass.config_entries.async_get_entry(
        data[ATTR_CONFIG_ENTRY_ID]
    )
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return ""
    call = entry.runtime_data.calls.tracker.async_get(data[ATTR_CALL_ID])
    if call is None:
        return ""
    seconds = (datetime.fromisoformat(data[ATTR_AT]) - call.at).total_seconds()
    return f" after {seconds:.0f} s"

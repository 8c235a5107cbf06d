"""Descriptions of our events in the logbook."""

from collections.abc import Callable, Mapping
from typing import Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback

from .calls import CallEvent
from .const import (
    ATTR_ACKNOWLEDGED_BY,
    ATTR_CONTACT,
    ATTR_INSTANCE,
    ATTR_TAG,
    DOMAIN,
)

# Home Assistant has no translations for the texts of integrations in the logbook.
_MESSAGES = {
    CallEvent.PLACED: "placed a call",
    CallEvent.ANSWERED: "call was answered",
    CallEvent.REJECTED: "call was declined",
    CallEvent.UNANSWERED: "call was not answered",
    CallEvent.ENDED: "call ended",
    CallEvent.FAILED: "call failed",
    CallEvent.RECEIVED: "received a call",
}

# Texts behind the name of a contact.
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

# Texts and icons.
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
    """Register the descriptions of calls and escalations, which hold no number."""

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
    """Return the name of the contact who acknowledged an escalation."""
    contact = hass.states.get(data[ATTR_ACKNOWLEDGED_BY] or "")
    return f" by {contact.name}" if contact else ""


def _about(hass: HomeAssistant, data: Mapping[str, Any]) -> str:
    """Return the tag, or the name of the automation that the tag stands for."""
    tag: str = data[ATTR_TAG] or ""
    state = hass.states.get(tag)
    return state.name if state else tag


def _line(
    hass: HomeAssistant, kind: CallEvent, data: Mapping[str, Any]
) -> dict[str, str]:
    """Return the description of a call event, with the contact's name if there is one."""
    contact = hass.states.get(data[ATTR_CONTACT]) if data[ATTR_CONTACT] else None
    instance: str = data[ATTR_INSTANCE]
    messages = _CONTACT_MESSAGES if contact else _MESSAGES
    return {
        LOGBOOK_ENTRY_NAME: contact.name if contact else instance,
        LOGBOOK_ENTRY_MESSAGE: messages[kind].format(instance=instance),
        LOGBOOK_ENTRY_ICON: _ICONS[kind],
    }

"""Lines of the Ryze integration in the logbook."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback

from .call import CallEvent
from .const import ATTR_INSTANCE, DOMAIN

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


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Describe the events of calls, without a number."""

    def describe(kind: CallEvent) -> Callable[[Event[Any]], dict[str, str]]:
        return lambda event: {
            LOGBOOK_ENTRY_NAME: event.data[ATTR_INSTANCE],
            LOGBOOK_ENTRY_MESSAGE: _MESSAGES[kind],
        }

    for kind in CallEvent:
        async_describe_event(DOMAIN, f"{DOMAIN}_call_{kind}", describe(kind))

"""Events of escalations: what the bus and the entities are told of a start or an end."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Context, callback

from ..const import ATTR_AT
from ..errors import log_unexpected

# An event of an escalation is small, and few entities miss any.
MAX_EVENTS: Final = 100


class EscalationEventType(StrEnum):
    """Start or end of an escalation; each is an event on the bus."""

    STARTED = "started"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class EscalationEvent:
    """The start or the end of an escalation."""

    type: EscalationEventType
    at: datetime
    # The data that events and responses share.
    shared: dict[str, Any]
    # The entries that the escalation may call from.
    entry_ids: set[str]
    context: Context

    @property
    def data(self) -> dict[str, Any]:
        """Return the data of the event on the bus."""
        return self.shared | {ATTR_AT: self.at.isoformat()}


class EscalationEvents:
    """The latest events since the start of Home Assistant, and who hears of new ones."""

    def __init__(self) -> None:
        """Initialize."""
        # The oldest first, for entities that did not exist at that time.
        self.kept: deque[EscalationEvent] = deque(maxlen=MAX_EVENTS)
        self._listeners: set[Callable[[EscalationEvent], None]] = set()

    @callback
    def async_subscribe(
        self, listener: Callable[[EscalationEvent], None]
    ) -> CALLBACK_TYPE:
        """Have a listener called for each new event."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @callback
    def async_report(self, event: EscalationEvent) -> None:
        """Keep a new event, and call the listeners."""
        self.kept.append(event)
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception as err:  # noqa: BLE001
                # An entity that fails must not end the escalation.
                log_unexpected("while reporting an escalation", err)

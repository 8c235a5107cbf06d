"""Escalations: calling people in order until somebody answers."""

from .events import EscalationEvent, EscalationEventType
from .plan import Plan, Result
from .registry import DATA_ESCALATIONS, RyzeEscalations
from .run import Escalation
from .target import Target

__all__ = [
    "DATA_ESCALATIONS",
    "Escalation",
    "EscalationEvent",
    "EscalationEventType",
    "Plan",
    "Result",
    "RyzeEscalations",
    "Target",
]

"""An imitation of RyzeAPI on loopback, with virtual phones."""

from .audio import PUBLIC_CHIME
from .faults import Fault, FaultKind
from .model import (
    Behaviour,
    CallState,
    CallType,
    Choices,
    Durations,
    OutgoingUpdates,
    People,
    Respond,
    Shape,
    UpdateKind,
)
from .proxy import CuttingProxy
from .rate_limit import RateLimit
from .records import Call, Instance, Phone, Request, WebSocketConfig
from .server import Simulator, demo_simulator

__all__ = [
    "PUBLIC_CHIME",
    "Behaviour",
    "Call",
    "CallState",
    "CallType",
    "Choices",
    "CuttingProxy",
    "Durations",
    "Fault",
    "FaultKind",
    "Instance",
    "OutgoingUpdates",
    "People",
    "Phone",
    "RateLimit",
    "Request",
    "Respond",
    "Shape",
    "Simulator",
    "UpdateKind",
    "WebSocketConfig",
    "demo_simulator",
]

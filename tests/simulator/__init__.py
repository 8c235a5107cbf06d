"""An imitation of RyzeAPI on loopback, with virtual phones."""

from .faults import Fault, FaultKind
from .model import (
    Behaviour,
    Call,
    CallState,
    CallType,
    Choices,
    Instance,
    OutgoingUpdates,
    Phone,
    Request,
    Respond,
    Shape,
    UpdateKind,
    WebSocketConfig,
)
from .proxy import CuttingProxy
from .rate_limit import RateLimit
from .server import Simulator, demo_simulator

__all__ = [
    "Behaviour",
    "Call",
    "CallState",
    "CallType",
    "Choices",
    "CuttingProxy",
    "Fault",
    "FaultKind",
    "Instance",
    "OutgoingUpdates",
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

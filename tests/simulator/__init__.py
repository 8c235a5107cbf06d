"""A RyzeAPI on loopback, with virtual phones."""

from .faults import Fault, FaultKind
from .model import (
    Behaviour,
    Call,
    CallState,
    CallType,
    Choices,
    Instance,
    Phone,
    Request,
    Respond,
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
    "Phone",
    "RateLimit",
    "Request",
    "Respond",
    "Simulator",
    "demo_simulator",
]

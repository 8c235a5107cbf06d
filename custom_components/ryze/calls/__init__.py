"""Calls: placing them, following them, and what must outlive a restart."""

from .call import (
    DEFAULT_DURATION,
    MAX_DURATION,
    AudioCall,
    Call,
    CallEvent,
    CallRequest,
    CallType,
    FakeCall,
    NotLoadedError,
    Outcome,
)
from .placing import RyzeCalls, async_get_calls
from .reporter import CallListener

__all__ = [
    "DEFAULT_DURATION",
    "MAX_DURATION",
    "AudioCall",
    "Call",
    "CallEvent",
    "CallListener",
    "CallRequest",
    "CallType",
    "FakeCall",
    "NotLoadedError",
    "Outcome",
    "RyzeCalls",
    "async_get_calls",
]

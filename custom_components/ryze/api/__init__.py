"""RyzeAPI client: knows HTTP and JSON, and nothing of Home Assistant."""

from .audio import Audio
from .client import RyzeClient
from .exceptions import (
    RyzeAuthError,
    RyzeConnectionError,
    RyzeError,
    RyzeInvalidRequestError,
    RyzeNotConnectedError,
    RyzeNotFoundError,
    RyzeOutcomeUnknownError,
    RyzeRateLimitError,
    RyzeServerError,
)
from .frames import (
    CallUpdate,
    CallUpdateKind,
    InstanceUpdate,
    UnknownFrame,
    parse_frame,
)
from .models import Account, Health, Instance, LinkState, LiveUpdates, PlacedCall
from .rate_limit import RateLimit

__all__ = [
    "Account",
    "Audio",
    "CallUpdate",
    "CallUpdateKind",
    "Health",
    "Instance",
    "InstanceUpdate",
    "LinkState",
    "LiveUpdates",
    "PlacedCall",
    "RateLimit",
    "RyzeAuthError",
    "RyzeClient",
    "RyzeConnectionError",
    "RyzeError",
    "RyzeInvalidRequestError",
    "RyzeNotConnectedError",
    "RyzeNotFoundError",
    "RyzeOutcomeUnknownError",
    "RyzeRateLimitError",
    "RyzeServerError",
    "UnknownFrame",
    "parse_frame",
]

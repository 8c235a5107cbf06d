"""Client of RyzeAPI, which knows HTTP and JSON and imports no Home Assistant."""

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
from .frame_counts import FrameCounts
from .frames import (
    CallUpdate,
    CallUpdateKind,
    InstanceUpdate,
    UnknownFrame,
    parse_frame,
)
from .models import Account, Instance, LinkState, LiveUpdatesConfig, PlacedCall
from .rate_limit import RateLimit

__all__ = [
    "Account",
    "Audio",
    "CallUpdate",
    "CallUpdateKind",
    "FrameCounts",
    "Instance",
    "InstanceUpdate",
    "LinkState",
    "LiveUpdatesConfig",
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

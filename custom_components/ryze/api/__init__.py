"""Client of RyzeAPI, which knows HTTP and JSON and imports no Home Assistant."""

from .audio import Audio
from .client import RyzeClient
from .exceptions import (
    RyzeAuthError,
    RyzeBlockedError,
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
    EndReason,
    InstanceUpdate,
    UnknownFrame,
    parse_frame,
)
from .models import Account, Instance, LinkState, LiveUpdatesConfig, PlacedCall
from .people import Identity, Role
from .rate_limit import RateLimit

__all__ = [
    "Account",
    "Audio",
    "CallUpdate",
    "CallUpdateKind",
    "EndReason",
    "FrameCounts",
    "Identity",
    "Instance",
    "InstanceUpdate",
    "LinkState",
    "LiveUpdatesConfig",
    "PlacedCall",
    "RateLimit",
    "Role",
    "RyzeAuthError",
    "RyzeBlockedError",
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

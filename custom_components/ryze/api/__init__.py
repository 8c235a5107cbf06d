"""RyzeAPI client: knows HTTP and JSON, and nothing of Home Assistant."""

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
from .models import Health, Instance, PlacedCall
from .rate_limit import RateLimit

__all__ = [
    "Health",
    "Instance",
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
]

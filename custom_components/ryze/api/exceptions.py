"""Errors of the RyzeAPI client.

They carry no text of their own: what the API answers may hold a number, and what
the network says may hold a URL. The class says all that a caller may act on.
"""

from typing import ClassVar, override


class RyzeError(Exception):
    """A request to RyzeAPI that did not succeed."""

    # Names the error in events, in action responses and in translations.
    key: ClassVar[str]

    # Whether RyzeAPI itself said so, or we concluded it from its silence.
    reported: ClassVar[bool] = True

    @override
    def __str__(self) -> str:
        """Return the name of the error."""
        return self.key


class RyzeConnectionError(RyzeError):
    """RyzeAPI could not be reached; no call was placed."""

    key = "connection"
    reported = False


class RyzeRateLimitError(RyzeError):
    """The token has no requests left, or WhatsApp throttles; no call was placed."""

    key = "rate_limit"


class RyzeAuthError(RyzeError):
    """The token was refused; no call was placed."""

    key = "auth"


class RyzeNotFoundError(RyzeError):
    """RyzeAPI does not know the instance; no call was placed."""

    key = "not_found"


class RyzeInvalidRequestError(RyzeError):
    """RyzeAPI rejected what was asked; no call was placed."""

    key = "invalid_request"


class RyzeNotConnectedError(RyzeError):
    """The instance is not linked to WhatsApp; no call was placed."""

    key = "not_connected"


class RyzeServerError(RyzeError):
    """RyzeAPI failed; a call may have been placed."""

    key = "server"


class RyzeOutcomeUnknownError(RyzeError):
    """The request went out and no sensible answer came; a call may have been placed."""

    key = "outcome_unknown"
    reported = False

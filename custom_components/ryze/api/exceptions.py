"""Errors of the RyzeAPI client.

An error carries no text, because an answer of the API may hold a number and a text of
the network may hold a URL. The class says everything that a caller may act on.
"""

from typing import ClassVar, override


class RyzeError(Exception):
    """A request to RyzeAPI that did not succeed."""

    # Names the error in events, in action responses and in translations.
    key: ClassVar[str]

    # True where RyzeAPI answered; False where the error is our conclusion.
    reported: ClassVar[bool] = True

    # True where the request may have rung a phone, so that it is never sent again.
    may_ring: ClassVar[bool] = False

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
    """RyzeAPI itself refused the token; no call was placed."""

    key = "auth"


class RyzeBlockedError(RyzeError):
    """A proxy or a firewall refused the request; no call was placed.

    The token may be good, because RyzeAPI never saw the request.
    """

    key = "blocked"
    reported = False


class RyzeNotFoundError(RyzeError):
    """RyzeAPI does not know the instance; no call was placed."""

    key = "not_found"


class RyzeInvalidRequestError(RyzeError):
    """RyzeAPI rejected the request; no call was placed."""

    key = "invalid_request"


class RyzeNotConnectedError(RyzeError):
    """The instance is not linked to WhatsApp; no call was placed."""

    key = "not_connected"


class RyzeServerError(RyzeError):
    """RyzeAPI failed; a call may have been placed."""

    key = "server"
    may_ring = True


class RyzeOutcomeUnknownError(RyzeError):
    """The request was sent and no sensible answer came; a call may have been placed."""

    key = "outcome_unknown"
    reported = False
    may_ring = True

"""Calls: the requests, the outcomes, and everything that events tell of a call."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final

from homeassistant.core import Context
from homeassistant.util import dt as dt_util

from ..api import Audio, RyzeError
from ..const import (
    ATTR_AT,
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_ERROR,
    ATTR_NUMBER,
    ATTR_OBSERVED,
    ATTR_OUTCOME,
    ATTR_TAG,
    ATTR_TYPE,
)

DEFAULT_DURATION: Final = 8
MAX_DURATION: Final = 60


class NotLoadedError(Exception):
    """The instance is not loaded; no request was sent."""

    key: ClassVar = "not_loaded"
    may_ring: ClassVar = False


class CallType(StrEnum):
    """Type of a call."""

    FAKE = "fake"
    AUDIO = "audio"
    INCOMING = "incoming"


class CallEvent(StrEnum):
    """Step in the life of a call; each is an event on the bus."""

    PLACED = "placed"
    ANSWERED = "answered"
    REJECTED = "rejected"
    UNANSWERED = "unanswered"
    ENDED = "ended"
    FAILED = "failed"
    RECEIVED = "received"


class Outcome(StrEnum):
    """Outcome of a call."""

    PLACED = "placed"
    ANSWERED = "answered"
    REJECTED = "rejected"
    UNANSWERED = "unanswered"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class FakeCall:
    """A request to ring for a duration in seconds and to hang up."""

    type: ClassVar = CallType.FAKE
    number: str
    duration: int = DEFAULT_DURATION
    tag: str | None = None


@dataclass(frozen=True, kw_only=True)
class AudioCall:
    """A request to ring, and to play audio or a public URL when the call is answered."""

    type: ClassVar = CallType.AUDIO
    number: str
    audio: str | Audio
    duration: ClassVar = None
    tag: str | None = None


type CallRequest = FakeCall | AudioCall


@dataclass(kw_only=True, eq=False)
class Call:
    """A call, as events and responses tell of it."""

    type: CallType
    # None where the caller hides the number.
    number: str | None
    context: Context
    # The contact with this number: its subentry, and its notify entity.
    contact_id: str | None = None
    contact: str | None = None
    duration: int | None = None
    tag: str | None = None
    call_id: str | None = None
    outcome: Outcome | None = None
    # True where RyzeAPI reported the outcome, False where it was concluded.
    observed: bool = False
    error: RyzeError | NotLoadedError | None = None
    at: datetime = field(default_factory=dt_util.utcnow)

    @classmethod
    def for_request(cls, request: CallRequest, context: Context) -> Call:
        """Return the call that a request asks for."""
        return cls(
            type=request.type,
            number=request.number,
            duration=request.duration,
            tag=request.tag,
            context=context,
        )

    @classmethod
    def from_response(cls, row: dict[str, Any], context: Context) -> Call:
        """Return the placed call of a stored row, with the time of the request."""
        return cls(
            type=CallType(row[ATTR_TYPE]),
            number=row[ATTR_NUMBER],
            call_id=row[ATTR_CALL_ID],
            tag=row[ATTR_TAG],
            outcome=Outcome.PLACED,
            observed=True,
            context=context,
            at=datetime.fromisoformat(row[ATTR_AT]),
        )

    @classmethod
    def not_loaded(
        cls, request: CallRequest, context: Context, contact: str | None = None
    ) -> Call:
        """Return the failed call of an instance that is not loaded."""
        call = cls.for_request(request, context)
        call.contact = contact
        call.outcome = Outcome.FAILED
        call.error = NotLoadedError()
        return call

    def as_dict(self) -> dict[str, Any]:
        """Return the data that events and responses share."""
        return {
            ATTR_CALL_ID: self.call_id,
            ATTR_TYPE: self.type.value,
            ATTR_NUMBER: self.number,
            ATTR_CONTACT: self.contact,
            ATTR_TAG: self.tag,
            ATTR_OBSERVED: self.observed,
            ATTR_ERROR: self.error.key if self.error else None,
        }

    def as_response(self, *, waited: bool) -> dict[str, Any]:
        """Return the call as a row of an action's response."""
        outcome = self.outcome
        if waited and outcome in (None, Outcome.PLACED):
            # The time for an outcome is up.
            return self.as_dict() | {
                ATTR_OUTCOME: Outcome.UNKNOWN.value,
                ATTR_OBSERVED: False,
            }
        return self.as_dict() | {ATTR_OUTCOME: outcome.value if outcome else None}

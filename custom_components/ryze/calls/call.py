"""What a call is, and what can be known of it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final

from homeassistant.core import Context
from homeassistant.util import dt as dt_util

from ..api import Audio, RyzeError
from ..const import (
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


class NotLoadedError(RyzeError):
    """The instance is not loaded, so nothing was sent."""

    key = "not_loaded"


class CallType(StrEnum):
    """What a call does."""

    FAKE = "fake"
    AUDIO = "audio"
    INCOMING = "incoming"


class CallEvent(StrEnum):
    """What can happen to a call; each is an event on the bus."""

    PLACED = "placed"
    ANSWERED = "answered"
    REJECTED = "rejected"
    UNANSWERED = "unanswered"
    ENDED = "ended"
    FAILED = "failed"
    RECEIVED = "received"


class Outcome(StrEnum):
    """What became of a call."""

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
    """A request to ring and to play audio, or that of a public URL, when answered."""

    type: ClassVar = CallType.AUDIO
    number: str
    audio: str | Audio
    duration: ClassVar = None
    tag: str | None = None


@dataclass(kw_only=True, eq=False)
class Call:
    """A call, and what is known of it so far."""

    type: CallType
    # None where somebody calls who hides the number.
    number: str | None
    context: Context
    # Of the contact whose number it is: the subentry, and the entity in actions.
    contact_id: str | None = None
    contact: str | None = None
    duration: int | None = None
    tag: str | None = None
    call_id: str | None = None
    # The id comes from an update that fits by its number, not from RyzeAPI's answer.
    id_guessed: bool = False
    outcome: Outcome | None = None
    # Whether RyzeAPI said so, or we concluded it.
    observed: bool = False
    error: RyzeError | None = None
    ended: bool = False
    at: datetime = field(default_factory=dt_util.utcnow)
    # By the clock of the event loop: when it was asked for, and when it changed last.
    begun_at: float = 0.0
    changed_at: float = 0.0
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    timer: asyncio.TimerHandle | None = None

    @classmethod
    def for_request(cls, request: FakeCall | AudioCall, context: Context) -> Call:
        """Return the call that is asked for."""
        return cls(
            type=request.type,
            number=request.number,
            duration=request.duration,
            tag=request.tag,
            context=context,
        )

    @classmethod
    def from_response(cls, row: dict[str, Any], context: Context) -> Call:
        """Return a call that was placed, from what a response tells of it."""
        return cls(
            type=CallType(row[ATTR_TYPE]),
            number=row[ATTR_NUMBER],
            call_id=row[ATTR_CALL_ID],
            tag=row[ATTR_TAG],
            outcome=Outcome.PLACED,
            observed=True,
            context=context,
        )

    @classmethod
    def not_loaded(
        cls, request: FakeCall | AudioCall, context: Context, contact: str | None
    ) -> Call:
        """Return a call from an instance that is not loaded, which is none."""
        call = cls.for_request(request, context)
        call.contact = contact
        call.outcome = Outcome.FAILED
        call.error = NotLoadedError()
        return call

    def let_go(self) -> None:
        """Wait for nothing any more."""
        if self.timer:
            self.timer.cancel()
        self.settled.set()

    def as_dict(self) -> dict[str, Any]:
        """Return what events and responses both tell."""
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
            # Nobody told us in time.
            return self.as_dict() | {
                ATTR_OUTCOME: Outcome.UNKNOWN.value,
                ATTR_OBSERVED: False,
            }
        return self.as_dict() | {ATTR_OUTCOME: outcome.value if outcome else None}

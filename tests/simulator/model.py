"""The things that the simulator is made of."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
import time


class Behaviour(StrEnum):
    """What a virtual phone does when it is called."""

    MANUAL = "manual"
    """A person decides, on the page or by `Simulator.answer` and `Simulator.decline`."""
    ANSWER = "answer"
    DECLINE = "decline"
    IGNORE = "ignore"
    OFF = "off"
    """Never rings, but the API takes the call all the same."""
    NO_WHATSAPP = "no_whatsapp"
    """The API refuses the call."""


class CallType(StrEnum):
    """The two kinds of call that the API places."""

    FAKE = "fake"
    AUDIO = "audio"


class CallState(StrEnum):
    """Where a call is in its life."""

    RINGING = "ringing"
    ANSWERED = "answered"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    ENDED = "ended"
    """Over, after it was answered."""

    @property
    def is_over(self) -> bool:
        """Return whether nothing more will happen to the call."""
        return self not in (CallState.RINGING, CallState.ANSWERED)


class Respond(StrEnum):
    """When the HTTP answer to a call request is sent."""

    AT_ONCE = "at_once"
    WHEN_OVER = "when_over"


@dataclass
class Choices:
    """What RyzeAPI's documentation leaves open, to be tried either way."""

    respond: Respond = Respond.AT_ONCE
    not_connected_status: int = 503
    """The documentation pairs this error with 503 and, elsewhere, with 400."""
    echo_number: bool = False
    """Whether the answer repeats the number as it was sent, instead of its digits."""
    forbidden_message: str = "Instance token does not match the requested instance"
    """Only the first words of this text are known."""


@dataclass
class Instance:
    """A WhatsApp number that is connected at the API."""

    name: str
    token: str
    id: str
    """Left out of answers if empty."""
    state: str = "connected"
    number_jid: str | None = None
    websocket: dict[str, object] | None = None
    """The configuration of its WebSocket, None if there never was one."""


@dataclass
class Call:
    """A call that the API has taken."""

    id: str
    instance: str
    number: str
    type: CallType
    ring_seconds: float
    """How long it rings before it counts as unanswered."""
    duration: int | None = None
    """Seconds of ringing that were asked for, fake calls only."""
    audio: bytes | None = field(default=None, repr=False)
    media_type: str | None = None
    state: CallState = CallState.RINGING
    ring: int = 0
    """Which of its phone's rings this was, counted from 1; 0 if the phone did not ring."""
    started_at: float = field(default_factory=time.time)
    answered_at: float | None = None
    ended_at: float | None = None
    rung: asyncio.Event = field(
        default_factory=asyncio.Event, repr=False, compare=False
    )
    """Set as soon as the phone rings no longer."""
    over: asyncio.Event = field(
        default_factory=asyncio.Event, repr=False, compare=False
    )


@dataclass
class Phone:
    """A virtual phone."""

    number: str
    name: str | None = None
    behaviour: Behaviour = Behaviour.MANUAL
    answer_after: float = 0.05
    """Seconds until a phone that answers or declines by itself does so."""
    rings: int = 0
    calls: list[Call] = field(default_factory=list, repr=False)
    """Calls that are not over; more than one if somebody calls again meanwhile."""

    @property
    def call(self) -> Call | None:
        """Return the call on its screen: the oldest that is not over."""
        return self.calls[0] if self.calls else None

    @property
    def ringing(self) -> Call | None:
        """Return the oldest call that rings right now."""
        return next(
            (call for call in self.calls if call.state is CallState.RINGING), None
        )


@dataclass
class Request:
    """An HTTP request that reached the API."""

    method: str
    path: str
    """As it was sent, quoted, without the query."""
    route: str | None
    has_token: bool
    at: float = field(default_factory=time.monotonic)
    status: int | None = None
    """None as long as there was no complete answer."""

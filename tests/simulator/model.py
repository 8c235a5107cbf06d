"""The data classes and enumerations of the simulator."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
import time


class Behaviour(StrEnum):
    """Reaction of a virtual phone to a call."""

    MANUAL = "manual"
    """A person decides, on the page or through `Simulator.answer` and `.decline`."""
    ANSWER = "answer"
    DECLINE = "decline"
    IGNORE = "ignore"
    OFF = "off"
    """The phone never rings, although the API accepts the call."""
    NO_WHATSAPP = "no_whatsapp"
    """The API refuses the call."""


class CallType(StrEnum):
    """The two kinds of call that the API places, and the kind that it receives."""

    FAKE = "fake"
    AUDIO = "audio"
    INCOMING = "incoming"
    """A phone calls the instance."""


class CallState(StrEnum):
    """State of a call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    ENDED = "ended"
    """The call was answered and is over."""

    @property
    def is_over(self) -> bool:
        """Return whether this state is final."""
        return self not in (CallState.RINGING, CallState.ANSWERED)


class Respond(StrEnum):
    """Time at which the API answers a call request."""

    AT_ONCE = "at_once"
    WHEN_OVER = "when_over"


class UpdateKind(StrEnum):
    """Kind of a `call.update`, in the words of RyzeAPI's documentation."""

    OFFER = "offer"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TERMINATED = "terminated"
    NOTIFICATION = "notification"
    LATENCY = "latency"


class Shape(StrEnum):
    """Format of a `call.update`'s JSON; `frames.py` builds each of them."""

    FLAT = "flat"
    """The kind under `type`; digits under `from` and `to`."""
    NESTED = "nested"
    """Everything one level down under `call`; the kind under `status`; JIDs."""
    CAMEL_STATUS = "camel_status"
    """The kind in capitals under `status`; only the other party's digits, as `peer`."""
    SNAKE = "snake"
    """The kind under `event`; only the other party's JID, as `chat`."""
    WHATSMEOW = "whatsmeow"
    """The names of whatsmeow's events; the kind under `action`, with a capital.

    `From` is the other party in both directions, `CallCreator` is the caller.
    """
    DEVICE_JIDS = "device_jids"
    """The kind under `state`; JIDs that name a device: `5511…:12@s.whatsapp.net`."""


class OutgoingUpdates(StrEnum):
    """Updates about a call that the API placed."""

    ALL = "all"
    OFFER_ONLY = "offer_only"
    NONE = "none"


@dataclass
class Choices:
    """Variants of behaviour that RyzeAPI's documentation leaves open."""

    respond: Respond = Respond.AT_ONCE
    not_connected_status: int = 503
    """Status of this error; the documentation has 503 in one place, 400 in another."""
    echo_number: bool = False
    """Whether the answer repeats the number as the request wrote it, not its digits."""
    forbidden_message: str = "Instance token does not match the requested instance"
    """Text of the error for a foreign token; only its first words are known."""
    no_account_status: int = 404
    """Status of `getAccount`'s answer for a number without WhatsApp."""
    shape: Shape = Shape.FLAT
    """Format of a `call.update`'s JSON."""
    outgoing_updates: OutgoingUpdates = OutgoingUpdates.ALL
    """Updates about calls that the API places."""
    id_matches: bool = True
    """Whether updates about calls that the API places carry the answer's call id."""
    peer_as_lid: bool = False
    """Whether updates give the other party as `…@lid`, which hides its number."""
    direction_field: bool = False
    """Whether updates give the direction, as `direction` or as `fromMe`."""
    duplicates: int = 1
    """Number of copies of each update."""
    out_of_order: bool = False
    """Whether the end of an answered call is reported before the answer."""
    updates_first: bool = False
    """Whether updates about calls that the API places precede the HTTP answer."""
    unanswered_terminated: bool = True
    """Whether the end of an unanswered call that the API placed is reported."""
    rejected_terminated: bool = False
    """Whether the end of a declined call is reported in addition to the refusal."""
    noise: bool = False
    """Whether updates of the kinds `notification` and `latency` occur."""


@dataclass(frozen=True)
class WebSocketConfig:
    """Configuration of an instance's WebSocket."""

    enabled: bool = False
    events: tuple[str, ...] = ()
    """Names of the events to send; empty for all events."""
    media_base64: bool = False

    def describe(self) -> dict[str, object]:
        """Return the configuration in RyzeAPI's format."""
        return {
            "enabled": self.enabled,
            "events": list(self.events),
            "mediaBase64": self.media_base64,
        }


@dataclass
class Instance:
    """A WhatsApp number at RyzeAPI."""

    name: str
    token: str
    id: str
    """The instance's id; an empty one is left out of answers."""
    state: str = "connected"
    number_jid: str | None = None
    profile_name: str = "Home"
    websocket: WebSocketConfig | None = None
    """Configuration of the WebSocket, None before the first one is written."""

    @property
    def number(self) -> str:
        """Return the digits of the instance's own number, or an empty text."""
        return (self.number_jid or "").partition("@")[0].partition(":")[0]


@dataclass
class Call:
    """A call that the API placed, or a call from a phone to an instance."""

    id: str
    instance: str
    number: str
    """Number of the virtual phone, whether it calls or is called."""
    type: CallType
    ring_seconds: float
    """Seconds of ringing until the call counts as unanswered."""
    duration: int | None = None
    """Seconds of ringing in the request for a fake call."""
    audio: bytes | None = field(default=None, repr=False)
    media_type: str | None = None
    state: CallState = CallState.RINGING
    ring: int = 0
    """Position among the rings of the call's phone, from 1; 0 if it did not ring."""
    held: bool = field(default=False, repr=False)
    """Whether the call's updates wait for the answer to the HTTP request."""
    started_at: float = field(default_factory=time.time)
    answered_at: float | None = None
    ended_at: float | None = None
    rung: asyncio.Event = field(
        default_factory=asyncio.Event, repr=False, compare=False
    )
    """Set when the phone stops ringing."""
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
    """Seconds until a phone with the behaviour ANSWER or DECLINE reacts."""
    rings: int = 0
    calls: list[Call] = field(default_factory=list, repr=False)
    """Calls in progress; several if the phone is called again meanwhile."""

    @property
    def call(self) -> Call | None:
        """Return the call on the screen: the oldest, calls to the phone first."""
        return min(
            self.calls, key=lambda call: call.type is CallType.INCOMING, default=None
        )

    @property
    def ringing(self) -> Call | None:
        """Return the oldest call for which the phone rings now."""
        return next(
            (call for call in self.calls if call.ring and not call.rung.is_set()), None
        )


@dataclass
class Request:
    """An HTTP request that reached the API."""

    method: str
    path: str
    """The path as it was sent, percent-encoded, without the query."""
    route: str | None
    has_token: bool
    at: float = field(default_factory=time.monotonic)
    status: int | None = None
    """Status of the answer, None without a complete answer."""

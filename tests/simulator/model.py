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
    """The two kinds of call that the API places, and the one that it receives."""

    FAKE = "fake"
    AUDIO = "audio"
    INCOMING = "incoming"
    """A phone calls the instance."""


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


class UpdateKind(StrEnum):
    """What a `call.update` says, in the words of RyzeAPI's documentation."""

    OFFER = "offer"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TERMINATED = "terminated"
    NOTIFICATION = "notification"
    LATENCY = "latency"


class Shape(StrEnum):
    """What the JSON of a `call.update` looks like; `frames.py` has them all."""

    FLAT = "flat"
    """The kind under `type`; digits under `from` and `to`."""
    NESTED = "nested"
    """One level down under `call`; the kind under `status`; JIDs."""
    CAMEL_STATUS = "camel_status"
    """The kind in capitals under `status`; only the other party's digits, as `peer`."""
    SNAKE = "snake"
    """The kind under `event`; only the other party's JID, as `chat`."""
    WHATSMEOW = "whatsmeow"
    """The names of whatsmeow's events; the kind under `action`, with a capital.

    `From` is the other party whoever calls, `CallCreator` the one who calls.
    """
    DEVICE_JIDS = "device_jids"
    """The kind under `state`; JIDs that name a device: `5511…:12@s.whatsapp.net`."""


class OutgoingUpdates(StrEnum):
    """Which updates a call gets that the API placed."""

    ALL = "all"
    OFFER_ONLY = "offer_only"
    NONE = "none"


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
    no_account_status: int = 404
    """What `getAccount` answers for a number without WhatsApp."""
    shape: Shape = Shape.FLAT
    """What the JSON of a `call.update` looks like."""
    outgoing_updates: OutgoingUpdates = OutgoingUpdates.ALL
    """Whether calls that the API places emit updates at all."""
    id_matches: bool = True
    """Whether updates of such calls have the id of the HTTP answer."""
    peer_as_lid: bool = False
    """Whether the other party is given as `…@lid`, which does not tell its number."""
    direction_field: bool = False
    """Whether updates say who called whom, by `direction` or `fromMe`."""
    duplicates: int = 1
    """How often each update is sent."""
    out_of_order: bool = False
    """Whether the end of a call that was answered is told before the answer."""
    updates_first: bool = False
    """Whether the updates of such calls come before the HTTP answer, not after it."""
    unanswered_terminated: bool = True
    """Whether the end of such a call is told if nobody answered."""
    rejected_terminated: bool = False
    """Whether the end of such a call is told if it was declined."""
    noise: bool = False
    """Whether there are updates of the kinds `notification` and `latency`."""


@dataclass(frozen=True)
class WebSocketConfig:
    """Whether an instance's WebSocket may be opened, and what it tells."""

    enabled: bool = False
    events: tuple[str, ...] = ()
    """Empty for all."""
    media_base64: bool = False

    def describe(self) -> dict[str, object]:
        """Return the configuration as the API words it."""
        return {
            "enabled": self.enabled,
            "events": list(self.events),
            "mediaBase64": self.media_base64,
        }


@dataclass
class Instance:
    """A WhatsApp number that is connected at the API."""

    name: str
    token: str
    id: str
    """Left out of answers if empty."""
    state: str = "connected"
    number_jid: str | None = None
    profile_name: str = "Home"
    websocket: WebSocketConfig | None = None
    """The configuration of its WebSocket, None if there never was one."""

    @property
    def number(self) -> str:
        """Return the digits of its own number, empty if it never had one."""
        return (self.number_jid or "").partition("@")[0].partition(":")[0]


@dataclass
class Call:
    """A call that the API has taken, or one that a phone makes to an instance."""

    id: str
    instance: str
    number: str
    """The phone's, whoever calls."""
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
    held: bool = field(default=False, repr=False)
    """Whether its updates wait until its HTTP request was answered."""
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
        """Return the call on its screen: the oldest, those that it gets first."""
        return min(
            self.calls, key=lambda call: call.type is CallType.INCOMING, default=None
        )

    @property
    def ringing(self) -> Call | None:
        """Return the oldest call that rings right now."""
        return next(
            (call for call in self.calls if call.ring and not call.rung.is_set()), None
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

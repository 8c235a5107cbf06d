"""The instances, calls, phones and requests that the simulator keeps."""

import asyncio
from dataclasses import dataclass, field
import time

from .model import Behaviour, CallState, CallType


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
    event_id: str = ""
    """Id of the call in updates."""
    group: str = ""
    """JID of the group that a group call belongs to, or an empty text."""
    elsewhere: bool = False
    """Whether another device of the instance's own account answered the call."""
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

    def __post_init__(self) -> None:
        """Use the call's id in updates too, unless they have an id of their own."""
        self.event_id = self.event_id or self.id


@dataclass
class Phone:
    """A virtual phone."""

    number: str
    name: str | None = None
    behaviour: Behaviour = Behaviour.MANUAL
    answer_after: float = 0.05
    """Seconds until a phone with the behaviour ANSWER or DECLINE reacts."""
    linked_declines: bool = False
    """Whether a linked device of the person declines calls while the phone rings on."""
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

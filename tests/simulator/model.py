"""The enumerations of the simulator, and the choices among its behaviours."""

from dataclasses import dataclass, field
from enum import StrEnum


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
    """Kind of a `call.update`, with the word for it.

    RyzeAPI's documentation names the first six. Other services report the other four.
    """

    OFFER = "offer"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TERMINATED = "terminated"
    NOTIFICATION = "notification"
    LATENCY = "latency"
    PREACCEPT = "preaccept"
    """A phone of the person called has been reached."""
    RINGING = "ringing"
    TRANSPORT = "transport"
    UNANSWERED = "timeout"


class People(StrEnum):
    """Way in which a `call.update` writes people.

    A LID hides the number. A device part names one of a person's devices.
    """

    NUMBER = "number"
    """Digits, or JIDs in the shapes that never write digits."""
    JID = "jid"
    """`5511…@s.whatsapp.net`."""
    DEVICE_JID = "device_jid"
    """`5511…:3@s.whatsapp.net`."""
    LID = "lid"
    """`…@lid`."""
    DEVICE_LID = "device_lid"
    """`…:3@lid`."""
    OBJECT_BOTH = "object_both"
    """An object with `jid`, `lid` and `name`."""
    OBJECT_JID = "object_jid"
    """An object with `jid` and `name`."""
    OBJECT_LID = "object_lid"
    """An object with `lid` and `name`."""

    @property
    def tells_number(self) -> bool:
        """Return whether a person's number is written."""
        return self not in (People.LID, People.DEVICE_LID, People.OBJECT_LID)

    @property
    def tells_lid(self) -> bool:
        """Return whether a person's LID is written."""
        return not self.tells_number or self is People.OBJECT_BOTH


class Shape(StrEnum):
    """Format of a `call.update`'s JSON; `shapes.py` builds each of them."""

    FLAT = "flat"
    """The kind under `type`; the caller and the callee under `from` and `to`."""
    NESTED = "nested"
    """Everything one level down under `call`; the kind under `status`; no digits."""
    CAMEL_STATUS = "camel_status"
    """The kind in capitals under `status`; only the other party, as `peer`."""
    SNAKE = "snake"
    """The kind under `event`; only the other party, as `chat`; no digits."""
    WHATSMEOW = "whatsmeow"
    """The names of whatsmeow's events; the kind under `action`, with a capital.

    `From` is the other party in both directions, `CallCreator` is the caller. No digits.
    """
    DEEP = "deep"
    """Everything two levels down under `call` and `info`; people as in FLAT."""
    SUFFIXED = "suffixed"
    """People under keys with suffixes; the kind under `event_type`, as `call_offer`."""
    OWN_FIRST = "own_first"
    """The kind under `state`; the instance under `self`, before `peer`; no roles."""
    CREATOR = "creator"
    """The kind under `kind`; the caller under `creator`, the other party as `sender`."""


class Durations(StrEnum):
    """Unit of the duration in the update TERMINATED."""

    NONE = "none"
    """The update has no duration."""
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


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
    people: People = People.NUMBER
    """Way in which updates write people."""
    phone_device: int | None = None
    """Device part of a phone's own JID and LID, None for none."""
    direction_field: bool = False
    """Whether updates give the direction as `direction`, or the doer as `fromMe`.

    `fromMe` is true if the instance made the call; in ACCEPTED and REJECTED, if the
    instance accepted or rejected the call.
    """
    words: dict[UpdateKind, str] = field(default_factory=dict)
    """Words for kinds of update, instead of the kinds' own words."""
    echo: bool = True
    """Whether an OFFER reports a call that the API placed."""
    missing: frozenset[UpdateKind] = frozenset()
    """Kinds of update that are never sent."""
    preaccept: bool = False
    """Whether PREACCEPT follows the ring of a phone."""
    signals: bool = False
    """Whether RINGING follows the ring of a phone, and TRANSPORT the answer."""
    ends_only: bool = False
    """Whether one TERMINATED reports each outcome, without ACCEPTED and REJECTED."""
    unanswered_word: bool = False
    """Whether UNANSWERED reports an unanswered call, instead of TERMINATED."""
    reasons: bool = True
    """Whether TERMINATED carries a reason, which is empty after an answer."""
    durations: Durations = Durations.NONE
    """Unit of the talk's duration that TERMINATED carries; 0 means no talk."""
    ring_duration: bool = False
    """Whether the duration of an unanswered fake call is that of the ringing."""
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
    """Whether updates of the kinds NOTIFICATION and LATENCY occur."""
    late: float = 0
    """Seconds by which each update is late; the order stays the same."""
    foreign_size: int = 0
    """Bytes of a `message.exchange` frame before each update, 0 for no such frame."""
    account_lid: bool = True
    """Whether profiles of accounts have the LID."""
    account_number: bool = True
    """Whether profiles of accounts have the number and the JID."""

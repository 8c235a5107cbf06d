"""Answers of RyzeAPI as frozen data."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from .people import normalize, read_identity

EVENT_CALL_UPDATE: Final = "call.update"
EVENT_INSTANCE_STATE: Final = "instance.state"
OUR_EVENTS: Final = (EVENT_CALL_UPDATE, EVENT_INSTANCE_STATE)

# Longer ids are refused, because ids are kept and appear in events.
MAX_ID_SIZE: Final = 200


def read_number(value: object) -> str | None:
    """Return the digits of a number or a JID, None where the value is neither."""
    identity = read_identity(value)
    return identity.number if identity else None


def _text(value: object) -> str | None:
    """Return the value where it is text with content."""
    return value if isinstance(value, str) and value else None


def _dict(value: object) -> dict[str, Any]:
    """Return the value where it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


class LinkState(StrEnum):
    """State of the link between an instance and WhatsApp."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    DISCONNECTED = "disconnected"
    LOGGED_OUT = "logged_out"
    UNKNOWN = "unknown"

    @classmethod
    def from_json(cls, value: object) -> LinkState:
        """Read the state in the wording of the list or of an event."""
        return _LINK_STATES.get(normalize(value), cls.UNKNOWN)


# The list and the events use different words for the same state.
# https://docs.ryzeapi.cloud/en/api/events/overview
_LINK_STATES: Final = {
    "connected": LinkState.CONNECTED,
    "keepaliverestored": LinkState.CONNECTED,
    "connecting": LinkState.CONNECTING,
    "manualreconnect": LinkState.CONNECTING,
    "pairsuccess": LinkState.CONNECTING,
    "closed": LinkState.DISCONNECTED,
    "connectfailure": LinkState.DISCONNECTED,
    "disconnected": LinkState.DISCONNECTED,
    "keepalivetimeout": LinkState.DISCONNECTED,
    "streamerror": LinkState.DISCONNECTED,
    "streamreplaced": LinkState.DISCONNECTED,
    "banned": LinkState.LOGGED_OUT,
    "clientoutdated": LinkState.LOGGED_OUT,
    "loggedout": LinkState.LOGGED_OUT,
    "qr": LinkState.LOGGED_OUT,
    "qrready": LinkState.LOGGED_OUT,
    "tempbanned": LinkState.LOGGED_OUT,
}


@dataclass(frozen=True, kw_only=True)
class LiveUpdatesConfig:
    """Configuration of an instance's WebSocket; all its consumers share it.

    https://docs.ryzeapi.cloud/en/api/events/websocket-read
    """

    enabled: bool = False
    events: tuple[str, ...] = ()
    media_base64: bool = False

    @classmethod
    def from_json(cls, data: object) -> LiveUpdatesConfig:
        """Read a configuration; a missing one counts as disabled."""
        fields = _dict(data)
        events = fields.get("events")
        return cls(
            enabled=fields.get("enabled") is True,
            events=tuple(event for event in events if isinstance(event, str))
            if isinstance(events, list)
            else (),
            media_base64=fields.get("mediaBase64") is True,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the configuration in the form that RyzeAPI takes."""
        return {
            "enabled": self.enabled,
            "events": list(self.events),
            "mediaBase64": self.media_base64,
        }

    @property
    def delivered(self) -> bool:
        """Return whether our events are delivered; an empty filter delivers all."""
        return self.enabled and (
            not self.events or all(event in self.events for event in OUR_EVENTS)
        )

    def with_ours(self) -> LiveUpdatesConfig:
        """Return a configuration that delivers our events too."""
        # A disabled configuration has an empty list of events. Enabling the empty list
        # would ask for all events, private messages included.
        missing = [event for event in OUR_EVENTS if event not in self.events]
        events = () if self.enabled and not self.events else (*self.events, *missing)
        return replace(self, enabled=True, events=events)


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One WhatsApp number connected at RyzeAPI.

    The list also holds the token of each instance, which is not read on purpose.
    https://docs.ryzeapi.cloud/en/api/instance/list
    """

    id: str | None
    name: str
    link: LinkState = LinkState.UNKNOWN
    number: str | None = None
    profile_name: str | None = None
    live_updates: LiveUpdatesConfig = field(default_factory=LiveUpdatesConfig)

    @classmethod
    def from_json(cls, data: Any) -> Instance | None:
        """Read one entry of the list, None where it is no instance."""
        if not isinstance(data, dict):
            return None
        name = data.get("name")
        if not isinstance(name, str) or not name:
            return None
        connection = _dict(data.get("connection"))
        return cls(
            id=_text(data.get("id")),
            name=name,
            link=LinkState.from_json(connection.get("state") or data.get("status")),
            number=read_number(connection.get("numberJid")),
            profile_name=_text(_dict(data.get("profile")).get("name")),
            live_updates=LiveUpdatesConfig.from_json(data.get("websocket")),
        )


@dataclass(frozen=True, kw_only=True)
class PlacedCall:
    """A call that RyzeAPI has accepted.

    https://docs.ryzeapi.cloud/en/api/calls/overview
    """

    call_id: str

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PlacedCall | None:
        """Read the answer of a call route, None where the answer has no id."""
        call_id = data.get("callId")
        if not isinstance(call_id, str) or not 0 < len(call_id) <= MAX_ID_SIZE:
            return None
        return cls(call_id=call_id)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person's account at WhatsApp.

    https://docs.ryzeapi.cloud/en/api/profile/read-account
    """

    number: str | None
    # The digits of the LID.
    lid: str | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Account | None:
        """Read a profile, None where the answer has none."""
        profile = data.get("profile")
        if not isinstance(profile, dict):
            return None
        jid, number = profile.get("jid"), profile.get("phoneNumber")
        # The documentation calls the LID's field `lid`; a LID may stand under `jid` too.
        lids = (read_identity(profile.get(key), bare=False) for key in ("lid", "jid"))
        return cls(
            number=read_number(jid) or read_number(number),
            lid=next(
                (identity.lid for identity in lids if identity and identity.lid), None
            ),
        )

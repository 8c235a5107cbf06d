"""What RyzeAPI answers, as frozen data."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
import re
from typing import Any, Final

EVENT_CALL_UPDATE: Final = "call.update"
EVENT_INSTANCE_STATE: Final = "instance.state"
OUR_EVENTS: Final = (EVENT_CALL_UPDATE, EVENT_INSTANCE_STATE)

# Ids of calls are kept, and told in events.
MAX_ID_SIZE: Final = 200

# WhatsApp's id of a person; a device of theirs may be named behind a colon.
_JID = re.compile(
    r"\+?(\d{5,20})(?:[.:]\d+)*(?:@(?:s\.whatsapp\.net|c\.us))?", re.ASCII
)


def normalize(value: object) -> str:
    """Return a word without case and separators, empty where it is no word."""
    if not isinstance(value, str):
        return ""
    return "".join(char for char in value.casefold() if char.isalnum())


def read_number(value: object) -> str | None:
    """Return the digits of a number or of WhatsApp's id of a person."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 < value < 10**20 else ""
    if not isinstance(value, str) or not (match := _JID.fullmatch(value)):
        return None
    return match[1]


def _text(value: object) -> str | None:
    """Return text that is not empty."""
    return value if isinstance(value, str) and value else None


def _dict(value: object) -> dict[str, Any]:
    """Return a JSON object, an empty one where there is none."""
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True, kw_only=True)
class Health:
    """State of the service itself, as `/health` tells it.

    https://docs.ryzeapi.cloud/en/api/observability/health
    """

    healthy: bool
    failing: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Health:
        """Read the answer of `/health`."""
        checks = data.get("checks")
        return cls(
            healthy=data.get("status") == "ok",
            failing=tuple(
                name
                for name, result in (checks if isinstance(checks, dict) else {}).items()
                if result != "ok"
            ),
        )


class LinkState(StrEnum):
    """Whether an instance is linked to WhatsApp."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    DISCONNECTED = "disconnected"
    LOGGED_OUT = "logged_out"
    UNKNOWN = "unknown"

    @classmethod
    def from_json(cls, value: object) -> LinkState:
        """Read the state as the list or an event words it."""
        return _LINK_STATES.get(normalize(value), cls.UNKNOWN)


# The list and the events spell the same things differently.
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
class LiveUpdates:
    """The configuration of an instance's WebSocket, shared by all who listen.

    https://docs.ryzeapi.cloud/en/api/events/websocket-read
    """

    enabled: bool = False
    events: tuple[str, ...] = ()
    media_base64: bool = False

    @classmethod
    def from_json(cls, data: object) -> LiveUpdates:
        """Read a configuration; what there is none of is disabled."""
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
        """Return the configuration as RyzeAPI takes it."""
        return {
            "enabled": self.enabled,
            "events": list(self.events),
            "mediaBase64": self.media_base64,
        }

    @property
    def delivered(self) -> bool:
        """Return whether our events are delivered; no filter lets all through."""
        return self.enabled and (
            not self.events or all(event in self.events for event in OUR_EVENTS)
        )

    def with_ours(self) -> LiveUpdates:
        """Return a configuration that delivers our events too."""
        # A configuration that is disabled has no events: to add none to it would ask
        # for all of them, messages included.
        missing = [event for event in OUR_EVENTS if event not in self.events]
        events = () if self.enabled and not self.events else (*self.events, *missing)
        return replace(self, enabled=True, events=events)


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One WhatsApp number connected at RyzeAPI.

    The list also holds each instance's token, which is left out here on purpose.
    https://docs.ryzeapi.cloud/en/api/instance/list
    """

    id: str | None
    name: str
    link: LinkState = LinkState.UNKNOWN
    number: str | None = None
    profile_name: str | None = None
    live_updates: LiveUpdates = field(default_factory=LiveUpdates)

    @classmethod
    def from_json(cls, data: Any) -> Instance | None:
        """Read one entry of the list, or return None where it is none."""
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
            live_updates=LiveUpdates.from_json(data.get("websocket")),
        )


@dataclass(frozen=True, kw_only=True)
class PlacedCall:
    """A call that RyzeAPI has taken.

    https://docs.ryzeapi.cloud/en/api/calls/overview
    """

    call_id: str

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PlacedCall | None:
        """Read the answer of a call route, or return None where it has no id."""
        call_id = data.get("callId")
        if not isinstance(call_id, str) or not 0 < len(call_id) <= MAX_ID_SIZE:
            return None
        return cls(call_id=call_id)


@dataclass(frozen=True, kw_only=True)
class Account:
    """Somebody's account at WhatsApp.

    https://docs.ryzeapi.cloud/en/api/profile/read-account
    """

    number: str | None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Account | None:
        """Read a profile, or return None where there is none."""
        profile = data.get("profile")
        if not isinstance(profile, dict):
            return None
        jid, number = profile.get("jid"), profile.get("phoneNumber")
        return cls(number=read_number(jid) or read_number(number))

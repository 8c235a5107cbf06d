"""What an escalation was asked to do, and how far it has come."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
import time
from typing import Any, Final

import voluptuous as vol

from ..calls.call import CallEvent, CallType, Outcome
from ..const import (
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_MEDIA_BASE64,
    ATTR_NUMBER,
    ATTR_OUTCOME,
    ATTR_TAG,
    ATTR_TYPE,
)

# After so many seconds of silence, calling would frighten more than it helps.
MAX_INTERRUPTION: Final = 3600.0

_NUMBER: Final = vol.All(vol.Any(int, float), vol.Range(min=0, max=2**33))
_COUNT: Final = vol.All(int, vol.Range(min=0, max=2**16))
_TEXT: Final = vol.Any(None, str)

# What lies on a disk may be anything, and must not end in the middle of an alarm.
_STORED: Final = vol.Schema(
    {
        "escalation_id": str,
        "tag": _TEXT,
        "targets": vol.All(
            vol.Length(min=1),
            [{"entry_id": str, "contact_id": _TEXT, "number": str}],
        ),
        "audio": vol.Any(None, {str: object}),
        "duration": _COUNT,
        "rounds": _COUNT,
        "ring_time": _NUMBER,
        "pause": _NUMBER,
        "accept": [vol.In([event.value for event in CallEvent])],
        "user_id": _TEXT,
        "started": _NUMBER,
        "deadline": vol.Any(None, _NUMBER),
        "position": _COUNT,
        "rows": [
            vol.Schema(
                {
                    ATTR_CALL_ID: _TEXT,
                    ATTR_CONTACT: _TEXT,
                    ATTR_NUMBER: str,
                    ATTR_OUTCOME: vol.Any(
                        None, vol.In([item.value for item in Outcome])
                    ),
                    ATTR_TAG: _TEXT,
                    ATTR_TYPE: vol.In([item.value for item in CallType]),
                },
                required=True,
                extra=vol.ALLOW_EXTRA,
            )
        ],
        "saved": _NUMBER,
    },
    required=True,
)


class Result(StrEnum):
    """How an escalation ended."""

    RUNNING = "running"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Somebody to call: a contact, or a number that an instance calls."""

    entry_id: str
    contact_id: str | None
    number: str


@dataclass(kw_only=True)
class Plan:
    """What was asked for, and how far it has come: all that outlives a restart."""

    escalation_id: str
    tag: str | None
    targets: list[Target]
    # The fields of the action that say what to play; None for fake calls.
    audio: dict[str, Any] | None
    duration: int
    rounds: int
    ring_time: int
    pause: int
    # The kinds of bus events that end it.
    accept: list[str]
    user_id: str | None
    # In Unix time.
    started: float = field(default_factory=time.time)
    deadline: float | None = None
    position: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def seconds_left(self) -> float | None:
        """Return how long it may still take, None without a limit."""
        return None if self.deadline is None else max(self.deadline - time.time(), 0)

    @seconds_left.setter
    def seconds_left(self, seconds: float) -> None:
        """Set the deadline by the clock as it is now."""
        self.deadline = time.time() + seconds

    def as_stored(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Return what is stored: never a token, nor the bytes of an audio file."""
        stored = asdict(self) | {"rows": rows, "saved": time.time()}
        if self.audio is not None:
            stored["audio"] = {
                key: value
                for key, value in self.audio.items()
                if key != ATTR_MEDIA_BASE64
            }
        return stored

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> Plan:
        """Return what was stored, or raise vol.Invalid where it makes no sense."""
        stored = _STORED(stored)
        fields = {key: value for key, value in stored.items() if key != "saved"}
        targets = [Target(**target) for target in fields.pop("targets")]
        return cls(**fields, targets=targets)

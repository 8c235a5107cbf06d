"""The plan of an escalation: its settings and its position."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
import time
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_CONFIG_ENTRY_ID

from ..calls import CallEvent, CallType, Outcome
from ..const import (
    ATTR_AT,
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_MEDIA_BASE64,
    ATTR_NUMBER,
    ATTR_OUTCOME,
    ATTR_TAG,
    ATTR_TYPE,
)
from .target import Target

# After a gap of this many seconds, an escalation counts as expired.
MAX_INTERRUPTION: Final = 3600.0

_NUMBER: Final = vol.All(vol.Any(int, float), vol.Range(min=0, max=2**33))
_COUNT: Final = vol.All(int, vol.Range(min=0, max=2**16))
_TEXT: Final = vol.Any(None, str)


def _time(value: object) -> object:
    """Validate the text of a point in time with a time zone."""
    if not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is None:
        raise vol.Invalid("No time")
    return value


# A damaged file must fail when it is read, and not later during an alarm.
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
                    ATTR_AT: _time,
                    ATTR_CONFIG_ENTRY_ID: str,
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
    """Result of an escalation."""

    RUNNING = "running"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"
    EXPIRED = "expired"
    STOPPED = "stopped"


@dataclass(kw_only=True)
class Plan:
    """Settings and position of an escalation: everything that outlives a restart."""

    escalation_id: str
    tag: str | None
    targets: list[Target]
    # The fields of the action that describe the audio; None for fake calls.
    audio: dict[str, Any] | None
    duration: int
    rounds: int
    ring_time: int
    pause: int
    # The call events that acknowledge.
    accept: list[str]
    user_id: str | None
    # Unix time, as is the deadline.
    started: float = field(default_factory=time.time)
    deadline: float | None = None
    # The number of turns that are over.
    position: int = 0
    # The calls before the last restart: rows of a response, with the id of the entry.
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def entry_ids(self) -> set[str]:
        """Return the ids of the entries that the escalation calls from."""
        return {target.entry_id for target in self.targets}

    @property
    def next_target(self) -> Target:
        """Return the person who is called next."""
        return self.targets[self.position % len(self.targets)]

    @property
    def is_round_over(self) -> bool:
        """Return whether everybody had the same number of turns."""
        return self.position % len(self.targets) == 0

    @property
    def is_done(self) -> bool:
        """Return whether all rounds are over."""
        return self.position >= self.rounds * len(self.targets)

    @property
    def seconds_left(self) -> float | None:
        """Return the seconds until the deadline, None without one."""
        return None if self.deadline is None else max(self.deadline - time.time(), 0)

    @seconds_left.setter
    def seconds_left(self, seconds: float) -> None:
        """Set the deadline from the current time."""
        self.deadline = time.time() + seconds

    def as_stored(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the data to store, without the bytes of an audio file."""
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
        """Return a stored plan; raises vol.Invalid where the data make no sense."""
        stored = _STORED(stored)
        fields = {key: value for key, value in stored.items() if key != "saved"}
        targets = [Target(**target) for target in fields.pop("targets")]
        return cls(**fields, targets=targets)

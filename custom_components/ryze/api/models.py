"""What RyzeAPI answers, as frozen data."""

from dataclasses import dataclass
from typing import Any


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


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One WhatsApp number connected at RyzeAPI.

    The list also holds each instance's token, which is left out here on purpose.
    https://docs.ryzeapi.cloud/en/api/instance/list
    """

    id: str | None
    name: str

    @classmethod
    def from_json(cls, data: Any) -> Instance | None:
        """Read one entry of the list, or return None where it is none."""
        if not isinstance(data, dict):
            return None
        name = data.get("name")
        if not isinstance(name, str) or not name:
            return None
        identifier = data.get("id")
        return cls(
            id=identifier if isinstance(identifier, str) and identifier else None,
            name=name,
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
        if not isinstance(call_id, str) or not call_id:
            return None
        return cls(call_id=call_id)

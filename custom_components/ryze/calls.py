"""Placing calls, and telling Home Assistant what became of them."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .api import PlacedCall, RyzeAuthError, RyzeClient, RyzeError
from .const import (
    ATTR_AT,
    ATTR_CALL_ID,
    ATTR_CONTACT,
    ATTR_DURATION,
    ATTR_ERROR,
    ATTR_INSTANCE,
    ATTR_NUMBER,
    ATTR_OBSERVED,
    ATTR_OUTCOME,
    ATTR_TAG,
    ATTR_TYPE,
    CONF_INSTANCE,
    DOMAIN,
)
from .coordinator import RyzeConfigEntry


class CallType(StrEnum):
    """What a call does."""

    FAKE = "fake"
    AUDIO = "audio"


class Outcome(StrEnum):
    """What became of a call."""

    PLACED = "placed"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class FakeCall:
    """A request to ring for a duration in seconds and to hang up."""

    type: ClassVar = CallType.FAKE
    number: str
    duration: int
    tag: str | None = None


@dataclass(frozen=True, kw_only=True)
class AudioCall:
    """A request to ring and to play audio, a public URL or bytes, when answered."""

    type: ClassVar = CallType.AUDIO
    number: str
    audio: str | bytes
    tag: str | None = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that was asked for, and what is known of it."""

    request: FakeCall | AudioCall
    outcome: Outcome
    # Whether RyzeAPI said so, or we concluded it.
    observed: bool
    call_id: str | None = None
    error: RyzeError | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what events and responses both tell."""
        return {
            ATTR_CALL_ID: self.call_id,
            ATTR_TYPE: self.request.type.value,
            ATTR_NUMBER: self.request.number,
            ATTR_CONTACT: None,
            ATTR_TAG: self.request.tag,
            ATTR_OBSERVED: self.observed,
            ATTR_ERROR: self.error.key if self.error else None,
        }

    def as_response(self) -> dict[str, Any]:
        """Return the call as a row of an action's response."""
        return self.as_dict() | {ATTR_OUTCOME: self.outcome.value}


class RyzeCalls:
    """The calls of one instance."""

    def __init__(
        self, hass: HomeAssistant, entry: RyzeConfigEntry, client: RyzeClient
    ) -> None:
        """Initialize."""
        self._hass = hass
        self._entry = entry
        self._client = client

    async def async_place(
        self, request: FakeCall | AudioCall, context: Context
    ) -> Call:
        """Place a call; one that fails is returned as well, and not raised."""
        # The automation that asked may be stopped while the phone already rings. The
        # call is seen through, or nobody would ever be told of it.
        return await asyncio.shield(
            self._hass.async_create_task(
                self._async_place(request, context), f"{DOMAIN} call"
            )
        )

    async def _async_place(
        self, request: FakeCall | AudioCall, context: Context
    ) -> Call:
        """Place a call and fire its event."""
        try:
            placed = await self._async_send(request)
        except RyzeError as err:
            # The entry may have gone while the call was under way; one that loads
            # again finds out by itself.
            loaded = self._entry.state is ConfigEntryState.LOADED
            if isinstance(err, RyzeAuthError) and loaded:
                self._entry.async_start_reauth(self._hass)
            call = Call(
                request=request,
                outcome=Outcome.FAILED,
                observed=err.reported,
                error=err,
            )
        else:
            call = Call(
                request=request,
                outcome=Outcome.PLACED,
                observed=True,
                call_id=placed.call_id,
            )
        self._async_fire(call, context)
        return call

    async def _async_send(self, request: FakeCall | AudioCall) -> PlacedCall:
        """Send a call to RyzeAPI."""
        instance = self._entry.data[CONF_INSTANCE]
        if isinstance(request, FakeCall):
            return await self._client.fake_call(
                instance, request.number, request.duration
            )
        return await self._client.audio_call(instance, request.number, request.audio)

    @callback
    def _async_fire(self, call: Call, context: Context) -> None:
        """Fire the event of what has just become of a call."""
        request = call.request
        self._hass.bus.async_fire(
            f"{DOMAIN}_call_{call.outcome}",
            call.as_dict()
            | {
                ATTR_INSTANCE: self._entry.data[CONF_INSTANCE],
                ATTR_CONFIG_ENTRY_ID: self._entry.entry_id,
                ATTR_DURATION: (
                    request.duration if isinstance(request, FakeCall) else None
                ),
                ATTR_AT: dt_util.utcnow().isoformat(),
            },
            context=context,
        )

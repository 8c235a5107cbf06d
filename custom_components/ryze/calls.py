"""Placing calls, and telling Home Assistant what became of them."""

import asyncio
from dataclasses import dataclass, replace
from enum import StrEnum
import traceback
from typing import Any, ClassVar

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .api import (
    PlacedCall,
    RyzeAuthError,
    RyzeClient,
    RyzeError,
    RyzeOutcomeUnknownError,
)
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
    LOGGER,
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
        self._under_way: set[asyncio.Event] = set()

    @callback
    def async_give_up(self) -> None:
        """End the waiting between attempts; what has been sent is seen through."""
        for give_up in self._under_way:
            give_up.set()

    async def async_place(
        self, request: FakeCall | AudioCall, context: Context
    ) -> Call:
        """Place a call; one that fails is returned as well, and not raised."""
        give_up = asyncio.Event()
        self._under_way.add(give_up)
        task = self._hass.async_create_background_task(
            self._async_place(request, context, give_up), f"{DOMAIN} call"
        )
        task.add_done_callback(lambda _: self._under_way.discard(give_up))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            # The automation that asked was stopped. Nothing more is sent for it; but a
            # phone may ring already, and somebody has to be told of that.
            give_up.set()
            raise

    async def _async_place(
        self, request: FakeCall | AudioCall, context: Context, give_up: asyncio.Event
    ) -> Call:
        """Place a call and fire its event, whatever happens."""
        call = Call(
            request=request,
            outcome=Outcome.FAILED,
            observed=False,
            error=RyzeOutcomeUnknownError(),
        )
        try:
            placed = await self._async_send(request, give_up)
        except RyzeError as err:
            if isinstance(err, RyzeAuthError):
                self._async_start_reauth()
            call = replace(call, observed=err.reported, error=err)
        except Exception as err:  # noqa: BLE001
            # Its text might hold the number.
            LOGGER.error(
                "Unexpected %s while placing a call:\n%s",
                type(err).__name__,
                "".join(traceback.format_tb(err.__traceback__)),
            )
        else:
            call = Call(
                request=request,
                outcome=Outcome.PLACED,
                observed=True,
                call_id=placed.call_id,
            )
        finally:
            self._async_fire(call, context)
        return call

    @callback
    def _async_start_reauth(self) -> None:
        """Ask for a new token, unless the refused one is not in use any more."""
        if (
            self._entry.state is ConfigEntryState.LOADED
            and self._entry.runtime_data.calls is self
        ):
            self._entry.async_start_reauth(self._hass)

    async def _async_send(
        self, request: FakeCall | AudioCall, give_up: asyncio.Event
    ) -> PlacedCall:
        """Send a call to RyzeAPI."""
        instance = self._entry.data[CONF_INSTANCE]
        if isinstance(request, FakeCall):
            return await self._client.fake_call(
                instance, request.number, request.duration, give_up
            )
        return await self._client.audio_call(
            instance, request.number, request.audio, give_up
        )

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

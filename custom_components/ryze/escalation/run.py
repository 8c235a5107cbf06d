"""One escalation: calling people in order, round after round, until one answers."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..api import Audio, RyzeError, RyzeRateLimitError
from ..calls import AudioCall, Call, CallRequest, FakeCall, NotLoadedError
from ..const import (
    ATTR_ACKNOWLEDGED_BY,
    ATTR_AT,
    ATTR_AUDIO,
    ATTR_CONTACT,
    ATTR_ESCALATION_ID,
    ATTR_NUMBER,
    ATTR_REASON,
    ATTR_TAG,
    DOMAIN,
)
from ..errors import log_unexpected
from .plan import MAX_INTERRUPTION, Plan, Result
from .target import Target, Way, async_choose_way, async_find_ways
from .tone import async_get_audio_or_tone
from .view import View

# Stop connecting this many seconds before the ring time ends, so that a time-out can
# only mean "sent".
CONNECT_TIME: Final = 11.0
# Seconds to wait where a rate limit does not say when it ends.
RATE_LIMIT_WAIT: Final = 30.0

# Fields of a stored call that no response has.
_STORED_ONLY: Final = (ATTR_AT, ATTR_CONFIG_ENTRY_ID)


@dataclass
class _Round:
    """Whether one round placed a call, and the error of its last call."""

    reached: bool = False
    error: str | None = None


class Escalation:
    """Calls people until one of them acknowledges, and notes how it ends.

    Cancelling the task ends an escalation: nothing more is sent, and a request that was
    sent is seen through.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        plan: Plan,
        save: Callable[[], Coroutine[Any, Any, None]],
        parent_id: str | None = None,
        ready: asyncio.Event | None = None,
    ) -> None:
        """Initialize; `save` is called before each call, `ready` holds back the start."""
        self._hass = hass
        self._save = save
        self._ready = ready
        # The calls of this run, and the ids of the entries that placed them.
        self._calls: dict[Call, str] = {}
        self._task: asyncio.Task[None] | None = None
        self.plan = plan
        self.view = View(hass, plan)
        # Its own context, to recognise answers to its own calls.
        self.context = Context(user_id=plan.user_id, parent_id=parent_id)
        self.result = Result.RUNNING
        self.acknowledged_by: str | None = None
        self.reason: str | None = None
        self.fallback = False

    @callback
    def async_start(self) -> asyncio.Task[None]:
        """Start, or go on after a restart."""
        self._task = self._hass.async_create_background_task(
            self._async_run(), f"{DOMAIN} escalation"
        )
        return self._task

    @callback
    def async_end(self, result: Result, acknowledged_by: str | None = None) -> None:
        """End the escalation; a ringing phone rings on, because RyzeAPI cannot hang up."""
        if self.result is Result.RUNNING:
            self.result = result
            self.acknowledged_by = acknowledged_by
            self.async_interrupt()

    @callback
    def async_interrupt(self) -> None:
        """Cancel the task; without a result, a restart takes the escalation up again."""
        if self._task:
            self._task.cancel()

    async def async_wait(self) -> None:
        """Wait until the escalation or Home Assistant ends."""
        if self._task:
            await asyncio.wait([self._task])

    @property
    def stored_rows(self) -> list[dict[str, Any]]:
        """Return all calls so far, with their times and the entries that placed them."""
        return self.plan.rows + [
            call.as_response(waited=True)
            | {ATTR_CONFIG_ENTRY_ID: entry_id, ATTR_AT: call.at.isoformat()}
            for call, entry_id in self._calls.items()
        ]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return all calls so far as rows of a response, in order."""
        return [
            {key: value for key, value in row.items() if key not in _STORED_ONLY}
            for row in self.stored_rows
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the data that events and responses share."""
        return {
            ATTR_ESCALATION_ID: self.plan.escalation_id,
            ATTR_TAG: self.plan.tag,
            ATTR_ACKNOWLEDGED_BY: self.acknowledged_by,
            ATTR_REASON: self.reason,
            ATTR_AUDIO: "fallback" if self.fallback else None,
        }

    async def _async_run(self) -> None:
        """Call people until the escalation ends, and note the result."""
        if self.result is not Result.RUNNING:
            return
        handlers = dict.fromkeys(self.plan.accept, self._handle_answer)
        unsubscribe = [
            self._hass.bus.async_listen(f"{DOMAIN}_call_{event}", handler)
            for event, handler in {"placed": self._handle_placed, **handlers}.items()
        ]
        try:
            if self._ready:
                await self._async_get_ready(self._ready)
            async with asyncio.timeout(self.plan.seconds_left):
                self.reason = await self._async_call_everybody()
            self.result = Result.EXHAUSTED if self.reason else Result.STOPPED
        except TimeoutError:
            self.result, self.reason = Result.EXPIRED, "deadline"
        except asyncio.CancelledError:
            if self.result is Result.RUNNING:
                # Home Assistant stops, and takes the escalation up again at its start.
                raise
        except Exception as err:  # noqa: BLE001
            log_unexpected("in an escalation", err)
            self.result, self.reason = Result.EXHAUSTED, "unexpected"
        finally:
            for stop in unsubscribe:
                stop()

    async def _async_get_ready(self, ready: asyncio.Event) -> None:
        """Wait until Home Assistant has started."""
        left, since = self.plan.seconds_left, self._hass.loop.time()
        await ready.wait()
        if left is not None:
            # After a power cut, the clock may have been corrected meanwhile.
            self.plan.seconds_left = left - (self._hass.loop.time() - since)

    @callback
    def _handle_placed(self, event: Event) -> None:
        """Store the id of a call, which identifies its answer after a restart."""
        if event.context.id == self.context.id:
            self._hass.async_create_task(self._save())

    @callback
    def _handle_answer(self, event: Event) -> None:
        """End the escalation with an answer to any of its calls, however late."""
        if event.context.id == self.context.id:
            answered_by = event.data[ATTR_CONTACT] or event.data[ATTR_NUMBER]
            self.async_end(Result.ACKNOWLEDGED, answered_by)

    async def _async_call_everybody(self) -> str | None:
        """Call round after round; return why it ended, None where no contact is left."""
        plan = self.plan
        await self._async_store()
        audio: str | Audio | None = None
        if plan.audio is not None:
            audio, self.fallback = await async_get_audio_or_tone(self._hass, plan.audio)
        pause: float = 0
        error: str | None = None
        while self._has_hope and not plan.is_done:
            await self._async_pause(pause)
            if (finished := await self._async_call_round(audio)) is None:
                break
            error = None if finished.reached else finished.error
            # Nobody was reached in this round: wait one ring time, because a call may
            # still be ringing and RyzeAPI may need time to recover.
            pause = plan.pause if finished.reached else plan.ring_time
        return self._why_it_ended(error)

    async def _async_call_round(self, audio: str | Audio | None) -> _Round | None:
        """Call everybody who is left in this round, None where no instance comes back."""
        plan, result = self.plan, _Round()
        pause: float = 0
        while self._has_hope:
            await self._async_pause(pause)
            pause = 0
            await self._async_pause(MAX_INTERRUPTION, lambda: self._can_call)
            if not self._can_call:
                return None
            target = plan.next_target
            plan.position += 1
            if async_choose_way(self._hass, target):
                # The person who is called when the power fails is not called twice.
                await self._async_store()
                with self.view.showing(target):
                    result.error = await self._async_ring(target, audio)
                if result.error is None:
                    result.reached = True
                    pause = plan.pause
            if plan.is_round_over:
                break
        return result

    def _why_it_ended(self, error: str | None) -> str | None:
        """Return why nobody answered, given the error of a round that reached nobody."""
        if self._has_hope and self.plan.is_done:
            return error or "rounds"
        # Only unloaded instances are left, or no contact at all.
        targets = self.plan.targets
        left = any(async_find_ways(self._hass, target) for target in targets)
        return NotLoadedError.key if left else None

    async def _async_ring(
        self, target: Target, audio: str | Audio | None
    ) -> str | None:
        """Ring a person for the ring time; return the error where no call was placed."""
        error: RyzeError | NotLoadedError | None = None
        tried: set[str] = set()
        while way := async_choose_way(self._hass, target, tried):
            if wait := way.calls.reset_in:
                # All other ways are closed too, and may be open afterwards.
                await asyncio.sleep(wait)
                continue
            error = await self._async_ring_through(way, audio)
            if error is None or error.may_ring:
                break
            # The same person may be a contact of another instance.
            tried.add(way.entry.entry_id)
        if isinstance(error, RyzeRateLimitError):
            if way := async_choose_way(self._hass, target):
                await asyncio.sleep(RATE_LIMIT_WAIT)
                error = await self._async_ring_through(way, audio)
        return error.key if error else None

    async def _async_ring_through(
        self, way: Way, audio: str | Audio | None
    ) -> RyzeError | NotLoadedError | None:
        """Ring a person through one instance; return the error of a call that failed."""
        plan = self.plan
        request: CallRequest
        if audio is None:
            request = FakeCall(number=way.number, duration=plan.duration, tag=plan.tag)
        else:
            request = AudioCall(number=way.number, audio=audio, tag=plan.tag)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(plan.ring_time, CONNECT_TIME)):
                call = await way.calls.async_place(
                    request,
                    self.context,
                    plan.ring_time,
                    lambda call: self._calls.update({call: way.entry.entry_id}),
                    patience=plan.ring_time - CONNECT_TIME,
                )
                return call.error
        return None

    @property
    def _can_call(self) -> bool:
        """Return whether at least one person can be called now."""
        return any(async_choose_way(self._hass, target) for target in self.plan.targets)

    @property
    def _has_hope(self) -> bool:
        """Return whether at least one person can be called now or later."""
        return any(
            not way.entry.disabled_by
            for target in self.plan.targets
            for way in async_find_ways(self._hass, target)
        )

    async def _async_store(self) -> None:
        """Store the position, also where the escalation ends meanwhile."""
        await asyncio.shield(self._hass.async_create_task(self._save()))

    async def _async_pause(
        self, seconds: float, is_over: Callable[[], bool] = lambda: False
    ) -> None:
        """Wait some seconds, or until a condition holds or no contact is left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._has_hope and not is_over():
                    await self._async_wait_for_change()

    async def _async_wait_for_change(self) -> None:
        """Wait until a config entry changes."""
        changed = asyncio.Event()

        @callback
        def note(*_: object) -> None:
            changed.set()

        stop = async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, note)
        try:
            await changed.wait()
        finally:
            stop()

"""Escalation: calling people in order, round after round, until one of them has it."""

import asyncio
from collections.abc import Callable, Container, Coroutine
from contextlib import suppress
from itertools import chain
from typing import Any, Final

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntryState
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..api import Audio
from ..calls.call import AudioCall, Call, FakeCall, NotLoadedError
from ..const import (
    ATTR_ACKNOWLEDGED_BY,
    ATTR_AUDIO,
    ATTR_CONTACT,
    ATTR_ESCALATION_ID,
    ATTR_NUMBER,
    ATTR_REASON,
    ATTR_TAG,
    DOMAIN,
)
from ..coordinator import RyzeConfigEntry
from ..errors import log_unexpected
from ..recipients import instances_of
from .plan import MAX_INTERRUPTION, Plan, Result, Target
from .tone import async_get_audio_or_tone

# What leaves no doubt that nothing rang, so that another instance may try at once.
RATE_LIMIT: Final = "rate_limit"
NOT_PLACED: Final = {
    *("auth", "connection", "invalid_request"),
    *("not_connected", "not_found", RATE_LIMIT),
}
# A connection that is tried so long before the end of the ring time has failed by then:
# where there is no answer at the end, a phone may ring.
CONNECT_TIME: Final = 11.0
# How long to wait where a rate limit does not say when it ends.
RATE_LIMIT_WAIT: Final = 30.0


class Escalation:
    """Calls people until one of them has it, and tells what becomes of that.

    Ending it is cancelling its task: that gives up what is not sent yet, and sees
    through what is.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        plan: Plan,
        save: Callable[[], Coroutine[Any, Any, None]],
        parent_id: str | None = None,
        ready: asyncio.Event | None = None,
    ) -> None:
        """Initialize; it waits until it is ready, and saves before each call."""
        self._hass = hass
        self._save = save
        self._ready = ready
        self._calls: list[Call] = []
        self._task: asyncio.Task[None] | None = None
        self.plan = plan
        # One of its own, by which answers to its calls are told from others.
        self.context = Context(user_id=plan.user_id, parent_id=parent_id)
        self.result = Result.RUNNING
        self.acknowledged_by: str | None = None
        self.reason: str | None = None
        self.fallback = False

    @callback
    def async_start(self) -> asyncio.Task[None]:
        """Begin, or go on where a restart has interrupted it."""
        self._task = self._hass.async_create_background_task(
            self._async_run(), f"{DOMAIN} escalation"
        )
        return self._task

    @callback
    def async_end(self, result: Result, acknowledged_by: str | None = None) -> None:
        """End it; a phone that rings goes on ringing, since RyzeAPI cannot hang up."""
        if self.result is Result.RUNNING:
            self.result = result
            self.acknowledged_by = acknowledged_by
            self.async_interrupt()

    @callback
    def async_interrupt(self) -> None:
        """Do nothing more for now."""
        if self._task:
            self._task.cancel()

    async def async_wait(self) -> None:
        """Wait until it ends, or Home Assistant does."""
        if self._task:
            await asyncio.wait([self._task])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return what became of the calls, in the order that they were made."""
        return self.plan.rows + [call.as_response(waited=True) for call in self._calls]

    @property
    def next_target(self) -> Target:
        """Return whose turn it is."""
        return self.plan.targets[self.plan.position % len(self.plan.targets)]

    def as_dict(self) -> dict[str, Any]:
        """Return what events and responses both tell."""
        return {
            ATTR_ESCALATION_ID: self.plan.escalation_id,
            ATTR_TAG: self.plan.tag,
            ATTR_ACKNOWLEDGED_BY: self.acknowledged_by,
            ATTR_REASON: self.reason,
            ATTR_AUDIO: "fallback" if self.fallback else None,
        }

    async def _async_run(self) -> None:
        """Call people until it ends, one way or the other."""
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
                # Home Assistant stops, and will take it up again.
                raise
        except Exception as err:  # noqa: BLE001
            log_unexpected("in an escalation", err)
            self.result, self.reason = Result.EXHAUSTED, "unexpected"
        finally:
            for stop in unsubscribe:
                stop()

    async def _async_get_ready(self, ready: asyncio.Event) -> None:
        """Wait until everything is there."""
        left, since = self.plan.seconds_left, self._hass.loop.time()
        await ready.wait()
        if left is not None:
            # After a power cut, the clock may have been put right meanwhile.
            self.plan.seconds_left = left - (self._hass.loop.time() - since)

    @callback
    def _handle_placed(self, event: Event) -> None:
        """Store the id of a call, by which its answer is known after a restart."""
        if event.context.id == self.context.id:
            self._hass.async_create_task(self._save())

    @callback
    def _handle_answer(self, event: Event) -> None:
        """End it with an answer to any of its calls, however late."""
        if event.context.id == self.context.id:
            answered_by = event.data[ATTR_CONTACT] or event.data[ATTR_NUMBER]
            self.async_end(Result.ACKNOWLEDGED, answered_by)

    async def _async_call_everybody(self) -> str | None:
        """Call one after the other; return why nobody is left, None if all are gone."""
        plan = self.plan
        await self._async_store()
        audio: str | Audio | None = None
        if plan.audio is not None:
            audio, self.fallback = await async_get_audio_or_tone(self._hass, plan.audio)
        pause: float = 0
        error = silence = None
        reached = False
        while plan.position < plan.rounds * len(plan.targets) and self._has_hope:
            await self._async_pause(pause)
            pause = 0
            if not self._can_call:
                await self._async_pause(MAX_INTERRUPTION, lambda: self._can_call)
                if not self._can_call:
                    break
            target = self.next_target
            plan.position += 1
            if self._reach(target):
                # Whoever is called when the power fails is not called twice.
                await self._async_store()
                error = await self._async_call(target, audio)
                reached = reached or error is None
                pause = 0 if error else plan.pause
            if plan.position % len(plan.targets) == 0:
                silence = None if reached else error
                # Where nobody was reached, patience is worth more than haste: RyzeAPI
                # may be well again, and what may have rung is not rung again at once.
                pause = pause if reached else plan.ring_time
                reached = False
        if self._has_hope and plan.position == plan.rounds * len(plan.targets):
            return silence or "rounds"
        # What is left is not loaded, and will not be.
        left = any(instances_of(self._hass, target) for target in plan.targets)
        return NotLoadedError.key if left else None

    async def _async_call(
        self, target: Target, audio: str | Audio | None
    ) -> str | None:
        """Call somebody and give them time; return why no phone rang, if none did."""
        error: str | None = None
        tried: set[str] = set()
        while reached := self._reach(target, tried):
            if wait := reached[0].runtime_data.calls.reset_in:
                # No other instance could do it, and all may be different afterwards.
                await asyncio.sleep(wait)
                continue
            error = await self._async_place(*reached, audio)
            if error not in NOT_PLACED:
                return error
            # The same person may be a contact of another instance.
            tried.add(reached[0].entry_id)
        if error == RATE_LIMIT and (reached := self._reach(target)):
            await asyncio.sleep(RATE_LIMIT_WAIT)
            error = await self._async_place(*reached, audio)
        return error

    async def _async_place(
        self, entry: RyzeConfigEntry, number: str, audio: str | Audio | None
    ) -> str | None:
        """Place a call and wait for an answer; return the error of one that failed."""
        plan = self.plan
        request: AudioCall | FakeCall = (
            FakeCall(number=number, duration=plan.duration, tag=plan.tag)
            if audio is None
            else AudioCall(number=number, audio=audio, tag=plan.tag)
        )
        try:
            async with asyncio.timeout(max(plan.ring_time, CONNECT_TIME)):
                call = await entry.runtime_data.calls.async_place(
                    request,
                    self.context,
                    plan.ring_time,
                    self._calls.append,
                    patience=plan.ring_time - CONNECT_TIME,
                )
        except TimeoutError:
            return None
        return call.error.key if call.error else None

    def _reach(
        self, target: Target, tried: Container[str] = ()
    ) -> tuple[RyzeConfigEntry, str] | None:
        """Return an instance that can call somebody now, and the number."""
        found = [
            (entry, number)
            for entry, number in instances_of(self._hass, target)
            if entry.entry_id not in tried and entry.state is ConfigEntryState.LOADED
        ]
        # One that may not send requests now comes last.
        return min(
            found, key=lambda item: item[0].runtime_data.calls.reset_in, default=None
        )

    @property
    def _can_call(self) -> bool:
        """Return whether anybody can be called now."""
        return any(self._reach(target) for target in self.plan.targets)

    @property
    def _has_hope(self) -> bool:
        """Return whether anybody could be called, now or later."""
        found = [instances_of(self._hass, target) for target in self.plan.targets]
        return any(not entry.disabled_by for entry, _ in chain(*found))

    async def _async_store(self) -> None:
        """Store how far it has come, whatever ends it meanwhile."""
        await asyncio.shield(self._hass.async_create_task(self._save()))

    async def _async_pause(
        self, seconds: float, is_over: Callable[[], bool] = lambda: False
    ) -> None:
        """Let time pass while there is hope."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._has_hope and not is_over():
                    await self._async_wait_for_change()

    async def _async_wait_for_change(self) -> None:
        """Wait until something has changed about an entry."""
        changed = asyncio.Event()

        @callback
        def note(*_: object) -> None:
            changed.set()

        stop = async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, note)
        try:
            await changed.wait()
        finally:
            stop()

"""The running escalations: starting, storing, resuming and reporting them."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
import time
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..calls import Call, Outcome, async_get_calls
from ..const import ATTR_CALL_ID, ATTR_OUTCOME, DOMAIN, LOGGER
from ..errors import log_unexpected
from .events import (
    EscalationEvent,
    EscalationEvents,
    EscalationEventType,
)
from .plan import MAX_INTERRUPTION, Plan, Result
from .run import Escalation

STORAGE_VERSION: Final = 1
STORAGE_KEY: Final = f"{DOMAIN}.escalations"

_EVENTS: Final = {
    Result.RUNNING: EscalationEventType.STARTED,
    Result.ACKNOWLEDGED: EscalationEventType.ACKNOWLEDGED,
    Result.EXHAUSTED: EscalationEventType.EXHAUSTED,
    Result.EXPIRED: EscalationEventType.EXHAUSTED,
    Result.STOPPED: EscalationEventType.STOPPED,
}

DATA_ESCALATIONS: HassKey[RyzeEscalations] = HassKey(f"{DOMAIN}_escalations")


class RyzeEscalations:
    """All escalations of all instances."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize."""
        self._hass = hass
        self._store = Store[list[dict[str, Any]]](
            # Atomic, so that a power cut leaves the old or the new file.
            hass,
            STORAGE_VERSION,
            STORAGE_KEY,
            atomic_writes=True,
        )
        # `Store.async_remove` does not wait for a running save.
        self._storing = asyncio.Lock()
        self._running: dict[str, Escalation] = {}
        self._listeners: set[Callable[[], None]] = set()
        self.events = EscalationEvents()
        # Runs before the calls' shutdown job, which would release this task to place the
        # next call.
        hass.async_add_shutdown_job(HassJob(self._async_interrupt))

    @callback
    def async_subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have a listener called when an escalation starts, goes on or ends."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @callback
    def async_get(
        self,
        *,
        escalation_id: str | None = None,
        tag: str | None = None,
        entry_id: str | None = None,
    ) -> list[Escalation]:
        """Return the running escalations, filtered by the arguments that are given."""
        return [
            escalation
            for escalation in self._running.values()
            # An escalation that has ended stays here until its task is over.
            if escalation.result is Result.RUNNING
            and escalation_id in (None, escalation.plan.escalation_id)
            and tag in (None, escalation.plan.tag)
            and (entry_id is None or entry_id in escalation.view.entry_ids)
        ]

    @callback
    def async_start(self, plan: Plan, parent_id: str) -> Escalation:
        """Start an escalation, or return the running one with the same tag."""
        if plan.tag is not None and (running := self.async_get(tag=plan.tag)):
            return running[0]
        escalation = Escalation(self._hass, plan, self._async_save, parent_id)
        self._running[plan.escalation_id] = escalation
        self._async_fire(escalation)
        self._async_go(escalation)
        return escalation

    async def async_resume(self) -> None:
        """Go on with the escalations that a restart has interrupted."""
        # Speech and the instances are ready only after the start.
        started = asyncio.Event()

        @callback
        def note(_: HomeAssistant) -> None:
            started.set()

        async_at_started(self._hass, note)
        for plan in await self._async_load():
            escalation = Escalation(self._hass, plan, self._async_save, ready=started)
            self._running[plan.escalation_id] = escalation
            # The bus was told of the start, which an entity may have lost in a power cut.
            start = dt_util.utc_from_timestamp(plan.started)
            self.events.async_report(_event(escalation, start))
            self._async_recall(escalation)
            self._async_go(escalation)

    @callback
    def _async_recall(self, escalation: Escalation) -> None:
        """Follow the calls before a restart, whose answers still end the escalation."""
        for row in escalation.plan.rows:
            entry = self._hass.config_entries.async_get_entry(row[ATTR_CONFIG_ENTRY_ID])
            if entry and row[ATTR_CALL_ID] and row[ATTR_OUTCOME] == Outcome.UNKNOWN:
                call = Call.from_response(row, escalation.context)
                async_get_calls(self._hass, entry).async_recall(call)

    async def _async_load(self) -> list[Plan]:
        """Return the stored plans, none where the file cannot be read."""
        try:
            found = await self._store.async_load() or []
            plans = [plan for stored in found if (plan := self._read(stored))]
            return list({plan.escalation_id: plan for plan in plans}.values())
        except Exception as err:  # noqa: BLE001
            log_unexpected("in the stored escalations", err)
            return []

    def _read(self, stored: dict[str, Any]) -> Plan | None:
        """Return one stored plan, None where it cannot be read."""
        try:
            plan = Plan.from_stored(stored)
            saved, now = stored["saved"], time.time()
            if now - saved > MAX_INTERRUPTION:
                plan.deadline = saved
            elif plan.deadline is not None:
                # A clock that is behind after a power cut must not prolong it.
                plan.deadline = min(plan.deadline, now + plan.deadline - saved)
        except Exception as err:  # noqa: BLE001
            log_unexpected("in a stored escalation", err)
            return None
        return plan

    @callback
    def _async_go(self, escalation: Escalation) -> None:
        """Start the task of an escalation, and follow its end."""
        escalation.view.notify = self._async_notify
        task = escalation.async_start()
        task.add_done_callback(partial(self._async_handle_end, escalation))
        self._async_notify()

    @callback
    def _async_handle_end(self, escalation: Escalation, _: asyncio.Task[None]) -> None:
        """Report an escalation that has ended; an interrupted one stays stored."""
        if escalation.result is Result.RUNNING:
            return
        del self._running[escalation.plan.escalation_id]
        self._hass.async_create_task(self._async_save())
        self._async_fire(escalation)

    @callback
    def _async_interrupt(self) -> None:
        """Interrupt all escalations while Home Assistant stops."""
        for escalation in self._running.values():
            escalation.async_interrupt()

    async def _async_save(self) -> None:
        """Store the running escalations, and call the listeners."""
        self._async_notify()
        stored = [
            plan for item in self._running.values() if (plan := self._storable(item))
        ]
        try:
            async with self._storing:
                if stored:
                    await self._store.async_save(stored)
                else:
                    # No file is left behind, also where the integration is removed.
                    await self._store.async_remove()
        except Exception as err:  # noqa: BLE001
            # An escalation goes on without its file.
            LOGGER.error("Escalations could not be stored: %s", type(err).__name__)

    def _storable(self, escalation: Escalation) -> dict[str, Any] | None:
        """Return the data to store, None where JSON cannot hold them.

        Home Assistant writes all escalations or none, so one that cannot be written is
        left out.
        """
        stored = escalation.plan.as_stored(escalation.stored_rows)
        try:
            json_bytes(stored)
        except (TypeError, ValueError) as err:
            LOGGER.error("An escalation cannot be stored: %s", type(err).__name__)
            return None
        return stored

    @callback
    def _async_notify(self) -> None:
        """Call the listeners."""
        for listener in list(self._listeners):
            try:
                listener()
            except Exception as err:  # noqa: BLE001
                # An entity that fails must not end the escalation.
                log_unexpected("while reporting an escalation", err)

    @callback
    def _async_fire(self, escalation: Escalation) -> None:
        """Fire the event of an escalation's start or end."""
        event = _event(escalation, dt_util.utcnow())
        self._hass.bus.async_fire(
            f"{DOMAIN}_escalation_{event.type}", event.data, context=event.context
        )
        self.events.async_report(event)


def _event(escalation: Escalation, at: datetime) -> EscalationEvent:
    """Return the event of an escalation's start or end."""
    return EscalationEvent(
        type=_EVENTS[escalation.result],
        at=at,
        shared=escalation.as_dict(),
        entry_ids=escalation.view.entry_ids,
        context=escalation.context,
    )

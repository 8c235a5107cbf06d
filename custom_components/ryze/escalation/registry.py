"""The escalations that run: started, stored, taken up again, and told of."""

import asyncio
from collections.abc import Callable
from functools import partial
import time
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..calls.call import Call, Outcome
from ..calls.placing import async_get_tracker
from ..const import ATTR_AT, ATTR_CALL_ID, ATTR_OUTCOME, DOMAIN, LOGGER
from ..errors import log_unexpected
from .plan import MAX_INTERRUPTION, Plan, Result
from .run import Escalation

STORAGE_VERSION: Final = 1
STORAGE_KEY: Final = f"{DOMAIN}.escalations"

_EVENTS: Final = {
    Result.RUNNING: "started",
    Result.ACKNOWLEDGED: "acknowledged",
    Result.EXHAUSTED: "exhausted",
    Result.EXPIRED: "exhausted",
    Result.STOPPED: "stopped",
}

DATA_ESCALATIONS: HassKey[RyzeEscalations] = HassKey(f"{DOMAIN}_escalations")


class RyzeEscalations:
    """All escalations, whatever instances they call from."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize."""
        self._hass = hass
        self._store = Store[list[dict[str, Any]]](
            # A power cut must not find half of it, nor what was there before.
            hass,
            STORAGE_VERSION,
            STORAGE_KEY,
            atomic_writes=True,
        )
        # To remove does not wait for what is being written.
        self._storing = asyncio.Lock()
        self._running: dict[str, Escalation] = {}
        self._listeners: set[Callable[[], None]] = set()
        # Before calls end their waiting, which would let the next one be placed.
        hass.async_add_shutdown_job(HassJob(self._async_interrupt))

    @callback
    def async_subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have a listener called when escalations start, go on or end."""
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
        """Return those that run, of an id, of a tag or of an instance if given."""
        return [
            escalation
            for escalation in self._running.values()
            # One that has ended is still here until its task is over.
            if escalation.result is Result.RUNNING
            and escalation_id in (None, escalation.plan.escalation_id)
            and tag in (None, escalation.plan.tag)
            and (
                entry_id is None
                or any(
                    target.entry_id == entry_id for target in escalation.plan.targets
                )
            )
        ]

    @callback
    def async_start(self, plan: Plan, parent_id: str) -> Escalation:
        """Start an escalation, or return the one of the same tag that runs already."""
        if plan.tag is not None and (running := self.async_get(tag=plan.tag)):
            return running[0]
        escalation = Escalation(self._hass, plan, self._async_save, parent_id)
        self._running[plan.escalation_id] = escalation
        self._async_fire(escalation)
        self._async_go(escalation)
        return escalation

    async def async_resume(self) -> None:
        """Take up again what a restart has interrupted."""
        # Speech, and the instances, are there only once everything is.
        started = asyncio.Event()

        @callback
        def note(_: HomeAssistant) -> None:
            started.set()

        async_at_started(self._hass, note)
        for plan in await self._async_load():
            escalation = Escalation(self._hass, plan, self._async_save, ready=started)
            self._running[plan.escalation_id] = escalation
            self._async_recall(escalation)
            self._async_go(escalation)

    @callback
    def _async_recall(self, escalation: Escalation) -> None:
        """Let an answer to a call of before the restart end an escalation."""
        calls = [
            Call.from_response(row, escalation.context)
            for row in escalation.plan.rows
            if row[ATTR_CALL_ID] and row[ATTR_OUTCOME] == Outcome.UNKNOWN
        ]
        for entry_id in {target.entry_id for target in escalation.plan.targets}:
            async_get_tracker(self._hass, entry_id).async_recall(calls)

    async def _async_load(self) -> list[Plan]:
        """Return what was stored; what cannot be read must not keep us from starting."""
        try:
            found = await self._store.async_load() or []
            plans = [plan for stored in found if (plan := self._read(stored))]
            return list({plan.escalation_id: plan for plan in plans}.values())
        except Exception as err:  # noqa: BLE001
            log_unexpected("in the stored escalations", err)
            return []

    def _read(self, stored: dict[str, Any]) -> Plan | None:
        """Return a stored plan, None where it cannot be read."""
        try:
            plan = Plan.from_stored(stored)
            saved, now = stored["saved"], time.time()
            if now - saved > MAX_INTERRUPTION:
                plan.deadline = saved
            elif plan.deadline is not None:
                # After a power cut the clock may be behind, which gives no more time.
                plan.deadline = min(plan.deadline, now + plan.deadline - saved)
        except Exception as err:  # noqa: BLE001
            log_unexpected("in a stored escalation", err)
            return None
        return plan

    @callback
    def _async_go(self, escalation: Escalation) -> None:
        """Let an escalation run, and take notice of its end."""
        task = escalation.async_start()
        task.add_done_callback(partial(self._async_handle_end, escalation))
        self._async_notify()

    @callback
    def _async_handle_end(self, escalation: Escalation, _: asyncio.Task[None]) -> None:
        """Forget and tell of what has ended; what was interrupted stays stored."""
        if escalation.result is Result.RUNNING:
            return
        del self._running[escalation.plan.escalation_id]
        self._hass.async_create_task(self._async_save())
        self._async_fire(escalation)

    @callback
    def _async_interrupt(self) -> None:
        """Call nobody any more while Home Assistant stops."""
        for escalation in self._running.values():
            escalation.async_interrupt()

    async def _async_save(self) -> None:
        """Store what runs, and tell who shows it."""
        self._async_notify()
        try:
            async with self._storing:
                if running := self._running.values():
                    await self._store.async_save(
                        [item.plan.as_stored(item.rows) for item in running]
                    )
                else:
                    # Nothing is left behind, also not where the integration is removed.
                    await self._store.async_remove()
        except (HomeAssistantError, OSError) as err:
            # A full disk must not keep anybody from being called.
            LOGGER.error("Escalations could not be stored: %s", type(err).__name__)

    @callback
    def _async_notify(self) -> None:
        """Tell who shows escalations."""
        for listener in list(self._listeners):
            try:
                listener()
            except Exception as err:  # noqa: BLE001
                # Whoever shows an escalation must not be able to end it.
                log_unexpected("while telling of an escalation", err)

    @callback
    def _async_fire(self, escalation: Escalation) -> None:
        """Tell Home Assistant that an escalation started or ended."""
        self._hass.bus.async_fire(
            f"{DOMAIN}_escalation_{_EVENTS[escalation.result]}",
            {
                **escalation.as_dict(),
                ATTR_AT: dt_util.utcnow().isoformat(),
            },
            context=escalation.context,
        )

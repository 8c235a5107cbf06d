"""Escalations: running them fast or at the test's pace, and reading what they tell."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
import time
from typing import Any, Final

import pytest

from homeassistant.core import Context, Event, HomeAssistant, ServiceCall

from .const import ANA, JOAO, MARIA
from .waits import watch_waits
from custom_components.ryze import services
from custom_components.ryze.calls import outcomes as outcomes_module
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.escalation import run as escalation_module
from custom_components.ryze.escalation.plan import Plan
from custom_components.ryze.escalation.registry import DATA_ESCALATIONS, RyzeEscalations
from custom_components.ryze.escalation.run import Escalation
from custom_components.ryze.recipients import Recipient
from tests.simulator import Behaviour, Simulator

BOTH: Final = ["notify.maria", "notify.joao"]

# Storage key of the escalations.
KEY: Final = "ryze.escalations"

# The factor by which times are shortened.
SPEED: Final = 100


def hurry_phones(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the ringing of phones, and all waiting that no action can set."""
    simulator.second = 1 / SPEED
    monkeypatch.setattr(outcomes_module, "REORDER", 1 / SPEED)
    monkeypatch.setattr(outcomes_module, "DECLINE_HOLD", 1.5 / SPEED)
    monkeypatch.setattr(escalation_module, "RATE_LIMIT_WAIT", 30 / SPEED)
    monkeypatch.setattr(escalation_module, "CONNECT_TIME", 11 / SPEED)


def hurry(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the ringing of phones, and the times of all escalations.

    Somebody who is to answer needs a ring time of a second or more even so.
    """
    hurry_phones(simulator, monkeypatch)
    make_plan = services._make_plan

    def make_quick_plan(call: ServiceCall, recipients: Sequence[Recipient]) -> Plan:
        plan = make_plan(call, recipients)
        now = time.time()
        quick: dict[str, Any] = {
            "ring_time": plan.ring_time / SPEED,
            "pause": plan.pause / SPEED,
            "deadline": plan.deadline and now + (plan.deadline - now) / SPEED,
        }
        return replace(plan, **quick)

    monkeypatch.setattr(services, "_make_plan", make_quick_plan)


def keep_ringing(simulator: Simulator) -> None:
    """Let the phones ring for longer than any test, unless the test answers them."""
    simulator.second = 10.0
    for number in (MARIA, JOAO, ANA):
        simulator.phone(number).behaviour = Behaviour.MANUAL


async def escalate(
    hass: HomeAssistant, context: Context | None = None, **data: Any
) -> dict[str, Any]:
    """Run one round of fake calls to Maria and João, and return the response."""
    recipients = {} if "number" in data else {"entity_id": BOTH}
    answer = await hass.services.async_call(
        DOMAIN,
        "escalate",
        {"pause": 0, "rounds": 1, **recipients, **data},
        blocking=True,
        context=context,
        return_response=True,
    )
    assert answer is not None
    return dict(answer)


async def begin(
    hass: HomeAssistant, context: Context | None = None, **data: Any
) -> Escalation:
    """Start an escalation in the background."""
    response = await escalate(hass, context, background=True, **data)
    assert response["result"] == "running"
    (escalation,) = hass.data[DATA_ESCALATIONS].async_get(
        escalation_id=response["escalation_id"]
    )
    return escalation


async def acknowledge(
    hass: HomeAssistant, context: Context | None = None, **data: Any
) -> list[str]:
    """Acknowledge escalations, and return the ids of those that this ended."""
    answer = await hass.services.async_call(
        DOMAIN,
        "acknowledge",
        data,
        blocking=True,
        context=context,
        return_response=True,
    )
    assert answer is not None
    ids: list[str] = answer["escalation_id"]  # type: ignore[assignment]
    return ids


async def interrupt(hass: HomeAssistant) -> None:
    """Interrupt the escalations that run, as a stop of Home Assistant does."""
    interrupted = running(hass)
    for item in hass._shutdown_jobs:
        hass.async_run_hass_job(item.job)
    for escalation in interrupted:
        await escalation.async_wait()
    # The last writes of the storage.
    await hass.async_block_till_done()


async def resume(hass: HomeAssistant) -> None:
    """Resume the stored escalations, as a start of Home Assistant does."""
    escalations = hass.data[DATA_ESCALATIONS] = RyzeEscalations(hass)
    await escalations.async_resume()


def running(hass: HomeAssistant) -> list[Escalation]:
    """Return the escalations that run."""
    return hass.data[DATA_ESCALATIONS].async_get()


def stored(hass_storage: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the stored escalations."""
    items: list[dict[str, Any]] = hass_storage.get(KEY, {"data": []})["data"]
    return items


def told(events: Iterable[Event]) -> list[str]:
    """Return the names of escalation events without their common beginning."""
    names = [str(event.event_type) for event in events]
    start = f"{DOMAIN}_escalation_"
    return [name.removeprefix(start) for name in names if name.startswith(start)]


def outcomes(response: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the contacts and outcomes of a response."""
    return [(row["contact"], row["outcome"]) for row in response["calls"]]


def callers(simulator: Simulator) -> list[tuple[str, str]]:
    """Return the instances and numbers of all calls, in their order."""
    return [(call.instance, call.number) for call in simulator.calls]


def call_times(simulator: Simulator) -> list[float]:
    """Return the times at which calls were requested."""
    return [item.at for item in simulator.requests if item.route in ("fake", "audio")]


def watch_pauses(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that fills with the number of calls before each wait.

    A wait counts when its time is over: a ring time, for example, or a pause.
    """
    pauses: list[int] = []
    watch_waits(
        monkeypatch,
        f"{DOMAIN} escalation",
        lambda _: pauses.append(len(call_times(simulator))),
    )
    return pauses

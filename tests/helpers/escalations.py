"""Escalations: running them in a hurry, and reading what is told of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
import time
from typing import Any, Final

import pytest

from homeassistant.core import Context, Event, HomeAssistant, ServiceCall

from custom_components.ryze import services
from custom_components.ryze.calls import tracker
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.escalation import run as escalation_module
from custom_components.ryze.escalation.plan import Plan
from custom_components.ryze.escalation.registry import DATA_ESCALATIONS
from custom_components.ryze.escalation.run import Escalation
from custom_components.ryze.recipients import Recipient
from tests.simulator import Simulator

BOTH: Final = ["notify.maria", "notify.joao"]

# A second of ringing, waiting and pausing takes a hundredth of one.
SPEED: Final = 100


def hurry(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time of escalations fly, that of their phones included."""
    simulator.second = 1 / SPEED
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
    monkeypatch.setattr(tracker, "REORDER", 1 / SPEED)
    monkeypatch.setattr(escalation_module, "RATE_LIMIT_WAIT", 30 / SPEED)
    monkeypatch.setattr(escalation_module, "CONNECT_TIME", 11 / SPEED)


async def escalate(
    hass: HomeAssistant, context: Context | None = None, **data: Any
) -> dict[str, Any]:
    """Run one round of fake calls to Maria and João, and return the response."""
    recipients = {} if "number" in data else {"contact": BOTH}
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
    """Say that somebody has it, and return the ids of what that ended."""
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


def running(hass: HomeAssistant) -> list[Escalation]:
    """Return what runs."""
    return hass.data[DATA_ESCALATIONS].async_get()


def told(events: Iterable[Event]) -> list[str]:
    """Return what is told of escalations, in short."""
    names = [str(event.event_type) for event in events]
    start = f"{DOMAIN}_escalation_"
    return [name.removeprefix(start) for name in names if name.startswith(start)]


def outcomes(response: dict[str, Any]) -> list[tuple[str, str]]:
    """Return who was called, and what became of it."""
    return [(row["contact"], row["outcome"]) for row in response["calls"]]


def call_times(simulator: Simulator) -> list[float]:
    """Return when calls were asked for."""
    return [item.at for item in simulator.requests if item.route in ("fake", "audio")]

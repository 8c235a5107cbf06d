"""Calls: placing them, and reading their events."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant

from .const import MARIA
from custom_components.ryze.calls import async_get_calls, placing
from custom_components.ryze.const import DOMAIN


async def fake_call(hass: HomeAssistant, **data: Any) -> None:
    """Place a fake call, to Maria by default."""
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA, **data}, blocking=True
    )


async def call(
    hass: HomeAssistant, number: Any = MARIA, service: str = "fake_call", **data: Any
) -> list[dict[str, Any]]:
    """Place calls, and return the rows of the response."""
    extra: dict[str, Any] = {"duration": 1} if service == "fake_call" else {}
    answer = await hass.services.async_call(
        DOMAIN,
        service,
        {"number": number, **extra, **data},
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    rows: Any = answer["calls"]
    return list(rows)


def names(events: list[Event]) -> list[str]:
    """Return the names of call events without their common beginning."""
    return [str(event.event_type).removeprefix("ryze_call_") for event in events]


def calls_under_way(hass: HomeAssistant) -> list[asyncio.Future[Any]]:
    """Return the tasks that place calls."""
    tasks = [task for task in hass._background_tasks if isinstance(task, asyncio.Task)]
    return [task for task in tasks if task.get_name() == f"{DOMAIN} call"]


def forget_calls(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Drop the owner of an unloaded entry's calls, as a restart does."""
    calls = async_get_calls(hass, entry)
    calls._forget_job()
    calls._async_end()
    del hass.data[placing._DATA_CALLS][entry.entry_id]

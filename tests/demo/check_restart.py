"""The check of the demo's alarm through a power cut in the middle of a ring."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .check import TIMEOUT, Say, act, expect, until
from .home import ANA, JOAO, MARIA, async_speak
from .home_assistant import DemoError, HomeAssistant
from tests.simulator import Behaviour, Simulator

ALARM: Final = "There is a fire in the kitchen."
ESCALATION: Final = "binary_sensor.home_escalation"
ANAS: Final = "notify.ana"
LAST_CALL: Final = "sensor.home_last_call"
SKIPPED: Final = 2000
STORED_AFTER: Final = 2
"""Seconds until changes are on the disk."""


async def async_check_power_cut(
    home_assistant: HomeAssistant, simulator: Simulator, say: Say
) -> int:
    """Start the alarm for three people, and cut the power while the first phone rings.

    Returns the number of calls before the alarm.
    """
    await until(lambda: home_assistant.has_stored("ryze"))
    simulator.phone(MARIA).behaviour = Behaviour.IGNORE
    simulator.phone(JOAO).behaviour = Behaviour.DECLINE
    simulator.phone(ANA).behaviour = Behaviour.ANSWER
    before = len(simulator.calls)
    async with home_assistant.websocket() as websocket:
        await act(websocket, "input_button.press", "input_button.alarm")
    await until(lambda: len(simulator.calls) > before)
    expect("first number", simulator.calls[-1].number, MARIA)
    await home_assistant.async_kill()
    say("The alarm rang Maria's phone, and Home Assistant was killed meanwhile")
    return before


async def async_check_restart(
    home_assistant: HomeAssistant, simulator: Simulator, say: Say, before: int
) -> None:
    """Check that the alarm continues with the others, and cut the power once more."""
    await _until_state(home_assistant, ESCALATION, "off")
    calls = simulator.calls[before:]
    expect("numbers", [call.number for call in calls], [MARIA, JOAO, ANA])
    spoken = await async_speak(home_assistant, ALARM)
    # Home Assistant adds metadata in front of speech from its cache.
    heard = [(call.audio or b"").endswith(spoken[SKIPPED:]) for call in calls]
    expect("speech on the phones", heard, [True] * 3)
    say("After the restart João declined and Ana answered; Maria was not rung again")

    for line in (
        ("event.joao_call", "rejected"),
        ("event.ana_call", "answered"),
        ("event.home_escalation", "acknowledged"),
    ):
        await _until_told(home_assistant, line)
    told = await _until_state(home_assistant, "event.home_escalation")
    expect("who has it", told["attributes"]["acknowledged_by_name"], "Ana")
    say("Activity shows both outcomes and the acknowledgement, and who has the alarm")

    # Home Assistant writes the last call a second later.
    await asyncio.sleep(STORED_AFTER)
    await home_assistant.async_kill()


async def async_check_memory(
    home_assistant: HomeAssistant, simulator: Simulator, say: Say
) -> None:
    """Check that the entities have the same states after a restart."""
    call = await _until_state(home_assistant, LAST_CALL)
    seen = call["attributes"]
    expect("last call", seen["call_id"], simulator.calls[-1].id)
    expect("its outcome", (seen["outcome"], seen["contact"]), ("answered", ANAS))
    await _until_state(home_assistant, "binary_sensor.home_whatsapp", "on")
    await _until_state(home_assistant, "binary_sensor.home_live_updates", "on")
    say("After another kill, Home Assistant still shows the last call and its outcome")


async def _until_state(
    home_assistant: HomeAssistant, entity_id: str, wanted: str | None = None
) -> dict[str, Any]:
    """Wait until an entity has a state, by default any state, and return the entity."""
    seen: dict[str, Any] = {}
    try:
        async with asyncio.timeout(90):
            while not seen or seen["state"] != (wanted or seen["state"]):
                await asyncio.sleep(0.3)
                states = await home_assistant.get("/api/states")
                # Some entities are missing while Home Assistant starts.
                found = [item for item in states if item["entity_id"] == entity_id]
                seen = found[0] if found else {}
    except TimeoutError:
        raise DemoError(f"{entity_id}: expected {wanted}, saw {seen}") from None
    return seen


async def _until_told(home_assistant: HomeAssistant, line: tuple[str, str]) -> None:
    """Wait until Activity has exactly one line of an entity and an event type."""
    begun = datetime.now(UTC) - timedelta(minutes=5)
    told: list[tuple[str | None, str | None]] = []
    try:
        async with asyncio.timeout(TIMEOUT):
            while line not in told:
                await asyncio.sleep(0.3)
                story = await home_assistant.get(f"/api/logbook/{begun.isoformat()}")
                told = [
                    (
                        item.get("entity_id"),
                        item.get("attributes", {}).get("event_type"),
                    )
                    for item in story
                ]
    except TimeoutError:
        raise DemoError(f"Activity lacks {line!r}; it has {told}") from None
    expect("lines", told.count(line), 1)

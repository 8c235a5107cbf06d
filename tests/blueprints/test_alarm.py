"""Tests of automations that are made from the alarm blueprint."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from homeassistant.core import HomeAssistant

from custom_components.ryze.escalation.tone import make_tone
from tests.helpers.audio_files import whole
from tests.helpers.blueprints import BOTH, automate, go_through, look
from tests.helpers.common import capture, until
from tests.helpers.const import JOAO, MARIA
from tests.helpers.speech import Voice, setup_engine, speech
from tests.simulator import Behaviour, Simulator

SMOKE = "binary_sensor.smoke"


def turns(to: str) -> list[dict[str, Any]]:
    """Return a trigger for a change of the smoke detector."""
    return [{"trigger": "state", "entity_id": SMOKE, "to": to}]


async def arm(hass: HomeAssistant, **inputs: Any) -> None:
    """Create an automation that calls both contacts when there is smoke."""
    await setup_engine(hass, Voice())
    default = {"message": "Smoke!", "rounds": 1, "nobody": [{"event": "siren"}]}
    await automate(
        hass, "alarm", triggers=turns("on"), contacts=BOTH, **default | inputs
    )
    hass.states.async_set(SMOKE, "off")


def ended(events: list[Any]) -> list[str]:
    """Return the events with which escalations ended."""
    names = [str(event.event_type) for event in events]
    return [name for name in names if name.startswith("ryze_escalation_")][1:]


@pytest.mark.usefixtures("people")
async def test_somebody_answers(hass: HomeAssistant, simulator: Simulator) -> None:
    """The first person who answers hears the message, and nothing else happens."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    events, sirens = capture(hass), async_capture_events(hass, "siren")
    await arm(hass)
    await go_through(hass, SMOKE, "on")
    await until(lambda: ended(events) == ["ryze_escalation_acknowledged"])
    await until(lambda: look(hass, "current") == 0)
    assert [call.number for call in simulator.calls] == [MARIA, JOAO]
    assert simulator.calls[1].audio == speech("Smoke!")
    assert sirens == []


@pytest.mark.parametrize(
    ("inputs", "end", "sirens"),
    [({}, "exhausted", 1), ({"decline": True}, "acknowledged", 0)],
)
@pytest.mark.usefixtures("people")
async def test_everybody_declines(
    hass: HomeAssistant,
    simulator: Simulator,
    inputs: dict[str, Any],
    end: str,
    sirens: int,
) -> None:
    """If everybody declines, the actions for nobody run, unless a decline counts."""
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.DECLINE
    events, heard = capture(hass), async_capture_events(hass, "siren")
    await arm(hass, **inputs)
    await go_through(hass, SMOKE, "on")
    await until(lambda: ended(events) == [f"ryze_escalation_{end}"])
    await until(lambda: look(hass, "current") == 0)
    assert len(heard) == sirens


@pytest.mark.usefixtures("people")
async def test_cause_is_gone(hass: HomeAssistant, simulator: Simulator) -> None:
    """Nobody else is called when the cause of the alarm is gone."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    events, sirens = capture(hass), async_capture_events(hass, "siren")
    await arm(hass, cleared=turns("off"))
    # The automation waits for the cause to end, so nothing may wait for it here.
    hass.states.async_set(SMOKE, "on")
    await until(lambda: simulator.rings(MARIA))
    hass.states.async_set(SMOKE, "off")
    await until(lambda: ended(events) == ["ryze_escalation_acknowledged"])
    assert simulator.rings(JOAO) == 0
    assert sirens == []


@pytest.mark.usefixtures("people")
async def test_only_ring(hass: HomeAssistant, simulator: Simulator) -> None:
    """The phones ring without a message, one after the other."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    events = capture(hass)
    await arm(hass, ring_only=True)
    await go_through(hass, SMOKE, "on")
    await until(lambda: ended(events) == ["ryze_escalation_acknowledged"])
    assert [(call.number, call.audio) for call in simulator.calls] == [
        (MARIA, None),
        (JOAO, None),
    ]


@pytest.mark.usefixtures("people")
async def test_empty_message(hass: HomeAssistant, simulator: Simulator) -> None:
    """A message that a template leaves empty becomes a tone, and no silent call."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    events = capture(hass)
    await arm(hass, message="{{ '' }}")
    await go_through(hass, SMOKE, "on")
    await until(lambda: ended(events) == ["ryze_escalation_acknowledged"])
    assert [call.audio for call in simulator.calls] == [
        await whole(make_tone()),
    ]


@pytest.mark.parametrize(("armed", "rings"), [("on", 1), ("off", 0)])
@pytest.mark.usefixtures("people")
async def test_only_if(
    hass: HomeAssistant, simulator: Simulator, armed: str, rings: int
) -> None:
    """Nobody is called unless the conditions hold."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    hass.states.async_set("input_boolean.armed", armed)
    only_if = {
        "condition": "state",
        "entity_id": "input_boolean.armed",
        "state": "on",
    }
    await arm(hass, only_if=[only_if])
    await go_through(hass, SMOKE, "on")
    await until(lambda: simulator.rings(MARIA) == rings)
    await hass.async_block_till_done()
    assert simulator.rings(MARIA) == rings

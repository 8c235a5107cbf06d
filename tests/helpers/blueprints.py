"""Automations made from the blueprints."""

from pathlib import Path
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .common import state_of

ROOT = Path(__file__).parents[2]
FOLDER = Path("blueprints/automation/ryze")

AUTOMATION = "automation.test"
BOTH = ["notify.maria", "notify.joao"]
# Home Assistant's warning when an automation runs already and does not allow for it.
ALREADY_RUNNING = "Already running"


async def automate(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Create an automation from a blueprint."""
    use = {"path": f"ryze/{name}.yaml", "input": inputs}
    config = {"alias": "Test", "use_blueprint": use}
    await async_setup_component(hass, AUTOMATION_DOMAIN, {AUTOMATION_DOMAIN: config})
    await hass.async_block_till_done()
    assert look(hass, "mode") == "single"


def look(hass: HomeAssistant, attribute: str) -> Any:
    """Return an attribute of the automation, which must be on."""
    state = state_of(hass, AUTOMATION)
    assert state.state == "on"
    return state.attributes[attribute]


async def go_through(hass: HomeAssistant, entity_id: str, *states: str) -> None:
    """Put an entity through states, one after the other."""
    for state in states:
        hass.states.async_set(entity_id, state)
        await hass.async_block_till_done()

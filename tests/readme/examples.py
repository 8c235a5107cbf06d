"""Helpers that run the examples of the pages."""

from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.script import DOMAIN as SCRIPT_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

type Example = dict[str, Any]


async def automate(hass: HomeAssistant, *examples: Example) -> None:
    """Set up examples as automations, and check that each automation is on."""
    config = {AUTOMATION_DOMAIN: list(examples)}
    assert await async_setup_component(hass, AUTOMATION_DOMAIN, config)
    await hass.async_block_till_done()
    states = hass.states.async_all(AUTOMATION_DOMAIN)
    assert [(state.name, state.state) for state in states] == [
        (example["alias"], "on") for example in examples
    ]


async def trigger(hass: HomeAssistant, example: Example) -> None:
    """Fire the triggers of an automation, and wait for the end of its actions."""
    for item in example["triggers"]:
        assert item["trigger"] == "state"
        hass.states.async_set(item["entity_id"], f"not {item['to']}")
        hass.states.async_set(item["entity_id"], item["to"])
    await hass.async_block_till_done()


async def run(hass: HomeAssistant, *steps: Example) -> Example:
    """Run steps as a script, and return the script's response."""
    config = {SCRIPT_DOMAIN: {"example": {"sequence": list(steps)}}}
    assert await async_setup_component(hass, SCRIPT_DOMAIN, config)
    answer = await hass.services.async_call(
        SCRIPT_DOMAIN, "example", blocking=True, return_response=True
    )
    return dict(answer or {})


def give(name: str) -> Example:
    """Return a script's step that responds with a variable."""
    return {"stop": "Done", "response_variable": name}

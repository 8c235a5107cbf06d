"""Tests of *Related*: Home Assistant finds what calls a contact."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.components.automation import (
    DOMAIN as AUTOMATION_DOMAIN,
    automations_with_device,
    automations_with_entity,
)
from homeassistant.components.script import (
    DOMAIN as SCRIPT_DOMAIN,
    scripts_with_device,
    scripts_with_entity,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .helpers.contacts import contact_of, device_of

ACTIONS = ("fake_call", "audio_call", "escalate")


@pytest.mark.parametrize("where", ["data", "target"])
@pytest.mark.parametrize("named", ["notify.maria", ["notify.joao", "notify.maria"]])
async def test_contact(
    hass: HomeAssistant,
    maria: str,
    hass_ws_client: WebSocketGenerator,
    where: str,
    named: Any,
) -> None:
    """The page of a contact shows the automations and scripts that call the contact."""
    steps = [
        {"action": f"ryze.{name}", where: {"entity_id": named}} for name in ACTIONS
    ]
    alone = {"action": "ryze.fake_call", where: {"device_id": maria}}
    automations = [
        {"id": str(i), "alias": f"a{i}", "triggers": [], "actions": [step]}
        for i, step in enumerate([*steps, alone])
    ]
    config = {AUTOMATION_DOMAIN: automations}
    assert await async_setup_component(hass, AUTOMATION_DOMAIN, config)
    scripts = {f"s{i}": {"sequence": [step]} for i, step in enumerate(steps)}
    assert await async_setup_component(hass, SCRIPT_DOMAIN, {SCRIPT_DOMAIN: scripts})
    assert await async_setup_component(hass, "search", {})

    calling = ["automation.a0", "automation.a1", "automation.a2"]
    assert sorted(automations_with_entity(hass, "notify.maria")) == calling
    assert automations_with_device(hass, maria) == ["automation.a3"]
    called_by = ["script.s0", "script.s1", "script.s2"]
    assert sorted(scripts_with_entity(hass, "notify.maria")) == called_by
    assert scripts_with_device(hass, maria) == []

    client = await hass_ws_client(hass)
    for kind, item, found in (
        ("entity", "notify.maria", calling),
        ("device", maria, [*calling, "automation.a3"]),
    ):
        await client.send_json_auto_id(
            {"type": "search/related", "item_type": kind, "item_id": item}
        )
        answer = await client.receive_json()
        assert sorted(answer["result"]["automation"]) == found
        assert sorted(answer["result"]["script"]) == called_by


@pytest.fixture
def maria(hass: HomeAssistant, people: MockConfigEntry) -> str:
    """Return the id of Maria's device."""
    device = device_of(hass, people, contact_of(people, "Maria"))
    assert device
    return device.id

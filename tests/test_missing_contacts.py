"""Tests of the repairs for contacts that are gone and that somebody still calls."""

from types import MappingProxyType
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.script import DOMAIN as SCRIPT_DOMAIN
from homeassistant.config_entries import ConfigEntryDisabler, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from .helpers.const import ANA, JOAO, MARIA
from .helpers.contacts import contact_of
from .helpers.escalations import escalate, hurry
from .simulator import Behaviour, Simulator
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.missing_contacts import DATA_MISSING_CONTACTS


@pytest.fixture(autouse=True)
def hurried(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the times of phones and escalations pass a hundred times as fast."""
    hurry(simulator, monkeypatch)


STEP = {"action": "ryze.fake_call", "data": {"entity_id": "notify.maria"}}
ALARM = {"alias": "Fire alarm", "id": "fire", "triggers": [], "actions": [STEP]}


async def automate(hass: HomeAssistant, *automations: dict[str, Any]) -> None:
    """Set up automations."""
    config = {AUTOMATION_DOMAIN: list(automations)}
    assert await async_setup_component(hass, AUTOMATION_DOMAIN, config)
    await hass.async_block_till_done()


def issues(hass: HomeAssistant) -> list[tuple[str | None, dict[str, str] | None]]:
    """Return the issues about missing contacts, with what their texts name."""
    return [
        (issue.translation_key, issue.translation_placeholders)
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN
        and issue.active
        and (issue.translation_key or "").startswith("contact_missing")
    ]


def named(*users: str, contact: str = "Maria") -> tuple[str, dict[str, str]]:
    """Return the issue of a contact that automations or scripts name."""
    return (
        "contact_missing",
        {"contact": contact, "users": ", ".join(users), "tag": ""},
    )


async def remove_maria(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Remove the contact Maria."""
    hass.config_entries.async_remove_subentry(
        entry, contact_of(entry, "Maria").subentry_id
    )
    await hass.async_block_till_done()


async def test_removed(hass: HomeAssistant, people: MockConfigEntry) -> None:
    """A removed contact that is still named is reported with who names it."""
    script = {"call": {"alias": "Call Maria", "sequence": [STEP]}}
    assert await async_setup_component(hass, SCRIPT_DOMAIN, {SCRIPT_DOMAIN: script})
    await automate(hass, ALARM, {**ALARM, "alias": "Other", "id": "b", "actions": []})
    assert issues(hass) == []
    await remove_maria(hass, people)
    assert issues(hass) == [named("Call Maria", "Fire alarm")]


async def test_nobody_names_it(hass: HomeAssistant, people: MockConfigEntry) -> None:
    """A removed contact that nobody names is no problem."""
    await automate(hass, {**ALARM, "actions": []})
    await remove_maria(hass, people)
    assert issues(hass) == []


async def test_under_target(hass: HomeAssistant, people: MockConfigEntry) -> None:
    """A contact can also be named under `target`, and by its renamed entity."""
    step = {"action": "ryze.fake_call", "target": {"entity_id": "notify.maria"}}
    await automate(hass, {**ALARM, "actions": [step]})
    await remove_maria(hass, people)
    assert issues(hass) == [named("Fire alarm")]


async def test_added_again(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """The issue goes away when the contact comes back."""
    await automate(hass, ALARM)
    await remove_maria(hass, people)
    hass.config_entries.async_add_subentry(
        people,
        ConfigSubentry(
            data=MappingProxyType({"number": MARIA}),
            subentry_type="contact",
            title="Maria",
            unique_id=MARIA,
        ),
    )
    await hass.async_block_till_done()
    assert hass.states.get("notify.maria")
    assert issues(hass) == []


async def test_automation_changed(
    hass: HomeAssistant, people: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The issue goes away when the automation names somebody else."""
    await automate(hass, ALARM)
    await remove_maria(hass, people)
    assert issues(hass) == [named("Fire alarm")]

    step = {"action": "ryze.fake_call", "data": {"entity_id": "notify.joao"}}

    async def config(*_: object) -> dict[str, Any]:
        return {AUTOMATION_DOMAIN: [{**ALARM, "actions": [step]}]}

    monkeypatch.setattr("homeassistant.config.async_hass_config_yaml", config)
    await hass.services.async_call(AUTOMATION_DOMAIN, "reload", blocking=True)
    await hass.async_block_till_done()
    assert issues(hass) == []


async def test_entry_removed(hass: HomeAssistant, people: MockConfigEntry) -> None:
    """The contacts of a removed instance are reported, those of a disabled one not."""
    await automate(hass, ALARM)
    await hass.config_entries.async_set_disabled_by(
        people.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert issues(hass) == []
    await hass.config_entries.async_remove(people.entry_id)
    await hass.async_block_till_done()
    assert issues(hass) == [named("Fire alarm")]


async def test_left_out_of_an_escalation(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A contact that an escalation had to leave out is reported with the tag."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    await escalate(hass, entity_id=["notify.gone", "notify.joao"], tag="fire")
    tagged = {"contact": "notify.gone", "users": "", "tag": "fire"}
    assert issues(hass) == [("contact_missing_tag", tagged)]
    # Another alarm changes nothing.
    await escalate(hass, entity_id="notify.joao", tag="water")
    assert issues(hass) == [("contact_missing_tag", tagged)]
    await escalate(hass, entity_id="notify.joao", tag="fire")
    assert issues(hass) == []


async def test_left_out_without_a_tag(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Words that a template makes of nothing are no contact that could be mended."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    for nobody in ("unknown", f"notify.{ANA}", "notify.gone"):
        await escalate(hass, entity_id=[nobody, "notify.joao"])
    assert issues(hass) == []


async def test_after_a_restart(
    hass: HomeAssistant, hass_storage: dict[str, Any], people: MockConfigEntry
) -> None:
    """The issue is stored, so that a restart does not hide it."""
    await automate(hass, ALARM)
    await remove_maria(hass, people)
    (issue,) = (
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.translation_key == "contact_missing"
    )
    assert issue.is_persistent
    assert issue.data == {"entity_id": "notify.maria", "name": "Maria", "tag": None}


async def test_repair_that_fails(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A repair that cannot be made does not silence the escalation."""

    def fail(*_: object) -> None:
        raise KeyError(MARIA)

    missing = hass.data[DATA_MISSING_CONTACTS]
    monkeypatch.setattr(missing, "async_handle_escalation", fail)
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    response = await escalate(hass, entity_id=["notify.gone", "notify.joao"])
    assert response["acknowledged_by"] == "notify.joao"
    assert "Unexpected KeyError in the repairs of an escalation" in caplog.text

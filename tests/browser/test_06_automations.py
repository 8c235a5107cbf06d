"""Automations from the blueprints."""

from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Locator, expect
import pytest
import pytest_asyncio

from .person import Person
from .words import Words
from tests.demo.home import MARIA
from tests.demo.home_assistant import REPOSITORY, HomeAssistant
from tests.simulator import CallState, Simulator

# Blueprints exist in English only.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("home"),
    pytest.mark.parametrize("words", ["en"], indirect=True),
]

NAME = "Call people in turn until somebody answers"
FLOOD = {"entity_id": "input_boolean.gate"}


@pytest_asyncio.fixture(loop_scope="session")
async def blueprints() -> AsyncIterator[str]:
    """Serve the blueprints, and return their base URL."""
    app = web.Application()
    app.router.add_static("/", REPOSITORY / "blueprints" / "automation" / "ryze")
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.mark.parametrize("name", ["alarm", "doorbell", "gate"])
async def test_import(person: Person, words: Words, blueprints: str, name: str) -> None:
    """A blueprint can be imported from a URL, and lists its inputs."""
    await person.open("/config/blueprint/dashboard")
    await person.click(words.ui("ui.panel.config.blueprint.overview.add_blueprint"))
    await person.page.locator("ha-dialog-import-blueprint input").fill(
        f"{blueprints}{name}.yaml"
    )
    await person.click(words.ui("ui.panel.config.blueprint.add.import_btn"))
    await person.see("What is needed")
    await person.picture(f"import-{name}")
    await person.click(words.ui("ui.common.cancel"))


async def test_alarm(
    person: Person,
    words: Words,
    home_assistant: HomeAssistant,
    simulator: Simulator,
) -> None:
    """An automation from the blueprint rings until Maria answers."""
    await home_assistant.post("/api/services/input_boolean/turn_off", FLOOD)
    await person.open("/config/blueprint/dashboard")
    await person.see(NAME)
    await person.picture("blueprints")
    await person.page.get_by_text(NAME).first.click()
    await _fill_in(person, words)
    await person.open("/config/automation/dashboard")
    await person.see(NAME)
    await person.picture("automations")
    rings = simulator.rings(MARIA)
    await home_assistant.post("/api/services/input_boolean/turn_on", FLOOD)
    async with person.at_the_phones() as phones:
        await phones.locator("[data-act=answer]:visible").click()
        await phones.locator("[data-act=over]:visible").wait_for()
    assert simulator.rings(MARIA) == rings + 1
    assert simulator.calls[-1].state is CallState.ANSWERED

    await person.open("/logbook")
    kinds = "entity.event.escalation.state_attributes.event_type.state"
    await person.see(words.ryze(f"{kinds}.acknowledged"))
    await person.picture("alarm-acknowledged", height=1500)


async def test_related(person: Person, home_assistant: HomeAssistant) -> None:
    """The page of a contact lists what calls her, whether in data or in a target."""
    for where in ("data", "target"):
        await _automate(home_assistant, where, **{where: {"entity_id": "notify.maria"}})
    async with home_assistant.websocket() as websocket:
        answer = await websocket.command(
            "config/entity_registry/get", entity_id="notify.maria"
        )
    await person.open(f"/config/devices/device/{answer['result']['device_id']}")
    for where in ("data", "target"):
        await person.page.get_by_text(f"Calls by {where}", exact=True).wait_for()
    await person.picture("related", height=1500)


async def test_number_alone(person: Person, home_assistant: HomeAssistant) -> None:
    """The editor warns of nothing where an action has a number and no contact."""
    data = {"number": "+55 11 99999-0001"}
    await _automate(home_assistant, "number", data=data)
    await person.reload("/config/automation/edit/calls-by-number")
    await person.page.locator("ha-automation-action-row").first.click()
    await person.see("Contacts")
    await person.picture("number-alone")
    warnings = person.page.locator("ha-alert, .warning").locator("visible=true")
    await expect(warnings).to_have_count(0)


async def _automate(home_assistant: HomeAssistant, by: str, **call: Any) -> None:
    """Make an automation that makes a fake call."""
    await home_assistant.post(
        f"/api/config/automation/config/calls-by-{by}",
        {
            "alias": f"Calls by {by}",
            "triggers": [],
            "actions": [{"action": "ryze.fake_call", **call}],
        },
    )


async def _fill_in(person: Person, words: Words) -> None:
    """Fill in the blueprint's inputs, and save the automation."""
    await (
        _row(person, "Cause")
        .get_by_text(words.ui("ui.panel.config.automation.editor.triggers.add"))
        .click()
    )
    await _choose_trigger(
        person.page.locator("add-automation-element-dialog"), person, words
    )
    await (
        _row(person, "Contacts")
        .get_by_text(words.ui("ui.components.entity.entity-picker.placeholder"))
        .click()
    )
    await (
        person.page.locator("ha-picker-combo-box ha-list-item-option")
        .filter(has_text="Maria")
        .click()
    )
    # Home Assistant would discard text that is typed before the contact appears.
    await (
        _row(person, "Contacts")
        .get_by_text(words.ui("ui.components.entity.entity-picker.add"))
        .wait_for()
    )
    message = _row(person, "Message").locator("textarea")
    await message.fill("Water in the basement!")
    await person.picture("alarm", height=1800)
    await person.click(words.ui("ui.common.save"))
    await person.page.wait_for_url(lambda url: not url.endswith("/new"))


def _row(person: Person, name: str) -> Locator:
    """Return the row of an input."""
    return person.page.locator("blueprint-automation-editor ha-settings-row").filter(
        has=person.page.get_by_text(name, exact=True)
    )


async def _choose_trigger(dialog: Locator, person: Person, words: Words) -> None:
    """Choose the gate's "turned on" as the trigger, in place of a water sensor."""
    helpers = words.ui("ui.panel.config.automation.editor.helpers")
    await dialog.get_by_text(helpers, exact=True).first.click()
    await dialog.get_by_text("Input boolean", exact=True).click()
    await dialog.get_by_text("Gate", exact=True).first.click()
    await person.see("Switch turned on")
    await person.picture("trigger")
    await dialog.get_by_text("Switch turned on").click()

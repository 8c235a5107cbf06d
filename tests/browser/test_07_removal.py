"""Renaming and removing contacts, and removing the integration."""

from playwright.async_api import Locator
import pytest

from .person import Person
from .words import Words
from tests.demo.home import INSTANCE
from tests.demo.home_assistant import HomeAssistant
from tests.simulator import Simulator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("home"),
]

INTEGRATION = "/config/integrations/integration/ryze"
ENTRY = "ui.panel.config.integrations.config_entry"
CONTACT = "config_subentries.contact"


def contact_row(person: Person, name: str) -> Locator:
    """Return the row of a contact."""
    return person.page.locator("ha-config-sub-entry-row").filter(
        has=person.page.get_by_text(name, exact=True)
    )


async def test_rename(person: Person, words: Words, simulator: Simulator) -> None:
    """Renaming a contact sends no request about its number."""
    requests = len(simulator.requests)
    await person.open(INTEGRATION)
    await (
        contact_row(person, "Maria")
        .get_by_role("button", name=words.ryze(f"{CONTACT}.initiate_flow.reconfigure"))
        .first.click()
    )
    step = f"{CONTACT}.step.reconfigure"
    await person.see(words.ryze(f"{step}.title"), words.ryze(f"{step}.description"))
    await person.picture("edit-contact")
    await person.fill(words.ryze(f"{step}.data.name"), "Maria Silva")
    await person.submit()
    await person.click(words.ui("ui.panel.config.integrations.config_flow.close"))
    await contact_row(person, "Maria Silva").wait_for()
    accounts = [
        request
        for request in simulator.requests[requests:]
        if request.route == "account"
    ]
    assert accounts == []


async def test_remove_contact(
    person: Person, words: Words, home_assistant: HomeAssistant
) -> None:
    """Removing a contact removes its entities."""
    await person.open(INTEGRATION)
    row = contact_row(person, "Ana")
    await person.choose(
        row.locator("ha-dropdown").first.locator("ha-icon-button").first,
        words.ui(f"{ENTRY}.delete"),
    )
    await person.see(words.ui(f"{ENTRY}.delete_confirm_title", title="Ana"))
    await person.picture("remove-contact")
    await person.click(words.ui("ui.common.delete"))
    await row.wait_for(state="detached")
    states = {state["entity_id"] for state in await home_assistant.get("/api/states")}
    assert "notify.maria" in states
    assert "notify.ana" not in states


async def test_delete(
    person: Person, words: Words, home_assistant: HomeAssistant, simulator: Simulator
) -> None:
    """Removing the integration removes all its entities and closes live updates."""
    await person.open(INTEGRATION)
    await person.choose(person.entry_menu(), words.ui(f"{ENTRY}.delete"))
    await person.see(words.ui(f"{ENTRY}.delete_confirm_text"))
    await person.picture("delete")
    await person.click(words.ui("ui.common.delete"))
    await person.page.locator("ha-config-entry-row").wait_for(state="detached")
    assert await home_assistant.entries("ryze") == []
    states = await home_assistant.get("/api/states")
    assert [
        state["entity_id"]
        for state in states
        if state["entity_id"].startswith(("notify.", "event.maria", "sensor.home"))
    ] == []
    assert simulator.live.clients(INSTANCE) == 0

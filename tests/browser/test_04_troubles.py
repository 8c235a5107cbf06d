"""Problems that a person has to solve, and Home Assistant's reports of them."""

import pytest

from .person import Person
from .words import Words
from tests.demo.home import INSTANCE
from tests.simulator import Simulator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("home"),
]

INTEGRATION = "/config/integrations/integration/ryze"
FLOW = "ui.panel.config.integrations.config_flow"


async def test_revoked_token(
    person: Person, words: Words, simulator: Simulator
) -> None:
    """An instance whose token was revoked asks for a new token."""
    token = f"demo-renewed-token-{words.language}"
    simulator.account_token = token
    simulator.instances[INSTANCE].token = f"{token}-{INSTANCE}"
    await person.open(INTEGRATION)
    await person.choose(
        person.entry_menu(),
        words.ui("ui.panel.config.integrations.config_entry.reload"),
    )
    await person.see(words.ui("ui.panel.config.integrations.attention"))
    await person.picture("attention")
    await person.click(words.ui("ui.panel.config.integrations.reconfigure"))
    step = "config.step.reauth_confirm"
    await person.see(
        words.ryze(f"{step}.title"),
        words.ryze(f"{step}.description", instance=INSTANCE),
    )
    await person.fill(words.ryze(f"{step}.data.token"), "another-wrong-token")
    await person.submit()
    await person.see(words.ryze("config.error.invalid_auth"))
    await person.picture("renew-token")
    await person.fill(words.ryze(f"{step}.data.token"), token)
    await person.submit()
    await person.picture("token-renewed")
    await person.click(words.ui(f"{FLOW}.close"))
    await person.miss(words.ui("ui.panel.config.integrations.attention"))


async def test_live_updates_off(
    person: Person, words: Words, simulator: Simulator
) -> None:
    """A repair turns live updates on again after they were turned off at RyzeAPI."""
    simulator.live.configure(INSTANCE, enabled=False)
    await person.open(INTEGRATION)
    await person.choose(
        person.entry_menu(),
        words.ui("ui.panel.config.integrations.config_entry.reload"),
    )
    await person.open("/config/repairs")
    issue = "issues.live_updates_off"
    title = words.ryze(f"{issue}.title", instance=INSTANCE)
    await person.see(title)
    await person.picture("repairs")
    await person.page.get_by_text(title).click()
    step = f"{issue}.fix_flow.step.confirm"
    await person.see(
        words.ryze(f"{step}.title", instance=INSTANCE),
        words.ryze(f"{step}.description", instance=INSTANCE),
    )
    await person.picture("repair")
    await person.submit()
    await person.click(words.ui(f"{FLOW}.finish"))
    await person.miss(title)
    config = simulator.instances[INSTANCE].websocket
    assert config is not None
    assert config.enabled


async def test_logged_out(person: Person, words: Words, simulator: Simulator) -> None:
    """A repair issue reports a logged out instance until it is connected again."""
    simulator.set_state(INSTANCE, "loggedout")
    await person.open("/config/repairs")
    title = words.ryze("issues.logged_out.title", instance=INSTANCE)
    await person.see(title)
    await person.page.get_by_text(title).click()
    await person.see(words.ryze("issues.logged_out.description", instance=INSTANCE))
    await person.picture("logged-out")
    await person.page.keyboard.press("Escape")
    await person.open(INTEGRATION)
    await person.page.locator("ha-config-entry-device-row").first.click()
    await person.see(words.ryze("entity.binary_sensor.whatsapp.name"))
    await person.picture("instance-logged-out", height=1100)
    simulator.set_state(INSTANCE, "connected")
    await person.open("/config/repairs")
    await person.miss(title)


@pytest.mark.parametrize("words", ["en"], indirect=True)
async def test_not_connected(
    person: Person, words: Words, simulator: Simulator
) -> None:
    """A button that cannot place its call shows the reason."""
    simulator.set_state(INSTANCE, "disconnected")
    await person.open(INTEGRATION)
    await (
        person.page.locator("ha-config-entry-device-row")
        .filter(has=person.page.get_by_text("Maria", exact=True))
        .click()
    )
    await person.click(words.ui("ui.card.button.press"))
    await person.see(words.ryze("exceptions.not_connected.message"))
    await person.picture("press-failed")
    simulator.set_state(INSTANCE, "connected")
    person.errors.clear()

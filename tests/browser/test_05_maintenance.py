"""Changes of the settings, and information about the instance."""

import json
from pathlib import Path

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
ENTRY = "ui.panel.config.integrations.config_entry"
FLOW = "ui.panel.config.integrations.config_flow"


async def test_reconfigure(person: Person, words: Words, simulator: Simulator) -> None:
    """The connection can be changed, and a wrong URL is shown at its field."""
    await person.open(INTEGRATION)
    await person.choose(person.entry_menu(), words.ui(f"{ENTRY}.reconfigure"))
    step = "config.step.reconfigure"
    await person.see(
        words.ryze(f"{step}.title"),
        words.ryze(f"{step}.description", instance=INSTANCE),
        words.ryze(f"{step}.data_description.token"),
        words.ryze(f"{step}.data_description.url"),
    )
    await person.picture("reconfigure")
    url = person.page.get_by_role("textbox", name=words.ryze(f"{step}.data.url")).last
    assert await url.input_value() == simulator.url
    await url.fill("http://example.com")
    await person.submit()
    await person.see(words.ryze("config.error.invalid_url"))
    await person.picture("wrong-address")
    await url.fill(simulator.url)
    await person.submit()
    await person.click(words.ui(f"{FLOW}.close"))


async def test_options(person: Person, words: Words) -> None:
    """Live updates can be turned off and on again."""
    await person.open(INTEGRATION)
    for turned in ("off", "on"):
        await (
            person.page.locator("ha-config-entry-row")
            .first.get_by_role("button", name=words.ui(f"{ENTRY}.configure"))
            .first.click()
        )
        await person.see(
            words.ryze("options.step.init.title"),
            words.ryze("options.step.init.description", instance=INSTANCE),
        )
        await person.page.locator("ha-form ha-switch").click()
        await person.picture(f"live-updates-{turned}")
        await person.submit()
        await person.click(words.ui(f"{FLOW}.finish"))
    await person.page.locator("ha-config-entry-device-row").first.click()
    await person.see(words.ryze("entity.binary_sensor.live_updates.name"))


def _read(path: Path) -> str:
    """Return the text of a downloaded file."""
    return path.read_text()


@pytest.mark.parametrize("words", ["en"], indirect=True)
async def test_diagnostics(person: Person, words: Words, simulator: Simulator) -> None:
    """The diagnostics contain no token, no number and no name."""
    await person.open(INTEGRATION)
    async with person.page.expect_download() as download:
        await person.choose(
            person.entry_menu(), words.ui(f"{ENTRY}.download_diagnostics")
        )
    text = _read(await (await download.value).path())
    assert json.loads(text)["data"]["state"]["link"] == "connected"
    secrets = (
        simulator.account_token,
        simulator.instances[INSTANCE].token,
        simulator.instances[INSTANCE].number,
        *simulator.phones,
        *(phone.name for phone in simulator.phones.values()),
    )
    assert [secret for secret in secrets if str(secret) in text] == []


async def test_system_information(person: Person, words: Words) -> None:
    """The system information shows whether RyzeAPI can be reached."""
    await person.open("/config/repairs")
    await person.choose(
        person.page.locator("[slot=toolbar-icon] ha-icon-button")
        .locator("visible=true")
        .first,
        words.ui("ui.panel.config.repairs.system_information"),
    )
    reach = words.ryze("system_health.info.can_reach_server")
    await person.see(f"{reach} ok")
    await person.see(f"{words.ryze('system_health.info.live_updates')} 1/1")
    await person.page.get_by_text(reach).last.scroll_into_view_if_needed()
    await person.picture("system-information")
    await person.page.keyboard.press("Escape")

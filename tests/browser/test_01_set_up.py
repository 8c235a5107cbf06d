"""From the log-in to the first contacts."""

import pytest

from .person import Person
from .words import Words
from tests.demo.home import ANA, INSTANCE
from tests.simulator import Behaviour, Simulator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

CONTACT = "config_subentries.contact"


@pytest.mark.usefixtures("no_instance")
async def test_set_up(person: Person, words: Words, simulator: Simulator) -> None:
    """The form shows a wrong token at its field, and accepts the right one."""
    calls = len(simulator.calls)
    flow = "ui.panel.config.integrations"
    for item in ("panel.config", "ui.panel.config.dashboard.devices.main"):
        await person.page.get_by_text(words.ui(item), exact=True).first.click()
    await person.click(words.ui(f"{flow}.add_integration"))
    await person.page.get_by_placeholder(words.ui(f"{flow}.search_brand")).fill("ryze")
    await person.picture("brand")
    await person.page.get_by_text("Ryze", exact=True).last.click()

    await person.see(words.ryze("config.step.user.title"))
    await person.see(words.ryze("config.step.user.description"))
    await person.picture("connect")
    await person.fill(words.ryze("config.step.user.data.token"), "wrong-token")
    await person.fill(words.ryze("config.step.user.data.url"), simulator.url)
    await person.submit()
    await person.see(words.ryze("config.error.invalid_auth"))
    await person.picture("wrong-token")

    await person.fill(
        words.ryze("config.step.user.data.token"), simulator.account_token
    )
    await person.submit()
    await person.see(
        words.ryze("config.step.instance.title"),
        words.ryze("config.step.instance.data_description.instance"),
        "office",
    )
    await person.page.get_by_text(INSTANCE, exact=True).click()
    await person.picture("instance")
    await person.submit()
    await person.see(
        words.ryze("config.step.live_updates.description", instance=INSTANCE)
    )
    await person.picture("live-updates")
    await person.submit()

    await _add_first_contact(person, words)
    assert len(simulator.calls) == calls


async def _add_first_contact(person: Person, words: Words) -> None:
    """Add Maria in the dialog that follows, first with a wrong number."""
    await person.see(
        words.ryze(f"{CONTACT}.step.user.title"),
        words.ryze(f"{CONTACT}.step.user.description", instance=INSTANCE),
    )
    await person.picture("first-contact")
    await person.fill(words.ryze(f"{CONTACT}.step.user.data.name"), "Maria")
    await person.fill(words.ryze(f"{CONTACT}.step.user.data.number"), "12")
    await person.submit()
    await person.see(words.ryze(f"{CONTACT}.error.invalid_number"))
    await person.picture("no-number")
    await person.fill(words.ryze(f"{CONTACT}.step.user.data.number"), "(11) 99999-0001")
    await person.submit()
    await person.see(
        words.ryze(
            f"{CONTACT}.step.confirm.description",
            name="Maria",
            number="+55 11 99999-0001",
        )
    )
    await person.picture("is-this-right")
    await person.page.get_by_text(
        words.ryze(f"{CONTACT}.step.confirm.menu_options.save"), exact=True
    ).click()
    await person.see(
        "Maria", words.ui("ui.panel.config.integrations.config_flow.success")
    )
    await person.picture("contact-saved")
    await person.click(words.ui("ui.panel.config.integrations.config_flow.finish"))


@pytest.mark.usefixtures("home")
async def test_second_contact(
    person: Person, words: Words, simulator: Simulator
) -> None:
    """A number without WhatsApp gets a warning before the contact is saved."""
    calls = len(simulator.calls)
    simulator.phone(ANA).behaviour = Behaviour.NO_WHATSAPP
    await person.open("/config/integrations/integration/ryze")
    await person.click(words.ryze(f"{CONTACT}.initiate_flow.user"))
    await person.fill(words.ryze(f"{CONTACT}.step.user.data.name"), "Ana")
    await _choose_between_two_numbers(person, words)
    await person.fill(words.ryze(f"{CONTACT}.step.user.data.number"), "(11) 99999-0003")
    await person.submit()
    await person.see(
        words.ryze(
            f"{CONTACT}.step.confirm_no_account.description",
            name="Ana",
            number="+55 11 99999-0003",
        )
    )
    await person.picture("no-whatsapp")
    await person.page.get_by_text(
        words.ryze(f"{CONTACT}.step.confirm_no_account.menu_options.save")
    ).click()
    await person.click(words.ui("ui.panel.config.integrations.config_flow.finish"))
    await person.see("Ana", words.ryze(f"{CONTACT}.entry_type"))
    await person.picture("integration")
    simulator.phone(ANA).behaviour = Behaviour.MANUAL
    assert len(simulator.calls) == calls


async def _choose_between_two_numbers(person: Person, words: Words) -> None:
    """Type digits that two people can have, see both numbers, and go back."""
    await person.fill(words.ryze(f"{CONTACT}.step.user.data.number"), "66999999999")
    await person.submit()
    step = f"{CONTACT}.step.which_number"
    await person.see(
        words.ryze(f"{step}.title"),
        words.ryze(f"{step}.description"),
        words.ryze(f"{step}.menu_options.first", first="+55 66 99999-9999 (BR)"),
        words.ryze(f"{step}.menu_options.second", second="+66 99 999 9999 (TH)"),
    )
    await person.picture("which-number")
    await person.page.get_by_text(
        words.ryze(f"{step}.menu_options.change"), exact=True
    ).click()

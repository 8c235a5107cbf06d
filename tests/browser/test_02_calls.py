"""Calls to a contact and from a phone."""

import pytest

from .person import Person
from .words import Words
from tests.demo.home import INSTANCE, JOAO, MARIA
from tests.simulator import CallState, CallType, Simulator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
    pytest.mark.usefixtures("home"),
]

EVENT = "entity.event.call.state_attributes.event_type.state"


async def test_ring(person: Person, words: Words, simulator: Simulator) -> None:
    """The button rings the phone, and the contact's page shows the answer."""
    await person.open("/config/integrations/integration/ryze")
    await (
        person.page.locator("ha-config-entry-device-row")
        .filter(has=person.page.get_by_text("Maria", exact=True))
        .click()
    )
    await person.see(words.ryze("entity.button.ring.name"))
    await person.picture("contact")
    await person.click(words.ui("ui.card.button.press"))
    await person.see(words.ryze(f"{EVENT}.placed"))
    async with person.at_the_phones() as phones:
        await phones.locator("[data-act=answer]:visible").wait_for()
        await person.picture_of_phones("ringing")
        await phones.locator("[data-act=answer]:visible").click()
        await phones.locator("[data-act=over]:visible").wait_for()
        await person.picture_of_phones("answered")
    await person.see(words.ryze(f"{EVENT}.answered"))
    await person.picture("contact-answered")
    assert simulator.calls[-1].state is CallState.ANSWERED
    assert simulator.rings(MARIA) == sum(
        call.number == MARIA for call in simulator.calls
    )


async def test_decline(person: Person, words: Words, simulator: Simulator) -> None:
    """The attributes of a contact's event are translated."""
    await _open_details(person, words, "entity.event.call.name")
    await person.see(
        words.ryze("entity.event.call.state_attributes.observed.name"),
        words.ryze("entity.event.call.state_attributes.type.state.fake"),
    )
    await person.picture("event")
    await person.page.keyboard.press("Escape")
    await person.click(words.ui("ui.card.button.press"))
    async with person.at_the_phones() as phones:
        await phones.locator("[data-act=decline]:visible").click()
    await person.see(words.ryze(f"{EVENT}.rejected"))
    assert simulator.calls[-1].state is CallState.DECLINED


async def test_incoming_call(
    person: Person, words: Words, simulator: Simulator
) -> None:
    """The page of an instance shows an incoming call."""
    simulator.call_in(JOAO, INSTANCE, seconds=1)
    await person.open("/config/integrations/integration/ryze")
    await person.page.locator("ha-config-entry-device-row").first.click()
    await person.see(
        words.ryze("entity.event.incoming_call.name"),
        words.ryze(
            "entity.event.incoming_call.state_attributes.event_type.state.received"
        ),
        words.ryze("entity.sensor.last_call.name"),
        words.ryze("entity.binary_sensor.escalation.name"),
        words.ryze("entity.button.reconnect.name"),
        words.ryze("entity.button.acknowledge.name"),
        words.ryze("entity.binary_sensor.whatsapp.name"),
        words.ryze("entity.binary_sensor.live_updates.name"),
    )
    await person.picture("instance-page", height=1100)
    await _open_details(person, words, "entity.sensor.last_call.name")
    outcome = "entity.sensor.last_call.state_attributes.outcome"
    await person.see(
        words.ryze(f"{outcome}.name"), words.ryze(f"{outcome}.state.rejected")
    )
    await person.picture("last-call")
    await person.page.keyboard.press("Escape")
    assert simulator.calls[-1].type is CallType.INCOMING


async def _open_details(person: Person, words: Words, name: str) -> None:
    """Open the details of an entity."""
    await person.page.get_by_text(words.ryze(name), exact=True).first.click()
    await person.choose(
        person.page.locator("ha-more-info-dialog ha-dropdown ha-icon-button").last,
        words.ui("ui.dialogs.more_info_control.details"),
    )


@pytest.mark.parametrize("words", ["en"], indirect=True)
async def test_dashboard(person: Person, words: Words, simulator: Simulator) -> None:
    """The demo's dashboard speaks to Maria, and shows the outcome of the call."""
    await person.open("/ryze-demo/phones")
    await person.page.get_by_text("Run", exact=True).click()
    async with person.at_the_phones() as phones:
        await phones.locator("[data-act=answer]:visible").click()
        await phones.locator("[data-act=over]:visible").wait_for()
        await person.picture_of_phones("listening")
    await person.see("Outcome answered", "Who Maria", "Type audio")
    await person.picture("dashboard")
    assert simulator.calls[-1].audio


async def test_activity(person: Person, words: Words) -> None:
    """*Activity* shows calls without their numbers, in the words of the language."""
    await person.open("/logbook")
    await person.see(words.ryze("entity.event.call.name"))
    kinds = "entity.event.call.state_attributes.event_type.state"
    await person.see(words.ryze(f"{kinds}.placed"), words.ryze(f"{kinds}.rejected"))
    await person.picture("activity", height=1500)
    assert MARIA[-8:] not in (await person.read()).replace("-", "")

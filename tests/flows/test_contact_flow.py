"""Tests of the flow that adds a contact."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, FlowType
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from tests.helpers import flows as config_flow
from tests.helpers.common import make_contact, make_entry, setup_integration
from tests.helpers.const import (
    ANA,
    INSTANCE_TOKEN,
    JOAO,
    MARIA,
    OTHER_TOKEN,
    SHORT_ANA,
    SHORT_MARIA,
)
from tests.helpers.contact_flows import (
    OWN,
    asked,
    check_form,
    check_menu,
    choose,
    contacts_of,
    fill_in,
    save,
    start,
    typed,
)
from tests.helpers.contacts import contact_of
from tests.simulator import Behaviour, Simulator

pytestmark = pytest.mark.usefixtures("nobody_rings")


# A new contact.


async def test_add(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """The flow shows a number as it was understood, and saves its digits."""
    simulator.add_phone(ANA)
    flow_id = await start(hass, family)
    result = await fill_in(hass, flow_id, " Ana\n", " (11) 99999-0003 ")
    check_menu(result, "confirm")
    assert contacts_of(family) == [("Maria", MARIA), ("João", JOAO)]

    await save(hass, family, flow_id)
    contact = contact_of(family, "Ana")
    assert contact.data == {"number": ANA}
    assert contact.subentry_type == "contact"
    assert contact.unique_id == make_contact("Ana", ANA)["unique_id"]
    assert hass.states.get("notify.ana") is not None
    assert asked(simulator) == 1
    assert hass.config_entries.subentries.async_progress() == []


async def test_back_to_the_form(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """The menu leads back to the form, which shows the typed name and number."""
    simulator.add_phone(SHORT_ANA)
    flow_id = await start(hass, family)
    await fill_in(hass, flow_id, " Anna ", " 11 99999 0003")
    result = await choose(hass, flow_id, "change")
    check_form(result, "user", {})
    assert typed(result) == ("Anna", "11 99999 0003")

    simulator.add_phone(SHORT_ANA, behaviour=Behaviour.NO_WHATSAPP)
    check_menu(await fill_in(hass, flow_id), "confirm_no_account")
    await save(hass, family, flow_id)


@pytest.mark.parametrize(
    ("state", "behaviour", "step"),
    [
        ("connected", Behaviour.MANUAL, "confirm"),
        ("connected", Behaviour.NO_WHATSAPP, "confirm_no_account"),
        ("disconnected", Behaviour.MANUAL, "confirm_unchecked"),
    ],
)
async def test_page_is_loaded_again(
    hass: HomeAssistant,
    simulator: Simulator,
    family: MockConfigEntry,
    state: str,
    behaviour: Behaviour,
    step: str,
) -> None:
    """The menu is shown again when the page is reloaded."""
    simulator.instances["home"].state = state
    simulator.add_phone(ANA, behaviour=behaviour)
    flow_id = await start(hass, family)
    await fill_in(hass, flow_id)
    result = await hass.config_entries.subentries.async_configure(flow_id)
    check_menu(result, step)
    await save(hass, family, flow_id)


@pytest.mark.parametrize(
    ("name", "number", "errors"),
    [
        ("", ANA, {"name": "name_missing"}),
        (" \t", ANA, {"name": "name_missing"}),
        ("Ana", "", {"number": "invalid_number"}),
        ("Ana", "Ana", {"number": "invalid_number"}),
        ("Ana", "190", {"number": "invalid_number"}),
        ("", "190", {"name": "name_missing", "number": "invalid_number"}),
        ("Ana", "99999-0003", {"number": "area_code_missing"}),
        ("Ana", "120363000000000000@g.us", {"number": "not_a_person"}),
        ("Ana", "123456789@lid", {"number": "not_a_person"}),
        ("Ana", "(11) 90000-0000", {"number": "own_number"}),
        ("Ana", OWN, {"number": "own_number"}),
        ("Ana", f"+{MARIA}", {"number": "already_configured"}),
        ("Maria", "(11) 99999-0001", {"number": "already_configured"}),
        ("Ana", f"+{SHORT_MARIA}", {"number": "already_configured"}),
        ("", MARIA, {"name": "name_missing", "number": "already_configured"}),
    ],
)
async def test_errors_and_recovery(
    hass: HomeAssistant,
    simulator: Simulator,
    family: MockConfigEntry,
    name: str,
    number: str,
    errors: dict[str, str],
) -> None:
    """After each error the form can be corrected, and nothing was sent."""
    flow_id = await start(hass, family)
    result = await fill_in(hass, flow_id, name, number)
    check_form(result, "user", errors)
    assert typed(result) == (name.strip(), number)
    assert asked(simulator) == 0

    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, family, flow_id)


async def test_own_number_in_another_spelling(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """The instance's own number is refused, also in WhatsApp's shorter spelling."""
    simulator.instances["home"].number_jid = f"{SHORT_ANA}@s.whatsapp.net"
    entry = make_entry(simulator, "home", INSTANCE_TOKEN)
    await setup_integration(hass, entry)
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id)
    check_form(result, "user", {"number": "own_number"})


async def test_without_a_country(hass: HomeAssistant, family: MockConfigEntry) -> None:
    """If Home Assistant has no country, a number must be international."""
    await hass.config.async_update(country=None)
    flow_id = await start(hass, family)
    result = await fill_in(hass, flow_id, number="(11) 99999-0003")
    check_form(result, "user", {"number": "country_missing"})
    check_menu(await fill_in(hass, flow_id), "confirm")


@pytest.mark.parametrize(
    ("option", "digits", "shown"),
    [
        ("first", "5566999999999", "+55 66 99999-9999"),
        ("second", "66999999999", "+66 99 999 9999"),
    ],
)
async def test_two_readings(
    hass: HomeAssistant,
    simulator: Simulator,
    family: MockConfigEntry,
    option: str,
    digits: str,
    shown: str,
) -> None:
    """A person chooses between two numbers that the same digits can be."""
    simulator.add_phone(digits)
    flow_id = await start(hass, family)
    await fill_in(hass, flow_id, number="66999999999")
    for _ in range(2):
        # The menu is shown again when the page is reloaded.
        result = await hass.config_entries.subentries.async_configure(flow_id)
        assert result["type"] is FlowResultType.MENU
        assert result["step_id"] == "which_number"
        assert result["menu_options"] == ["first", "second", "change"]
        assert result["description_placeholders"] == {
            "first": "+55 66 99999-9999 (BR)",
            "second": "+66 99 999 9999 (TH)",
        }
    assert asked(simulator) == 0
    result = await choose(hass, flow_id, option)
    check_menu(result, "confirm", {"name": "Ana", "number": shown})
    await save(hass, family, flow_id, digits)


async def test_neither_of_two_readings(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """From the choice between two numbers, the form can be corrected."""
    flow_id = await start(hass, family)
    await fill_in(hass, flow_id, number="66999999999")
    result = await choose(hass, flow_id, "change")
    check_form(result, "user", {})
    assert typed(result) == ("Ana", "66999999999")
    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, family, flow_id)


async def test_reading_that_is_taken(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """Of two numbers, one that another contact has is refused."""
    entry = make_entry(
        simulator, "home", INSTANCE_TOKEN, contacts={"Noi": "66999999999"}
    )
    await setup_integration(hass, entry)
    flow_id = await start(hass, entry)
    await fill_in(hass, flow_id, number="66999999999")
    result = await choose(hass, flow_id, "second")
    check_form(result, "user", {"number": "already_configured"})
    check_menu(await fill_in(hass, flow_id), "confirm")
    await save(hass, entry, flow_id)


async def test_same_person_in_two_instances(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """Two instances can have the same person as a contact."""
    office = make_entry(simulator, "office", OTHER_TOKEN)
    await setup_integration(hass, office)
    flow_id = await start(hass, office)
    await fill_in(hass, flow_id, "Maria", f"+{MARIA}")
    await save(hass, office, flow_id, MARIA, "Maria")
    assert simulator.requests[-1].path == "/api/profile/getAccount/office"


async def test_same_person_in_two_flows(
    hass: HomeAssistant, family: MockConfigEntry
) -> None:
    """A person whom another flow has added meanwhile is refused."""
    flow_ids = [await start(hass, family), await start(hass, family)]
    for flow_id, number in zip(flow_ids, (ANA, SHORT_ANA), strict=True):
        assert (await fill_in(hass, flow_id, number=f"+{number}"))["type"] == "menu"
    await save(hass, family, flow_ids[0])
    result = await choose(hass, flow_ids[1], "save")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert len(family.subentries) == 3
    assert hass.config_entries.subentries.async_progress() == []


# The first contact of a new instance.


async def create_instance(
    hass: HomeAssistant, simulator: Simulator
) -> ConfigFlowResult:
    """Set up an instance in its flow, and return the result."""
    flow_id = await config_flow.start(hass)
    return await config_flow.fill_in(
        hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url
    )


async def test_first_contact(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """The flow of an instance leads on to the flow of its first contact."""
    created = await create_instance(hass, simulator)
    assert created["type"] is FlowResultType.CREATE_ENTRY
    kind, flow_id = created["next_flow"]
    assert kind is FlowType.CONFIG_SUBENTRIES_FLOW
    (waiting,) = hass.config_entries.subentries.async_progress()
    assert (waiting["flow_id"], waiting["step_id"]) == (flow_id, "user")
    # The frontend opens the next flow in this way.
    result = await hass.config_entries.subentries.async_configure(flow_id)
    check_form(result, "user", {})
    assert result["description_placeholders"] == {"instance": "home"}

    await fill_in(hass, flow_id)
    result = await choose(hass, flow_id, "save")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = created["result"]
    assert [item.title for item in entry.subentries.values()] == ["Ana"]
    assert hass.states.get("notify.ana") is not None


async def test_without_a_first_contact(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> None:
    """An instance loads without contacts if the flow of the first one is closed."""
    created = await create_instance(hass, simulator)
    hass.config_entries.subentries.async_abort(created["next_flow"][1])
    assert created["result"].state is ConfigEntryState.LOADED
    assert not created["result"].subentries

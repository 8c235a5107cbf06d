"""Tests of the flow that changes a contact who is there."""

from collections.abc import Iterator

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from tests.helpers.const import ANA, JOAO, MARIA
from tests.helpers.contact_flows import (
    OWN,
    SHORT_ANA,
    SHORT_MARIA,
    asked,
    check_form,
    check_menu,
    choose,
    contacts_of,
    fill_in,
    setup_home,
    start,
    typed,
)
from tests.helpers.contacts import contact_of
from tests.simulator import Simulator


@pytest.fixture(autouse=True)
def nobody_rings(simulator: Simulator) -> Iterator[None]:
    """Fail a test in which a phone rings: a flow calls nobody."""
    yield
    assert simulator.calls == []


@pytest.fixture
async def entry(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of the instance "home" in Brazil, with Maria and João."""
    return await setup_home(hass, simulator)


async def start_change(
    hass: HomeAssistant, entry: MockConfigEntry, contact: ConfigSubentry
) -> str:
    """Open the form of a contact that is there and return the id of its flow."""
    result = await entry.start_subentry_reconfigure_flow(hass, contact.subentry_id)
    check_form(result, "reconfigure", {})
    return str(result["flow_id"])


async def test_new_name(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """A name is changed without asking anybody."""
    contact = contact_of(entry, "Maria")
    flow_id = await start_change(hass, entry, contact)
    requests = len(simulator.requests)
    result = await fill_in(hass, flow_id, "Maria Clara", f"+{MARIA}")
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert contacts_of(entry) == [("Maria Clara", MARIA), ("João", JOAO)]
    assert len(simulator.requests) == requests


@pytest.mark.parametrize("number", [MARIA, SHORT_MARIA, "(11) 99999-0001"])
async def test_number_in_another_spelling(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, number: str
) -> None:
    """What WhatsApp has spelled stays as it is, however it is typed."""
    contact = contact_of(entry, "Maria")
    flow_id = await start_change(hass, entry, contact)
    result = await fill_in(hass, flow_id, "Maria", number)
    assert result["reason"] == "reconfigure_successful"
    assert contacts_of(entry) == [("Maria", MARIA), ("João", JOAO)]
    assert asked(simulator) == 0


async def test_new_number(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """A new number is checked and asked for like the first one."""
    simulator.add_phone(SHORT_ANA)
    contact = contact_of(entry, "Maria")
    before = dict(entry.subentries)
    flow_id = await start_change(hass, entry, contact)
    shown = {"name": "Maria", "number": "+55 1199990003"}
    check_menu(await fill_in(hass, flow_id, "Maria"), "confirm", shown)
    assert contacts_of(entry) == [("Maria", MARIA), ("João", JOAO)]

    result = await choose(hass, flow_id, "save")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert contacts_of(entry) == [("Maria", SHORT_ANA), ("João", JOAO)]
    assert list(entry.subentries) == list(before)
    # The old number is free, the new one is not.
    flow_id = await start(hass, entry)
    result = await fill_in(hass, flow_id)
    check_form(result, "user", {"number": "already_configured"})
    result = await fill_in(hass, flow_id, "Ana", f"+{MARIA}")
    assert result["type"] is FlowResultType.MENU


async def test_form_of_a_contact(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """The form shows what there is, and later what was typed."""
    contact = contact_of(entry, "Maria")
    flow = await entry.start_subentry_reconfigure_flow(hass, contact.subentry_id)
    assert typed(flow) == ("Maria", "+55 11 99999-0001")
    assert flow["description_placeholders"] == {"instance": "home"}
    await fill_in(hass, flow["flow_id"], "Ana", "11 99999 0003")
    result = await choose(hass, flow["flow_id"], "change")
    check_form(result, "reconfigure", {})
    assert typed(result) == ("Ana", "11 99999 0003")


@pytest.mark.parametrize(
    ("name", "number", "errors"),
    [
        ("", MARIA, {"name": "name_missing"}),
        ("Maria", "0", {"number": "invalid_number"}),
        ("Maria", "904846510860", {"number": "ambiguous_number"}),
        ("Maria", "1@g.us", {"number": "not_a_person"}),
        ("Maria", f"+{OWN}", {"number": "own_number"}),
        ("Maria", f"+{JOAO}", {"number": "already_configured"}),
        ("Maria", JOAO.replace("9", "", 1), {"number": "already_configured"}),
    ],
)
async def test_errors_of_a_change(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    name: str,
    number: str,
    errors: dict[str, str],
) -> None:
    """A change that is refused changes nothing, and can be corrected."""
    flow_id = await start_change(hass, entry, contact_of(entry, "Maria"))
    result = await fill_in(hass, flow_id, name, number)
    check_form(result, "reconfigure", errors)
    # It stays there when the page is loaded again.
    again = await hass.config_entries.subentries.async_configure(flow_id)
    assert typed(result) == typed(again) == (name, number)
    assert contacts_of(entry) == [("Maria", MARIA), ("João", JOAO)]
    assert asked(simulator) == 0

    await fill_in(hass, flow_id)
    await choose(hass, flow_id, "save")
    assert contacts_of(entry) == [("Ana", ANA), ("João", JOAO)]


async def test_number_is_taken_meanwhile(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Two contacts cannot both get a number, and the second one stays as it was."""
    flow_ids = [
        await start_change(hass, entry, contact_of(entry, name))
        for name in ("Maria", "João")
    ]
    for flow_id in flow_ids:
        await fill_in(hass, flow_id)
    reasons = [(await choose(hass, item, "save"))["reason"] for item in flow_ids]
    assert reasons == ["reconfigure_successful", "already_configured"]
    assert contacts_of(entry) == [("Ana", ANA), ("João", JOAO)]

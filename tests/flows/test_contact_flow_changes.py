"""Tests of the flow that changes a contact."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from tests.helpers.const import ANA, JOAO, MARIA, SHORT_ANA, SHORT_MARIA
from tests.helpers.contact_flows import (
    OWN,
    asked,
    check_form,
    check_menu,
    choose,
    contacts_of,
    fill_in,
    start,
    typed,
)
from tests.helpers.contacts import contact_of
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("nobody_rings")


async def start_change(
    hass: HomeAssistant, entry: MockConfigEntry, contact: ConfigSubentry
) -> str:
    """Open the form of a contact, and return the id of its flow."""
    result = await entry.start_subentry_reconfigure_flow(hass, contact.subentry_id)
    check_form(result, "reconfigure", {})
    return str(result["flow_id"])


async def test_new_name(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """A new name is saved without a request."""
    contact = contact_of(family, "Maria")
    flow_id = await start_change(hass, family, contact)
    requests = len(simulator.requests)
    result = await fill_in(hass, flow_id, "Maria Clara", f"+{MARIA}")
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert contacts_of(family) == [("Maria Clara", MARIA), ("João", JOAO)]
    assert len(simulator.requests) == requests


@pytest.mark.parametrize("number", [MARIA, f"+{SHORT_MARIA}", "(11) 99999-0001"])
async def test_number_in_another_spelling(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry, number: str
) -> None:
    """Another spelling of the same number keeps the spelling of WhatsApp."""
    contact = contact_of(family, "Maria")
    flow_id = await start_change(hass, family, contact)
    result = await fill_in(hass, flow_id, "Maria", number)
    assert result["reason"] == "reconfigure_successful"
    assert contacts_of(family) == [("Maria", MARIA), ("João", JOAO)]
    assert asked(simulator) == 0


async def test_new_number(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """A new number is checked like that of a new contact, and the old one is free."""
    simulator.add_phone(SHORT_ANA)
    contact = contact_of(family, "Maria")
    before = dict(family.subentries)
    flow_id = await start_change(hass, family, contact)
    shown = {"name": "Maria", "number": "+55 1199990003"}
    check_menu(await fill_in(hass, flow_id, "Maria"), "confirm", shown)
    assert contacts_of(family) == [("Maria", MARIA), ("João", JOAO)]

    result = await choose(hass, flow_id, "save")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert contacts_of(family) == [("Maria", SHORT_ANA), ("João", JOAO)]
    assert list(family.subentries) == list(before)
    # Another contact can have the old number, and not the new one.
    flow_id = await start(hass, family)
    result = await fill_in(hass, flow_id)
    check_form(result, "user", {"number": "already_configured"})
    result = await fill_in(hass, flow_id, "Ana", f"+{MARIA}")
    assert result["type"] is FlowResultType.MENU


async def test_form_of_a_contact(
    hass: HomeAssistant, simulator: Simulator, family: MockConfigEntry
) -> None:
    """The form shows the stored name and number, and later those that were typed."""
    contact = contact_of(family, "Maria")
    flow = await family.start_subentry_reconfigure_flow(hass, contact.subentry_id)
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
        ("Maria", "99999-0001", {"number": "area_code_missing"}),
        ("Maria", "1@g.us", {"number": "not_a_person"}),
        ("Maria", f"+{OWN}", {"number": "own_number"}),
        ("Maria", f"+{JOAO}", {"number": "already_configured"}),
        ("Maria", "+" + JOAO.replace("9", "", 1), {"number": "already_configured"}),
    ],
)
async def test_errors_of_a_change(
    hass: HomeAssistant,
    simulator: Simulator,
    family: MockConfigEntry,
    name: str,
    number: str,
    errors: dict[str, str],
) -> None:
    """A refused change changes nothing, and can be corrected."""
    flow_id = await start_change(hass, family, contact_of(family, "Maria"))
    result = await fill_in(hass, flow_id, name, number)
    check_form(result, "reconfigure", errors)
    # The form keeps its content when the page is reloaded.
    again = await hass.config_entries.subentries.async_configure(flow_id)
    assert typed(result) == typed(again) == (name, number)
    assert contacts_of(family) == [("Maria", MARIA), ("João", JOAO)]
    assert asked(simulator) == 0

    await fill_in(hass, flow_id)
    await choose(hass, flow_id, "save")
    assert contacts_of(family) == [("Ana", ANA), ("João", JOAO)]


async def test_number_is_taken_meanwhile(
    hass: HomeAssistant, family: MockConfigEntry
) -> None:
    """Of two contacts that are to get the same number, the second stays as it was."""
    flow_ids = [
        await start_change(hass, family, contact_of(family, name))
        for name in ("Maria", "João")
    ]
    for flow_id in flow_ids:
        await fill_in(hass, flow_id)
    reasons = [(await choose(hass, item, "save"))["reason"] for item in flow_ids]
    assert reasons == ["reconfigure_successful", "already_configured"]
    assert contacts_of(family) == [("Ana", ANA), ("João", JOAO)]

"""Flows of contacts: filling in the forms, and checking the result."""

from typing import Any

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_schema_suggested_value,
)

from homeassistant.config_entries import (
    SOURCE_USER,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .const import ANA
from tests.simulator import Simulator

OWN = "5511900000000"
ANA_SHOWN = {"name": "Ana", "number": "+55 11 99999-0003"}


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Open the form of a new contact, and return the id of its flow."""
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "contact"), context=SubentryFlowContext(source=SOURCE_USER)
    )
    check_form(result, "user", {})
    assert result["description_placeholders"] == {"instance": entry.title}
    return result["flow_id"]


def check_form(result: SubentryFlowResult, step: str, errors: dict[str, str]) -> None:
    """Check that a step shows its form with these errors."""
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, step)
    assert result["errors"] == errors


def check_menu(
    result: SubentryFlowResult, step: str, shown: dict[str, str] | None = None
) -> None:
    """Check that a step shows its menu, with the contact as it was understood."""
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, step)
    assert result["menu_options"] == ["save", "change"]
    assert result["description_placeholders"] == (shown or ANA_SHOWN)


def typed(result: SubentryFlowResult) -> tuple[Any, Any]:
    """Return the name and the number that a form shows."""
    assert result["data_schema"] is not None
    schema = result["data_schema"].schema
    return (
        get_schema_suggested_value(schema, "name"),
        get_schema_suggested_value(schema, "number"),
    )


async def fill_in(
    hass: HomeAssistant, flow_id: str, name: str = "Ana", number: str = f"+{ANA}"
) -> SubentryFlowResult:
    """Fill in the form."""
    return await hass.config_entries.subentries.async_configure(
        flow_id, {"name": name, "number": number}
    )


async def choose(hass: HomeAssistant, flow_id: str, option: str) -> SubentryFlowResult:
    """Choose an option of the menu."""
    result = await hass.config_entries.subentries.async_configure(
        flow_id, {"next_step_id": option}
    )
    await hass.async_block_till_done()
    return result


async def save(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    flow_id: str,
    number: str = ANA,
    name: str = "Ana",
) -> None:
    """Save a new contact, and check that the entry has it."""
    result = await choose(hass, flow_id, "save")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert contacts_of(entry)[-1] == (name, number)


def contacts_of(entry: MockConfigEntry) -> list[tuple[str, str]]:
    """Return the names and numbers of an entry's contacts."""
    return [(item.title, item.data["number"]) for item in entry.subentries.values()]


def asked(simulator: Simulator) -> int:
    """Return the number of requests for a WhatsApp account."""
    return sum(request.route == "account" for request in simulator.requests)

"""Config flows: opening and filling in their forms."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.ryze.const import DOMAIN


async def start(hass: HomeAssistant) -> str:
    """Open the form, and return the id of its flow."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    assert result["errors"] == {}
    return result["flow_id"]


async def fill_in(
    hass: HomeAssistant, flow_id: str, **user_input: Any
) -> ConfigFlowResult:
    """Fill in a form."""
    result = await hass.config_entries.flow.async_configure(flow_id, user_input)
    await hass.async_block_till_done()
    return result

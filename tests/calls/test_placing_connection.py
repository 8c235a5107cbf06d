"""Tests that a call has a connection of its own."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from custom_components.ryze.const import DOMAIN
from tests.helpers.const import MARIA
from tests.simulator import Simulator


async def test_connection_of_somebody_else(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A connection that another integration keeps may be dead: it is not for calls."""
    async with async_get_clientsession(hass).get(f"{simulator.url}/health") as answer:
        await answer.read()
    assert simulator.connections == 1
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA}, blocking=True
    )
    await hass.async_block_till_done()
    assert simulator.connections == 1

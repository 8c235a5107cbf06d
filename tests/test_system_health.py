"""Tests of the system health."""

from typing import Any

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .helpers.common import make_entry, setup_integration, until
from .helpers.const import INSTANCE_TOKEN
from .simulator import Simulator
from custom_components.ryze.const import DEFAULT_URL, DOMAIN


async def info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the system health, after all of its parts are known."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    told: dict[str, Any] = await get_system_health_info(hass, DOMAIN)
    return told | {"can_reach_server": await told["can_reach_server"]}


async def test_live_updates(
    hass: HomeAssistant, simulator: Simulator, other_entry: MockConfigEntry
) -> None:
    """System health shows whether RyzeAPI is reachable, and the connected instances."""
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)
    await setup_integration(hass, entry)
    await setup_integration(hass, other_entry)
    await until(lambda: entry.runtime_data.listener.live)
    assert await info(hass) == {"can_reach_server": "ok", "live_updates": "1/2"}
    (request,) = [item for item in simulator.requests if item.route == "health"]
    assert not request.has_token


async def test_unreachable_api(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """System health shows that RyzeAPI is unreachable."""
    await simulator.stop()
    assert await info(hass) == {
        "can_reach_server": {"type": "failed", "error": "unreachable"},
        "live_updates": "0/1",
    }


async def test_without_an_entry(
    hass: HomeAssistant, aioclient_mock: AiohttpClientMocker
) -> None:
    """Without an entry, system health checks RyzeAPI's own address."""
    aioclient_mock.get(f"{DEFAULT_URL}/health")
    assert await async_setup_component(hass, DOMAIN, {})
    assert await info(hass) == {"can_reach_server": "ok", "live_updates": "0/0"}

"""Tests of setting up and unloading."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .common import setup_integration
from .const import MARIA
from .simulator import Fault, FaultKind, Simulator
from custom_components.ryze.const import DOMAIN


async def test_load_and_unload(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """An entry loads, unloads and loads again, and nobody's phone rings."""
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.LOADED

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert simulator.connections == 0
    assert hass.config_entries.async_loaded_entries(DOMAIN) == []

    assert await hass.config_entries.async_setup(entry.entry_id)
    assert hass.config_entries.async_loaded_entries(DOMAIN) == [entry]
    assert simulator.calls == []


async def test_actions_without_an_entry(hass: HomeAssistant) -> None:
    """The actions exist before an instance does, so that automations are valid."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert set(hass.services.async_services_for_domain(DOMAIN)) == {
        "acknowledge",
        "audio_call",
        "escalate",
        "fake_call",
    }


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.CUT_AFTER, times=None),
        Fault(FaultKind.STATUS, status=500),
        Fault(FaultKind.STATUS, status=429),
        Fault(FaultKind.STATUS, status=404),
        Fault(FaultKind.RAW, body=b"<html>"),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
async def test_load_with_an_api_in_trouble(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, fault: Fault
) -> None:
    """An entry loads though the API does not answer, and a call is tried."""
    simulator.inject(fault)
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.LOADED

    simulator.clear_faults()
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": f"+{MARIA}"}, blocking=True
    )
    assert simulator.rings(MARIA) == 1


async def test_load_without_an_api(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """After a power cut Home Assistant is up before the router."""
    await simulator.stop()
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.LOADED

    await simulator.start()
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": f"+{MARIA}"}, blocking=True
    )
    assert simulator.rings(MARIA) == 1


async def test_load_with_a_refused_token(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """Only a refused token keeps an entry from loading; it asks for a new one."""
    simulator.instances["home"].token = "renewed"
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "refused_token"
    (flow,) = hass.config_entries.flow.async_progress()
    assert (flow["handler"], flow["step_id"]) == (DOMAIN, "reauth_confirm")

"""Tests of loading and unloading entries."""

from datetime import timedelta
from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .helpers.common import setup_integration, until
from .helpers.const import MARIA
from .simulator import Fault, FaultKind, Simulator
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.coordinator import POLL_OTHERWISE

ONE_SECOND: Final = timedelta(seconds=1)


async def test_load_and_unload(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """An entry can be loaded, unloaded and loaded again, and no phone rings."""
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.LOADED

    assert await hass.config_entries.async_unload(entry.entry_id)
    assert simulator.connections == 0
    assert hass.config_entries.async_loaded_entries(DOMAIN) == []

    assert await hass.config_entries.async_setup(entry.entry_id)
    assert hass.config_entries.async_loaded_entries(DOMAIN) == [entry]
    assert simulator.calls == []


async def test_actions_without_an_entry(hass: HomeAssistant) -> None:
    """The actions exist without an entry, so that automations are valid."""
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
async def test_load_with_a_failing_api(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, fault: Fault
) -> None:
    """An entry loads while RyzeAPI fails, and a later call is placed."""
    simulator.inject(fault)
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.LOADED

    simulator.clear_faults()
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": f"+{MARIA}"}, blocking=True
    )
    assert simulator.rings(MARIA) == 1


async def test_load_with_an_unreachable_api(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """An entry loads while RyzeAPI is unreachable, and a later call is placed."""
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
    """An entry loads with a refused token, so that calls raise instead of vanishing."""
    simulator.instances["home"].token = "renewed"
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    (flow,) = hass.config_entries.flow.async_progress()
    assert (flow["handler"], flow["step_id"]) == (DOMAIN, "reauth_confirm")
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call(
            DOMAIN, "fake_call", {"number": f"+{MARIA}"}, blocking=True
        )
    assert raised.value.translation_key == "auth"


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_token_for_a_moment(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, status: int
) -> None:
    """A token that was refused once works again at the next poll."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, route="list"))
    await setup_integration(hass, entry)
    whatsapp = "binary_sensor.home_whatsapp"
    assert hass.states.is_state(whatsapp, STATE_UNAVAILABLE)
    async_fire_time_changed(hass, dt_util.utcnow() + POLL_OTHERWISE + ONE_SECOND)
    await until(lambda: hass.states.is_state(whatsapp, STATE_ON))

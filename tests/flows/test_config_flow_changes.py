"""Tests of the config flow that changes the token or the address of an instance."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.ryze.const import DOMAIN
from tests.helpers.common import first_look, make_entry, setup_integration, until
from tests.helpers.const import ACCOUNT_TOKEN, INSTANCE_TOKEN, MARIA, OTHER_TOKEN
from tests.helpers.flows import fill_in
from tests.simulator import Fault, FaultKind, Simulator


@pytest.mark.parametrize("times", [0, 1])
async def test_new_token(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, times: int
) -> None:
    """A revoked token is replaced, whether it was refused at set-up or later."""
    for _ in range(times):
        simulator.inject(Fault(FaultKind.STATUS, status=401, route="list"))
    await setup_integration(hass, entry)
    simulator.instances["home"].token = "renewed"

    result = await entry.start_reauth_flow(hass)
    assert (result["type"], result["step_id"]) == (
        FlowResultType.FORM,
        "reauth_confirm",
    )
    assert (result["description_placeholders"] or {})["instance"] == "home"
    flow_id = result["flow_id"]
    result = await fill_in(hass, flow_id, token="wrong")
    assert result["errors"] == {"token": "invalid_auth"}
    result = await fill_in(hass, flow_id, token=OTHER_TOKEN)
    assert result["errors"] == {"token": "instance_not_found"}
    simulator.inject(Fault(FaultKind.PAGE, status=403, route="list"))
    result = await fill_in(hass, flow_id, token="renewed")
    assert result["errors"] == {"base": "cannot_connect"}
    await simulator.stop()
    result = await fill_in(hass, flow_id, token="renewed")
    assert result["errors"] == {"base": "cannot_connect"}
    await simulator.start()
    result = await fill_in(hass, flow_id, token=" renewed ")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"

    assert entry.data["token"] == "renewed"
    assert entry.state is ConfigEntryState.LOADED
    assert hass.config_entries.flow.async_progress() == []
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": f"+{MARIA}"}, blocking=True
    )
    assert simulator.rings(MARIA) == 1


async def test_new_token_restores_live_updates(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """With a new token the entry loads and connects to live updates."""
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)
    simulator.instances["home"].token = "renewed"
    await setup_integration(hass, entry)
    assert simulator.live.clients("home") == 0

    (flow,) = hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_REAUTH}
    )
    result = await fill_in(hass, flow["flow_id"], token="renewed")
    assert result["reason"] == "reauth_successful"
    assert hass.config_entries.async_loaded_entries(DOMAIN) == [entry]
    await until(lambda: simulator.live.clients("home") == 1)
    await first_look(hass, entry)
    state = hass.states.get("binary_sensor.home_whatsapp")
    assert state
    assert state.state == "on"
    assert entry.options == {"live_updates": True}


async def test_new_token_for_a_refused_socket(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """After the WebSocket refused the token, a new token opens it."""
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)
    simulator.inject(Fault(FaultKind.STATUS, status=401, route="ws"))
    await setup_integration(hass, entry)
    await until(hass.config_entries.flow.async_progress)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert simulator.live.clients("home") == 0

    await fill_in(hass, flow["flow_id"], token=INSTANCE_TOKEN)
    await until(lambda: simulator.live.clients("home") == 1)


async def test_new_token_of_a_renamed_instance(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """An instance that was renamed at RyzeAPI is recognized by its id."""
    simulator.remove_instance("home")
    simulator.add_instance("villa", token="renewed", id="id-home")
    result = await loaded.start_reauth_flow(hass)
    result = await fill_in(hass, result["flow_id"], token="renewed")
    assert result["reason"] == "reauth_successful"
    assert loaded.data["instance"] == "villa"


async def test_new_url_and_token(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """URL and token can be changed; an empty token keeps the stored one."""
    result = await loaded.start_reconfigure_flow(hass)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "reconfigure")
    flow_id = result["flow_id"]
    result = await fill_in(hass, flow_id, url="ftp://example.com")
    assert result["errors"] == {"url": "invalid_url"}
    result = await fill_in(hass, flow_id, url=simulator.url, token="wrong")
    assert result["errors"] == {"token": "invalid_auth"}
    result = await fill_in(hass, flow_id, url=simulator.url, token=ACCOUNT_TOKEN)
    assert result["reason"] == "reconfigure_successful"
    assert loaded.data == {
        "instance": "home",
        "token": ACCOUNT_TOKEN,
        "url": simulator.url,
    }

    result = await loaded.start_reconfigure_flow(hass)
    result = await fill_in(hass, result["flow_id"], url=f"{simulator.url}/", token="")
    assert result["reason"] == "reconfigure_successful"
    assert loaded.data["token"] == ACCOUNT_TOKEN
    assert loaded.state is ConfigEntryState.LOADED


async def test_stored_token_is_not_shown(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    """No form shows the stored token."""
    for result in (
        await loaded.start_reconfigure_flow(hass),
        await loaded.start_reauth_flow(hass),
    ):
        assert result["data_schema"] is not None
        for key in result["data_schema"].schema:
            assert INSTANCE_TOKEN not in str(key.description)

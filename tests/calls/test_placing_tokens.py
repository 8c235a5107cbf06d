"""Tests of calls whose token is refused, renewed or shared."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.ryze.api import client as client_module
from custom_components.ryze.const import DOMAIN
from tests.helpers.calls import fake_call
from tests.helpers.common import capture, until
from tests.helpers.const import OTHER_TOKEN
from tests.simulator import Fault, FaultKind, Simulator


@pytest.mark.usefixtures("loaded")
async def test_refused_token(hass: HomeAssistant, simulator: Simulator) -> None:
    """A revoked token asks for a new one, once."""
    events = capture(hass)
    simulator.instances["home"].token = "renewed"
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as caught:
            await fake_call(hass)
        assert caught.value.translation_key == "auth"
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"
    assert [event.data["error"] for event in events] == ["auth", "auth"]


async def test_foreign_token(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A token that does not own the instance asks for another one too."""
    hass.config_entries.async_update_entry(
        loaded, data={**loaded.data, "token": OTHER_TOKEN}
    )
    await hass.config_entries.async_reload(loaded.entry_id)
    with pytest.raises(HomeAssistantError) as caught:
        await fake_call(hass)
    assert caught.value.translation_key == "auth"
    await hass.async_block_till_done()
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_refused_token_of_a_removed_entry(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """Nobody is asked for the token of what is gone."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.STATUS, status=401, delay=0.2, route="fake"))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: len(simulator.requests) > 1)
    await hass.config_entries.async_remove(loaded.entry_id)
    with pytest.raises(HomeAssistantError):
        await action
    await hass.async_block_till_done()
    assert [event.data["error"] for event in events] == ["auth"]
    assert hass.config_entries.flow.async_progress() == []


async def test_token_renewed_meanwhile(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A token that is in use no more is not asked for."""
    simulator.inject(Fault(FaultKind.STATUS, status=401, delay=0.2, route="fake"))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: len(simulator.requests) > 1)
    await hass.config_entries.async_reload(loaded.entry_id)
    with pytest.raises(HomeAssistantError):
        await action
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


async def test_one_counter_for_one_token(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Instances that share the account's token share its requests."""
    monkeypatch.setattr(client_module, "MAX_RESET_WAIT", 1)
    account = {**loaded.data, "token": simulator.account_token}
    hass.config_entries.async_update_entry(loaded, data=account)
    office = MockConfigEntry(
        domain=DOMAIN,
        data={**account, "instance": "office"},
        options=loaded.options,
    )
    office.add_to_hass(hass)
    await hass.config_entries.async_setup(office.entry_id)
    await hass.config_entries.async_reload(loaded.entry_id)
    simulator.rate_limit.set(simulator.account_token, remaining=1, resets_in=40)
    await fake_call(hass, config_entry_id=loaded.entry_id)
    requests = len(simulator.requests)
    with pytest.raises(HomeAssistantError) as caught:
        await fake_call(hass, config_entry_id=office.entry_id)
    assert caught.value.translation_key == "rate_limit"
    # The counter was known to be at 0 without asking.
    assert len(simulator.requests) == requests

"""Tests of calls whose token is refused, renewed or shared."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.ryze.api import client as client_module
from custom_components.ryze.const import DOMAIN
from tests.helpers.calls import fake_call
from tests.helpers.common import capture, first_look, until
from tests.helpers.const import OTHER_TOKEN
from tests.simulator import Fault, FaultKind, Simulator


def refuse_late(simulator: Simulator) -> asyncio.Event:
    """Refuse the token of the next call as soon as the returned event is set."""
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.STATUS, status=401, release=release, route="fake"))
    return release


@pytest.mark.usefixtures("loaded")
async def test_refused_token(hass: HomeAssistant, simulator: Simulator) -> None:
    """A revoked token starts one reauthentication, however many calls it fails."""
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


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.usefixtures("loaded")
async def test_page_of_a_proxy(
    hass: HomeAssistant, simulator: Simulator, status: int
) -> None:
    """A call that a proxy refuses fails, and asks for no token."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.PAGE, status=status, route="fake"))
    with pytest.raises(HomeAssistantError) as caught:
        await fake_call(hass)
    assert caught.value.translation_key == "blocked"
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []
    (event,) = events
    assert event.event_type == "ryze_call_failed"
    assert (event.data["error"], event.data["observed"]) == ("blocked", False)


async def test_token_of_another_instance(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A token that does not belong to the instance starts a reauthentication."""
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
    """A refusal that comes after the entry was removed starts no reauthentication."""
    events = capture(hass)
    release = refuse_late(simulator)
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: len(simulator.requests) > 1)
    await hass.config_entries.async_remove(loaded.entry_id)
    release.set()
    with pytest.raises(HomeAssistantError):
        await action
    await hass.async_block_till_done()
    assert [event.data["error"] for event in events] == ["auth"]
    assert hass.config_entries.flow.async_progress() == []


async def test_refused_token_after_a_reload(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A refusal that comes after a reload starts no reauthentication."""
    release = refuse_late(simulator)
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: len(simulator.requests) > 1)
    await hass.config_entries.async_reload(loaded.entry_id)
    release.set()
    with pytest.raises(HomeAssistantError):
        await action
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


async def test_shared_token(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Instances that share the token of the account share its rate limit."""
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
    for entry in (office, loaded):
        await first_look(hass, entry)
    simulator.rate_limit.set(simulator.account_token, remaining=1, resets_in=40)
    await fake_call(hass, config_entry_id=loaded.entry_id)
    requests = len(simulator.requests)
    with pytest.raises(HomeAssistantError) as caught:
        await fake_call(hass, config_entry_id=office.entry_id)
    assert caught.value.translation_key == "rate_limit"
    # The first answer told that no requests are left.
    assert len(simulator.requests) == requests

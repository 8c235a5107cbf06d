"""Tests of the config flow that sets up an instance."""

from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_REAUTH,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.ryze.api import RyzeClient
from custom_components.ryze.const import DEFAULT_URL, DOMAIN
from tests.helpers.const import ACCOUNT_TOKEN, INSTANCE_TOKEN
from tests.helpers.flows import fill_in, start
from tests.simulator import Fault, FaultKind, Simulator


async def test_token_of_an_instance(hass: HomeAssistant, simulator: Simulator) -> None:
    """The token of an instance is enough to set it up, and no phone rings."""
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "home"
    entry = result["result"]
    assert entry.unique_id == "id-home"
    assert entry.data == {
        "instance": "home",
        "token": INSTANCE_TOKEN,
        "url": simulator.url,
    }
    assert entry.state is ConfigEntryState.LOADED
    assert simulator.calls == []


async def test_default_url(hass: HomeAssistant) -> None:
    """The form suggests RyzeAPI's own address."""
    await start(hass)
    (flow,) = hass.config_entries.flow.async_progress(include_uninitialized=True)
    result = await hass.config_entries.flow.async_configure(flow["flow_id"])
    assert result["data_schema"] is not None
    defaults = {
        str(key): key.default()
        for key in result["data_schema"].schema
        if callable(key.default)
    }
    assert defaults == {"url": DEFAULT_URL}


async def test_pick_an_instance(hass: HomeAssistant, simulator: Simulator) -> None:
    """With the token of the account, the flow asks which instance to set up."""
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "instance")
    assert options(result) == ["home", "office"]

    result = await fill_in(hass, flow_id, instance="office")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "office"
    assert result["result"].unique_id == "id-office"
    assert result["data"]["token"] == ACCOUNT_TOKEN

    # The flow offers only instances that are not set up yet.
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    assert options(result) == ["home"]
    await fill_in(hass, flow_id, instance="home")
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "all_configured"
    assert len(hass.config_entries.async_loaded_entries(DOMAIN)) == 2


async def test_instance_picked_in_two_flows(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An instance that another flow has set up meanwhile is refused."""
    flow_ids = [await start(hass), await start(hass)]
    for flow_id in flow_ids:
        await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    result = await fill_in(hass, flow_ids[0], instance="home")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    result = await fill_in(hass, flow_ids[1], instance="home")
    assert result["reason"] == "already_configured"


def options(result: ConfigFlowResult) -> list[str]:
    """Return the instances that a form offers."""
    assert result["data_schema"] is not None
    (selector,) = result["data_schema"].schema.values()
    found: list[str] = selector.config["options"]
    return found


async def test_name_of_an_instance(hass: HomeAssistant, simulator: Simulator) -> None:
    """A typed name of an instance spares picking one; spaces are removed."""
    flow_id = await start(hass)
    result = await fill_in(
        hass,
        flow_id,
        instance=" office ",
        token=f" {ACCOUNT_TOKEN}\n",
        url=f" {simulator.url}/ ",
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        "instance": "office",
        "token": ACCOUNT_TOKEN,
        "url": simulator.url,
    }


async def test_instance_without_id(hass: HomeAssistant, simulator: Simulator) -> None:
    """An instance without an id is identified by host and name."""
    simulator.instances["home"].id = ""
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["result"].unique_id == "127.0.0.1/home"


async def test_new_host_of_an_instance_without_id(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An instance without an id is identified by its new host once its URL changes."""
    simulator.instances["home"].id = ""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id="old.example.com/home",
        data={
            "instance": "home",
            "token": INSTANCE_TOKEN,
            "url": "https://old.example.com",
        },
    )
    entry.add_to_hass(hass)
    for _ in range(2):
        flow = await entry.start_reconfigure_flow(hass)
        result = await fill_in(hass, flow["flow_id"], url=simulator.url)
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
    assert entry.unique_id == "127.0.0.1/home"


async def test_instance_gets_an_id(hass: HomeAssistant, simulator: Simulator) -> None:
    """An entry stays that of its instance when RyzeAPI starts to send its id."""
    simulator.instances["home"].id = ""
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    entry = result["result"]
    simulator.instances["home"].id = "id-home"

    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["reason"] == "already_configured"
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    assert options(result) == ["office"]

    entry.async_start_reauth(hass)
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_REAUTH}
    )
    result = await fill_in(hass, flow["flow_id"], token=ACCOUNT_TOKEN)
    assert result["reason"] == "reauth_successful"
    assert entry.unique_id == "id-home"


@pytest.mark.parametrize(
    ("fault", "errors"),
    [
        (Fault(FaultKind.STATUS, status=401), {"token": "invalid_auth"}),
        (Fault(FaultKind.STATUS, status=403), {"token": "invalid_auth"}),
        (Fault(FaultKind.PAGE, status=401), {"base": "cannot_connect"}),
        (Fault(FaultKind.PAGE, status=403), {"base": "cannot_connect"}),
        (Fault(FaultKind.PAGE, status=521), {"base": "cannot_connect"}),
        (Fault(FaultKind.STATUS, status=408), {"base": "cannot_connect"}),
        (Fault(FaultKind.STATUS, status=429), {"base": "rate_limited"}),
        (Fault(FaultKind.STATUS, status=404), {"base": "cannot_connect"}),
        (Fault(FaultKind.STATUS, status=500), {"base": "cannot_connect"}),
        (Fault(FaultKind.REDIRECT), {"base": "cannot_connect"}),
        (Fault(FaultKind.RAW, body=b"<html>"), {"base": "cannot_connect"}),
        (Fault(FaultKind.CUT_AFTER, times=2), {"base": "cannot_connect"}),
        (
            Fault(FaultKind.RAW, body=b'{"instances": []}'),
            {"instance": "instance_not_found"},
        ),
    ],
    ids=lambda value: (
        f"{value.kind}-{value.status}" if isinstance(value, Fault) else ""
    ),
)
async def test_errors_and_recovery(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, errors: dict[str, str]
) -> None:
    """After each error of RyzeAPI the form can be filled in again."""
    flow_id = await start(hass)
    simulator.inject(fault)
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "user")
    assert result["errors"] == errors

    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("user_input", "errors"),
    [
        ({"token": "wrong"}, {"token": "invalid_auth"}),
        ({"token": "zwölf"}, {"token": "invalid_auth"}),
        ({"token": "two\nlines"}, {"token": "invalid_auth"}),
        ({"instance": "attic"}, {"instance": "instance_not_found"}),
        # The token belongs to another instance.
        ({"instance": "office"}, {"instance": "instance_not_found"}),
        ({"url": "http://example.com"}, {"url": "invalid_url"}),
        ({"url": "example.com"}, {"url": "invalid_url"}),
        ({"url": "https://127.0.0.1:1"}, {"base": "cannot_connect"}),
    ],
)
async def test_wrong_input_and_recovery(
    hass: HomeAssistant,
    simulator: Simulator,
    user_input: dict[str, str],
    errors: dict[str, str],
) -> None:
    """Wrong input is reported at its field, and can be corrected."""
    right = {"token": INSTANCE_TOKEN, "url": simulator.url}
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, **(right | user_input))
    assert result["errors"] == errors

    result = await fill_in(hass, flow_id, **right)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unreachable_and_recovery(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """RyzeAPI can be unreachable and come back while the form is open."""
    flow_id = await start(hass)
    await simulator.stop()
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["errors"] == {"base": "cannot_connect"}

    await simulator.start()
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_bug_in_our_code_and_recovery(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """After a bug in our code the form can be filled in again."""
    flow_id = await start(hass)
    with patch.object(RyzeClient, "instances", side_effect=ZeroDivisionError):
        result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["errors"] == {"base": "unknown"}

    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_same_instance_twice(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """An instance can be set up only once, whichever token leads to it."""
    for user_input in (
        {"token": INSTANCE_TOKEN},
        {"token": ACCOUNT_TOKEN, "instance": "home"},
    ):
        flow_id = await start(hass)
        result = await fill_in(hass, flow_id, url=simulator.url, **user_input)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "already_configured"
    assert hass.config_entries.async_entries(DOMAIN) == [loaded]


async def test_ignored_instance(hass: HomeAssistant, simulator: Simulator) -> None:
    """An instance that was ignored can be set up."""
    MockConfigEntry(
        domain=DOMAIN, unique_id="id-home", source=SOURCE_IGNORE
    ).add_to_hass(hass)
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    assert options(result) == ["home", "office"]
    result = await fill_in(hass, flow_id, instance="home")
    assert result["type"] is FlowResultType.CREATE_ENTRY

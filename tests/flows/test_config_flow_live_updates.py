"""Tests of the question about live updates, at set-up and in the options."""

from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from custom_components.ryze.api import RyzeClient
from tests.helpers.common import until
from tests.helpers.const import ACCOUNT_TOKEN, INSTANCE_TOKEN
from tests.helpers.flows import fill_in, start
from tests.simulator import Fault, FaultKind, Simulator

OURS = ("call.update", "instance.state")

# Faults while live updates are turned on, and the errors that the form shows.
LIVE_UPDATES_ERRORS = [
    (Fault(FaultKind.STATUS, status=401, route="get_websocket"), "invalid_auth"),
    (Fault(FaultKind.STATUS, status=403, route="set_websocket"), "invalid_auth"),
    (Fault(FaultKind.STATUS, status=429, route="get_websocket"), "rate_limited"),
    (Fault(FaultKind.STATUS, status=429, route="set_websocket"), "rate_limited"),
    (Fault(FaultKind.STATUS, status=500, route="get_websocket"), "cannot_connect"),
    (Fault(FaultKind.STATUS, status=404, route="set_websocket"), "cannot_connect"),
    (Fault(FaultKind.STATUS, status=400, route="set_websocket"), "cannot_connect"),
    (Fault(FaultKind.CUT_BEFORE, route="set_websocket"), "cannot_connect"),
]


def name_of(value: object) -> str:
    """Return the id of a test for a fault."""
    return f"{value.route}-{value.status}" if isinstance(value, Fault) else str(value)


async def ask_for_live_updates(hass: HomeAssistant, simulator: Simulator) -> str:
    """Open the step about live updates, and return the id of the flow."""
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "live_updates")
    assert result["errors"] == {}
    assert result["description_placeholders"] == {"instance": "home"}
    assert simulator.live.writes == []
    return flow_id


@pytest.mark.parametrize("events", [(), OURS, ("message.exchange", *OURS)])
async def test_no_question_if_updates_are_delivered(
    hass: HomeAssistant, simulator: Simulator, events: tuple[str, ...]
) -> None:
    """If RyzeAPI delivers our events already, the flow does not ask."""
    simulator.live.configure("home", events=events)
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {"live_updates": True}
    assert simulator.live.writes == []
    await until(lambda: simulator.live.clients("home") == 1)


@pytest.mark.parametrize(
    ("enabled", "events", "media_base64", "written"),
    [
        (False, (), False, OURS),
        (True, ("message.exchange",), True, ("message.exchange", *OURS)),
        (True, ("instance.state",), False, ("instance.state", "call.update")),
    ],
)
async def test_yes_adds_our_events(
    hass: HomeAssistant,
    simulator: Simulator,
    enabled: bool,
    events: tuple[str, ...],
    media_base64: bool,
    written: tuple[str, ...],
) -> None:
    """A yes adds our events to the configuration at RyzeAPI, and keeps the rest."""
    simulator.live.configure(
        "home", enabled=enabled, events=events, media_base64=media_base64
    )
    flow_id = await ask_for_live_updates(hass, simulator)
    result = await fill_in(hass, flow_id, live_updates=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {"live_updates": True}
    assert simulator.live.writes == [
        {
            "instance": "home",
            "enabled": True,
            "events": list(written),
            "mediaBase64": media_base64,
        }
    ]
    routes = [request.route for request in simulator.requests]
    assert routes.index("get_websocket") < routes.index("set_websocket")
    await until(lambda: simulator.live.clients("home") == 1)


async def test_yes_without_a_configuration(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A yes works for an instance that has no configuration at RyzeAPI."""
    simulator.instances["home"].websocket = None
    flow_id = await ask_for_live_updates(hass, simulator)
    result = await fill_in(hass, flow_id, live_updates=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (written,) = simulator.live.writes
    assert written["events"] == list(OURS)


async def test_yes_after_somebody_else(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A configuration that somebody else has set meanwhile is kept."""
    simulator.live.configure("home", enabled=False)
    flow_id = await ask_for_live_updates(hass, simulator)
    simulator.live.configure("home", events=())
    result = await fill_in(hass, flow_id, live_updates=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert simulator.live.writes == []


async def test_yes_for_a_picked_instance(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The question is about the instance that was picked."""
    simulator.instances["office"].websocket = None
    flow_id = await start(hass)
    await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    result = await fill_in(hass, flow_id, instance="office")
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "live_updates")
    assert result["description_placeholders"] == {"instance": "office"}
    result = await fill_in(hass, flow_id, live_updates=True)
    assert result["title"] == "office"
    assert [written["instance"] for written in simulator.live.writes] == ["office"]


async def test_no_changes_nothing(hass: HomeAssistant, simulator: Simulator) -> None:
    """A no changes nothing at RyzeAPI, and is stored."""
    simulator.instances["home"].websocket = None
    flow_id = await ask_for_live_updates(hass, simulator)
    result = await fill_in(hass, flow_id, live_updates=False)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {"live_updates": False}
    assert result["result"].state is ConfigEntryState.LOADED
    routes = {request.route for request in simulator.requests}
    assert routes == {"list"}


@pytest.mark.parametrize(("fault", "error"), LIVE_UPDATES_ERRORS, ids=name_of)
async def test_errors_and_recovery(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, error: str
) -> None:
    """After each error the question can be answered again."""
    simulator.live.configure("home", enabled=False)
    flow_id = await ask_for_live_updates(hass, simulator)
    simulator.inject(fault)
    result = await fill_in(hass, flow_id, live_updates=True)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "live_updates")
    assert result["errors"] == {"base": error}
    assert simulator.live.writes == []

    result = await fill_in(hass, flow_id, live_updates=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert len(simulator.live.writes) == 1


async def test_no_after_an_error(hass: HomeAssistant, simulator: Simulator) -> None:
    """After an error the answer can be no."""
    simulator.live.configure("home", enabled=False)
    flow_id = await ask_for_live_updates(hass, simulator)
    with patch.object(RyzeClient, "enable_live_updates", side_effect=ZeroDivisionError):
        result = await fill_in(hass, flow_id, live_updates=True)
    assert result["errors"] == {"base": "unknown"}
    result = await fill_in(hass, flow_id, live_updates=False)
    assert result["options"] == {"live_updates": False}


async def open_options(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Open the options, and return the id of the flow."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "init")
    assert result["description_placeholders"] == {"instance": "home"}
    assert result["data_schema"] is not None
    (key,) = result["data_schema"].schema
    assert key.description == {"suggested_value": entry.options["live_updates"]}
    return result["flow_id"]


async def set_option(
    hass: HomeAssistant, flow_id: str, live_updates: bool
) -> ConfigFlowResult:
    """Fill in the options."""
    result = await hass.config_entries.options.async_configure(
        flow_id, {"live_updates": live_updates}
    )
    await hass.async_block_till_done()
    return result


async def test_options(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """The option turns live updates on and off; off changes nothing at RyzeAPI."""
    simulator.live.configure("home", events=("message.status",))
    flow_id = await open_options(hass, loaded)
    result = await set_option(hass, flow_id, True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded.options == {"live_updates": True}
    (written,) = simulator.live.writes
    assert written["events"] == ["message.status", *OURS]
    await until(lambda: simulator.live.clients("home") == 1)

    flow_id = await open_options(hass, loaded)
    result = await set_option(hass, flow_id, False)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded.options == {"live_updates": False}
    assert loaded.state is ConfigEntryState.LOADED
    await until(lambda: simulator.live.clients("home") == 0)
    config = simulator.instances["home"].websocket
    assert config
    assert config.enabled
    assert len(simulator.live.writes) == 1


@pytest.mark.parametrize(("fault", "error"), LIVE_UPDATES_ERRORS, ids=name_of)
async def test_options_errors_and_recovery(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    fault: Fault,
    error: str,
) -> None:
    """After each error the options can be filled in again."""
    simulator.live.configure("home", enabled=False)
    flow_id = await open_options(hass, loaded)
    simulator.inject(fault)
    result = await set_option(hass, flow_id, True)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "init")
    assert result["errors"] == {"base": error}
    assert loaded.options == {"live_updates": False}

    result = await set_option(hass, flow_id, True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded.options == {"live_updates": True}

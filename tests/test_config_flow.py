"""Tests of the config flow."""

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .common import make_entry, setup_integration, until
from .const import ACCOUNT_TOKEN, INSTANCE_TOKEN, MARIA, OTHER_TOKEN
from .simulator import Fault, FaultKind, Simulator
from custom_components.ryze.api import RyzeClient
from custom_components.ryze.const import DEFAULT_URL, DOMAIN


async def start(hass: HomeAssistant) -> str:
    """Open the form and return the id of its flow."""
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


async def test_only_a_token(hass: HomeAssistant, simulator: Simulator) -> None:
    """The token of an instance leads to the instance, and no phone rings."""
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
    """RyzeAPI's own address needs no typing."""
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
    """The account's token shows several instances, of which one is picked."""
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "instance")
    assert options(result) == ["home", "office"]

    result = await fill_in(hass, flow_id, instance="office")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "office"
    assert result["result"].unique_id == "id-office"
    assert result["data"]["token"] == ACCOUNT_TOKEN

    # The next time, only the other one is left; and then none.
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    assert options(result) == ["home"]
    await fill_in(hass, flow_id, instance="home")
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "all_configured"
    assert len(hass.config_entries.async_loaded_entries(DOMAIN)) == 2


async def test_two_at_a_time(hass: HomeAssistant, simulator: Simulator) -> None:
    """An instance that somebody else picked meanwhile is refused."""
    flow_ids = [await start(hass), await start(hass)]
    for flow_id in flow_ids:
        await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    result = await fill_in(hass, flow_ids[0], instance="home")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    result = await fill_in(hass, flow_ids[1], instance="home")
    assert result["reason"] == "already_configured"


def options(result: ConfigFlowResult) -> list[str]:
    """Return what can be picked."""
    assert result["data_schema"] is not None
    (selector,) = result["data_schema"].schema.values()
    found: list[str] = selector.config["options"]
    return found


async def test_name_of_an_instance(hass: HomeAssistant, simulator: Simulator) -> None:
    """Who knows the name needs not pick."""
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
    """Where the API gives no id, host and name tell instances apart."""
    simulator.instances["home"].id = ""
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["result"].unique_id == "127.0.0.1/home"


async def test_host_changes(hass: HomeAssistant, simulator: Simulator) -> None:
    """An instance without an id is known by its new host from then on."""
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
    """An entry of before the API gave ids stays the entry of its instance."""
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
    """After each error the form can be filled in again."""
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
        # Another instance's name, with a token that does not show it.
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
    """What is wrong is said at its field, and can be put right."""
    right = {"token": INSTANCE_TOKEN, "url": simulator.url}
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, **(right | user_input))
    assert result["errors"] == errors

    result = await fill_in(hass, flow_id, **right)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unreachable_and_recovery(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An API that is away can come back while the form is open."""
    flow_id = await start(hass)
    await simulator.stop()
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["errors"] == {"base": "cannot_connect"}

    await simulator.start()
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_unexpected_error_and_recovery(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Even a mistake of ours leaves a form that can be filled in again."""
    flow_id = await start(hass)
    with patch.object(RyzeClient, "instances", side_effect=ZeroDivisionError):
        result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["errors"] == {"base": "unknown"}

    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_same_instance_twice(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """An instance is set up once, whichever token leads to it."""
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
    """What was ignored once can be picked all the same."""
    MockConfigEntry(
        domain=DOMAIN, unique_id="id-home", source=SOURCE_IGNORE
    ).add_to_hass(hass)
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=ACCOUNT_TOKEN, url=simulator.url)
    assert options(result) == ["home", "office"]
    result = await fill_in(hass, flow_id, instance="home")
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("times", [0, 1])
async def test_reauth(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, times: int
) -> None:
    """A revoked token is renewed in place, whether it was found out early or late."""
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


async def test_reauth_brings_live_updates_back(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A new token lets everything come back, live updates included."""
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
    state = hass.states.get("binary_sensor.home_whatsapp")
    assert state
    assert state.state == "on"
    assert entry.options == {"live_updates": True}


async def test_reauth_while_listening(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A token that the socket refuses is renewed, and the socket opened again."""
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)
    simulator.inject(Fault(FaultKind.STATUS, status=401, route="ws"))
    await setup_integration(hass, entry)
    await until(hass.config_entries.flow.async_progress)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert simulator.live.clients("home") == 0

    await fill_in(hass, flow["flow_id"], token=INSTANCE_TOKEN)
    await until(lambda: simulator.live.clients("home") == 1)


async def test_reauth_after_a_new_name(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """An instance that was given another name at RyzeAPI is still the same."""
    simulator.remove_instance("home")
    simulator.add_instance("villa", token="renewed", id="id-home")
    result = await loaded.start_reauth_flow(hass)
    result = await fill_in(hass, result["flow_id"], token="renewed")
    assert result["reason"] == "reauth_successful"
    assert loaded.data["instance"] == "villa"


async def test_reconfigure(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """URL and token can be changed in place; an empty token keeps the present one."""
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
    """The forms do not reveal the token."""
    for result in (
        await loaded.start_reconfigure_flow(hass),
        await loaded.start_reauth_flow(hass),
    ):
        assert result["data_schema"] is not None
        for key in result["data_schema"].schema:
            assert INSTANCE_TOKEN not in str(key.description)


OURS = ("call.update", "instance.state")

# What can go wrong while live updates are turned on, and what is said of it.
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
    """Return what a fault is called in the list of tests."""
    return f"{value.route}-{value.status}" if isinstance(value, Fault) else str(value)


async def ask_for_live_updates(hass: HomeAssistant, simulator: Simulator) -> str:
    """Get to the step about live updates, and return the id of the flow."""
    flow_id = await start(hass)
    result = await fill_in(hass, flow_id, token=INSTANCE_TOKEN, url=simulator.url)
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "live_updates")
    assert result["errors"] == {}
    assert result["description_placeholders"] == {"instance": "home"}
    assert simulator.live.writes == []
    return flow_id


@pytest.mark.parametrize("events", [(), OURS, ("message.exchange", *OURS)])
async def test_live_updates_are_there(
    hass: HomeAssistant, simulator: Simulator, events: tuple[str, ...]
) -> None:
    """Where our events are delivered already, nobody is asked."""
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
async def test_live_updates_wanted(
    hass: HomeAssistant,
    simulator: Simulator,
    enabled: bool,
    events: tuple[str, ...],
    media_base64: bool,
    written: tuple[str, ...],
) -> None:
    """A yes reads the configuration first, and only adds to it."""
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


async def test_live_updates_never_configured(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A configuration that never was is no error; ours is the first."""
    simulator.instances["home"].websocket = None
    flow_id = await ask_for_live_updates(hass, simulator)
    result = await fill_in(hass, flow_id, live_updates=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (written,) = simulator.live.writes
    assert written["events"] == list(OURS)


async def test_live_updates_turned_on_meanwhile(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """What somebody else has set while the form was open is kept as it is."""
    simulator.live.configure("home", enabled=False)
    flow_id = await ask_for_live_updates(hass, simulator)
    simulator.live.configure("home", events=())
    result = await fill_in(hass, flow_id, live_updates=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert simulator.live.writes == []


async def test_live_updates_of_a_picked_instance(
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


async def test_live_updates_declined(hass: HomeAssistant, simulator: Simulator) -> None:
    """A no changes nothing at RyzeAPI, and is remembered."""
    simulator.instances["home"].websocket = None
    flow_id = await ask_for_live_updates(hass, simulator)
    result = await fill_in(hass, flow_id, live_updates=False)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["options"] == {"live_updates": False}
    assert result["result"].state is ConfigEntryState.LOADED
    routes = {request.route for request in simulator.requests}
    assert routes == {"list"}


@pytest.mark.parametrize(("fault", "error"), LIVE_UPDATES_ERRORS, ids=name_of)
async def test_live_updates_errors_and_recovery(
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


async def test_live_updates_declined_after_an_error(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Who cannot turn them on can do without."""
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
    """Live updates can be turned on and off; off is never RyzeAPI's matter."""
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

"""Tests of the repair issues."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

from aiohttp.test_utils import TestClient
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .helpers.common import setup_integration, until
from .simulator import Fault, FaultKind, Simulator
from custom_components.ryze.api import RyzeClient
from custom_components.ryze.const import DOMAIN

OURS = ("call.update", "instance.state")


def issues(hass: HomeAssistant) -> set[str | None]:
    """Return the keys of the issues."""
    return {
        issue.translation_key
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


async def poll(hass: HomeAssistant) -> None:
    """Let the time until the next poll pass."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2, seconds=1))
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("state", ["loggedout", "qr", "banned"])
async def test_logged_out(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    state: str,
) -> None:
    """An issue asks to link WhatsApp again until that is done."""
    assert issues(hass) == set()
    simulator.instances["home"].state = state
    await poll(hass)
    assert issues(hass) == {"logged_out"}
    issue = issue_registry.async_get_issue(DOMAIN, f"logged_out_{loaded.entry_id}")
    assert issue
    assert issue.severity is ir.IssueSeverity.ERROR
    assert not issue.is_fixable
    assert issue.translation_placeholders == {
        "console_url": "https://ryzeapi.cloud",
        "instance": "home",
    }

    # The issue stays while the state is unknown.
    await simulator.stop()
    await poll(hass)
    assert issues(hass) == {"logged_out"}
    await simulator.start()
    simulator.instances["home"].state = "connected"
    await poll(hass)
    assert issues(hass) == set()


async def test_logged_out_by_an_update(
    hass: HomeAssistant, simulator: Simulator, live_entry: MockConfigEntry
) -> None:
    """Live updates create and delete the issue at once."""
    await setup_integration(hass, live_entry)
    await until(lambda: live_entry.runtime_data.listener.live)
    simulator.set_state("home", "logged_out")
    await until(lambda: issues(hass) == {"logged_out"})
    simulator.set_state("home", "connected")
    await until(lambda: issues(hass) == set())


@pytest.mark.parametrize("state", ["connecting", "disconnected", "something new"])
async def test_not_logged_out(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, state: str
) -> None:
    """A state that may end by itself creates no issue."""
    simulator.instances["home"].state = state
    await setup_integration(hass, entry)
    assert issues(hass) == set()


@pytest.mark.parametrize(
    ("enabled", "events"),
    [
        (False, ()),
        (True, ("message.exchange",)),
        (True, ("call.update",)),
        (True, ("instance.state", "message.status")),
    ],
)
async def test_live_updates_off(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    enabled: bool,
    events: tuple[str, ...],
) -> None:
    """An issue reports live updates that are wanted and not delivered."""
    simulator.live.configure("home", enabled=enabled, events=events)
    await setup_integration(hass, live_entry)
    assert issues(hass) == {"live_updates_off"}
    issue = issue_registry.async_get_issue(
        DOMAIN, f"live_updates_off_{live_entry.entry_id}"
    )
    assert issue
    assert issue.severity is ir.IssueSeverity.WARNING
    assert issue.is_fixable

    simulator.live.configure("home", events=OURS)
    await live_entry.runtime_data.coordinator.async_refresh()
    await hass.config_entries.async_reload(live_entry.entry_id)
    await until(lambda: live_entry.runtime_data.listener.live)
    await until(lambda: issues(hass) == set())
    assert simulator.live.writes == []


async def test_never_configured(
    hass: HomeAssistant, simulator: Simulator, live_entry: MockConfigEntry
) -> None:
    """A WebSocket that was never configured delivers no live updates."""
    simulator.instances["home"].websocket = None
    await setup_integration(hass, live_entry)
    assert issues(hass) == {"live_updates_off"}


async def test_all_events(
    hass: HomeAssistant, simulator: Simulator, live_entry: MockConfigEntry
) -> None:
    """A WebSocket without a filter delivers our events."""
    simulator.live.configure("home", events=())
    await setup_integration(hass, live_entry)
    await until(lambda: live_entry.runtime_data.listener.live)
    assert issues(hass) == set()


async def test_refused_socket(
    hass: HomeAssistant, simulator: Simulator, live_entry: MockConfigEntry
) -> None:
    """A refused WebSocket creates the issue, although the list calls it enabled."""
    simulator.inject(Fault(FaultKind.STATUS, status=400, route="ws"))
    await setup_integration(hass, live_entry)
    await until(lambda: issues(hass) == {"live_updates_off"})
    await hass.config_entries.async_reload(live_entry.entry_id)
    await until(lambda: live_entry.runtime_data.listener.live)
    await until(lambda: issues(hass) == set())


@pytest.mark.parametrize("fault", [500, 404, 503])
async def test_socket_in_trouble(
    hass: HomeAssistant, simulator: Simulator, live_entry: MockConfigEntry, fault: int
) -> None:
    """An error of the WebSocket that may end by itself creates no issue."""
    simulator.inject(Fault(FaultKind.STATUS, status=fault, route="ws", times=None))
    await setup_integration(hass, live_entry)
    await until(lambda: "ws" in [request.route for request in simulator.requests])
    await hass.async_block_till_done()
    assert issues(hass) == set()


async def test_not_wanted(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """An entry that wants no live updates has no issue about them."""
    simulator.instances["home"].websocket = None
    await setup_integration(hass, entry)
    assert issues(hass) == set()


async def test_not_wanted_any_more(
    hass: HomeAssistant, simulator: Simulator, live_entry: MockConfigEntry
) -> None:
    """The issue is deleted when the option is turned off."""
    simulator.live.configure("home", enabled=False)
    await setup_integration(hass, live_entry)
    assert issues(hass) == {"live_updates_off"}
    result = await hass.config_entries.options.async_init(live_entry.entry_id)
    await hass.config_entries.options.async_configure(
        result["flow_id"], {"live_updates": False}
    )
    await hass.async_block_till_done()
    assert issues(hass) == set()
    assert simulator.live.writes == []


async def post(client: TestClient[Any, Any], path: str, **data: Any) -> dict[str, Any]:
    """Send a request of the repairs dialog."""
    response = await client.post(f"/api/repairs/issues/fix{path}", json=data)
    assert response.status == HTTPStatus.OK
    answer: dict[str, Any] = await response.json()
    return answer


@pytest.fixture
async def dialog(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> tuple[TestClient[Any, Any], str]:
    """Open the dialog of the issue; return a client and the path of its flow."""
    simulator.live.configure("home", events=("message.exchange",), media_base64=True)
    await setup_integration(hass, live_entry)
    assert issues(hass) == {"live_updates_off"}
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    result = await post(
        client, "", handler=DOMAIN, issue_id=f"live_updates_off_{live_entry.entry_id}"
    )
    assert (result["type"], result["step_id"]) == ("form", "confirm")
    assert result["description_placeholders"] == {"instance": "home"}
    # Opening the dialog does not change the shared configuration yet.
    assert simulator.live.writes == []
    return client, f"/{result['flow_id']}"


async def test_fix(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    dialog: tuple[TestClient[Any, Any], str],
) -> None:
    """The dialog adds our events to the configuration, and keeps the rest."""
    result = await post(*dialog)
    assert result["type"] == "create_entry"
    assert simulator.live.writes == [
        {
            "instance": "home",
            "enabled": True,
            "events": ["message.exchange", *OURS],
            "mediaBase64": True,
        }
    ]
    await hass.async_block_till_done()
    assert issues(hass) == set()
    await until(lambda: live_entry.runtime_data.listener.live)
    assert issues(hass) == set()


@pytest.mark.parametrize("route", ["get_websocket", "set_websocket"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(FaultKind.STATUS, status=500), "cannot_connect"),
        (Fault(FaultKind.STATUS, status=401), "invalid_auth"),
        (Fault(FaultKind.STATUS, status=403), "invalid_auth"),
        (Fault(FaultKind.STATUS, status=429), "rate_limited"),
        (Fault(FaultKind.PAGE, status=401), "cannot_connect"),
        (Fault(FaultKind.PAGE, status=403), "cannot_connect"),
        (Fault(FaultKind.PAGE, status=521), "cannot_connect"),
    ],
    ids=lambda value: (
        f"{value.kind}-{value.status}" if isinstance(value, Fault) else value
    ),
)
async def test_fix_error_and_recovery(
    hass: HomeAssistant,
    simulator: Simulator,
    dialog: tuple[TestClient[Any, Any], str],
    route: str,
    fault: Fault,
    error: str,
) -> None:
    """After an error, which has a text of its own, the dialog can be confirmed again."""
    simulator.inject(replace(fault, route=route))
    result = await post(*dialog)
    assert (result["type"], result["step_id"]) == ("form", "confirm")
    # The form has no fields, so only an error of the whole form is shown.
    assert result["errors"] == {"base": error}
    assert await text_of(hass, error)
    assert simulator.live.writes == []
    assert issues(hass) == {"live_updates_off"}

    result = await post(*dialog)
    assert result["type"] == "create_entry"
    await hass.async_block_till_done()
    assert issues(hass) == set()


async def text_of(hass: HomeAssistant, error: str) -> str | None:
    """Return the text that the dialog shows for an error."""
    texts = await async_get_translations(hass, "en", "issues", {DOMAIN})
    return texts.get(
        f"component.{DOMAIN}.issues.live_updates_off.fix_flow.error.{error}"
    )


async def test_bug_in_our_code(
    hass: HomeAssistant, dialog: tuple[TestClient[Any, Any], str]
) -> None:
    """After a bug in our code the dialog can be confirmed again."""
    with patch.object(RyzeClient, "enable_live_updates", side_effect=ZeroDivisionError):
        result = await post(*dialog)
    assert result["errors"] == {"base": "unknown"}
    assert await text_of(hass, "unknown")

    result = await post(*dialog)
    assert result["type"] == "create_entry"


async def test_fix_while_disabled(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    dialog: tuple[TestClient[Any, Any], str],
) -> None:
    """The dialog works for an entry that was disabled meanwhile."""
    await hass.config_entries.async_set_disabled_by(
        live_entry.entry_id, ConfigEntryDisabler.USER
    )
    result = await post(*dialog)
    assert result["type"] == "create_entry"
    assert len(simulator.live.writes) == 1


async def test_disabled(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A disabled entry has no issues; an unloaded one keeps them."""
    simulator.instances["home"].state = "loggedout"
    await poll(hass)
    assert issues(hass) == {"logged_out"}
    # The issue stays, so that an ignored one stays ignored.
    await hass.config_entries.async_unload(loaded.entry_id)
    assert issues(hass) == {"logged_out"}
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.config_entries.async_set_disabled_by(
        loaded.entry_id, ConfigEntryDisabler.USER
    )
    assert issues(hass) == set()


async def test_fix_after_removal(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    dialog: tuple[TestClient[Any, Any], str],
) -> None:
    """The dialog ends for an entry that was removed meanwhile."""
    await hass.config_entries.async_remove(live_entry.entry_id)
    result = await post(*dialog)
    assert (result["type"], result["reason"]) == ("abort", "entry_gone")
    assert simulator.live.writes == []


async def test_removal(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """A removed entry leaves no issue and no file, and live updates on for others."""
    key = f"{DOMAIN}.{live_entry.entry_id}"
    hass_storage[key] = {
        "version": 1,
        "minor_version": 1,
        "key": key,
        "data": {"reports_outcomes": True},
    }
    simulator.live.configure("home", enabled=False)
    simulator.instances["home"].state = "loggedout"
    await setup_integration(hass, live_entry)
    assert live_entry.runtime_data.calls.reports_outcomes
    assert issues(hass) == {"live_updates_off", "logged_out"}

    await hass.config_entries.async_remove(live_entry.entry_id)
    await hass.async_block_till_done()
    assert issues(hass) == set()
    assert key not in hass_storage
    assert simulator.live.writes == []

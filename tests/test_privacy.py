"""Tests of instances and entities that are named by a phone number."""

import json
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .helpers.common import make_entry, setup_integration, setup_live, until
from .helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA, NUMBER_MARK
from .simulator import Fault, FaultKind, Simulator
from custom_components.ryze import websocket
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.privacy import hide_numbers, shown_name
from custom_components.ryze.repairs import LiveUpdatesFlow

NAMES = (
    "5511999990001",
    "+5511999990001",
    "+55 11 99999-0001",
    "+55 (11) 99999-0001",
    "(11) 99999-0001",
    "99999-0001",
    "5511999990001@s.whatsapp.net",
    "5511999990001:12@s.whatsapp.net",
    "home-5511999990001",
    "home5511999990001",
    "5511999990001 (2)",
    "WhatsApp +55.11.99999.0001 (Home)",
    "55_11_99999_0001",
    "55\u00a011\u00a099999\u20110001",
    "\u202a+5511999990001\u202c",
    "tel:+5511999990001",
)


@pytest.mark.parametrize("name", NAMES)
def test_shown_name(name: str) -> None:
    """Of a number in a name, only the last digits are shown."""
    assert shown_name(name) == "…0001"
    assert shown_name(name, "instance ") == "instance …0001"


@pytest.mark.parametrize("name", ["home", "Flat 12", "villa 2026", "1", "", "São 5-8"])
def test_name_without_a_number(name: str) -> None:
    """Other names are shown as they are."""
    assert shown_name(name) == name
    assert hide_numbers(name) == name


def test_digits_of_other_scripts() -> None:
    """Digits of every script count."""
    other = str.maketrans("0123456789", "".join(chr(0x0660 + i) for i in range(10)))
    assert shown_name(MARIA.translate(other)) == f"…{'0001'.translate(other)}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("notify.5511999990001", "notify.…0001"),
        ("notify.5511999990001_2", "notify.…0001_2"),
        ("button.55_11_99999_0001_reconnect", "button.…0001_reconnect"),
        ("5511999990001, 5511999990002", "…0001, …0002"),
    ],
)
def test_hide_numbers(text: str, shown: str) -> None:
    """The rest of a text stays."""
    assert hide_numbers(text) == shown


def leaks(text: str) -> bool:
    """Return whether a text holds the number, however it is written."""
    return NUMBER_MARK in "".join(filter(str.isdigit, text))


def records(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return our log entries of all levels."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.ryze")
    ]


@pytest.fixture(params=NAMES)
def named(request: pytest.FixtureRequest, simulator: Simulator) -> MockConfigEntry:
    """Return the entry of an instance that is named by its number, not set up."""
    name: str = request.param
    simulator.remove_instance("home")
    simulator.add_instance(name, token=INSTANCE_TOKEN, id=f"id-{name}")
    simulator.live.configure(name)
    return MockConfigEntry(
        domain=DOMAIN,
        title=name,
        unique_id=f"127.0.0.1/{name}",
        data={"instance": name, "token": INSTANCE_TOKEN, "url": simulator.url},
        options={"live_updates": True},
    )


async def test_log(
    hass: HomeAssistant,
    simulator: Simulator,
    named: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The log shows the last digits of the number, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(websocket, "MINIMUM_WAIT", 0.01)
    await setup_live(hass, named)
    listener, coordinator = named.runtime_data.listener, named.runtime_data.coordinator
    simulator.live.abort(named.title)
    await until(lambda: listener.connections == 2 and listener.live)
    for fault in (
        Fault(FaultKind.STATUS, status=401, route="list"),
        Fault(FaultKind.PAGE, route="list"),
        Fault(FaultKind.RAW, body=b"{", route="list"),
        Fault(FaultKind.RAW, body=b'{"instances": []}', route="list"),
    ):
        simulator.inject(fault)
        await coordinator.async_refresh()
        assert not coordinator.last_update_success
        await coordinator.async_refresh()
    found = records(caplog)
    assert [text for text in found if leaks(text)] == []
    assert "Fetching instance …0001 data recovered" in found
    assert "Live updates of instance …0001 are lost" in found
    assert "Live updates of instance …0001 are back" in found


async def test_repairs_and_diagnostics(
    hass: HomeAssistant,
    simulator: Simulator,
    named: MockConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Repairs show the last digits of the number, and diagnostics show none."""
    simulator.live.configure(named.title, enabled=False)
    simulator.instances[named.title].state = "loggedout"
    await setup_integration(hass, named)
    issues = [
        issue
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    ]
    assert {issue.translation_key for issue in issues} == {
        "live_updates_off",
        "logged_out",
    }
    for issue in issues:
        assert (issue.translation_placeholders or {})["instance"] == "…0001"
    flow = LiveUpdatesFlow(named.entry_id)
    flow.hass = hass
    form = await flow.async_step_init()
    assert form["description_placeholders"] == {"instance": "…0001"}

    told: Any = await get_diagnostics_for_config_entry(hass, hass_client, named)
    assert not leaks(json.dumps(told, ensure_ascii=False))


async def test_unknown_contact(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """The error about an entity does not repeat the number in its name."""
    with pytest.raises(HomeAssistantError) as caught:
        await hass.services.async_call(
            DOMAIN, "fake_call", {"entity_id": f"button.{MARIA}_ring"}, blocking=True
        )
    assert caught.value.translation_key == "unknown_contact"
    assert caught.value.translation_placeholders == {"entity": "?"}


@pytest.mark.parametrize("number", [None, ANA])
async def test_instance_that_is_not_loaded(
    hass: HomeAssistant, simulator: Simulator, number: str | None
) -> None:
    """Home Assistant's words about an entry do not repeat the number in its name."""
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, contacts={"Maria": JOAO})
    await setup_integration(hass, entry)
    hass.config_entries.async_update_entry(entry, title=MARIA)
    await hass.config_entries.async_unload(entry.entry_id)
    who = {"number": number} if number else {"entity_id": "notify.maria"}
    with pytest.raises(HomeAssistantError) as caught:
        await hass.services.async_call(DOMAIN, "fake_call", who, blocking=True)
    assert caught.value.translation_key == "service_config_entry_not_loaded"
    assert MARIA not in str(caught.value)
    assert "…0001" in str(caught.value)

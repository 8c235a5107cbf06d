"""Tests of the binary sensors, and of the device of an instance."""

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .helpers.common import make_entry, setup_integration, state_of, until
from .helpers.const import INSTANCE_TOKEN
from .simulator import Simulator
from custom_components.ryze import websocket
from custom_components.ryze.const import DOMAIN

WHATSAPP = "binary_sensor.home_whatsapp"
LIVE_UPDATES = "binary_sensor.home_live_updates"


@pytest.mark.parametrize(
    ("told", "state", "link"),
    [
        ("connected", "on", "connected"),
        ("connecting", "off", "connecting"),
        ("disconnected", "off", "disconnected"),
        ("loggedout", "off", "logged_out"),
        ("something new", "unknown", "unknown"),
    ],
)
async def test_whatsapp(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    told: str,
    state: str,
    link: str,
) -> None:
    """The sensor is off without a link, and unknown for a state that is not known."""
    simulator.instances["home"].state = told
    await setup_integration(hass, entry)
    whatsapp = state_of(hass, WHATSAPP)
    assert whatsapp.state == state
    assert whatsapp.attributes == {
        "device_class": "connectivity",
        "friendly_name": "home WhatsApp",
        "link": link,
        "number": "5511900000000",
        "profile_name": "Home",
    }
    assert whatsapp.state_info
    assert whatsapp.state_info["unrecorded_attributes"] >= {"number", "profile_name"}


async def test_whatsapp_never_linked(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    """An instance that was never linked has no number."""
    instance = simulator.instances["home"]
    instance.state, instance.number_jid, instance.profile_name = "qr", None, ""
    await setup_integration(hass, entry)
    whatsapp = state_of(hass, WHATSAPP)
    assert whatsapp.state == "off"
    assert whatsapp.attributes["link"] == "logged_out"
    assert whatsapp.attributes["number"] is None
    assert whatsapp.attributes["profile_name"] is None


@pytest.mark.usefixtures("loaded")
async def test_live_updates_not_wanted(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An entry without live updates opens no connection, and the sensor is off."""
    assert state_of(hass, LIVE_UPDATES).state == "off"
    assert simulator.live.clients("home") == 0


async def test_live_updates(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sensor is off after the connection is lost, and on again by itself."""
    monkeypatch.setattr(websocket, "MINIMUM_WAIT", 0.01)
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)
    await setup_integration(hass, entry)
    await until(lambda: state_of(hass, LIVE_UPDATES).state == "on")
    assert state_of(hass, LIVE_UPDATES).attributes == {
        "device_class": "connectivity",
        "friendly_name": "home Live updates",
    }
    await simulator.stop()
    await until(lambda: state_of(hass, LIVE_UPDATES).state == "off")
    await simulator.start()
    await until(lambda: state_of(hass, LIVE_UPDATES).state == "on")


async def test_registries(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Entities and device carry the id of the entry, and no number."""
    entities = er.async_entries_for_config_entry(entity_registry, loaded.entry_id)
    assert {
        entity.entity_id: (entity.unique_id, entity.entity_category)
        for entity in entities
    } == {
        "binary_sensor.home_escalation": (f"{loaded.entry_id}_escalation", None),
        WHATSAPP: (f"{loaded.entry_id}_whatsapp", None),
        LIVE_UPDATES: (f"{loaded.entry_id}_live_updates", EntityCategory.DIAGNOSTIC),
        "button.home_acknowledge": (f"{loaded.entry_id}_acknowledge", None),
        "button.home_reconnect": (
            f"{loaded.entry_id}_reconnect",
            EntityCategory.DIAGNOSTIC,
        ),
        "event.home_escalation": (f"{loaded.entry_id}_escalation", None),
        "event.home_incoming_call": (f"{loaded.entry_id}_incoming_call", None),
        "sensor.home_last_call": (f"{loaded.entry_id}_last_call", None),
        "sensor.home_requests_left": (
            f"{loaded.entry_id}_requests_left",
            EntityCategory.DIAGNOSTIC,
        ),
    }
    (device,) = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    assert {entity.device_id for entity in entities} == {device.id}
    assert device.identifiers == {(DOMAIN, loaded.entry_id)}
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert device.configuration_url == simulator.url
    assert (device.name, device.manufacturer) == ("home", "RyzeAPI")
    assert device.serial_number is None

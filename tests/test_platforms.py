"""Tests of the entities of each platform, as Home Assistant shows them at first."""

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity

from .helpers.common import state_of, until
from .helpers.const import ANA
from .simulator import Simulator
from custom_components.ryze import PLATFORMS


@pytest.fixture(params=PLATFORMS)
def platform(
    request: pytest.FixtureRequest,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> Platform:
    """Return the one platform to set up, with all its entities.

    The instance has a number with our mark, which must not appear in a log.
    """
    platform: Platform = request.param
    monkeypatch.setattr("custom_components.ryze.PLATFORMS", [platform])
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)
    simulator.instances["home"].number_jid = f"{ANA}@s.whatsapp.net"
    return platform


async def test_snapshot(
    platform: Platform,
    hass: HomeAssistant,
    people: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    """The entities have the registry entries and the states of the snapshot."""
    if platform is Platform.SENSOR:
        # The refresh after the start of live updates may still be under way.
        await until(lambda: state_of(hass, "sensor.home_requests_left").state == "97")
    await snapshot_platform(hass, entity_registry, snapshot, people.entry_id)

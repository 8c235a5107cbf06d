"""Fixtures of the tests of flows."""

from collections.abc import Iterator

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from tests.helpers.common import make_entry, setup_integration
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA
from tests.simulator import Simulator


@pytest.fixture
def nobody_rings(simulator: Simulator) -> Iterator[None]:
    """Fail a test in which a phone rings."""
    yield
    assert simulator.calls == []


@pytest.fixture
async def family(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of the instance "home" in Brazil, with Maria and João.

    The entry is without live updates, so that it sends no requests by itself.
    """
    entry = make_entry(
        simulator, "home", INSTANCE_TOKEN, contacts={"Maria": MARIA, "João": JOAO}
    )
    await setup_integration(hass, entry)
    return entry

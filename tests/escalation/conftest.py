"""Fixtures of the tests of escalations."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from tests.helpers.common import make_entry, setup_live
from tests.helpers.const import ANA, MARIA, OTHER_TOKEN
from tests.helpers.escalations import hurry, hurry_phones, keep_ringing
from tests.simulator import Simulator


@pytest.fixture
def quick_phones(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let phones ring only for a moment; escalations take their real time."""
    hurry_phones(simulator, monkeypatch)


@pytest.fixture
def ringing_phones(quick_phones: None, simulator: Simulator) -> None:
    """Let phones ring until the test answers; escalations take their real time."""
    keep_ringing(simulator)


@pytest.fixture
def hurried(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the times of phones and escalations pass a hundred times as fast."""
    hurry(simulator, monkeypatch)


@pytest.fixture
async def backup(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> MockConfigEntry:
    """Return the entry of another instance, with Ana and, as "Mary", Maria."""
    entry = make_entry(
        simulator,
        "office",
        OTHER_TOKEN,
        live_updates=True,
        contacts={"Mary": MARIA, "Ana": ANA},
    )
    await setup_live(hass, entry)
    return entry

"""Tests of contacts."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from .const import JOAO, MARIA
from .simulator import Simulator


async def test_order(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Contacts are called in the order given, and each person once."""
    answer = await hass.services.async_call(
        "ryze",
        "fake_call",
        {"contact": ["notify.joao", "notify.maria"], "number": MARIA},
        blocking=True,
        return_response=True,
    )
    rows: list[dict[str, object]] = answer["calls"]  # type: ignore[assignment, index]
    assert [(row["contact"], row["number"]) for row in rows] == [
        ("notify.joao", JOAO),
        ("notify.maria", MARIA),
    ]
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (1, 1)

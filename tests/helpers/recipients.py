"""Recipients: calling them, and reading who was called."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from .const import ANA, JOAO, MARIA, NUMBER_MARK
from custom_components.ryze.const import DOMAIN
from tests.simulator import Simulator

# Contact and number of each row.
MARIAS = ("notify.maria", MARIA)
JOAOS = ("notify.joao", JOAO)
ANAS = (None, ANA)


async def call(
    hass: HomeAssistant, *contacts: str, **data: Any
) -> list[tuple[str | None, str]]:
    """Place fake calls, and return the contacts and numbers of the rows."""
    answer = await hass.services.async_call(
        DOMAIN,
        "fake_call",
        {"entity_id": list(contacts)} | data,
        blocking=True,
        return_response=True,
    )
    assert answer is not None
    rows: list[dict[str, Any]] = answer["calls"]  # type: ignore[assignment]
    return [(row["contact"], row["number"]) for row in rows]


async def refused(
    hass: HomeAssistant, simulator: Simulator, *contacts: str, **data: Any
) -> ServiceValidationError:
    """Place calls that must be refused before anything is sent."""
    requests = len(simulator.requests)
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, *contacts, **data)
    assert len(simulator.requests) == requests
    assert NUMBER_MARK not in str(caught.value)
    return caught.value


def rung(simulator: Simulator) -> list[tuple[str, str]]:
    """Return the instances and numbers of all calls."""
    return sorted((item.instance, item.number) for item in simulator.calls)

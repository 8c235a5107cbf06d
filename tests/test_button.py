"""Tests of the buttons."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .simulator import Fault, FaultKind, Simulator
from custom_components.ryze.const import DOMAIN

RECONNECT = "button.home_reconnect"


async def press(hass: HomeAssistant) -> None:
    """Press the button."""
    await hass.services.async_call(
        "button", "press", {"entity_id": RECONNECT}, blocking=True
    )


async def press_in_vain(hass: HomeAssistant, key: str) -> None:
    """Press the button where that fails, and check what is said of it."""
    with pytest.raises(HomeAssistantError) as raised:
        await press(hass)
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key == key
    state = hass.states.get(RECONNECT)
    assert state
    assert state.state != "unavailable"


@pytest.mark.usefixtures("loaded")
async def test_reconnect(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press connects the instance again, and what it does shows at once."""
    simulator.instances["home"].state = "disconnected"
    await press(hass)
    (request,) = [item for item in simulator.requests if item.route == "reconnect"]
    assert (request.method, request.status) == ("POST", 200)
    state = hass.states.get("binary_sensor.home_whatsapp")
    assert state
    assert state.attributes["link"] == "connecting"


@pytest.mark.usefixtures("loaded")
async def test_logged_out(hass: HomeAssistant, simulator: Simulator) -> None:
    """What is logged out cannot be connected again, and the press says so."""
    simulator.instances["home"].state = "loggedout"
    await press_in_vain(hass, "reconnect_failed")


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.STATUS, 500),
        (FaultKind.STATUS, 404),
        (FaultKind.STATUS, 429),
        (FaultKind.CUT_AFTER, None),
        (FaultKind.REDIRECT, None),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_error_and_recovery(
    hass: HomeAssistant, simulator: Simulator, kind: FaultKind, status: int | None
) -> None:
    """A press that fails raises, and the next one is tried again."""
    simulator.inject(Fault(kind, status=status, route="reconnect"))
    await press_in_vain(hass, "reconnect_failed")
    await press(hass)


@pytest.mark.usefixtures("loaded")
async def test_api_away(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press must not vanish because RyzeAPI is away."""
    await simulator.stop()
    await press_in_vain(hass, "reconnect_failed")
    await simulator.start()
    await press(hass)


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_token(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, status: int
) -> None:
    """A press with a token that is refused asks for a new one."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, route="reconnect"))
    await press_in_vain(hass, "refused_token")
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_REAUTH}
    )
    assert flow["context"]["entry_id"] == loaded.entry_id

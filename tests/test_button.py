"""Tests of the buttons."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
)

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .helpers.common import capture, setup_integration, state_of, until
from .helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA
from .helpers.contacts import press as ring
from .helpers.escalations import begin, running
from .simulator import Behaviour, Fault, FaultKind, Simulator
from custom_components.ryze.const import DOMAIN

ACKNOWLEDGE = "button.home_acknowledge"
RECONNECT = "button.home_reconnect"
RING = "button.maria_ring"


async def press(hass: HomeAssistant) -> None:
    """Press the button that connects the instance again."""
    await hass.services.async_call(
        "button", "press", {"entity_id": RECONNECT}, blocking=True
    )


async def press_in_vain(hass: HomeAssistant, key: str) -> None:
    """Press the button, and check the error that the press raises."""
    with pytest.raises(HomeAssistantError) as raised:
        await press(hass)
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key == key
    assert state_of(hass, RECONNECT).state != "unavailable"


@pytest.mark.usefixtures("loaded")
async def test_reconnect(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press connects the instance again, and its sensor is updated at once."""
    simulator.instances["home"].state = "disconnected"
    await press(hass)
    (request,) = [item for item in simulator.requests if item.route == "reconnect"]
    assert (request.method, request.status) == ("POST", 200)
    whatsapp = state_of(hass, "binary_sensor.home_whatsapp")
    assert whatsapp.attributes["link"] == "connecting"


@pytest.mark.usefixtures("loaded")
async def test_logged_out(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press raises for an instance that is logged out."""
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
    """A press that fails raises, and the next press sends a new request."""
    simulator.inject(Fault(kind, status=status, route="reconnect"))
    await press_in_vain(hass, "reconnect_failed")
    await press(hass)


@pytest.mark.usefixtures("loaded")
async def test_api_away(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press while RyzeAPI is away raises an error."""
    await simulator.stop()
    await press_in_vain(hass, "reconnect_failed")
    await simulator.start()
    await press(hass)


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_token(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, status: int
) -> None:
    """A press with a refused token raises, and asks the user for a new token."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, route="reconnect"))
    await press_in_vain(hass, "refused_token")
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_REAUTH}
    )
    assert flow["context"]["entry_id"] == loaded.entry_id


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.usefixtures("loaded")
async def test_page_of_a_proxy(
    hass: HomeAssistant, simulator: Simulator, status: int
) -> None:
    """A press that a proxy refuses raises, and asks for no token."""
    simulator.inject(Fault(FaultKind.PAGE, status=status, route="reconnect"))
    await press_in_vain(hass, "request_blocked")
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


# The button of a contact.


@pytest.mark.usefixtures("people")
async def test_ring(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press rings the contact for the default duration, and sets the state."""
    events = capture(hass)
    context = Context()
    await hass.services.async_call(
        "button", "press", {"entity_id": RING}, blocking=True, context=context
    )
    (call,) = simulator.calls
    assert (call.type, call.number, call.duration) == ("fake", MARIA, 8)
    (event,) = events
    assert event.event_type == "ryze_call_placed"
    assert event.context is context
    assert event.data["contact"] == "notify.maria"
    assert (event.data["tag"], event.data["duration"]) == (None, 8)
    state = state_of(hass, RING)
    assert state.state not in ("unknown", "unavailable")
    assert state.attributes["friendly_name"] == "Maria Ring"


@pytest.mark.parametrize(
    ("fault", "key", "rings"),
    [
        (Fault(FaultKind.STATUS, status=400, route="fake"), "invalid_request", 0),
        (Fault(FaultKind.STATUS, status=401, route="fake"), "auth", 0),
        (Fault(FaultKind.PAGE, status=403, route="fake"), "blocked", 0),
        (Fault(FaultKind.STATUS, status=404, route="fake"), "not_found", 0),
        (Fault(FaultKind.STATUS, status=429, route="fake"), "rate_limit", 0),
        (Fault(FaultKind.STATUS, status=500, route="fake"), "server", 0),
        (Fault(FaultKind.CUT_AFTER, route="fake"), "outcome_unknown", 1),
    ],
)
@pytest.mark.usefixtures("people")
async def test_ring_fails(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, key: str, rings: int
) -> None:
    """A press that fails raises the reason, and the next press rings."""
    simulator.inject(fault)
    events = capture(hass)
    with pytest.raises(HomeAssistantError) as raised:
        await ring(hass, RING)
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key == key
    assert [event.data["error"] for event in events] == [key]
    assert simulator.rings(MARIA) == rings

    await ring(hass, RING)
    assert simulator.rings(MARIA) == rings + 1


@pytest.mark.usefixtures("people")
async def test_ring_without_whatsapp(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press raises without a link, and for a number without WhatsApp."""
    simulator.set_state("home", "disconnected")
    with pytest.raises(HomeAssistantError) as raised:
        await ring(hass, RING)
    assert raised.value.translation_key == "not_connected"

    simulator.set_state("home", "connected")
    simulator.add_phone(MARIA, behaviour=Behaviour.NO_WHATSAPP)
    with pytest.raises(HomeAssistantError) as raised:
        await ring(hass, RING)
    assert raised.value.translation_key == "server"
    assert simulator.rings(MARIA) == 0


async def test_ring_while_the_api_is_away(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A press raises while RyzeAPI is away, and the button stays available."""
    await simulator.stop()
    await people.runtime_data.coordinator.async_refresh()
    assert state_of(hass, "binary_sensor.home_whatsapp").state == "unavailable"
    assert state_of(hass, RING).state == "unknown"
    with pytest.raises(HomeAssistantError) as raised:
        await ring(hass, RING)
    assert raised.value.translation_key == "connection"
    await simulator.start()
    await ring(hass, RING)
    assert simulator.rings(MARIA) == 1


@pytest.mark.usefixtures("people")
async def test_no_requests_left(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press without requests left raises at once, and does not wait half an hour."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1800)
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as raised:
            await ring(hass, RING)
        assert raised.value.translation_key == "rate_limit"
    assert simulator.calls == []


@pytest.mark.usefixtures("people")
async def test_side_by_side(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press waits for no other press, of the same button or of another button."""
    release = asyncio.Event()
    simulator.inject(
        Fault(FaultKind.DELAY_ANSWER, release=release, times=3, route="fake")
    )
    presses = [
        hass.async_create_task(ring(hass, button))
        for button in (RING, RING, "button.joao_ring")
    ]
    await until(lambda: len(simulator.calls) == 3)
    assert not any(item.done() for item in presses)
    release.set()
    for item in presses:
        await item
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (2, 1)


# The button that ends escalations.


async def test_acknowledge(
    hass: HomeAssistant,
    hass_admin_user: MockUser,
    simulator: Simulator,
    other_entry: MockConfigEntry,
    people: MockConfigEntry,
) -> None:
    """A press ends the escalations of this instance, and the event names the user."""
    await setup_integration(hass, other_entry)
    for number in (MARIA, ANA):
        simulator.add_phone(number, behaviour=Behaviour.MANUAL)
    mine = await begin(hass, tag="fire")
    other = await begin(hass, number=ANA, config_entry_id=other_entry.entry_id)
    await until(lambda: simulator.rings(MARIA) and simulator.rings(ANA))
    events = async_capture_events(hass, "ryze_escalation_acknowledged")
    await hass.services.async_call(
        "button",
        "press",
        {"entity_id": ACKNOWLEDGE},
        blocking=True,
        context=Context(user_id=hass_admin_user.id),
    )
    await until(lambda: events)
    assert events[0].data["escalation_id"] == mine.plan.escalation_id
    assert events[0].data["acknowledged_by"] == hass_admin_user.id
    assert running(hass) == [other]
    assert simulator.rings(JOAO) == 0


@pytest.mark.usefixtures("people")
async def test_acknowledge_nothing(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press without an escalation raises no error, even while RyzeAPI is away."""
    await simulator.stop()
    events = capture(hass)
    await ring(hass, ACKNOWLEDGE)
    assert state_of(hass, ACKNOWLEDGE).state not in ("unknown", "unavailable")
    assert events == []

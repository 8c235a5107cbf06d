"""Tests of the state of an instance, and of the polls and updates that bring it."""

import asyncio
from datetime import timedelta
import logging

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .helpers.common import make_entry, setup_integration, until
from .helpers.const import ACCOUNT_TOKEN, INSTANCE_TOKEN
from .simulator import Fault, FaultKind, Simulator
from custom_components.ryze.api import LinkState, LiveUpdatesConfig
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.coordinator import InstanceState

WHATSAPP = "binary_sensor.home_whatsapp"
OTHERS = (
    "binary_sensor.home_live_updates",
    "button.home_reconnect",
    "event.home_incoming_call",
    "sensor.home_last_call",
)


def lists(simulator: Simulator) -> int:
    """Return the number of requests for the state."""
    return [request.route for request in simulator.requests].count("list")


async def listening(hass: HomeAssistant, simulator: Simulator) -> MockConfigEntry:
    """Set up an entry with live updates, and wait until it has read the state again."""
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)
    await setup_integration(hass, entry)
    coordinator = entry.runtime_data.coordinator
    # The second request opened the socket, and the third one read the state again.
    await until(lambda: coordinator.data.requests_left == 97)
    await hass.async_block_till_done()
    return entry


async def pass_time(hass: HomeAssistant, **time: float) -> None:
    """Let time pass, and wait for the tasks that are due then."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(**time))
    await hass.async_block_till_done(wait_background_tasks=True)


async def poll(hass: HomeAssistant) -> None:
    """Let the time until the next poll pass."""
    await pass_time(hass, minutes=2, seconds=1)


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state
    return state.state


def news(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the log entries that users see, which must not be errors."""
    records = [
        record
        for record in caplog.records
        if record.name.startswith("custom_components.ryze")
        and record.levelno >= logging.INFO
    ]
    errors = [item.getMessage() for item in records if item.levelno > logging.INFO]
    assert [text for text in errors if not text.startswith("Error fetching")] == []
    return [record.getMessage() for record in records]


async def test_state(simulator: Simulator, loaded: MockConfigEntry) -> None:
    """The state comes from the list of instances, and can be compared by value."""
    state = loaded.runtime_data.coordinator.data
    assert state == InstanceState(
        link=LinkState.CONNECTED,
        number="5511900000000",
        profile_name="Home",
        live_updates=LiveUpdatesConfig(
            enabled=True, events=("call.update", "instance.state")
        ),
        requests_left=99,
    )
    assert lists(simulator) == 1


async def test_poll_without_live_updates(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """Without live updates the state is polled every two minutes."""
    await pass_time(hass, minutes=1, seconds=55)
    assert lists(simulator) == 1
    simulator.instances["home"].state = "connecting"
    await poll(hass)
    assert lists(simulator) == 2
    assert state_of(hass, WHATSAPP) == "off"


async def test_poll_with_live_updates(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """With live updates the state is read again at once, then every ten minutes."""
    entry = await listening(hass, simulator)
    coordinator = entry.runtime_data.coordinator
    assert lists(simulator) == 2
    assert coordinator.update_interval == timedelta(minutes=10)

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=9, seconds=50))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=10, seconds=5))
    await until(lambda: lists(simulator) == 3)

    await simulator.stop()
    await until(lambda: coordinator.update_interval == timedelta(minutes=2))


async def test_unreachable_api(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An outage of RyzeAPI is logged once at its begin and once at its end."""
    caplog.clear()
    await simulator.stop()
    for _ in range(3):
        await poll(hass)
        assert state_of(hass, WHATSAPP) == "unavailable"
    # The other entities stay available, so that no press vanishes.
    assert "unavailable" not in [state_of(hass, entity_id) for entity_id in OTHERS]
    assert len(news(caplog)) == 1

    await simulator.start()
    for _ in range(2):
        await poll(hass)
        assert state_of(hass, WHATSAPP) == "on"
    gone, back = news(caplog)
    assert gone == (
        "Error fetching instance home data:"
        " RyzeAPI could not be reached, or gave no valid answer"
    )
    assert back == "Fetching instance home data recovered"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.STATUS, status=500),
        Fault(FaultKind.STATUS, status=404),
        Fault(FaultKind.RAW, body=b"<html>"),
        Fault(FaultKind.RAW, body=b'{"instances": {}}'),
        Fault(FaultKind.CUT_AFTER, times=2),
        Fault(FaultKind.REDIRECT),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
@pytest.mark.usefixtures("loaded")
async def test_broken_answer(
    hass: HomeAssistant,
    simulator: Simulator,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A broken answer counts as none, until the next poll."""
    simulator.inject(fault)
    await poll(hass)
    assert state_of(hass, WHATSAPP) == "unavailable"
    await poll(hass)
    assert state_of(hass, WHATSAPP) == "on"
    assert len(news(caplog)) == 2


async def test_unreachable_api_at_the_start(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An entry loads without RyzeAPI, and gets its state from a later poll."""
    await simulator.stop()
    await setup_integration(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, WHATSAPP) == "unavailable"
    assert "unavailable" not in [state_of(hass, entity_id) for entity_id in OTHERS]

    await simulator.start()
    await poll(hass)
    assert state_of(hass, WHATSAPP) == "on"
    assert len(news(caplog)) == 2


@pytest.mark.parametrize(("left", "asked"), [(11, 1), (10, 1), (9, 0), (0, 0)])
async def test_last_requests(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    left: int,
    asked: int,
) -> None:
    """Polls leave the last requests to calls until the counter starts anew."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=left + 1, resets_in=3)
    await poll(hass)
    before = lists(simulator)
    await poll(hass)
    assert lists(simulator) - before == asked
    assert state_of(hass, WHATSAPP) == "on"
    assert loaded.runtime_data.coordinator.data.requests_left == left - asked

    await until(lambda: loaded.runtime_data.client.rate_limit.remaining is None)
    before = lists(simulator)
    await poll(hass)
    assert lists(simulator) - before == 1


async def test_no_requests_left(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An instance without requests left counts as reachable."""
    caplog.clear()
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0)
    for _ in range(2):
        await poll(hass)
        assert state_of(hass, WHATSAPP) == "on"
    assert loaded.runtime_data.coordinator.data.requests_left == 0
    assert news(caplog) == []


async def test_unreachable_with_few_requests_left(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A poll that is left out does not make RyzeAPI reachable again."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=5, resets_in=50)
    simulator.inject(Fault(FaultKind.STATUS, status=500))
    await poll(hass)
    assert state_of(hass, WHATSAPP) == "unavailable"
    await simulator.stop()
    await poll(hass)
    assert state_of(hass, WHATSAPP) == "unavailable"


@pytest.mark.parametrize(
    ("pushed", "state", "link"),
    [
        ("disconnected", "off", "disconnected"),
        ("connecting", "off", "connecting"),
        ("logged_out", "off", "logged_out"),
        ("qr_ready", "off", "logged_out"),
        ("temp_banned", "off", "logged_out"),
    ],
)
async def test_update(
    hass: HomeAssistant, simulator: Simulator, pushed: str, state: str, link: str
) -> None:
    """A live update changes the link without a request."""
    await listening(hass, simulator)

    simulator.set_state("home", pushed)
    await until(lambda: state_of(hass, WHATSAPP) == state)
    whatsapp = hass.states.get(WHATSAPP)
    assert whatsapp
    assert whatsapp.attributes["link"] == link
    assert whatsapp.attributes["number"] == "5511900000000"
    simulator.set_state("home", "connected")
    await until(lambda: state_of(hass, WHATSAPP) == "on")
    assert lists(simulator) == 2


async def test_update_during_a_poll(hass: HomeAssistant, simulator: Simulator) -> None:
    """A live update is newer than the answer to a poll that is under way."""
    entry = await listening(hass, simulator)
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, release=release, route="list"))
    refresh = hass.async_create_task(entry.runtime_data.coordinator.async_refresh())
    await until(lambda: lists(simulator) == 3)
    simulator.set_state("home", "disconnected")
    await until(lambda: state_of(hass, WHATSAPP) == "off")
    release.set()
    await refresh
    await hass.async_block_till_done()
    assert state_of(hass, WHATSAPP) == "off"


async def test_update_after_a_failed_poll(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A live update makes an instance available again."""
    entry = await listening(hass, simulator)
    simulator.inject(Fault(FaultKind.STATUS, status=500))
    await entry.runtime_data.coordinator.async_refresh()
    assert state_of(hass, WHATSAPP) == "unavailable"
    simulator.set_state("home", "disconnected")
    await until(lambda: state_of(hass, WHATSAPP) == "off")
    assert len(news(caplog)) == 2


async def test_update_without_a_state(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A live update alone does not make an instance available."""
    simulator.inject(Fault(FaultKind.STATUS, status=500, route="list", times=None))
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, live_updates=True)
    await setup_integration(hass, entry)
    listener = entry.runtime_data.listener
    await until(lambda: listener.live)
    simulator.set_state("home", "disconnected")
    await until(lambda: listener.counts["InstanceUpdate"])
    assert state_of(hass, WHATSAPP) == "unavailable"


async def test_deleted_instance(hass: HomeAssistant, simulator: Simulator) -> None:
    """An instance that RyzeAPI no longer lists is unavailable."""
    entry = make_entry(simulator, "home", ACCOUNT_TOKEN)
    await setup_integration(hass, entry)
    simulator.remove_instance("home")
    await poll(hass)
    assert state_of(hass, WHATSAPP) == "unavailable"
    error = entry.runtime_data.coordinator.last_exception
    assert error.translation_key == "instance_gone"

    simulator.add_instance("home", id="id-home")
    await poll(hass)
    assert state_of(hass, WHATSAPP) == "on"


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_token(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    """A refused token starts one reauthentication, and is tried again in each poll."""
    caplog.clear()
    simulator.inject(Fault(FaultKind.STATUS, status=status, times=None))
    await poll(hass)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(
        DOMAIN, match_context={"source": SOURCE_REAUTH}
    )
    assert flow["context"]["entry_id"] == loaded.entry_id
    assert state_of(hass, WHATSAPP) == "unavailable"
    assert len(news(caplog)) == 1

    await poll(hass)
    assert len(hass.config_entries.flow.async_progress()) == 1
    assert len(news(caplog)) == 1

    simulator.clear_faults()
    await poll(hass)
    assert state_of(hass, WHATSAPP) == "on"


@pytest.mark.parametrize("status", [401, 403])
async def test_page_of_a_proxy(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    """The page of a proxy asks for no token, is logged once, and is tried again."""
    caplog.clear()
    simulator.inject(Fault(FaultKind.PAGE, status=status, times=None))
    for _ in range(2):
        await poll(hass)
        assert hass.config_entries.flow.async_progress() == []
        assert state_of(hass, WHATSAPP) == "unavailable"
        error = loaded.runtime_data.coordinator.last_exception
        assert error.translation_key == "request_blocked"
        assert len(news(caplog)) == 1

    simulator.clear_faults()
    await poll(hass)
    assert state_of(hass, WHATSAPP) == "on"


async def test_unload(hass: HomeAssistant, simulator: Simulator) -> None:
    """An unloaded entry is not polled."""
    entry = await listening(hass, simulator)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await pass_time(hass, minutes=11)
    assert lists(simulator) == 2
    await until(lambda: simulator.live.clients("home") == 0)

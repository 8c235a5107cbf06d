"""Tests of an instance whose RyzeAPI accepts connections and then says nothing.

Home Assistant silently skips entities that are missing or unavailable. So loading,
unloading and loading again must not take the time that RyzeAPI takes.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import timedelta
import logging
from typing import Final

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .helpers.black_hole import BlackHole
from .helpers.calls import call, calls_under_way
from .helpers.common import first_look, make_entry, state_of, stop_at_once, until
from .helpers.const import INSTANCE_TOKEN, JOAO, MARIA
from .helpers.speech import Voice, setup_engine
from .simulator import Simulator
from custom_components.ryze.const import CONF_LIVE_UPDATES

# Seconds. A silent RyzeAPI costs ten.
AT_ONCE: Final = 3.0

type Change = Callable[
    [HomeAssistant, MockConfigEntry, BlackHole], Coroutine[None, None, None]
]


@pytest.fixture
async def hole(simulator: Simulator) -> AsyncIterator[BlackHole]:
    """Return the network between Home Assistant and the simulator."""
    async with BlackHole(simulator.port) as hole:
        yield hole


@pytest.fixture
async def new(
    hass: HomeAssistant, simulator: Simulator, hole: BlackHole, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of "home" with Maria and João, not set up, with live updates."""
    simulator.rate_limit.limit = 1000
    await setup_engine(hass, Voice())
    entry = make_entry(
        simulator,
        "home",
        INSTANCE_TOKEN,
        live_updates=True,
        contacts={"Maria": MARIA, "João": JOAO},
    )
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_URL: hole.url}
    )
    return entry


@pytest.fixture
async def connected(hass: HomeAssistant, new: MockConfigEntry) -> MockConfigEntry:
    """Return the entry, connected to live updates."""
    await hass.config_entries.async_setup(new.entry_id)
    await first_look(hass, new)
    await until(lambda: new.runtime_data.listener.live)
    return new


async def at_once[T](action: Awaitable[T]) -> T:
    """Return the result of an action, which must not wait for RyzeAPI."""
    async with asyncio.timeout(AT_ONCE):
        return await action


async def press(hass: HomeAssistant) -> None:
    """Press Maria's button."""
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.maria_ring"}, blocking=True
    )


async def send(hass: HomeAssistant) -> None:
    """Send a message to João."""
    await hass.services.async_call(
        "notify",
        "send_message",
        {"entity_id": "notify.joao", "message": "Fire"},
        blocking=True,
    )


async def reload(hass: HomeAssistant, entry: MockConfigEntry, hole: BlackHole) -> None:
    """Reload the entry."""
    await hass.config_entries.async_reload(entry.entry_id)


async def change_options(
    hass: HomeAssistant, entry: MockConfigEntry, hole: BlackHole
) -> None:
    """Turn live updates off, which reloads the entry."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {CONF_LIVE_UPDATES: False}
    )


async def give_new_token(
    hass: HomeAssistant, entry: MockConfigEntry, hole: BlackHole
) -> None:
    """Give a token, after which RyzeAPI falls silent while the entry reloads."""
    hole.open()
    entry.async_on_state_change(hole.swallow)
    flow = await entry.start_reauth_flow(hass)
    await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_TOKEN: INSTANCE_TOKEN}
    )


async def unload_and_load(
    hass: HomeAssistant, entry: MockConfigEntry, hole: BlackHole
) -> None:
    """Unload the entry, and load it again."""
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)


async def disable_and_enable(
    hass: HomeAssistant, entry: MockConfigEntry, hole: BlackHole
) -> None:
    """Disable the entry, and enable it again."""
    for disabler in (ConfigEntryDisabler.USER, None):
        await hass.config_entries.async_set_disabled_by(entry.entry_id, disabler)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("change", [reload, change_options, give_new_token])
async def test_no_press_vanishes_during_a_reload(
    hass: HomeAssistant,
    simulator: Simulator,
    connected: MockConfigEntry,
    hole: BlackHole,
    change: Change,
    times: int,
) -> None:
    """Presses and messages of every moment of a reload ring, each once."""
    hole.swallow()
    for _ in range(times - 1):
        await at_once(reload(hass, connected, hole))
    loaded = asyncio.Event()

    def note() -> None:
        if connected.state is ConfigEntryState.LOADED:
            loaded.set()

    connected.async_on_state_change(note)
    task = hass.async_create_task(change(hass, connected, hole))
    presses: list[asyncio.Task[None]] = []
    messages: list[asyncio.Task[None]] = []
    async with asyncio.timeout(AT_ONCE):
        while not loaded.is_set():
            if hole.silent:
                presses.append(hass.async_create_task(press(hass)))
                messages.append(hass.async_create_task(send(hass)))
            await asyncio.sleep(0)
    presses.append(hass.async_create_task(press(hass)))
    messages.append(hass.async_create_task(send(hass)))
    hole.open()
    await asyncio.gather(task, *presses, *messages)
    assert simulator.rings(MARIA) == len(presses)
    assert simulator.rings(JOAO) == len(messages)


@pytest.mark.parametrize("change", [unload_and_load, disable_and_enable])
async def test_a_press_right_after_loading_rings(
    hass: HomeAssistant,
    simulator: Simulator,
    connected: MockConfigEntry,
    hole: BlackHole,
    change: Change,
) -> None:
    """An entry is unloaded and loaded at once, and a press after it rings."""
    hole.swallow()
    await at_once(change(hass, connected, hole))
    assert connected.state is ConfigEntryState.LOADED
    task = hass.async_create_task(press(hass))
    await until(lambda: calls_under_way(hass))
    hole.open()
    await task
    assert simulator.rings(MARIA) == 1


async def test_reload_while_a_call_is_under_way(
    hass: HomeAssistant,
    simulator: Simulator,
    connected: MockConfigEntry,
    hole: BlackHole,
) -> None:
    """A call whose answer is late survives several reloads, and rings once."""
    hole.swallow()
    task = hass.async_create_task(call(hass))
    await until(lambda: calls_under_way(hass))
    for _ in range(3):
        await at_once(reload(hass, connected, hole))
    assert not task.done()
    hole.open()
    (row,) = await task
    assert row["outcome"] == "placed"
    assert simulator.rings(MARIA) == 1


async def test_reload_while_an_outcome_is_awaited(
    hass: HomeAssistant,
    simulator: Simulator,
    connected: MockConfigEntry,
    hole: BlackHole,
) -> None:
    """A reload does not wait for an action that waits for an outcome."""
    simulator.add_phone(MARIA)
    task = hass.async_create_task(call(hass, duration=60, wait=300))
    await until(lambda: simulator.calls)
    hole.swallow()
    await at_once(reload(hass, connected, hole))
    assert not task.done()
    hole.open()
    await until(lambda: connected.runtime_data.hears_calls)
    simulator.answer(simulator.calls[0].id)
    (row,) = await task
    assert row["outcome"] == "answered"


async def test_reload_out_of_an_update(
    hass: HomeAssistant,
    simulator: Simulator,
    connected: MockConfigEntry,
    hole: BlackHole,
) -> None:
    """A reload that an update causes does not wait for the server to say goodbye."""
    simulator.add_phone(MARIA)
    await call(hass, duration=60)
    reloaded = asyncio.Event()

    @callback
    def handle_answer(_: Event) -> None:
        hole.swallow()
        task = hass.async_create_task(reload(hass, connected, hole))
        task.add_done_callback(lambda _: reloaded.set())

    hass.bus.async_listen("ryze_call_answered", handle_answer)
    simulator.answer(simulator.calls[0].id)
    await until(lambda: hole.silent)
    await at_once(reloaded.wait())
    hole.open()


async def test_load_at_a_start(
    hass: HomeAssistant, new: MockConfigEntry, hole: BlackHole, simulator: Simulator
) -> None:
    """An entry loads at once, and shows nothing that RyzeAPI has not said."""
    hole.swallow()
    await at_once(hass.config_entries.async_setup(new.entry_id))
    assert new.state is ConfigEntryState.LOADED
    assert not new.runtime_data.coordinator.first_look.is_set()
    assert state_of(hass, "binary_sensor.home_whatsapp").state == "unavailable"
    for entity_id in (
        "binary_sensor.home_live_updates",
        "button.home_reconnect",
        "button.maria_ring",
        "event.home_incoming_call",
        "event.maria_call",
        "notify.maria",
        "sensor.home_last_call",
    ):
        assert state_of(hass, entity_id).state != "unavailable"

    hole.open()
    await first_look(hass, new)
    assert state_of(hass, "binary_sensor.home_whatsapp").state == "on"
    assert simulator.calls == []


async def ask(
    hass: HomeAssistant, entry: MockConfigEntry, hole: BlackHole
) -> asyncio.Task[None]:
    """Ask for a refresh, and return once RyzeAPI has to answer it."""
    before = hole.connections
    coordinator = entry.runtime_data.coordinator
    task = hass.async_create_task(coordinator.async_request_refresh())
    # Home Assistant lets ten seconds pass after the last refresh.
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=11))
    await until(lambda: hole.connections > before)
    return task


async def test_unload_is_quiet(
    hass: HomeAssistant,
    connected: MockConfigEntry,
    hole: BlackHole,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A request that an unload ends is not logged."""
    hole.swallow()
    task = await ask(hass, connected, hole)
    caplog.clear()
    assert await at_once(hass.config_entries.async_unload(connected.entry_id))
    await at_once(task)
    await at_once(hass.async_block_till_done())
    hole.open()
    found = [item for item in caplog.records if item.levelno >= logging.INFO]
    assert [item.getMessage() for item in found if "ryze" in item.name] == []
    assert hass.config_entries.flow.async_progress() == []


async def test_stop(
    hass: HomeAssistant,
    connected: MockConfigEntry,
    hole: BlackHole,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant stops at once while RyzeAPI is silent."""
    hole.swallow()
    await ask(hass, connected, hole)
    await at_once(stop_at_once(hass, caplog))

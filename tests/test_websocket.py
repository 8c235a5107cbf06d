"""Tests of the connection for live updates."""

import asyncio
from functools import partial
import json
import logging
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant

from .helpers.common import capture, setup_integration, setup_live, until
from .helpers.const import MARIA
from .helpers.waits import watch_waits
from .simulator import Fault, FaultKind, Simulator
from custom_components.ryze import websocket
from custom_components.ryze.api import RyzeClient, client as client_module
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.websocket import LiveUpdatesListener


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait only for a moment between connections."""
    monkeypatch.setattr(websocket, "MINIMUM_WAIT", 0.05)
    monkeypatch.setattr(websocket, "MAXIMUM_WAIT", 0.2)


@pytest.fixture
async def listener(
    hass: HomeAssistant, live_entry: MockConfigEntry, quick: None
) -> LiveUpdatesListener:
    """Return the listener of an entry that is connected."""
    await setup_live(hass, live_entry)
    found: LiveUpdatesListener = live_entry.runtime_data.listener
    return found


async def test_token_in_a_header(
    simulator: Simulator, listener: LiveUpdatesListener
) -> None:
    """The token is sent in a header, which no proxy logs, and not in the address."""
    (request,) = [r for r in simulator.requests if r.route == "ws"]
    assert request.has_token
    assert request.path == "/ws/home"
    assert simulator.live.clients("home") == 1


@pytest.mark.parametrize("change", ["unload", "reload", "remove"])
async def test_entry_goes_away(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    listener: LiveUpdatesListener,
    change: str,
) -> None:
    """The connection ends when its entry is unloaded, reloaded or removed."""
    await getattr(hass.config_entries, f"async_{change}")(live_entry.entry_id)
    await until(lambda: simulator.live.clients("home") == (change == "reload"))
    assert not listener.live


async def test_not_wanted(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, quick: None
) -> None:
    """An entry without live updates opens no connection."""
    await setup_integration(hass, entry)
    await asyncio.sleep(0.2)
    assert not entry.runtime_data.listener.live
    assert [r for r in simulator.requests if r.route == "ws"] == []


async def test_outage(
    hass: HomeAssistant,
    simulator: Simulator,
    listener: LiveUpdatesListener,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After an outage the connection is opened again, and the state is read again."""
    caplog.clear()
    await simulator.stop()
    await until(lambda: not listener.live)
    simulator.instances["home"].state = "disconnected"
    await simulator.start()
    await until(lambda: listener.live)
    await until(lambda: hass.states.is_state("binary_sensor.home_whatsapp", "off"))
    lines = [
        record.getMessage()
        for record in caplog.records
        if record.levelno == logging.INFO and "Live updates" in record.getMessage()
    ]
    assert lines == [f"Live updates of home are {what}" for what in ("lost", "back")]


@pytest.mark.parametrize(("good_after", "grows"), [(0, False), (10, True)])
async def test_waits_between_connections(
    simulator: Simulator,
    listener: LiveUpdatesListener,
    monkeypatch: pytest.MonkeyPatch,
    good_after: float,
    grows: bool,
) -> None:
    """The waits grow if connections are lost at once, and not if they were good."""
    monkeypatch.setattr(websocket, "MAXIMUM_WAIT", 60)
    monkeypatch.setattr(websocket, "GOOD_AFTER", good_after)
    waits: list[float] = []
    watch_waits(monkeypatch, f"{DOMAIN} live updates", waits.append)
    while listener.connections < 6:
        if listener.live:
            simulator.live.close("home")
        await asyncio.sleep(0.01)
    assert len(waits) == 5
    assert (max(waits) <= websocket.MINIMUM_WAIT) is not grows
    # The fifth wait was doubled four times, and chance takes half of it at the most.
    assert (waits[4] > 16 / 3 * websocket.MINIMUM_WAIT) is grows


async def test_unload_is_no_loss(
    hass: HomeAssistant,
    listener: LiveUpdatesListener,
    live_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An unload is not logged as a loss of live updates."""
    caplog.clear()
    await hass.config_entries.async_unload(live_entry.entry_id)
    assert not listener.live
    assert "Live updates" not in caplog.text


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 4000])
async def test_closed_by_the_api(
    simulator: Simulator, listener: LiveUpdatesListener, code: int
) -> None:
    """A connection that RyzeAPI closes is opened again, whatever the code."""
    simulator.live.close("home", code)
    await until(lambda: listener.connections == 2)
    assert listener.live


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.STATUS, status=500, route="ws", times=3),
        Fault(FaultKind.STATUS, status=429, route="ws", times=3),
        Fault(FaultKind.STATUS, status=404, route="ws", times=3),
        Fault(FaultKind.CUT_BEFORE, route="ws", times=6),
        Fault(FaultKind.CUT_BODY, route="ws", times=3),
        Fault(FaultKind.REDIRECT, route="ws", times=3),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
async def test_handshake_fails(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    quick: None,
    fault: Fault,
) -> None:
    """A failed handshake is repeated, and the token is sent to no other address."""
    simulator.inject(fault)
    await setup_integration(hass, live_entry)
    await until(lambda: live_entry.runtime_data.listener.live)
    assert "elsewhere" not in {request.route for request in simulator.requests}


async def test_not_enabled(
    hass: HomeAssistant, simulator: Simulator, live_entry: MockConfigEntry, quick: None
) -> None:
    """A WebSocket that is not enabled is noted, and connected once it is enabled."""
    simulator.live.configure("home", enabled=False)
    await setup_integration(hass, live_entry)
    listener = live_entry.runtime_data.listener
    await until(lambda: listener.not_enabled)
    assert not listener.live

    simulator.live.configure("home", events=("call.update", "instance.state"))
    await until(lambda: listener.live)
    assert not listener.not_enabled


async def test_refused_token(
    hass: HomeAssistant, simulator: Simulator, live_entry: MockConfigEntry, quick: None
) -> None:
    """A refused token starts a reauthentication, and is tried again."""
    simulator.inject(Fault(FaultKind.STATUS, status=401, route="ws"))
    await setup_integration(hass, live_entry)
    await until(
        lambda: hass.config_entries.flow.async_progress_by_handler(
            DOMAIN, match_context={"source": SOURCE_REAUTH}
        )
    )
    await until(lambda: live_entry.runtime_data.listener.live)
    assert len([r for r in simulator.requests if r.route == "ws"]) == 2


@pytest.mark.parametrize("status", [401, 403])
async def test_page_of_a_proxy(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    quick: None,
    status: int,
) -> None:
    """A proxy that refuses the WebSocket asks for no token, and is tried again."""
    simulator.inject(Fault(FaultKind.PAGE, status=status, route="ws", times=3))
    await setup_integration(hass, live_entry)
    listener = live_entry.runtime_data.listener
    await until(lambda: listener.live)
    assert not listener.not_enabled
    assert hass.config_entries.flow.async_progress() == []


async def test_half_open(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection over which nothing comes any more is noticed."""
    monkeypatch.setattr(client_module, "HEARTBEAT", 0.2)
    await setup_integration(hass, live_entry)
    listener = live_entry.runtime_data.listener
    await until(lambda: listener.live)
    simulator.live.silent = True
    await until(lambda: not listener.live)
    simulator.live.silent = False
    await until(lambda: listener.live)


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 50_000, "not JSON"),
        ("[]", "no envelope"),
        ('{"event": "call.update", "data": {"x": 1}}', "call.update"),
        ('{"event": "message.exchange", "data": {}}', "other"),
        (b"\x00\xff", "not text"),
    ],
    ids=["empty", "cut", "deep", "list", "unknown", "other", "binary"],
)
async def test_bad_frames(
    hass: HomeAssistant,
    simulator: Simulator,
    listener: LiveUpdatesListener,
    frame: str | bytes,
    kind: str,
) -> None:
    """A bad frame is counted, and the next frame is handled."""
    events = capture(hass)
    for _ in range(3):
        simulator.live.send("home", frame)
    simulator.call_in(MARIA, seconds=0.1)
    await until(lambda: events)
    assert listener.counts[kind] == 3
    assert listener.connections == 1


async def test_large_frame(
    hass: HomeAssistant, simulator: Simulator, listener: LiveUpdatesListener
) -> None:
    """A large frame of another consumer is passed over, and the next one is read."""
    events = capture(hass)
    simulator.live.send("home", json.dumps({"event": "x" * 40_000_000}))
    simulator.call_in(MARIA, seconds=0.05)
    await until(lambda: events)
    assert listener.counts["large"] == 1
    assert listener.connections == 1


def has_connected(listener: LiveUpdatesListener, times: int) -> bool:
    """Return whether the listener is connected for the n-th time."""
    return listener.live and listener.connections == times


async def test_frame_that_is_too_large(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A frame beyond all limits ends the connection, and does not lengthen the wait."""
    monkeypatch.setattr(client_module, "MAX_FRAME_SIZE", 1_000_000)
    await setup_live(hass, live_entry)
    listener: LiveUpdatesListener = live_entry.runtime_data.listener
    for connections in (2, 3, 4):
        simulator.live.send("home", json.dumps({"event": "x" * 1_100_000}))
        await until(partial(has_connected, listener, connections))
    assert listener._wait <= 2 * websocket.MINIMUM_WAIT


async def test_bug_in_a_handler(
    simulator: Simulator,
    listener: LiveUpdatesListener,
    live_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bug in the handling of an update is logged once, and ends no connection."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError(f"{MARIA} went wrong")

    monkeypatch.setattr(live_entry.runtime_data.calls, "async_handle_update", fail)
    for _ in range(2):
        simulator.call_in(MARIA, seconds=0.05)
    await until(lambda: listener.counts["error: ZeroDivisionError"] >= 2)
    assert listener.live
    assert caplog.text.count("Unexpected ZeroDivisionError") == 1


async def test_flood(
    hass: HomeAssistant, simulator: Simulator, listener: LiveUpdatesListener
) -> None:
    """Thousands of frames are handled, and the last one takes effect."""
    events = capture(hass)
    for number in range(5000):
        simulator.live.send("home", f'{{"event": "x{number}", "data": {{}}}}')
    simulator.call_in(MARIA, seconds=0.1)
    await until(lambda: events)
    assert listener.counts["other"] == 5000
    assert len(listener.counts) < 10


async def test_bug_while_connecting(
    hass: HomeAssistant,
    simulator: Simulator,
    live_entry: MockConfigEntry,
    quick: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After a bug in our code, connecting is tried again."""
    connect = RyzeClient.open_live_updates
    mistakes = [ZeroDivisionError(MARIA), ZeroDivisionError(MARIA)]

    def fail_twice(self: RyzeClient, instance: str) -> Any:
        for mistake in mistakes:
            mistakes.remove(mistake)
            raise mistake
        return connect(self, instance)

    with patch.object(RyzeClient, "open_live_updates", fail_twice):
        await setup_integration(hass, live_entry)
        await until(lambda: live_entry.runtime_data.listener.live)
    assert mistakes == []
    assert caplog.text.count("Unexpected ZeroDivisionError") == 1

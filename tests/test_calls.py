"""Tests of the calls and their events."""

import asyncio
from datetime import datetime
from functools import partial
import traceback
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .common import capture, until
from .const import JOAO, MARIA, OTHER_TOKEN
from .simulator import CuttingProxy, Fault, FaultKind, Simulator
from .simulator.chime import chime
from custom_components.ryze.api import PlacedCall, RyzeClient, client as client_module
from custom_components.ryze.call import Call, CallEvent
from custom_components.ryze.const import DOMAIN


async def fake_call(hass: HomeAssistant, **data: Any) -> None:
    """Ring Maria."""
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA, **data}, blocking=True
    )


async def test_placed(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A placed call fires an event with all there is to know."""
    events = async_capture_events(hass, "ryze_call_placed")
    context = Context(user_id="user")
    await hass.services.async_call(
        DOMAIN,
        "fake_call",
        {"number": MARIA, "duration": 3, "tag": "door"},
        blocking=True,
        context=context,
    )
    (event,) = events
    data = dict(event.data)
    at = datetime.fromisoformat(data.pop("at"))
    assert at.tzname() == "UTC"
    assert data == {
        "call_id": simulator.calls[0].id,
        "type": "fake",
        "number": MARIA,
        "contact": None,
        "instance": "home",
        "config_entry_id": loaded.entry_id,
        "tag": "door",
        "duration": 3,
        "observed": True,
        "error": None,
    }
    assert event.context is context


@pytest.mark.usefixtures("loaded")
async def test_placed_audio(hass: HomeAssistant, simulator: Simulator) -> None:
    """An audio call has no duration."""
    events = async_capture_events(hass, "ryze_call_placed")
    await hass.services.async_call(
        DOMAIN,
        "audio_call",
        {"number": MARIA, "media_url": f"{simulator.url}/_simulator/chime.wav"},
        blocking=True,
    )
    (event,) = events
    assert (event.data["type"], event.data["duration"]) == ("audio", None)


@pytest.mark.parametrize(
    ("fault", "error", "observed"),
    [
        (Fault(FaultKind.STATUS, status=404), "not_found", True),
        (Fault(FaultKind.STATUS, status=500), "server", True),
        (Fault(FaultKind.CUT_AFTER), "outcome_unknown", False),
    ],
)
async def test_failed(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    fault: Fault,
    error: str,
    observed: bool,
) -> None:
    """A failed call fires an event of the same shape."""
    events = capture(hass)
    simulator.inject(fault)
    with pytest.raises(HomeAssistantError):
        await fake_call(hass, duration=3)
    (event,) = events
    assert event.event_type == "ryze_call_failed"
    data = dict(event.data)
    assert datetime.fromisoformat(data.pop("at"))
    assert data == {
        "call_id": None,
        "type": "fake",
        "number": MARIA,
        "contact": None,
        "instance": "home",
        "config_entry_id": loaded.entry_id,
        "tag": None,
        "duration": 3,
        "observed": observed,
        "error": error,
    }


@pytest.mark.usefixtures("loaded")
async def test_unreachable(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call that could not be sent is not lost silently."""
    events = capture(hass)
    await simulator.stop()
    with pytest.raises(HomeAssistantError):
        await fake_call(hass)
    assert [(event.event_type, event.data["error"]) for event in events] == [
        ("ryze_call_failed", "connection")
    ]


async def test_connection_cut_anywhere(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """Wherever a connection breaks: one event, and one ring at most."""
    events = capture(hass)
    async with CuttingProxy(simulator.port) as proxy:
        hass.config_entries.async_update_entry(
            loaded, data={**loaded.data, "url": proxy.url}
        )
        await hass.config_entries.async_reload(loaded.entry_id)
        await fake_call(hass)
        assert len(events) == 1
        request, response = proxy.request_bytes, proxy.response_bytes
        cuts = [("cut_request_after", cut) for cut in range(0, request, 40)] + [
            ("cut_response_after", cut) for cut in range(0, response, 40)
        ]
        for side, cut in cuts:
            proxy.reset()
            setattr(proxy, side, cut)
            rings = simulator.rings(MARIA)
            events.clear()
            with pytest.raises(HomeAssistantError) as caught:
                await fake_call(hass)
            assert caught.value.translation_key == "outcome_unknown"
            assert [event.event_type for event in events] == ["ryze_call_failed"]
            assert simulator.rings(MARIA) - rings == (side == "cut_response_after")


@pytest.mark.usefixtures("loaded")
async def test_side_by_side(hass: HomeAssistant, simulator: Simulator) -> None:
    """A phone does not wait for another's answer."""
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=0.4, times=2))
    started = hass.loop.time()
    await fake_call(hass, number=[MARIA, JOAO])
    assert hass.loop.time() - started < 0.75
    assert len(simulator.calls) == 2


@pytest.mark.usefixtures("loaded")
async def test_action_is_stopped(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call under way is seen through, though nobody waits for it any more."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=0.2))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: simulator.calls)
    action.cancel()
    with pytest.raises(asyncio.CancelledError):
        await action
    assert events == []

    await until(lambda: events)
    (event,) = events
    assert event.event_type == "ryze_call_placed"
    assert event.data["call_id"] == simulator.calls[0].id
    assert simulator.rings(MARIA) == 1


@pytest.fixture
def slow_retries(loaded: MockConfigEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait as long between attempts as it is in life."""
    monkeypatch.setattr(client_module, "CONNECTION_RETRY_DELAYS", (1.0, 2.0, 4.0, 8.0))


@pytest.mark.usefixtures("slow_retries")
async def test_action_is_stopped_before_anything_is_sent(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An automation that starts anew does not ring for the old run as well."""
    events = capture(hass)
    await simulator.stop()
    action = hass.async_create_task(fake_call(hass))
    await asyncio.sleep(0.1)
    action.cancel()
    await until(lambda: events)
    assert [event.data["error"] for event in events] == ["connection"]

    await simulator.start()
    await fake_call(hass)
    await asyncio.sleep(1.2)
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize("change", ["unload", "remove"])
@pytest.mark.usefixtures("slow_retries")
async def test_entry_goes_away_before_anything_is_sent(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, change: str
) -> None:
    """What is gone places no call any more, and says so."""
    events = capture(hass)
    await simulator.stop()
    action = hass.async_create_task(fake_call(hass))
    await asyncio.sleep(0.1)
    await getattr(hass.config_entries, f"async_{change}")(loaded.entry_id)
    await simulator.start()
    with pytest.raises(HomeAssistantError) as caught:
        await action
    assert caught.value.translation_key == "connection"
    assert [event.data["error"] for event in events] == ["connection"]
    await asyncio.sleep(1.2)
    assert simulator.rings(MARIA) == 0


@pytest.mark.usefixtures("loaded")
async def test_mistake_of_ours(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Even then no call is lost, and nobody else's is."""
    events = capture(hass)
    place = RyzeClient.fake_call

    async def fail_for_maria(
        self: RyzeClient, instance: str, number: str, *rest: Any
    ) -> PlacedCall:
        if number == MARIA:
            raise ZeroDivisionError(f"{number} went wrong")
        return await place(self, instance, number, *rest)

    with patch.object(RyzeClient, "fake_call", fail_for_maria):
        answer = await hass.services.async_call(
            DOMAIN,
            "fake_call",
            {"number": [MARIA, JOAO]},
            blocking=True,
            return_response=True,
        )
    assert answer is not None
    rows: Any = answer["calls"]
    assert [row["error"] for row in rows] == ["outcome_unknown", None]
    assert sorted(str(event.event_type) for event in events) == [
        "ryze_call_failed",
        "ryze_call_placed",
    ]
    assert "Unexpected ZeroDivisionError" in caplog.text


async def test_listener_that_raises(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever shows a call cannot lose it, nor keep it from those who show it too."""
    told: list[tuple[str | None, str | None]] = []

    def listen(_: int, event: CallEvent | None, call: Call) -> None:
        told.append((event, call.call_id))
        raise ZeroDivisionError(f"{call.number} went wrong")

    calls = people.runtime_data.calls
    # Whichever is told first, one of them is told after a listener that raised.
    unsubscribe = [
        calls.async_subscribe(partial(listen, number)) for number in range(2)
    ]
    events = capture(hass)
    simulator.add_phone(MARIA)
    simulator.second = 0.3
    action = hass.async_create_task(fake_call(hass, duration=1, wait=30))
    await until(lambda: len(told) == 2)
    (call,) = simulator.calls
    simulator.answer(call.id)
    # Whoever waits for the outcome is told.
    await action
    await until(lambda: len(events) == 3)
    kinds = ["placed", "answered", "ended"]
    assert [event.event_type for event in events] == [f"ryze_call_{k}" for k in kinds]
    assert told == [(kind, call.id) for kind in kinds for _ in range(2)]
    state = hass.states.get("event.maria_call")
    assert state
    assert state.attributes["event_type"] == "ended"
    assert caplog.text.count("Unexpected ZeroDivisionError while telling") == 6

    for stop in unsubscribe:
        stop()
    await fake_call(hass)
    assert len(told) == 6


@pytest.mark.usefixtures("loaded")
async def test_home_assistant_stops(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call under way is not lost silently, and does not hold up the stop."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.HANG))
    action = hass.async_create_background_task(fake_call(hass), "action")
    await until(lambda: simulator.calls)
    started = hass.loop.time()
    await hass.async_stop(force=True)
    assert hass.loop.time() - started < 5
    assert [event.data["error"] for event in events] == ["outcome_unknown"]
    assert action.done()
    assert simulator.rings(MARIA) == 1


@pytest.mark.usefixtures("loaded")
async def test_answer_that_repeats_the_number(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """What RyzeAPI sends does not get into a traceback."""
    simulator.inject(
        Fault(FaultKind.GARBAGE, body=f"HTTP/1.1 200 OK\r\n\x00{MARIA}\r\n".encode())
    )
    with pytest.raises(HomeAssistantError) as caught:
        await fake_call(hass)
    assert MARIA not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("change", ["unload", "reload", "remove"])
async def test_entry_goes_away(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, change: str
) -> None:
    """A call under way outlives its entry, and leaves nothing behind."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=0.2, route="fake"))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: simulator.calls)
    await getattr(hass.config_entries, f"async_{change}")(loaded.entry_id)
    await action
    assert [event.event_type for event in events] == ["ryze_call_placed"]
    assert simulator.connections == 0


@pytest.mark.usefixtures("loaded")
async def test_refused_token(hass: HomeAssistant, simulator: Simulator) -> None:
    """A revoked token asks for a new one, once."""
    events = capture(hass)
    simulator.instances["home"].token = "renewed"
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as caught:
            await fake_call(hass)
        assert caught.value.translation_key == "auth"
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"
    assert [event.data["error"] for event in events] == ["auth", "auth"]


async def test_foreign_token(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A token that does not own the instance asks for another one too."""
    hass.config_entries.async_update_entry(
        loaded, data={**loaded.data, "token": OTHER_TOKEN}
    )
    await hass.config_entries.async_reload(loaded.entry_id)
    with pytest.raises(HomeAssistantError) as caught:
        await fake_call(hass)
    assert caught.value.translation_key == "auth"
    await hass.async_block_till_done()
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_refused_token_of_a_removed_entry(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """Nobody is asked for the token of what is gone."""
    events = capture(hass)
    simulator.inject(Fault(FaultKind.STATUS, status=401, delay=0.2, route="fake"))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: len(simulator.requests) > 1)
    await hass.config_entries.async_remove(loaded.entry_id)
    with pytest.raises(HomeAssistantError):
        await action
    await hass.async_block_till_done()
    assert [event.data["error"] for event in events] == ["auth"]
    assert hass.config_entries.flow.async_progress() == []


async def test_token_renewed_meanwhile(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A token that is in use no more is not asked for."""
    simulator.inject(Fault(FaultKind.STATUS, status=401, delay=0.2, route="fake"))
    action = hass.async_create_task(fake_call(hass))
    await until(lambda: len(simulator.requests) > 1)
    await hass.config_entries.async_reload(loaded.entry_id)
    with pytest.raises(HomeAssistantError):
        await action
    await hass.async_block_till_done()
    assert hass.config_entries.flow.async_progress() == []


async def test_one_counter_for_one_token(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Instances that share the account's token share its requests."""
    monkeypatch.setattr(client_module, "MAX_RESET_WAIT", 1)
    account = {**loaded.data, "token": simulator.account_token}
    hass.config_entries.async_update_entry(loaded, data=account)
    office = MockConfigEntry(
        domain=DOMAIN,
        data={**account, "instance": "office"},
        options=loaded.options,
    )
    office.add_to_hass(hass)
    await hass.config_entries.async_setup(office.entry_id)
    await hass.config_entries.async_reload(loaded.entry_id)
    simulator.rate_limit.set(simulator.account_token, remaining=1, resets_in=40)
    await fake_call(hass, config_entry_id=loaded.entry_id)
    requests = len(simulator.requests)
    with pytest.raises(HomeAssistantError) as caught:
        await fake_call(hass, config_entry_id=office.entry_id)
    assert caught.value.translation_key == "rate_limit"
    # The counter was known to be at 0 without asking.
    assert len(simulator.requests) == requests


@pytest.mark.usefixtures("loaded")
async def test_audio_reaches_everybody(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Each recipient gets the whole audio."""
    await hass.services.async_call(
        DOMAIN,
        "audio_call",
        {"number": [MARIA, JOAO], "media_url": f"{simulator.url}/_simulator/chime.wav"},
        blocking=True,
    )
    assert [call.audio for call in simulator.calls] == [chime(), chime()]

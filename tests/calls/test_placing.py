"""Tests of placing calls, and of the events about it."""

from datetime import datetime
from functools import partial
import traceback
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
)

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from custom_components.ryze.api import PlacedCall, RyzeClient
from custom_components.ryze.calls.call import Call, CallEvent
from custom_components.ryze.const import DOMAIN
from tests.helpers.calls import fake_call
from tests.helpers.common import capture, first_look, state_of, until
from tests.helpers.const import JOAO, MARIA
from tests.simulator import (
    PUBLIC_CHIME,
    CuttingProxy,
    Fault,
    FaultKind,
    Respond,
    Simulator,
)
from tests.simulator.chime import chime


async def test_placed(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    hass_admin_user: MockUser,
) -> None:
    """A placed call fires an event with all that is known of it."""
    events = async_capture_events(hass, "ryze_call_placed")
    context = Context(user_id=hass_admin_user.id)
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
    """The event of an audio call has no duration."""
    events = async_capture_events(hass, "ryze_call_placed")
    await hass.services.async_call(
        DOMAIN,
        "audio_call",
        {"number": MARIA, "media_url": PUBLIC_CHIME},
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
    """The event of a failed call has the same keys as that of a placed one."""
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
async def test_unreachable_api(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call that could not be sent raises, and fires an event."""
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
    """A connection that breaks at any byte costs one event, and never a second ring."""
    events = capture(hass)
    async with CuttingProxy(simulator.port) as proxy:
        hass.config_entries.async_update_entry(
            loaded, data={**loaded.data, "url": proxy.url}
        )
        await hass.config_entries.async_reload(loaded.entry_id)
        await first_look(hass, loaded)
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
    """A phone rings without waiting for another call's answer."""
    simulator.choices.respond = Respond.WHEN_OVER
    action = hass.async_create_task(fake_call(hass, number=[MARIA, JOAO], duration=60))
    # Neither request is answered before the ringing is over.
    await until(lambda: len(simulator.calls) == 2)
    assert not action.done()
    simulator.drop_calls()
    await action


@pytest.mark.usefixtures("loaded")
async def test_bug_in_our_code(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in our code while a call is placed loses neither this call nor another."""
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
    """A listener that raises loses no call, and keeps none from other listeners."""
    told: list[tuple[str | None, str | None]] = []

    def listen(_: int, event: CallEvent | None, call: Call) -> None:
        told.append((event, call.call_id))
        raise ZeroDivisionError(f"{call.number} went wrong")

    calls = people.runtime_data.calls
    # Of two listeners, one is called after the other one has raised.
    unsubscribe = [
        calls.async_subscribe(partial(listen, number)) for number in range(2)
    ]
    events = capture(hass)
    simulator.add_phone(MARIA)
    action = hass.async_create_task(fake_call(hass, duration=60, wait=30))
    await until(lambda: len(told) == 2)
    (call,) = simulator.calls
    simulator.answer(call.id)
    # The action, which waits for the outcome, hears of it.
    await action
    simulator.hang_up(call.id)
    await until(lambda: len(events) == 3)
    kinds = ["placed", "answered", "ended"]
    assert [event.event_type for event in events] == [f"ryze_call_{k}" for k in kinds]
    assert told == [(kind, call.id) for kind in kinds for _ in range(2)]
    assert state_of(hass, "event.maria_call").attributes["event_type"] == "ended"
    assert caplog.text.count("Unexpected ZeroDivisionError while reporting") == 6

    for stop in unsubscribe:
        stop()
    await fake_call(hass)
    assert len(told) == 6


@pytest.mark.usefixtures("loaded")
async def test_number_in_a_broken_answer(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A number that RyzeAPI sends does not appear in a traceback."""
    simulator.inject(
        Fault(FaultKind.GARBAGE, body=f"HTTP/1.1 200 OK\r\n\x00{MARIA}\r\n".encode())
    )
    with pytest.raises(HomeAssistantError) as caught:
        await fake_call(hass)
    assert MARIA not in "".join(traceback.format_exception(caught.value))


@pytest.mark.usefixtures("loaded")
async def test_audio_reaches_everybody(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Each recipient gets the whole audio."""
    await hass.services.async_call(
        DOMAIN,
        "audio_call",
        {"number": [MARIA, JOAO], "media_url": PUBLIC_CHIME},
        blocking=True,
    )
    assert [call.audio for call in simulator.calls] == [chime(), chime()]


async def test_connection_of_another_integration(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """A call never reuses another integration's connection, which may be dead."""
    async with async_get_clientsession(hass).get(f"{simulator.url}/health") as answer:
        await answer.read()
    assert simulator.connections == 1
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA}, blocking=True
    )
    await hass.async_block_till_done()
    assert simulator.connections == 1

"""Tests of automations that are made from the doorbell blueprint."""

import asyncio
from datetime import timedelta

import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from tests.helpers.blueprints import ALREADY_RUNNING, BOTH, automate, go_through, look
from tests.helpers.common import until
from tests.helpers.const import JOAO, MARIA
from tests.helpers.speech import Voice, setup_engine, speech
from tests.simulator import Behaviour, Simulator

BELL = "event.bell"
FIRST = "2026-10-01T08:00:00.000+00:00"
SECOND = "2026-10-01T09:00:00.000+00:00"


def numbers(events: list[Event]) -> list[str]:
    """Return the numbers of call events."""
    return [event.data["number"] for event in events]


@pytest.mark.parametrize(
    ("entity_id", "states"),
    [
        (BELL, ["unknown", FIRST]),
        (BELL, [FIRST, SECOND]),
        (BELL, [FIRST, "unavailable", FIRST, SECOND]),
        ("button.bell", ["unknown", FIRST]),
        ("button.bell", [FIRST, SECOND]),
        ("input_button.bell", ["unknown", FIRST]),
        ("input_button.bell", [FIRST, SECOND]),
        ("binary_sensor.bell", ["unknown", "on"]),
        ("binary_sensor.bell", ["off", "on"]),
        ("binary_sensor.bell", ["on", "unavailable", "off", "on"]),
    ],
)
@pytest.mark.usefixtures("people")
async def test_ring(
    hass: HomeAssistant, simulator: Simulator, entity_id: str, states: list[str]
) -> None:
    """Any kind of doorbell makes each contact's phone ring once."""
    placed = async_capture_events(hass, "ryze_call_placed")
    await automate(hass, "doorbell", doorbell=[entity_id], contacts=BOTH, quiet_time=0)
    await go_through(hass, entity_id, *states)
    assert {call.number for call in simulator.calls} == {MARIA, JOAO}
    assert [(call.type, call.duration) for call in simulator.calls] == [
        ("fake", 15),
        ("fake", 15),
    ]
    assert [event.data["tag"] for event in placed] == ["doorbell", "doorbell"]


@pytest.mark.parametrize(
    ("entity_id", "states"),
    [
        # Home Assistant starts, with or without the last state of the entity.
        (BELL, [FIRST]),
        (BELL, ["unavailable", FIRST]),
        (BELL, ["unavailable", "unknown"]),
        ("input_button.bell", [FIRST]),
        ("binary_sensor.bell", ["on"]),
        ("binary_sensor.bell", ["unavailable", "on"]),
        ("binary_sensor.bell", ["unknown", "off"]),
        # The doorbell is unavailable meanwhile.
        (BELL, [FIRST, "unavailable", FIRST]),
        (BELL, [FIRST, "unavailable", SECOND]),
        (BELL, [FIRST, "unknown"]),
        ("button.bell", [FIRST, "unavailable", FIRST]),
        ("binary_sensor.bell", ["off", "unavailable", "on"]),
        ("binary_sensor.bell", ["off", "unknown"]),
        # The button is released.
        ("binary_sensor.bell", ["on", "off"]),
    ],
)
@pytest.mark.usefixtures("people")
async def test_no_ring(
    hass: HomeAssistant, simulator: Simulator, entity_id: str, states: list[str]
) -> None:
    """A change of state that is no press makes no phone ring."""
    await automate(hass, "doorbell", doorbell=[entity_id], contacts=BOTH, quiet_time=0)
    await go_through(hass, entity_id, *states)
    assert look(hass, "last_triggered") is None
    assert simulator.calls == []

    # A press still makes them ring.
    await go_through(hass, entity_id, "unknown", "on")
    assert simulator.rings(MARIA) == 1


@pytest.mark.usefixtures("people")
async def test_no_ring_by_reload(hass: HomeAssistant, simulator: Simulator) -> None:
    """A doorbell that is removed and added again makes no phone ring."""
    await automate(hass, "doorbell", doorbell=[BELL], contacts=BOTH)
    await go_through(hass, BELL, FIRST)
    hass.states.async_remove(BELL)
    await hass.async_block_till_done()
    await go_through(hass, BELL, SECOND)
    # A change of an attribute is no press either.
    hass.states.async_set(BELL, SECOND, {"friendly_name": "Bell"})
    await hass.async_block_till_done()
    assert look(hass, "last_triggered") is None
    assert simulator.calls == []


@pytest.mark.usefixtures("people")
async def test_several_doorbells(hass: HomeAssistant, simulator: Simulator) -> None:
    """Each of several doorbells rings the chosen contact for the chosen time."""
    await async_setup_component(hass, "input_button", {"input_button": {"front": {}}})
    await automate(
        hass,
        "doorbell",
        doorbell=["input_button.front", "binary_sensor.back"],
        contacts=["notify.joao"],
        duration=3,
        quiet_time=0,
    )
    await go_through(hass, "binary_sensor.back", "off", "on")
    assert [(call.number, call.duration) for call in simulator.calls] == [(JOAO, 3)]
    await hass.services.async_call(
        "input_button", "press", {"entity_id": "input_button.front"}, blocking=True
    )
    await hass.async_block_till_done()
    assert simulator.rings(JOAO) == 2
    assert simulator.rings(MARIA) == 0


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Somebody is at the door", "Somebody is at the door"),
        ("{{ states('sensor.who') }} is there", "Ana is there"),
        # The text is no number, though a template renders it as one.
        ("1.50", "1.50"),
    ],
)
@pytest.mark.usefixtures("people")
async def test_speak(
    hass: HomeAssistant, simulator: Simulator, message: str, said: str
) -> None:
    """With a message, the contacts hear it."""
    placed = async_capture_events(hass, "ryze_call_placed")
    await setup_engine(hass, Voice())
    hass.states.async_set("sensor.who", "Ana")
    await automate(
        hass, "doorbell", doorbell=[BELL], contacts=BOTH, message=message, quiet_time=0
    )
    await go_through(hass, BELL, FIRST, SECOND)
    assert {call.number for call in simulator.calls} == {MARIA, JOAO}
    assert [call.audio for call in simulator.calls] == [speech(said), speech(said)]
    assert [event.data["tag"] for event in placed] == ["doorbell", "doorbell"]


@pytest.mark.parametrize("message", ["", " \n", None])
@pytest.mark.usefixtures("people")
async def test_nothing_to_say(
    hass: HomeAssistant, simulator: Simulator, message: str | None
) -> None:
    """With an empty message, the phones only ring."""
    await automate(
        hass, "doorbell", doorbell=[BELL], contacts=BOTH, message=message, quiet_time=0
    )
    await go_through(hass, BELL, FIRST, SECOND)
    assert [call.type for call in simulator.calls] == ["fake", "fake"]


@pytest.mark.usefixtures("people")
async def test_conditions(hass: HomeAssistant, simulator: Simulator) -> None:
    """Phones ring only if all conditions are met."""
    home = {"condition": "state", "entity_id": "person.ana", "state": "not_home"}
    ring = "{{ trigger.to_state.attributes.event_type == 'ring' }}"
    await automate(
        hass,
        "doorbell",
        doorbell=[BELL],
        contacts=BOTH,
        conditions=[home, {"condition": "template", "value_template": ring}],
        quiet_time=0,
    )
    hass.states.async_set(BELL, "unknown")
    for minute, (where, what) in enumerate(
        [("home", "ring"), ("not_home", "motion"), ("home", "motion")]
    ):
        hass.states.async_set("person.ana", where)
        hass.states.async_set(BELL, f"2026-10-01T08:0{minute}", {"event_type": what})
        await hass.async_block_till_done()
    assert look(hass, "last_triggered") is None

    hass.states.async_set("person.ana", "not_home")
    hass.states.async_set(BELL, SECOND, {"event_type": "ring"})
    await hass.async_block_till_done()
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize(
    ("behaviour", "event"),
    [
        (Behaviour.MANUAL, "ryze_call_placed"),
        (Behaviour.NO_WHATSAPP, "ryze_call_failed"),
    ],
)
@pytest.mark.usefixtures("people")
async def test_quiet_time(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    behaviour: Behaviour,
    event: str,
) -> None:
    """After a press, further presses do nothing for a while, even if a call failed."""
    simulator.add_phone(JOAO, behaviour=behaviour)
    told = async_capture_events(hass, event)
    await automate(hass, "doorbell", doorbell=[BELL], contacts=BOTH)
    hass.states.async_set(BELL, FIRST)
    hass.states.async_set(BELL, SECOND)
    await until(lambda: simulator.rings(MARIA) and JOAO in numbers(told))
    pressed = look(hass, "last_triggered")
    # Nothing tells that the automation has come to its delay.
    await asyncio.sleep(0.1)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=25))
    for minute in range(5):
        await asyncio.sleep(0)
        hass.states.async_set(BELL, f"2026-10-01T10:0{minute}")
    assert look(hass, "current") == 1
    assert look(hass, "last_triggered") == pressed

    # The time that passes here would end `until` as well.
    while look(hass, "current"):
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
        await asyncio.sleep(0.01)
    assert simulator.rings(MARIA) == 1
    assert ALREADY_RUNNING not in caplog.text
    hass.states.async_set(BELL, FIRST)
    await until(lambda: simulator.rings(MARIA) == 2)


@pytest.mark.usefixtures("people")
async def test_no_quiet_time_after_failed_calls(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """After a press for which all calls failed, the next press counts."""
    simulator.instances["home"].state = "disconnected"
    await automate(hass, "doorbell", doorbell=[BELL], contacts=BOTH)
    await go_through(hass, BELL, FIRST, SECOND)
    assert look(hass, "last_triggered")
    assert look(hass, "current") == 0

    simulator.instances["home"].state = "connected"
    hass.states.async_set(BELL, FIRST)
    await until(lambda: simulator.rings(MARIA) and simulator.rings(JOAO))


@pytest.mark.usefixtures("people")
async def test_speech_fails(hass: HomeAssistant, simulator: Simulator) -> None:
    """If the speech fails, no phone rings."""
    voice = Voice()
    voice.error = HomeAssistantError("no voice")
    await setup_engine(hass, voice)
    await automate(hass, "doorbell", doorbell=[BELL], contacts=BOTH, message="Hello")
    await go_through(hass, BELL, FIRST, SECOND)
    assert [message for message, *_ in voice.requests] == ["Hello"]
    assert look(hass, "current") == 0
    assert simulator.calls == []

"""Tests of what ends an escalation from outside: time, a person, an automation."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
)

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from tests.helpers.common import capture, until
from tests.helpers.const import ANA, JOAO, MARIA
from tests.helpers.contacts import press
from tests.helpers.escalations import (
    acknowledge,
    begin,
    call_times,
    escalate,
    hurry,
    running,
    told,
)
from tests.helpers.speech import Voice, setup_engine
from tests.simulator import Behaviour, Simulator

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(autouse=True)
def quick(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait, but let phones ring for long."""
    hurry(simulator, monkeypatch)
    simulator.second = 1.0
    for number in (MARIA, JOAO, ANA):
        simulator.phone(number).behaviour = Behaviour.MANUAL


@pytest.mark.parametrize(
    ("behaviour", "data"),
    [
        # While a phone rings, and while there is a pause.
        (Behaviour.MANUAL, {"ring_time": 120, "duration": 60}),
        (Behaviour.DECLINE, {"pause": 600}),
    ],
)
async def test_deadline(
    hass: HomeAssistant,
    simulator: Simulator,
    behaviour: Behaviour,
    data: dict[str, Any],
) -> None:
    """When the time is up nobody else is called."""
    simulator.phone(MARIA).behaviour = behaviour
    events = capture(hass)
    async with asyncio.timeout(5):
        response = await escalate(hass, deadline=50, **data)
    assert (response["result"], response["reason"]) == ("expired", "deadline")
    await until(lambda: told(events) == ["started", "exhausted"])
    (event,) = (e for e in events if e.event_type == "ryze_escalation_exhausted")
    assert event.data["reason"] == "deadline"
    assert [call.number for call in simulator.calls] == [MARIA]


async def test_deadline_while_unloaded(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """The time runs on while there is no instance to call from."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    escalation = await begin(hass, pause=30, deadline=100)
    await until(lambda: simulator.rings(MARIA))
    await hass.config_entries.async_unload(people.entry_id)
    async with asyncio.timeout(5):
        await escalation.async_wait()
    assert (escalation.result, escalation.reason) == ("expired", "deadline")
    assert simulator.rings(JOAO) == 0


async def test_deadline_while_speech_hangs(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Speech that never comes does not hold up the deadline."""
    voice = Voice()
    await setup_engine(hass, voice)
    voice.hangs = True
    async with asyncio.timeout(5):
        response = await escalate(hass, message="Fire!", deadline=50)
    assert (response["result"], response["calls"]) == ("expired", [])
    assert simulator.calls == []


@pytest.mark.parametrize("by", ["escalation_id", "tag"])
async def test_acknowledge(hass: HomeAssistant, simulator: Simulator, by: str) -> None:
    """Whoever has it ends one by its id or its tag, and no other."""
    mine = await begin(hass, tag="fire", ring_time=120)
    other = await begin(hass, number=ANA, tag="water", ring_time=120)
    await until(lambda: simulator.rings(MARIA) and simulator.rings(ANA))
    events = capture(hass)
    data: dict[str, Any] = {
        "escalation_id": {"escalation_id": mine.plan.escalation_id},
        "tag": {"tag": "fire"},
    }[by]
    assert await acknowledge(hass, **data) == [mine.plan.escalation_id]
    await until(lambda: told(events) == ["acknowledged"])
    (event,) = (e for e in events if e.event_type == "ryze_escalation_acknowledged")
    assert (event.data["tag"], event.data["acknowledged_by"]) == ("fire", None)
    assert running(hass) == [other]
    # The phone rings on; but nobody else is called.
    assert simulator.calls[0].state == "ringing"
    assert simulator.rings(JOAO) == 0


async def test_acknowledge_all(hass: HomeAssistant, simulator: Simulator) -> None:
    """With neither id nor tag all that run are ended; if none does, that is fine."""
    assert await acknowledge(hass) == []
    started = [await begin(hass), await begin(hass, number=ANA, tag="fire")]
    assert await acknowledge(hass) == [item.plan.escalation_id for item in started]
    await until(lambda: not running(hass))
    assert [item.result for item in started] == ["acknowledged"] * 2


@pytest.mark.parametrize(
    "data",
    [
        {"escalation_id": "unknown"},
        {"tag": "water"},
        {"escalation_id": ""},
        {"tag": ""},
    ],
)
async def test_acknowledge_nothing(hass: HomeAssistant, data: dict[str, Any]) -> None:
    """An id or a tag that none has is refused, and ends nothing."""
    escalation = await begin(hass, tag="fire")
    with pytest.raises(ServiceValidationError) as raised:
        await acknowledge(hass, **data)
    assert raised.value.translation_key == "unknown_escalation"
    assert escalation.result == "running"


async def test_acknowledged_by_user(
    hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    """Who it was is told, the first one only."""
    escalation = await begin(hass, tag="fire")
    context = Context(user_id=hass_admin_user.id)
    await acknowledge(hass, context)
    escalation.async_end(escalation.result, "somebody else")
    await until(lambda: not running(hass))
    assert escalation.acknowledged_by == hass_admin_user.id


async def test_acknowledge_in_a_pause(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The action that waits returns at once, with who it was."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    task = hass.async_create_task(escalate(hass, pause=600))
    await until(lambda: running(hass) and running(hass)[0].rows)
    await until(lambda: running(hass)[0].rows[0]["outcome"] == "rejected")
    await press(hass, "button.home_acknowledge")
    async with asyncio.timeout(2):
        response = await task
    assert response["result"] == "acknowledged"
    assert [row["outcome"] for row in response["calls"]] == ["rejected"]
    assert len(call_times(simulator)) == 1


async def test_acknowledge_without_response(hass: HomeAssistant) -> None:
    """Neither action needs anybody to take its response."""
    await hass.services.async_call(
        "ryze", "escalate", {"number": ANA, "background": True}, blocking=True
    )
    await hass.services.async_call("ryze", "acknowledge", {}, blocking=True)
    await until(lambda: not running(hass))


@pytest.mark.parametrize("background", [False, True])
async def test_stopped_automation(
    hass: HomeAssistant, simulator: Simulator, background: bool
) -> None:
    """An automation that is stopped calls nobody else, unless it did not wait."""
    events = capture(hass)
    data: dict[str, Any] = {"ring_time": 120, "duration": 60}
    data["background"] = background
    task = hass.async_create_task(escalate(hass, **data))
    await until(lambda: simulator.rings(MARIA))
    task.cancel()
    await asyncio.wait([task])
    expected = {False: ["started", "stopped"], True: ["started"]}[background]
    await until(lambda: told(events) == expected)
    assert len(running(hass)) == len([item for item in [background] if item])
    assert simulator.rings(JOAO) == 0

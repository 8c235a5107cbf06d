"""Tests of escalations that end from outside: by time, a person or an automation."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

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
    running,
    told,
)
from tests.helpers.speech import Voice, setup_engine
from tests.simulator import Behaviour, Fault, FaultKind, Simulator

pytestmark = pytest.mark.usefixtures("ringing_phones", "people")


@pytest.mark.parametrize(
    ("behaviour", "data"),
    [
        # The deadline comes while a phone rings, and in a pause.
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
    """After the deadline nobody else is called."""
    simulator.phone(MARIA).behaviour = behaviour
    events = capture(hass)
    response = await escalate(hass, deadline=2, **data)
    assert (response["result"], response["reason"]) == ("expired", "deadline")
    await until(lambda: told(events) == ["started", "exhausted"])
    (event,) = (e for e in events if e.event_type == "ryze_escalation_exhausted")
    assert event.data["reason"] == "deadline"
    assert [call.number for call in simulator.calls] == [MARIA]


async def test_deadline_while_unloaded(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """The deadline also ends an escalation that waits for an instance to be loaded."""
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.CUT_AFTER, release=release, route="fake"))
    escalation = await begin(hass, deadline=3)
    await until(lambda: call_times(simulator))
    await hass.config_entries.async_unload(people.entry_id)
    release.set()
    await escalation.async_wait()
    assert (escalation.result, escalation.reason) == ("expired", "deadline")
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (1, 0)


async def test_deadline_while_speech_hangs(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The deadline also ends an escalation whose speech never comes."""
    voice = Voice()
    await setup_engine(hass, voice)
    voice.hangs = True
    response = await escalate(hass, message="Fire!", deadline=1)
    assert (response["result"], response["calls"]) == ("expired", [])
    assert simulator.calls == []


@pytest.mark.parametrize("by", ["escalation_id", "tag"])
async def test_acknowledge(hass: HomeAssistant, simulator: Simulator, by: str) -> None:
    """An id or a tag acknowledges the escalation that has it, and no other."""
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
    # The phone rings on, since RyzeAPI cannot hang up; nobody else is called.
    assert simulator.calls[0].state == "ringing"
    assert simulator.rings(JOAO) == 0


async def test_acknowledge_all(hass: HomeAssistant, simulator: Simulator) -> None:
    """Without id and tag all escalations are acknowledged, even if none runs."""
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
async def test_unknown_id_or_tag(hass: HomeAssistant, data: dict[str, Any]) -> None:
    """An id or a tag that no escalation has is refused, and ends none."""
    escalation = await begin(hass, tag="fire")
    with pytest.raises(ServiceValidationError) as raised:
        await acknowledge(hass, **data)
    assert raised.value.translation_key == "unknown_escalation"
    assert escalation.result == "running"


@pytest.mark.parametrize("empty", [None, "", [], " "], ids=repr)
async def test_empty_tag(hass: HomeAssistant, empty: object) -> None:
    """An empty tag stands for the escalations without a tag, and never for all."""
    untagged, fire = await begin(hass), await begin(hass, number=ANA, tag="fire")
    found = await acknowledge(hass, tag=empty, escalation_id=empty)
    assert found == [untagged.plan.escalation_id]
    assert fire.result == "running"
    assert await acknowledge(hass, tag="fire", escalation_id=empty) == [
        fire.plan.escalation_id
    ]


async def test_acknowledged_by_user(
    hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    """The user who acknowledged first is the one who is named."""
    escalation = await begin(hass, tag="fire")
    context = Context(user_id=hass_admin_user.id)
    await acknowledge(hass, context)
    escalation.async_end(escalation.result, "somebody else")
    await until(lambda: not running(hass))
    assert escalation.acknowledged_by == hass_admin_user.id


async def test_acknowledge_in_a_pause(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An action that waits returns at once when its escalation is acknowledged."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    # Ten minutes of pause would outlast the test.
    task = hass.async_create_task(escalate(hass, pause=600))
    await until(lambda: running(hass) and running(hass)[0].rows)
    await until(lambda: running(hass)[0].rows[0]["outcome"] == "rejected")
    await press(hass, "button.home_acknowledge")
    response = await task
    assert response["result"] == "acknowledged"
    assert [row["outcome"] for row in response["calls"]] == ["rejected"]
    assert len(call_times(simulator)) == 1


async def test_acknowledge_without_response(hass: HomeAssistant) -> None:
    """The actions work without their responses."""
    await hass.services.async_call(
        "ryze", "escalate", {"number": ANA, "background": True}, blocking=True
    )
    await hass.services.async_call("ryze", "acknowledge", {}, blocking=True)
    await until(lambda: not running(hass))


@pytest.mark.parametrize("background", [False, True])
async def test_stopped_automation(
    hass: HomeAssistant, simulator: Simulator, background: bool
) -> None:
    """An escalation ends with the automation that waits for it, and only with that."""
    events = capture(hass)
    data: dict[str, Any] = {"ring_time": 120, "duration": 60}
    data["background"] = background
    task = hass.async_create_task(escalate(hass, **data))
    await until(lambda: simulator.rings(MARIA))
    task.cancel()
    await asyncio.wait([task])
    expected = {False: ["started", "stopped"], True: ["started"]}[background]
    await until(lambda: told(events) == expected)
    assert len(running(hass)) == background
    assert simulator.rings(JOAO) == 0

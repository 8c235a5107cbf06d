"""Tests of automations that are made from the gate blueprint."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.core import Event, HomeAssistant
from homeassistant.util import dt as dt_util

from tests.helpers.blueprints import ALREADY_RUNNING, AUTOMATION, BOTH, automate, look
from tests.helpers.common import until
from tests.helpers.const import ANA, JOAO, MARIA
from tests.simulator import Behaviour, People, Simulator


async def automate_gate(hass: HomeAssistant, contacts: Any) -> list[Event]:
    """Create the automation, and return a list that fills with its openings."""
    opened: list[Event] = async_capture_events(hass, "gate_opened")
    contact = {"by": "{{ trigger.event.data.contact }}"}
    action = {"event": "gate_opened", "event_data_template": contact}
    await automate(hass, "gate", contacts=contacts, actions=[action])
    return opened


@pytest.mark.parametrize(
    ("contacts", "caller", "by"),
    [
        (BOTH, MARIA, "notify.maria"),
        (BOTH, JOAO, "notify.joao"),
        (["notify.maria"], MARIA, "notify.maria"),
        # In YAML, a single contact needs no list.
        ("notify.maria", MARIA, "notify.maria"),
    ],
)
@pytest.mark.usefixtures("people")
async def test_gate_opens(
    hass: HomeAssistant, simulator: Simulator, contacts: Any, caller: str, by: str
) -> None:
    """A call of a chosen contact opens the gate once."""
    opened = await automate_gate(hass, contacts)
    call = simulator.call_in(caller)
    await until(lambda: opened)
    simulator.hang_up(call.id)
    await hass.async_block_till_done()
    assert [event.data for event in opened] == [{"by": by}]

    simulator.call_in(caller)
    await until(lambda: len(opened) == 2)


@pytest.mark.parametrize(
    ("caller", "hidden", "contact"),
    [
        (ANA, False, None),
        (JOAO, False, "notify.joao"),
        (MARIA, True, None),
    ],
)
@pytest.mark.usefixtures("people")
async def test_gate_stays_shut(
    hass: HomeAssistant,
    simulator: Simulator,
    caller: str,
    hidden: bool,
    contact: str | None,
) -> None:
    """A call of anybody else, or with a hidden number, does not open the gate."""
    received = async_capture_events(hass, "ryze_call_received")
    opened = await automate_gate(hass, ["notify.maria"])
    simulator.choices.people = People.LID if hidden else People.NUMBER
    simulator.call_in(caller)
    await until(lambda: received)
    await hass.async_block_till_done()
    assert [event.data["contact"] for event in received] == [contact]
    assert look(hass, "last_triggered") is None
    assert opened == []

    simulator.choices.people = People.NUMBER
    simulator.call_in(MARIA)
    await until(lambda: opened)


@pytest.mark.usefixtures("people")
async def test_gate_and_other_calls(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call to a chosen contact who answers does not open the gate."""
    simulator.add_phone(MARIA, behaviour=Behaviour.ANSWER)
    answered = async_capture_events(hass, "ryze_call_answered")
    opened = await automate_gate(hass, BOTH)
    await hass.services.async_call(
        "ryze", "fake_call", {"entity_id": "notify.maria", "duration": 1}, blocking=True
    )
    await until(lambda: answered)
    await hass.async_block_till_done()
    assert answered[0].data["contact"] == "notify.maria"
    assert look(hass, "last_triggered") is None
    assert opened == []


@pytest.mark.parametrize(
    ("contacts", "data"),
    [
        # The id of another contact is the beginning of a chosen one's.
        ("notify.maria", {"contact": "notify.mar"}),
        ("notify.maria, notify.joao", {"contact": "notify.maria"}),
        (["notify.maria"], {"contact": ["notify.maria"]}),
        (["notify.maria"], {"contact": ""}),
        (["notify.maria"], {}),
        ([], {"contact": None}),
        ([None], {"contact": None}),
        (["None"], {"contact": None}),
        (None, {"contact": None}),
        (None, {"contact": "notify.maria"}),
    ],
)
async def test_gate_in_doubt(
    hass: HomeAssistant, contacts: Any, data: dict[str, Any]
) -> None:
    """Odd contacts and odd events never open the gate."""
    opened = await automate_gate(hass, contacts)
    hass.bus.async_fire("ryze_call_received", data)
    await hass.async_block_till_done()
    assert look(hass, "last_triggered") is None
    assert opened == []


async def test_gate_without_a_call(hass: HomeAssistant) -> None:
    """*Run actions* opens the gate; a trigger that minds the condition does not."""
    opened = async_capture_events(hass, "gate_opened")
    await automate(hass, "gate", contacts=BOTH, actions=[{"event": "gate_opened"}])
    data = {"entity_id": AUTOMATION}
    await hass.services.async_call(
        AUTOMATION_DOMAIN, "trigger", data | {"skip_condition": False}, blocking=True
    )
    assert opened == []
    await hass.services.async_call(AUTOMATION_DOMAIN, "trigger", data, blocking=True)
    assert len(opened) == 1


async def test_gate_is_busy(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """Calls do nothing while the actions run."""
    opened = async_capture_events(hass, "gate_opened")
    actions = [{"event": "gate_opened"}, {"delay": 60}]
    await automate(hass, "gate", contacts=BOTH, actions=actions)
    for _ in range(3):
        hass.bus.async_fire("ryze_call_received", {"contact": "notify.maria"})
    await until(lambda: look(hass, "current") == 1)
    assert len(opened) == 1
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await until(lambda: look(hass, "current") == 0)
    assert ALREADY_RUNNING not in caplog.text
    hass.bus.async_fire("ryze_call_received", {"contact": "notify.maria"})
    await until(lambda: len(opened) == 2)

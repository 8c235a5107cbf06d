"""Tests of all escalations together: their tags, events and listeners."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockUser

from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util

from custom_components.ryze.escalation.registry import DATA_ESCALATIONS
from tests.helpers.common import capture, state_of, until
from tests.helpers.const import ANA, MARIA
from tests.helpers.escalations import acknowledge, begin, escalate, running, told
from tests.simulator import Behaviour, Simulator

pytestmark = pytest.mark.usefixtures("ringing_phones", "people")

EVENT_KEYS = {
    *("escalation_id", "tag", "acknowledged_by", "reason", "audio", "at"),
}


async def test_same_tag(hass: HomeAssistant, simulator: Simulator) -> None:
    """A second escalation with the same tag returns the first one, without waiting."""
    events = capture(hass)
    first = await begin(hass, tag="fire")
    await until(lambda: simulator.rings(MARIA))
    again = await escalate(hass, number=ANA, tag="fire")
    assert (again["result"], again["escalation_id"]) == (
        "running",
        first.plan.escalation_id,
    )
    assert [row["contact"] for row in again["calls"]] == ["notify.maria"]
    assert told(events) == ["started"]
    assert simulator.rings(ANA) == 0


async def test_same_tag_after_the_end(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An escalation starts although one with its tag was acknowledged just before."""
    first = await begin(hass, tag="fire")
    await until(lambda: simulator.rings(MARIA))
    await acknowledge(hass, tag="fire")
    response = await escalate(hass, tag="fire", background=True)
    assert response["escalation_id"] != first.plan.escalation_id
    assert response["result"] == "running"


@pytest.mark.parametrize("tags", [("fire", "water"), (None, None), (" ", " ")])
async def test_side_by_side(
    hass: HomeAssistant, simulator: Simulator, tags: tuple[str | None, str | None]
) -> None:
    """Escalations with different tags, or without one, run side by side."""
    simulator.phone(ANA).behaviour = Behaviour.ANSWER
    data: list[dict[str, Any]] = [{"tag": tag} if tag else {} for tag in tags]
    first = await begin(hass, **data[0])
    response = await escalate(hass, number=ANA, **data[1])
    # A template may render an empty tag, which counts as none.
    assert (response["acknowledged_by"], response["tag"]) == (
        ANA,
        tags[1] if (tags[1] or "").strip() else None,
    )
    assert running(hass) == [first]


@pytest.mark.parametrize(
    ("behaviour", "name", "told_of"),
    [
        (Behaviour.ANSWER, "acknowledged", ("notify.maria", None)),
        (Behaviour.DECLINE, "exhausted", (None, "rounds")),
    ],
)
async def test_events(
    hass: HomeAssistant,
    hass_admin_user: MockUser,
    simulator: Simulator,
    behaviour: Behaviour,
    name: str,
    told_of: tuple[str | None, str | None],
) -> None:
    """All events have the same keys, and a child of the action's context."""
    simulator.phone(MARIA).behaviour = behaviour
    events = capture(hass)
    context = Context(user_id=hass_admin_user.id)
    before = dt_util.utcnow()
    response = await escalate(hass, context, entity_id="notify.maria", tag="fire")
    await until(lambda: told(events) == ["started", name])
    begun, over = (e for e in events if "escalation" in str(e.event_type))
    assert begun.data.keys() == over.data.keys() == EVENT_KEYS
    assert (begun.data["acknowledged_by"], begun.data["reason"]) == (None, None)
    assert (over.data["acknowledged_by"], over.data["reason"]) == told_of
    for event in (begun, over):
        assert event.data["escalation_id"] == response["escalation_id"]
        assert event.data["tag"] == "fire"
        at = dt_util.parse_datetime(event.data["at"], raise_on_error=True)
        assert before <= at <= dt_util.utcnow()
    # Calls have the context of their escalation.
    assert {event.context.id for event in events} == {begun.context.id}
    assert begun.context.id != context.id
    assert (begun.context.parent_id, begun.context.user_id) == (
        context.id,
        hass_admin_user.id,
    )
    assert response.keys() == EVENT_KEYS - {"at"} | {
        *("result", "reports_outcomes", "calls", "problems"),
    }


async def test_listener(hass: HomeAssistant) -> None:
    """A listener hears of the start and the end until it unsubscribes."""
    told_of: list[int] = []
    escalations = hass.data[DATA_ESCALATIONS]
    stop = escalations.async_subscribe(lambda: told_of.append(len(running(hass))))
    await begin(hass)
    await acknowledge(hass)
    await until(lambda: told_of[-1] == 0)
    await hass.async_block_till_done()
    assert told_of[0] == 1
    count = len(told_of)
    stop()
    await begin(hass)
    assert len(told_of) == count


async def test_listener_that_raises(hass: HomeAssistant, simulator: Simulator) -> None:
    """A listener that raises does not end an escalation."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    heard = []

    def fail() -> None:
        heard.append(1)
        raise ValueError(MARIA)

    hass.data[DATA_ESCALATIONS].async_subscribe(fail)
    response = await escalate(hass)
    assert heard
    assert response["result"] == "acknowledged"


@pytest.mark.usefixtures("backup")
async def test_next_contact_of_another_instance(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The sensor of an instance names the next contact, of whatever instance."""
    await begin(hass, entity_id=["notify.maria", "notify.ana"])
    await until(lambda: simulator.rings(MARIA))
    state = state_of(hass, "binary_sensor.home_escalation")
    assert state.attributes["next"] == ["Ana"]

"""Tests of all escalations together: told of, and kept."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
)

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from custom_components.ryze.escalation.registry import DATA_ESCALATIONS
from tests.helpers.common import capture, until
from tests.helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA
from tests.helpers.escalations import acknowledge, begin, escalate, hurry, running, told
from tests.simulator import Behaviour, Simulator

KEY = "ryze.escalations"

EVENT_KEYS = {
    *("escalation_id", "tag", "acknowledged_by", "reason", "audio", "at"),
}


@pytest.fixture(autouse=True)
def quick(
    hass_storage: dict[str, Any],
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let nobody wait, but let phones ring for long."""
    hurry(simulator, monkeypatch)
    simulator.second = 1.0
    for number in (MARIA, JOAO, ANA):
        simulator.phone(number).behaviour = Behaviour.MANUAL


def stored(hass_storage: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what is stored."""
    items: list[dict[str, Any]] = hass_storage.get(KEY, {"data": []})["data"]
    return items


@pytest.mark.usefixtures("people")
async def test_same_tag(hass: HomeAssistant, simulator: Simulator) -> None:
    """Two of the same tag are one, and the second does not wait for the first."""
    events = capture(hass)
    first = await begin(hass, tag="fire", ring_time=120)
    await until(lambda: simulator.rings(MARIA))
    again = await escalate(hass, number=ANA, tag="fire")
    assert (again["result"], again["escalation_id"]) == (
        "running",
        first.plan.escalation_id,
    )
    assert [row["contact"] for row in again["calls"]] == ["notify.maria"]
    assert told(events) == ["started"]
    assert simulator.rings(ANA) == 0


@pytest.mark.parametrize("tags", [("fire", "water"), (None, None), (" ", " ")])
@pytest.mark.usefixtures("people")
async def test_side_by_side(
    hass: HomeAssistant, simulator: Simulator, tags: tuple[str | None, str | None]
) -> None:
    """Different ones run side by side, and so do those without a tag."""
    simulator.phone(ANA).behaviour = Behaviour.ANSWER
    data: list[dict[str, Any]] = [{"tag": tag} if tag else {} for tag in tags]
    first = await begin(hass, ring_time=120, **data[0])
    response = await escalate(hass, number=ANA, **data[1])
    # A tag that a template makes nothing of is none.
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
@pytest.mark.usefixtures("people")
async def test_events(
    hass: HomeAssistant,
    hass_admin_user: MockUser,
    simulator: Simulator,
    behaviour: Behaviour,
    name: str,
    told_of: tuple[str | None, str | None],
) -> None:
    """All events have the same keys, and a context that is a child of the action's."""
    simulator.phone(MARIA).behaviour = behaviour
    events = capture(hass)
    context = Context(user_id=hass_admin_user.id)
    response = await escalate(hass, context, contact="notify.maria", tag="fire")
    await until(lambda: told(events) == ["started", name])
    begun, over = (e for e in events if "escalation" in str(e.event_type))
    assert begun.data.keys() == over.data.keys() == EVENT_KEYS
    assert (begun.data["acknowledged_by"], begun.data["reason"]) == (None, None)
    assert (over.data["acknowledged_by"], over.data["reason"]) == told_of
    for event in (begun, over):
        assert event.data["escalation_id"] == response["escalation_id"]
        assert event.data["tag"] == "fire"
        at = dt_util.parse_datetime(event.data["at"], raise_on_error=True)
        assert (dt_util.utcnow() - at).total_seconds() < 10
    # The calls have the context of the escalation.
    assert {event.context.id for event in events} == {begun.context.id}
    assert begun.context.id != context.id
    assert (begun.context.parent_id, begun.context.user_id) == (
        context.id,
        hass_admin_user.id,
    )
    assert response.keys() == EVENT_KEYS - {"at"} | {
        *("result", "reports_outcomes", "calls"),
    }


@pytest.mark.usefixtures("people")
async def test_stored(
    hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator
) -> None:
    """What is needed to go on is stored before each call, and forgotten at the end."""
    await begin(hass, tag="fire", media_base64="SUQzAAAA", ring_time=120, rounds=2)
    await until(lambda: simulator.rings(MARIA))
    assert hass_storage[KEY]["version"] == 1
    (item,) = stored(hass_storage)
    assert (item["tag"], item["position"], item["audio"]) == ("fire", 1, {})
    assert INSTANCE_TOKEN not in str(hass_storage[KEY])
    await acknowledge(hass)
    await until(lambda: stored(hass_storage) == [])


@pytest.mark.parametrize("error", [OSError(MARIA), HomeAssistantError(MARIA)])
@pytest.mark.usefixtures("people")
async def test_full_disk(
    hass: HomeAssistant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """A full disk does not keep anybody from being called."""

    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(hass.data[DATA_ESCALATIONS]._store, "async_save", fail)
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    response = await escalate(hass)
    assert response["acknowledged_by"] == "notify.joao"
    assert f"could not be stored: {type(error).__name__}" in caplog.text


@pytest.mark.usefixtures("people")
async def test_subscribe(hass: HomeAssistant) -> None:
    """Who listens is told of start and end, until it listens no more."""
    told_of: list[int] = []
    escalations = hass.data[DATA_ESCALATIONS]
    stop = escalations.async_subscribe(lambda: told_of.append(len(running(hass))))
    await begin(hass, ring_time=120)
    await acknowledge(hass)
    await until(lambda: told_of[-1] == 0)
    await hass.async_block_till_done()
    assert told_of[0] == 1
    count = len(told_of)
    stop()
    await begin(hass, ring_time=120)
    assert len(told_of) == count


class SlowStore:
    """A disk that takes its time to write, and none to remove."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.stored: list[Any] = []
        self.removed = 0

    async def async_save(self, data: list[Any]) -> None:
        """Write, which the old is replaced by at the end."""
        await asyncio.sleep(0.05)
        self.stored = data

    async def async_remove(self) -> None:
        """Remove what is there."""
        self.stored = []
        self.removed += 1


@pytest.mark.usefixtures("people")
async def test_end_while_the_disk_is_slow(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has ended is not stored behind its end, to be taken up at the next start."""
    store = SlowStore()
    monkeypatch.setattr(hass.data[DATA_ESCALATIONS], "_store", store)
    simulator.choices.updates_first = True
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    response = await escalate(hass)
    assert response["acknowledged_by"] == "notify.maria"
    await until(lambda: store.removed)
    await asyncio.sleep(0.2)
    assert store.stored == []

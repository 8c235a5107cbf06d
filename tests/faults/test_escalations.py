"""Tests of escalations with every fault of their calls."""

import pytest

from .house import House
from .troubles import TIMES, TROUBLES, Trouble, happening
from tests.helpers.const import JOAO, MARIA
from tests.helpers.escalations import escalate, hurry, running, told
from tests.simulator import Behaviour

pytestmark = pytest.mark.faults


@pytest.fixture
def live_updates() -> bool:
    """Turn live updates on."""
    return True


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_escalation(
    house: House, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round rings each phone at most once, and a single fault spares the others."""
    hurry(house.simulator, monkeypatch)
    for number in (MARIA, JOAO):
        house.simulator.phone(number).behaviour = Behaviour.DECLINE
    for often, times in TIMES.items():
        house.ledger.combinations += 1
        house.events.clear()
        before = {number: house.simulator.rings(number) for number in (MARIA, JOAO)}
        async with happening(house.simulator, trouble, "fake", times) as meetings:
            response = await escalate(house.hass, ring_time=20)
        house.forget_rate_limits()
        rings = {
            number: house.simulator.rings(number) - before[number] for number in before
        }
        house.ledger.double_rings += sum(count > 1 for count in rings.values())
        assert max(rings.values()) <= 1, (often, rings)
        assert meetings.count, often
        assert response["result"] == "exhausted", often
        # An update may settle a doubtful call, and its error with it.
        last_error = response["calls"][-1]["error"]
        assert response["reason"] in ("rounds", trouble.error, last_error), often
        assert told(house.events) == ["started", "exhausted"], often
        assert running(house.hass) == []
        # A single fault prevents one call only.
        hit = {1: 1, None: 2}[times]
        assert sum(rings.values()) >= 2 - hit, often

        # A request that outlasts the ring time gets its event later.
        await house.quiet()
        assert sorted(row["number"] for row in response["calls"]) == sorted(
            event.data["number"] for event in house.begun
        ), often
    assert house.mistakes.found == []

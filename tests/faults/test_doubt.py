"""Calls of which nobody knows whether they were placed, and what is heard of them later."""

from itertools import product
from typing import Any, Final

import pytest

from .house import House
from .people import MARIA_AT_HOME
from .troubles import TROUBLES, Trouble, happening
from custom_components.ryze.calls.tracker import DOUBT
from tests.simulator import Behaviour, OutgoingUpdates, Respond, Shape

pytestmark = pytest.mark.faults

# One of each sort, all of which let the phone ring.
NAMES: Final = ("cut_after", "cut_body", "hang", "500 rung", "504 rung", "html")
DOUBTS: Final = [trouble for trouble in TROUBLES if trouble.name in NAMES]

# What RyzeAPI's documentation leaves open of its updates.
CHOICES: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "hidden": {"peer_as_lid": True},
    "with a direction": {"direction_field": True},
    "other ids": {"id_matches": False},
    "answered late": {"respond": Respond.WHEN_OVER},
    "updates first": {"updates_first": True},
    "offers only": {"outgoing_updates": OutgoingUpdates.OFFER_ONLY},
}


@pytest.mark.parametrize("live", [True], indirect=True)
@pytest.mark.parametrize("trouble", DOUBTS, ids=lambda trouble: trouble.name)
@pytest.mark.parametrize("choice", CHOICES)
async def test_not_taken_for_a_call_to_us(
    house: House, trouble: Trouble, choice: str
) -> None:
    """A gate may hang on a call to the instance, so none of our own may look so."""
    for name, value in CHOICES[choice].items():
        setattr(house.simulator.choices, name, value)
    for shape, behaviour in product(Shape, (Behaviour.ANSWER, Behaviour.DECLINE)):
        house.simulator.choices.shape = shape
        house.simulator.phone(MARIA_AT_HOME.number).behaviour = behaviour
        house.ledger.combinations += 1
        async with happening(house.simulator, trouble, "fake", 1) as meetings:
            outcome = await house.call((MARIA_AT_HOME,), "fake_call", {"duration": 1})
        assert outcome.errors() == [trouble.error]
        assert meetings.count == 1
        await house.quiet()
        assert outcome.rings(MARIA_AT_HOME) == 1
        assert "ryze_call_received" not in house.told_since(0), (shape, behaviour)


@pytest.mark.parametrize("trouble", DOUBTS, ids=lambda trouble: trouble.name)
async def test_forgotten(house: House, trouble: Trouble) -> None:
    """Doubt that nothing can end any more is no longer remembered."""
    tracker = house.home.runtime_data.calls._tracker
    for _ in range(10):
        async with happening(house.simulator, trouble, "fake", 1):
            await house.call((MARIA_AT_HOME,), "fake_call", {"duration": 1})
        for call in tracker._doubtful:
            call.changed_at -= DOUBT
    assert len(tracker._doubtful) <= 1

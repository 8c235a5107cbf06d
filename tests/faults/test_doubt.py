"""Tests of calls that may have been placed or not, and of later updates about them."""

from itertools import product
from typing import Any, Final

import pytest

from .house import House
from .people import MARIA_AT_HOME
from .troubles import TROUBLES, Trouble, happening
from custom_components.ryze.calls.memory import AUDIO_CALL_RINGING
from tests.simulator import Behaviour, OutgoingUpdates, People, Respond, Shape

pytestmark = pytest.mark.faults

# One fault of each kind that lets the phone ring.
NAMES: Final = ("cut_after", "cut_body", "hang", "500 rung", "504 rung", "html")
DOUBTS: Final = [trouble for trouble in TROUBLES if trouble.name in NAMES]

# Variants of updates that RyzeAPI's documentation leaves open.
CHOICES: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "hidden": {"people": People.LID},
    "with a direction": {"direction_field": True},
    "other ids": {"id_matches": False},
    "answered late": {"respond": Respond.WHEN_OVER},
    "updates first": {"updates_first": True},
    "offers only": {"outgoing_updates": OutgoingUpdates.OFFER_ONLY},
}


@pytest.mark.parametrize("live_updates", [True], indirect=True)
@pytest.mark.parametrize("trouble", DOUBTS, ids=lambda trouble: trouble.name)
@pytest.mark.parametrize("choice", CHOICES)
async def test_never_received(house: House, trouble: Trouble, choice: str) -> None:
    """A doubtful call of ours never counts as received: a gate may open on it."""
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
    """Doubtful calls are forgotten once no update can settle them any more."""
    tracker = house.home.runtime_data.calls._tracker
    for _ in range(10):
        async with happening(house.simulator, trouble, "fake", 1):
            await house.call((MARIA_AT_HOME,), "fake_call", {"duration": 1})
        for call in tracker._doubtful:
            call.ringing_since -= AUDIO_CALL_RINGING
    assert len(tracker._doubtful) <= 1

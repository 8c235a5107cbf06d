"""The call tracker with any updates in any order."""

from collections.abc import Iterator
from typing import Any

import pytest

from .documents import OWN
from .life import HostileLife, Life
from .runs import lives
from .world import Manner
from custom_components.ryze.api import (
    CallUpdateKind,
    RyzeError,
    RyzeOutcomeUnknownError,
    RyzeServerError,
)
from custom_components.ryze.calls.call import CallEvent
from custom_components.ryze.calls.memory import AUDIO_CALL_RINGING
from tests.helpers.const import MARIA

test_truth = lives(Life, short=40, long=6000)
test_lies = lives(HostileLife, short=25, long=4000)


@pytest.fixture
def life() -> Iterator[Life]:
    """Return an instance that reports outcomes, after a check at the end."""
    life = Life()
    life.begin(ids_match=True, reports_outcomes=True, own_number=OWN, live=True)
    yield life
    life.check()
    life.teardown()


_OFFER = Manner(names="other", says_direction=False)


@pytest.mark.parametrize("reloads", [0, 1, 2, 3])
def test_own_call_after_reloads(life: Life, reloads: int) -> None:
    """After any number of reloads, our call does not count as received."""
    ring = life.request(MARIA, fake=True, taken=True)
    for _ in range(reloads):
        life.reload()
    life.tell(ring, CallUpdateKind.OFFER, _OFFER)
    assert life.story.told == {}
    life.answer_request(ring)


@pytest.mark.parametrize("reloads", [0, 1, 2])
def test_answer_after_reloads(life: Life, reloads: int) -> None:
    """An answer counts even if reloads separate the request from the ring."""
    ring: Any = life.request(MARIA, fake=True, taken=True)
    for _ in range(reloads):
        life.reload()
    life.tell(ring, CallUpdateKind.OFFER, _OFFER)
    life.answer_request(ring)
    life.tell(ring, CallUpdateKind.ACCEPTED, _OFFER)
    assert (CallEvent.ANSWERED, True) in life.story.told[ring.call]


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("reloads", [0, 1, 2])
def test_late_answer_after_reloads(life: Life, reloads: int, live: bool) -> None:
    """An answer counts even if silence was the outcome before a reload."""
    life.connection(live)
    ring: Any = life.request(MARIA, fake=True, taken=True)
    life.answer_request(ring)
    life.wait(20.0)
    for _ in range(reloads):
        life.reload()
    life.tell(ring, CallUpdateKind.ACCEPTED, _OFFER)
    assert (CallEvent.ANSWERED, True) in life.story.told[ring.call]


@pytest.mark.parametrize("error", [RyzeOutcomeUnknownError, RyzeServerError])
@pytest.mark.parametrize("reloads", [0, 1])
def test_own_call_in_spite_of_an_error(
    life: Life, error: type[RyzeError], reloads: int
) -> None:
    """A phone that rings in spite of an error belongs to our call."""
    ring = life.request(MARIA, fake=True, taken=True)
    life.fail(ring, error, error)
    for _ in range(reloads):
        life.tell(ring, CallUpdateKind.OFFER, _OFFER)
        life.reload()
    life.tell(ring, CallUpdateKind.OFFER, _OFFER)
    assert len(life.story.told) == 1


def test_doubt_after_an_ambiguous_update(life: Life) -> None:
    """After an update that fits two calls, a later update may be about either."""
    ring: Any = life.request(MARIA, fake=False, taken=True)
    life.fail(ring, RyzeOutcomeUnknownError, RyzeOutcomeUnknownError)
    incoming = life.call_in(MARIA, _OFFER)
    life.tell_more(incoming, CallUpdateKind.ACCEPTED, _OFFER)
    life.tell(ring, CallUpdateKind.OFFER, _OFFER)
    assert len(life.story.told) == 1


def test_doubt_is_forgotten(life: Life) -> None:
    """Failed requests without any update do not pile up."""
    for _ in range(5):
        life.fail(
            life.request(MARIA, fake=True, taken=True),
            RyzeOutcomeUnknownError,
            RyzeOutcomeUnknownError,
        )
        life.wait(AUDIO_CALL_RINGING + 1)
    assert len(life.tracker._doubtful) <= 1


@pytest.mark.parametrize("strangers", [10, 100])
def test_flood_while_a_phone_rings(strangers: int) -> None:
    """Many incoming calls do not displace a call of ours."""
    life = HostileLife()
    life.begin(ids_match=True, reports_outcomes=True, own_number=OWN, live=True)
    ring: Any = life.request(MARIA, fake=True, taken=True)
    life.answer_request(ring)
    life.flood(strangers)
    life.tell(ring, CallUpdateKind.ACCEPTED, _OFFER)
    assert (CallEvent.ANSWERED, True) in life.story.told[ring.call]
    life.teardown()

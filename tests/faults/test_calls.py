"""Tests of calls with every fault, to several groups of recipients."""

from base64 import b64encode
from collections import Counter
from itertools import product
from typing import Any, Final

import pytest

from .house import House
from .people import RECIPIENTS
from .troubles import TIMES, TROUBLES, Trouble, happening
from tests.helpers.audio_calls import sound
from tests.simulator import PUBLIC_CHIME

pytestmark = pytest.mark.faults

# Small audio is kept in memory, large audio is streamed from a temporary file.
SMALL: Final = b64encode(sound(1000)).decode()
LARGE: Final = b64encode(sound(300 * 1024)).decode()

REQUESTS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "fake": ("fake_call", {}),
    "small audio": ("audio_call", {"media_base64": SMALL}),
    "large audio": ("audio_call", {"media_base64": LARGE}),
    "audio url": ("audio_call", {"media_url": PUBLIC_CHIME}),
}


def is_expected(errors: list[str | None], trouble: Trouble, times: int | None) -> bool:
    """Return whether the calls have the expected errors, in any order."""
    hit = len(errors)
    if times is not None:
        hit = 0 if trouble.repeated else times
    none: list[str | None] = [None] * len(errors)
    expected = [trouble.error] * hit + none[hit:]
    return Counter(errors) == Counter(expected) or (trouble.unclear and errors == none)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_call(house: House, trouble: Trouble) -> None:
    """No phone rings twice, no call is lost, and the next call goes through."""
    for combination in product(REQUESTS, RECIPIENTS, TIMES):
        what, who, often = combination
        action, data = REQUESTS[what]
        people, times = RECIPIENTS[who], TIMES[often]
        route = action.removesuffix("_call")
        house.ledger.combinations += 1

        async with happening(house.simulator, trouble, route, times) as meetings:
            outcome = await house.call(people, action, data)
        await outcome.check()
        assert not house.ledger.problems, (combination, house.ledger.problems)
        assert is_expected(outcome.errors(), trouble, times), combination
        assert meetings.count, combination

        house.forget_rate_limits()
        after = await house.call(people, action, data)
        await after.check()
        assert not house.ledger.problems, (combination, house.ledger.problems)
        assert after.errors() == [None] * len(people), combination

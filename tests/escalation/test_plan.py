"""Tests of what an escalation is to do, as it is stored."""

from dataclasses import replace
import json
import time
from typing import Any

import pytest

from custom_components.ryze.escalation.plan import Plan, Target
from tests.helpers.const import JOAO, MARIA

PLAN = Plan(
    escalation_id="1",
    tag="fire",
    targets=[
        Target(entry_id="home", contact_id="maria", number=MARIA),
        Target(entry_id="office", contact_id=None, number=JOAO),
    ],
    audio={"message": "Fire!", "tts_options": {"voice": "loud"}},
    duration=8,
    rounds=3,
    ring_time=45,
    pause=5,
    accept=["answered", "rejected"],
    user_id="user",
    deadline=time.time() + 60,
    position=4,
)
ROWS = [
    {
        "call_id": "A1",
        "contact": "notify.maria",
        "number": MARIA,
        "outcome": "rejected",
        "tag": "fire",
        "type": "audio",
    }
]


@pytest.mark.parametrize(
    "changes", [{}, {"audio": None}, {"tag": None}, {"deadline": None}]
)
def test_round_trip(changes: dict[str, Any]) -> None:
    """What is stored comes back, with the rows of the calls that were made."""
    plan = replace(PLAN, **changes)
    stored = json.loads(json.dumps(plan.as_stored(ROWS)))
    assert Plan.from_stored(stored) == replace(plan, rows=ROWS)
    assert abs(stored["saved"] - time.time()) < 5


def test_no_audio_bytes() -> None:
    """The bytes of an audio file are not stored, and the plan itself keeps them."""
    plan = replace(PLAN, audio={"media_base64": "AAAA"})
    assert plan.as_stored([])["audio"] == {}
    assert plan.audio == {"media_base64": "AAAA"}


def test_started() -> None:
    """It starts when it is made."""
    values: dict[str, Any] = {
        key: value
        for key, value in PLAN.__dict__.items()
        if key not in ("started", "deadline", "position", "rows")
    }
    plan = Plan(**values)
    assert abs(plan.started - time.time()) < 5
    assert (plan.deadline, plan.position, plan.rows) == (None, 0, [])

"""Tests of the plan of an escalation, and of its stored form."""

from dataclasses import replace
import json
import time
from typing import Any

import pytest

from custom_components.ryze.escalation.plan import Plan
from custom_components.ryze.escalation.target import Target
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
        "at": "2026-10-01T08:00:00+00:00",
        "call_id": "A1",
        "config_entry_id": "home",
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
    """A stored plan is read back unchanged, with the rows of its calls."""
    plan = replace(PLAN, **changes)
    before = time.time()
    stored = json.loads(json.dumps(plan.as_stored(ROWS)))
    assert before <= stored["saved"] <= time.time()
    assert Plan.from_stored(stored) == replace(plan, rows=ROWS)


def test_no_audio_bytes() -> None:
    """Audio given as base64 is not stored; the plan in memory keeps it."""
    plan = replace(PLAN, audio={"media_base64": "AAAA"})
    assert plan.as_stored([])["audio"] == {}
    assert plan.audio == {"media_base64": "AAAA"}


def test_started() -> None:
    """A plan starts at the time of its creation, before the first call."""
    values: dict[str, Any] = {
        key: value
        for key, value in PLAN.__dict__.items()
        if key not in ("started", "deadline", "position", "rows")
    }
    before = time.time()
    plan = Plan(**values)
    assert before <= plan.started <= time.time()
    assert (plan.deadline, plan.position, plan.rows) == (None, 0, [])

"""Tests of the ledger's search for lost calls and duplicate rings."""

from typing import Any

import pytest

from .ledger import Asked, Ledger, Rung, Span

NUMBER = "5511999990001"


def event(name: str, context: str = "c", **data: Any) -> dict[str, Any]:
    """Return an event in the format of Home Assistant's API."""
    call = {"call_id": "A", "number": NUMBER, "tag": "t", "error": None}
    return {
        "event_type": f"ryze_{name}",
        "context": {"id": context},
        "data": call | data,
    }


def asked(**changes: Any) -> Asked:
    """Return an action with its answer."""
    fields: dict[str, Any] = {
        "action": "fake_call",
        "numbers": (NUMBER,),
        "at": 10,
        "tag": "t",
        "answered_at": 11,
        "context": "c",
    }
    return Asked(**fields | changes)


def rung(**changes: Any) -> Rung:
    """Return a call in a phone's record."""
    fields: dict[str, Any] = {
        "call_id": "A",
        "number": NUMBER,
        "incoming": False,
        "state": "unanswered",
        "at": 10.5,
        "decided_at": 10.5,
    }
    return Rung(**fields | changes)


def ledger(asked: list[Asked], events: list[dict[str, Any]]) -> Ledger:
    """Return a ledger with actions, events, and a reload at the end."""
    found = Ledger()
    found.asked = asked
    for item in events:
        found.hear(item)
    found.reloads.append(Span(50, 60))
    return found


PRESS = {"action": "press", "tag": None}
PLACED = event("call_placed")
FAILED = event("call_failed", call_id=None, error="outcome_unknown")
REFUSED = event("call_failed", call_id=None, error="rate_limit")
STARTED = event("escalation_started", escalation_id="e")
ENDED = event("escalation_exhausted", escalation_id="e")
RECEIVED = event("call_received", tag=None)


@pytest.mark.parametrize(
    ("actions", "events", "calls"),
    [
        ([asked()], [PLACED], [rung()]),
        # The answer was lost, so the phone may have rung or not.
        ([asked(error="outcome_unknown")], [FAILED], [rung()]),
        ([asked(error="outcome_unknown")], [FAILED], []),
        ([asked(error="rate_limit")], [REFUSED], []),
        ([asked(error="not_loaded")], [], []),
        ([asked(**PRESS)], [event("call_placed", tag=None)], [rung()]),
        ([asked(**PRESS, at=49, answered_at=51)], [], []),
        ([asked(action="escalate")], [STARTED, ENDED, PLACED], [rung()]),
        ([], [RECEIVED], [rung(incoming=True)]),
        ([], [], [rung(incoming=True, at=55)]),
        (
            [asked(rows=[{"number": NUMBER, "error": "not_loaded", "call_id": None}])],
            [],
            [],
        ),
        (
            [asked()],
            [PLACED, event("call_answered")],
            [rung(state="ended")],
        ),
    ],
)
def test_consistent_records(
    actions: list[Asked], events: list[dict[str, Any]], calls: list[Rung]
) -> None:
    """Consistent records have no problems."""
    for action in actions:
        action.rows = [{"outcome": "placed", **row} for row in action.rows]
    assert ledger(actions, events).problems(calls) == []


@pytest.mark.parametrize(
    ("actions", "events", "calls", "problem"),
    [
        ([asked(answered_at=None)], [PLACED], [rung()], "No answer to fake_call"),
        ([asked()], [PLACED, PLACED], [rung()], "Reported as placed 2 times: A"),
        ([asked()], [PLACED], [], "Reported as placed, but no phone rang: A"),
        (
            [asked()],
            [PLACED],
            [rung(), rung(call_id="B")],
            f"Rang 1 times without an event, 0 in doubt: {NUMBER}",
        ),
        (
            [asked(error="outcome_unknown")],
            [FAILED],
            [rung(), rung(call_id="B")],
            f"Rang 2 times without an event, 1 in doubt: {NUMBER}",
        ),
        (
            [asked(error="rate_limit")],
            [REFUSED],
            [rung()],
            f"Rang 1 times without an event, 0 in doubt: {NUMBER}",
        ),
        ([asked()], [], [], "fake_call tried 0 times, not {1}: t"),
        (
            [asked(error="not_loaded")],
            [PLACED],
            [rung()],
            "fake_call tried 1 times, not {0}: t",
        ),
        ([asked(**PRESS)], [], [], "press tried 0 times, not {1}: c"),
        (
            [],
            [event("call_rejected")],
            [rung(state="ended")],
            "Reported as rejected, but ended: A",
        ),
        (
            [],
            [event("call_unanswered")],
            [rung(state="ended", decided_at=55)],
            "Reported as unanswered after lost updates, but ended: A",
        ),
        (
            [],
            [event("call_rejected")] * 2,
            [rung(state="declined")],
            "Reported 2 times: ('A', 'rejected')",
        ),
        ([], [RECEIVED], [rung()], "Reported as received, but not incoming: A"),
        ([], [RECEIVED] * 2, [rung(incoming=True)], "Reported as received 2 times: A"),
        ([], [], [rung(incoming=True)], "Incoming, but not reported: A"),
        (
            [],
            [STARTED, STARTED],
            [],
            "Events of an escalation were started, started: e",
        ),
        ([], [STARTED], [], "Events of an escalation were started: e"),
        (
            [asked(action="escalate")],
            [],
            [],
            "0 escalations reported, 1 requested",
        ),
    ],
)
def test_contradictions(
    actions: list[Asked],
    events: list[dict[str, Any]],
    calls: list[Rung],
    problem: str,
) -> None:
    """Each contradiction between the records is a problem."""
    assert problem in ledger(actions, events).problems(calls)


def test_incoming_call_in_doubt() -> None:
    """An incoming call may stay unreported while the same number is called."""
    calls = [rung(), rung(call_id="B", incoming=True)]
    assert ledger([asked()], [PLACED]).problems(calls) == []


def test_vanished() -> None:
    """Presses without an event are counted."""
    found = ledger([asked(**PRESS, at=49), asked()], [PLACED])
    assert found.vanished == 0
    found.asked[0].context = "another"
    assert found.vanished == 1

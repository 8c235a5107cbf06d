"""The records of actions, events and phones, and their comparison."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

# Errors of attempted calls; each of them has an event.
TRIED: Final = {
    "auth",
    "blocked",
    "connection",
    "invalid_request",
    "not_connected",
    "not_found",
    "outcome_unknown",
    "rate_limit",
    "server",
}
# After this error, the phone may ring nevertheless.
IN_DOUBT: Final = "outcome_unknown"

_ENDS: Final = {"acknowledged", "exhausted", "stopped"}


@dataclass(frozen=True)
class Span:
    """A period in which updates may be lost, and entities may be missing."""

    start: float
    end: float


@dataclass(kw_only=True)
class Asked:
    """An action and its answer."""

    action: str
    numbers: tuple[str, ...]
    at: float
    tag: str | None = None
    answered_at: float | None = None
    context: str | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None

    @property
    def is_press(self) -> bool:
        """Return whether the action targets an entity, which may be missing."""
        return self.tag is None


@dataclass(frozen=True, kw_only=True)
class Told:
    """An event on Home Assistant's bus."""

    # The event ryze_call_placed has the subject "call" and the kind "placed".
    subject: str
    kind: str
    context: str
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A call in a phone's record."""

    call_id: str
    number: str
    incoming: bool
    state: str
    at: float
    # Time of the answer, the refusal or the end.
    decided_at: float


class Ledger:
    """The records of one run."""

    def __init__(self) -> None:
        """Start without records."""
        self.asked: list[Asked] = []
        self.told: list[Told] = []
        self.reloads: list[Span] = []
        self.silences: list[Span] = []

    def hear(self, event: dict[str, Any]) -> None:
        """Note an event in the format of Home Assistant's API."""
        _, subject, kind = event["event_type"].split("_", 2)
        self.told.append(
            Told(
                subject=subject,
                kind=kind,
                context=event["context"]["id"],
                data=event["data"],
            )
        )

    @property
    def open(self) -> list[Asked]:
        """Return the actions without an answer."""
        return [asked for asked in self.asked if asked.answered_at is None]

    def problems(self, rung: Iterable[Rung]) -> list[str]:
        """Return all contradictions between the records."""
        calls = {call.call_id: call for call in rung}
        return [
            *(f"No answer to {asked.action}" for asked in self.open),
            *self._rings(calls),
            *self._attempts(),
            *self._outcomes(calls),
            *self._received(calls),
            *self._escalations(),
        ]

    def _events(self, subject: str, *kinds: str) -> list[Told]:
        """Return the events of a subject, optionally of some kinds only."""
        return [
            told
            for told in self.told
            if told.subject == subject and (not kinds or told.kind in kinds)
        ]

    def _rings(self, calls: dict[str, Rung]) -> Iterator[str]:
        """Find rings without an event, events without a ring, and duplicate events."""
        placed = Counter(e.data["call_id"] for e in self._events("call", "placed"))
        yield from (
            f"Reported as placed {count} times: {i}" for i, count in _over(placed, 1)
        )
        for call_id in placed:
            if call_id not in calls or calls[call_id].incoming:
                yield f"Reported as placed, but no phone rang: {call_id}"
        doubts = Counter(
            told.data["number"]
            for told in self._events("call", "failed")
            if told.data["error"] == IN_DOUBT
        )
        untold = Counter(
            call.number
            for call in calls.values()
            if not call.incoming and call.call_id not in placed
        )
        for number, count in untold.items():
            if count > doubts[number]:
                text = f"Rang {count} times without an event, {doubts[number]} in doubt"
                yield f"{text}: {number}"

    def _attempts(self) -> Iterator[str]:
        """Find actions that tried a call never, or more than once."""
        tried: Counter[tuple[str, str]] = Counter()
        for told in self._events("call", "placed", "failed"):
            for key in {told.data["tag"], told.context}:
                tried[str(key), told.data["number"]] += 1
        for asked in self.asked:
            if asked.action == "escalate" or (key := _key(asked)) is None:
                continue
            for number in asked.numbers:
                count, wanted = tried[key, number], self._wanted(asked, number)
                if count not in wanted:
                    yield f"{asked.action} tried {count} times, not {wanted}: {key}"

    def _wanted(self, asked: Asked, number: str) -> set[int]:
        """Return the allowed numbers of attempts to call a number."""
        errors = {row["number"]: row["error"] for row in asked.rows}
        error = errors.get(number) or asked.error
        if error is not None:
            return {int(error in TRIED)}
        return {0, 1} if self._may_vanish(asked) else {1}

    def _may_vanish(self, asked: Asked) -> bool:
        """Return whether the entity may have been missing because of a reload."""
        return asked.is_press and any(
            span.start <= (asked.answered_at or asked.at) and asked.at <= span.end
            for span in self.reloads
        )

    @property
    def vanished(self) -> int:
        """Return the number of presses that found no entity during a reload."""
        heard = {told.context for told in self._events("call", "placed", "failed")}
        return sum(
            asked.is_press and asked.error is None and asked.context not in heard
            for asked in self.asked
        )

    def _outcomes(self, calls: dict[str, Rung]) -> Iterator[str]:
        """Find outcomes that contradict the phone's record."""
        events = self._events("call", "answered", "rejected", "unanswered", "ended")
        said = Counter((told.data["call_id"], told.kind) for told in events)
        yield from (f"Reported {count} times: {key}" for key, count in _over(said, 1))
        rows = [(row["call_id"], row["outcome"]) for a in self.asked for row in a.rows]
        for call_id, outcome in {*said, *rows}:
            if (call := calls.get(call_id)) is None:
                continue
            if call.state not in _TRUTHS.get(outcome, {call.state}):
                why = "" if self._was_live(call.decided_at) else " after lost updates"
                yield f"Reported as {outcome}{why}, but {call.state}: {call_id}"

    def _received(self, calls: dict[str, Rung]) -> Iterator[str]:
        """Find false and missing reports of incoming calls: a gate may open on one."""
        told = Counter(e.data["call_id"] for e in self._events("call", "received"))
        yield from (
            f"Reported as received {count} times: {i}" for i, count in _over(told, 1)
        )
        for call_id in told:
            if call_id not in calls or not calls[call_id].incoming:
                yield f"Reported as received, but not incoming: {call_id}"
        # An incoming call from a number that is also called may stay unreported.
        called = {call.number for call in calls.values() if not call.incoming}
        for call in calls.values():
            if not call.incoming or call.number in called or call.call_id in told:
                continue
            if self._was_live(call.at):
                yield f"Incoming, but not reported: {call.call_id}"

    def _was_live(self, at: float) -> bool:
        """Return whether updates arrived at a time."""
        spans = (*self.reloads, *self.silences)
        return not any(span.start <= at <= span.end for span in spans)

    def _escalations(self) -> Iterator[str]:
        """Find escalations without exactly one start and one end."""
        kinds: dict[str, list[str]] = defaultdict(list)
        for told in self._events("escalation"):
            kinds[told.data["escalation_id"]].append(told.kind)
        for escalation_id, found in kinds.items():
            if len(found) != 2 or found[0] != "started" or found[1] not in _ENDS:
                yield f"Events of an escalation were {', '.join(found)}: {escalation_id}"
        wanted = sum(a.action == "escalate" and not a.error for a in self.asked)
        if len(kinds) != wanted:
            yield f"{len(kinds)} escalations reported, {wanted} requested"


# The states that an outcome may stand for.
_TRUTHS: Final = {
    "answered": {"answered", "ended"},
    "ended": {"ended"},
    "rejected": {"declined"},
    "unanswered": {"unanswered"},
}


def _key(asked: Asked) -> str | None:
    """Return the tag or context of an action's events; a failed press has neither."""
    return asked.tag or asked.context


def _over[T](counter: Counter[T], limit: int) -> list[tuple[T, int]]:
    """Return the items that were counted too often."""
    return [(key, count) for key, count in counter.items() if count > limit]

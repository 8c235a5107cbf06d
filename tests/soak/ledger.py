"""What was asked for, what was told of it, and what the phones say."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

# Errors of calls that were tried; each of them has an event.
TRIED: Final = {
    *("auth", "connection", "invalid_request", "not_connected", "not_found"),
    *("outcome_unknown", "rate_limit", "server"),
}
# After the last of these the phone may ring all the same.
IN_DOUBT: Final = "outcome_unknown"

_ENDS: Final = {"acknowledged", "exhausted", "stopped"}


@dataclass(frozen=True)
class Span:
    """A time in which news may be lost, and presses find nobody."""

    start: float
    end: float


@dataclass(kw_only=True)
class Asked:
    """An action that was run."""

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
        """Return whether an entity was acted on, which Home Assistant may pass over."""
        return self.tag is None


@dataclass(frozen=True, kw_only=True)
class Told:
    """An event on Home Assistant's bus."""

    # As in ryze_call_placed: of what, and what happened.
    subject: str
    kind: str
    context: str
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A call as the phones know it."""

    call_id: str
    number: str
    incoming: bool
    state: str
    at: float
    # When it was answered, declined or given up.
    decided_at: float


class Ledger:
    """Everything that happened in one run."""

    def __init__(self) -> None:
        """Start empty."""
        self.asked: list[Asked] = []
        self.told: list[Told] = []
        self.reloads: list[Span] = []
        self.silences: list[Span] = []

    def hear(self, event: dict[str, Any]) -> None:
        """Note an event as Home Assistant's API words it."""
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
        """Return what was not answered yet."""
        return [asked for asked in self.asked if asked.answered_at is None]

    def problems(self, rung: Iterable[Rung]) -> list[str]:
        """Return what does not fit together, in words."""
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
        """Return events of some kinds."""
        return [
            told
            for told in self.told
            if told.subject == subject and (not kinds or told.kind in kinds)
        ]

    def _rings(self, calls: dict[str, Rung]) -> Iterator[str]:
        """Compare what rang with what was told: no phone rings twice, or unheard of."""
        placed = Counter(e.data["call_id"] for e in self._events("call", "placed"))
        yield from (f"Placed {count} times: {i}" for i, count in _over(placed, 1))
        for call_id in placed:
            if call_id not in calls or calls[call_id].incoming:
                yield f"Placed, but rang nowhere: {call_id}"
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
                yield f"Rang {count} times untold, {doubts[number]} in doubt: {number}"

    def _attempts(self) -> Iterator[str]:
        """Compare what was asked for with what was tried: each once."""
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
        """Return how often a number is to be tried for an action."""
        errors = {row["number"]: row["error"] for row in asked.rows}
        error = errors.get(number) or asked.error
        if error is not None:
            return {int(error in TRIED)}
        return {0, 1} if self._may_vanish(asked) else {1}

    def _may_vanish(self, asked: Asked) -> bool:
        """Return whether a press may have found no entity, as during a reload."""
        return asked.is_press and any(
            span.start <= (asked.answered_at or asked.at) and asked.at <= span.end
            for span in self.reloads
        )

    @property
    def vanished(self) -> int:
        """Return how many presses Home Assistant passed over during a reload."""
        heard = {told.context for told in self._events("call", "placed", "failed")}
        return sum(
            asked.is_press and asked.error is None and asked.context not in heard
            for asked in self.asked
        )

    def _outcomes(self, calls: dict[str, Rung]) -> Iterator[str]:
        """Compare what was told of calls with what became of them."""
        events = self._events("call", "answered", "rejected", "unanswered", "ended")
        said = Counter((told.data["call_id"], told.kind) for told in events)
        yield from (f"Told {count} times: {key}" for key, count in _over(said, 1))
        rows = [(row["call_id"], row["outcome"]) for a in self.asked for row in a.rows]
        for call_id, outcome in {*said, *rows}:
            if (call := calls.get(call_id)) is None:
                continue
            if call.state not in _TRUTHS.get(outcome, {call.state}):
                why = "" if self._was_live(call.decided_at) else " as news was lost"
                yield f"Told to be {outcome}{why}, but it was {call.state}: {call_id}"

    def _received(self, calls: dict[str, Rung]) -> Iterator[str]:
        """Compare the calls that came in with those that were told: a gate may open."""
        told = Counter(e.data["call_id"] for e in self._events("call", "received"))
        yield from (f"Received {count} times: {i}" for i, count in _over(told, 1))
        for call_id in told:
            if call_id not in calls or not calls[call_id].incoming:
                yield f"Told to come in, but did not: {call_id}"
        # Whoever is called at the same time may not be told, in doubt.
        called = {call.number for call in calls.values() if not call.incoming}
        for call in calls.values():
            if not call.incoming or call.number in called or call.call_id in told:
                continue
            if self._was_live(call.at):
                yield f"Came in, and was not told: {call.call_id}"

    def _was_live(self, at: float) -> bool:
        """Return whether news came through."""
        spans = (*self.reloads, *self.silences)
        return not any(span.start <= at <= span.end for span in spans)

    def _escalations(self) -> Iterator[str]:
        """Make sure that each escalation has one beginning and one end."""
        kinds: dict[str, list[str]] = defaultdict(list)
        for told in self._events("escalation"):
            kinds[told.data["escalation_id"]].append(told.kind)
        for escalation_id, found in kinds.items():
            if len(found) != 2 or found[0] != "started" or found[1] not in _ENDS:
                yield f"Escalation was {', '.join(found)}: {escalation_id}"
        wanted = sum(a.action == "escalate" and not a.error for a in self.asked)
        if len(kinds) != wanted:
            yield f"{len(kinds)} escalations told of, {wanted} asked for"


# What a call may have been that is told to be so.
_TRUTHS: Final = {
    "answered": {"answered", "ended"},
    "ended": {"ended"},
    "rejected": {"declined"},
    "unanswered": {"unanswered"},
}


def _key(asked: Asked) -> str | None:
    """Return by what an action's events are known; a press that raised has nothing."""
    return asked.tag or asked.context


def _over[T](counter: Counter[T], limit: int) -> list[tuple[T, int]]:
    """Return what was counted too often."""
    return [(key, count) for key, count in counter.items() if count > limit]

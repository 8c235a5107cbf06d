"""Stories of calls, told by every kind of frame, and the events that they must end in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, product
from types import SimpleNamespace
from typing import Any, Final, override

import orjson

from homeassistant.core import Context

from custom_components.ryze.api import CallUpdate, parse_frame
from custom_components.ryze.calls import AudioCall, Call, CallEvent, FakeCall
from custom_components.ryze.calls.lids import LidBook
from custom_components.ryze.calls.memory import FollowedCall
from custom_components.ryze.calls.store import RyzeStore
from custom_components.ryze.calls.tracker import CallTracker
from tests.fuzz.clock import Clock
from tests.helpers.const import JOAO, MARIA
from tests.simulator.frames import Update, lid_digits
from tests.simulator.model import People, Shape, UpdateKind
from tests.simulator.shapes import call_data

OWN: Final = "5511900000000"
DURATION: Final = 8

# Words that each kind of update may have.
WORDS: Final[dict[str, dict[UpdateKind, str]]] = {
    "documented": {},
    "short": {
        UpdateKind.ACCEPTED: "accept",
        UpdateKind.REJECTED: "reject",
        UpdateKind.TERMINATED: "terminate",
    },
    "other": {
        UpdateKind.REJECTED: "declined",
        UpdateKind.TERMINATED: "ended",
        UpdateKind.UNANSWERED: "missed",
    },
    "busy": {UpdateKind.REJECTED: "busy", UpdateKind.TERMINATED: "hangup"},
}


@dataclass(frozen=True, kw_only=True)
class Service:
    """One way in which RyzeAPI may behave, and what is known beforehand."""

    id_matches: bool = True
    people: People = People.NUMBER
    shape: Shape = Shape.FLAT
    direction: bool = False
    echo: bool = True
    preaccept: bool = False
    words: str = "documented"
    # How an outcome is told: by its kind, or by the reason or duration of the end.
    ends_only: bool = False
    reasons: bool = True
    duration: str = "none"
    early: bool = False
    doubled: bool = False
    swapped: bool = False
    # Whether RyzeAPI knows LIDs, and when they are known: before, on request or never.
    lids: str = "before"
    own_lid: bool = True
    device: int | None = None

    @property
    def tells_who(self) -> bool:
        """Return whether anything in the frames tells whose news it is."""
        return self.id_matches or self.people.tells_number or self.lids != "never"


class Memory(RyzeStore):
    """The stored facts of an instance, without a file."""

    def __init__(self) -> None:
        """Start without any fact."""
        self.reports_outcomes = False
        self.last_call = None
        self.lids = LidBook()

    @override
    def _save(self) -> None:
        """Write nothing."""


class World:
    """An instance that hears frames, with a clock of its own."""

    def __init__(self, service: Service) -> None:
        """Start without calls."""
        self.service = service
        self.clock = Clock()
        self.ids = (f"{number:032X}" for number in count(1))
        self.told: list[tuple[CallEvent, Call]] = []
        hass: Any = SimpleNamespace(loop=self.clock)
        self.store = Memory()
        self.store.async_learn_own(OWN, lid_digits(OWN) if service.own_lid else None)
        self.store.reports_outcomes = True
        for number in (MARIA, JOAO):
            if service.lids == "before":
                self.store.async_learn_lid(number, lid_digits(number), 1.0)
        self.tracker = CallTracker(hass, self._note, self.store, self._ask)
        self.tracker.async_set_live(True)
        self.clock.advance(1)

    def _note(self, event: CallEvent | None, call: Call) -> None:
        if event:
            self.told.append((event, call))

    def _ask(self, number: str) -> bool:
        if self.service.lids != "on request":
            return False
        self.clock.call_later(0.3, self._learn, number)
        return True

    def _learn(self, number: str) -> None:
        self.store.async_learn_lid(number, lid_digits(number), 1.0)
        self.tracker.async_handle_lids()

    def place(self, number: str, *, fake: bool) -> Ring:
        """Request a call."""
        request = (
            FakeCall(number=number, duration=DURATION)
            if fake
            else AudioCall(number=number, audio="x")
        )
        call = Call.for_request(request, Context())
        call_id = f"3EB0{next(self.ids)[-16:]}"
        followed = self.tracker.async_note_request(call)
        event_id = call_id if self.service.id_matches else next(self.ids)
        return Ring(self, call, followed, call_id, event_id)

    def hear(self, kind: UpdateKind, call_id: str, number: str, **more: Any) -> None:
        """Let the instance hear an update, perhaps twice."""
        service = self.service
        update = Update(
            kind=kind,
            call_id=call_id,
            number=number,
            own_number=OWN,
            at=1_790_000_000.0,
            people=service.people,
            word=WORDS[service.words].get(kind, ""),
            direction_field=service.direction,
            **{"outgoing": True, "device": service.device, **more},
        )
        data = call_data(service.shape, update)
        frame = parse_frame(orjson.dumps({"event": "call.update", "data": data}))
        assert isinstance(frame, CallUpdate), data
        for _ in range(1 + service.doubled):
            self.tracker.async_handle_update(frame)

    def events(self, call: Call | None = None) -> list[CallEvent]:
        """Return the events of a call, or of the incoming calls."""
        return [
            event
            for event, told in self.told
            if (told is call if call else event is CallEvent.RECEIVED)
        ]


@dataclass(eq=False)
class Ring:
    """A call of ours, from the request to its end."""

    world: World
    call: Call
    followed: FollowedCall
    call_id: str
    event_id: str

    def answer_request(self) -> None:
        """Let RyzeAPI answer the request, and tell that the phone rings."""
        service = self.world.service
        if not service.early:
            self.world.tracker.async_note_placed(self.followed, self.call_id)
        if service.echo:
            self.hear(UpdateKind.OFFER)
        if service.preaccept:
            self.hear(UpdateKind.PREACCEPT)
        if service.early:
            self.world.clock.advance(0.1)
            self.world.tracker.async_note_placed(self.followed, self.call_id)

    def hear(self, kind: UpdateKind, **more: Any) -> None:
        """Hear an update about this call."""
        self.world.hear(kind, self.event_id, str(self.call.number), **more)

    def end(self, reason: str, seconds: float = 0, **more: Any) -> None:
        """Hear the end of this call."""
        service = self.world.service
        scale = {"none": 0, "seconds": 1, "milliseconds": 1000}[service.duration]
        self.hear(
            UpdateKind.TERMINATED,
            reason=reason if service.reasons else None,
            duration=round(seconds * scale) if scale else None,
            **more,
        )

    def play(self, outcome: str) -> None:
        """Let the person answer, decline or ignore the call."""
        world, service = self.world, self.world.service
        self.answer_request()
        world.clock.advance(2)
        match outcome:
            case "answered" | "ended":
                accepted = [self._accepted]
                ends = [lambda: self.end("", 20)] if outcome == "ended" else []
                steps = [*ends, *accepted] if service.swapped else [*accepted, *ends]
                for step in steps:
                    step()
                    world.clock.advance(0.2)
            case "declined":
                if not service.ends_only:
                    self.hear(UpdateKind.REJECTED)
                    world.clock.advance(0.2)
                if service.ends_only or service.doubled:
                    self.end("declined")
            case "unanswered":
                world.clock.advance(DURATION - 2)
                self.end("timeout", DURATION if self.call.duration else 0)
        world.clock.advance(30)

    def _accepted(self) -> None:
        if not self.world.service.ends_only:
            self.hear(UpdateKind.ACCEPTED)


EXPECTED: Final = {
    "answered": [CallEvent.ANSWERED],
    "ended": [CallEvent.ANSWERED, CallEvent.ENDED],
    "declined": [CallEvent.REJECTED],
    "unanswered": [CallEvent.UNANSWERED],
}


def services() -> Iterator[Service]:
    """Yield the ways in which RyzeAPI may behave."""
    who = [
        Service(id_matches=ids, people=people, shape=shape, direction=direction)
        for ids, people, shape, direction in product(
            (True, False), People, Shape, (False, True)
        )
    ]
    known = [
        ("before", True),
        ("before", False),
        ("on request", True),
        ("on request", False),
        ("never", False),
    ]
    flows: list[dict[str, Any]] = [
        {},
        {"echo": False},
        {"echo": False, "preaccept": True},
        {"preaccept": True, "doubled": True},
        {"early": True},
        {"swapped": True},
        {"words": "short", "reasons": False},
        {"words": "other", "device": 0},
        {"words": "busy"},
        {"ends_only": True, "duration": "seconds"},
        {"ends_only": True, "duration": "milliseconds", "echo": False},
        {"duration": "seconds", "reasons": False, "echo": False},
    ]
    for service, (lids, own_lid), flow in product(who, known, flows):
        yield replace(service, lids=lids, own_lid=own_lid, **flow)


def tell(service: Service, outcome: str, *, fake: bool) -> str:
    """Play a story, and return whether its outcome is right, undecided or wrong."""
    world = World(service)
    ring = world.place(MARIA, fake=fake)
    ring.play(outcome)
    events = world.events(ring.call)[1:]
    if world.events():
        return "wrong"
    if events == EXPECTED[outcome]:
        return "right"
    # Silence is concluded as unanswered where the instance reports outcomes.
    concluded = events == [CallEvent.UNANSWERED] and not ring.call.observed
    return "undecided" if not events or concluded else "wrong"


def count_stories() -> tuple[Counter[str], Counter[Service]]:
    """Play all stories, and return the results and the undecided services."""
    results: Counter[str] = Counter()
    undecided: Counter[Service] = Counter()
    for service in services():
        for outcome, fake in product(EXPECTED, (False, True)):
            if service.ends_only and outcome == "answered":
                # Nothing is told before the end.
                continue
            if service.ends_only and fake and outcome == "ended":
                # The duration of a fake call may be that of the ringing.
                continue
            result = tell(service, outcome, fake=fake)
            results[result] += 1
            if result == "wrong":
                results[f"{outcome} {fake} {service}"] += 1
            if result == "undecided":
                undecided[service] += 1
    return results, undecided

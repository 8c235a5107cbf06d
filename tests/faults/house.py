"""A Home Assistant with two instances and three contacts, and its checks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
import logging
from typing import Any, Final, override

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import json_bytes

from .people import Person
from custom_components.ryze.api import (
    RyzeAuthError,
    RyzeBlockedError,
    RyzeConnectionError,
    RyzeInvalidRequestError,
    RyzeNotConnectedError,
    RyzeNotFoundError,
    RyzeOutcomeUnknownError,
    RyzeRateLimitError,
    RyzeServerError,
)
from custom_components.ryze.const import DOMAIN
from tests.helpers.common import until
from tests.simulator import Simulator
from tests.simulator.updates import SETTLE

# Errors that rule out a ring, and errors that leave the ring in doubt.
SURELY_NOT: Final = {
    error.key
    for error in (
        RyzeAuthError,
        RyzeBlockedError,
        RyzeConnectionError,
        RyzeInvalidRequestError,
        RyzeNotConnectedError,
        RyzeNotFoundError,
        RyzeRateLimitError,
    )
}
PERHAPS: Final = {RyzeOutcomeUnknownError.key, RyzeServerError.key}


@dataclass
class Ledger:
    """The counts of all combinations and problems."""

    combinations: int = 0
    double_rings: int = 0
    lost_calls: int = 0
    problems: list[str] = field(default_factory=list)


class Mistakes(logging.Handler):
    """A log handler that collects errors."""

    def __init__(self) -> None:
        """Start without errors."""
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Note an error, unless the simulator or a failed poll logged it."""
        text = record.getMessage()[:300]
        if record.name == "aiohttp.server" or text.startswith("Error fetching"):
            return
        self.found.append(f"{record.name}: {text}")


@dataclass
class House:
    """A Home Assistant with two instances, its simulator, and the records of both."""

    hass: HomeAssistant
    simulator: Simulator
    entries: Mapping[str, MockConfigEntry]
    live: bool
    events: list[Event]
    mistakes: Mistakes
    ledger: Ledger

    async def call(
        self, people: tuple[Person, ...], action: str, data: Mapping[str, Any]
    ) -> Outcome:
        """Call people by an action."""
        contacts = [f"notify.{who.contact}" for who in people if who.contact]
        numbers = [f"+{who.number}" for who in people if not who.contact]
        entry = {"config_entry_id": self.entries["home"].entry_id}
        outcome = Outcome(
            self, people, len(self.events), [self.rings(who) for who in people]
        )
        try:
            answer = await self.hass.services.async_call(
                DOMAIN,
                action,
                {"entity_id": contacts, "number": numbers, **data}
                | (entry if numbers else {}),
                blocking=True,
                return_response=True,
            )
        except HomeAssistantError as err:
            outcome.raised = err.translation_key
        else:
            assert answer
            outcome.rows = answer["calls"]  # type: ignore[assignment]
        return outcome

    def rings(self, who: Person) -> int:
        """Return the number of rings of a person's phone."""
        return self.simulator.rings(who.number)

    @property
    def home(self) -> MockConfigEntry:
        """Return the entry of Maria and João."""
        return self.entries["home"]

    @property
    def sockets(self) -> int:
        """Return the expected number of connections for live updates."""
        states = [entry.state for entry in self.entries.values()]
        loaded = states.count(ConfigEntryState.LOADED)
        # Home Assistant ends background tasks when it stops, but unloads no entry.
        return loaded * self.live * self.hass.is_running

    @property
    def tasks(self) -> list[str]:
        """Return the names of the tasks of calls and escalations."""
        names = [task.get_name() for task in asyncio.all_tasks()]
        return [name for name in names if name in ("ryze call", "ryze escalation")]

    @property
    def is_quiet(self) -> bool:
        """Return whether nothing of ours is active, except for live updates."""
        calls = [
            entry.runtime_data.calls
            for entry in self.entries.values()
            if entry.state is ConfigEntryState.LOADED
        ]
        return (
            self.simulator.connections == self.sockets
            and not self.tasks
            and not any(one._under_way or one._tracker._requests for one in calls)
            and not any(one._tracker._early for one in calls)
        )

    async def quiet(self) -> None:
        """Wait until all calls are over, and all updates about them are sent."""
        calls = self.simulator.calls
        await until(lambda: self.is_quiet and all(call.over.is_set() for call in calls))
        await asyncio.sleep(2 * SETTLE)

    def check_encodable(self) -> None:
        """Check that all states and events can be serialized."""
        shown = [state.as_dict() for state in self.hass.states.async_all()]
        assert json_bytes([shown, [event.data for event in self.events]])

    @property
    def begun(self) -> list[Event]:
        """Return the events of placed and failed calls."""
        names = (f"{DOMAIN}_call_placed", f"{DOMAIN}_call_failed")
        return [event for event in self.events if event.event_type in names]

    def told_since(self, first_event: int) -> list[str]:
        """Return the types of all events from an index on."""
        return [str(event.event_type) for event in self.events[first_event:]]

    def forget_rate_limits(self) -> None:
        """Reset the counters of all clients, so that no call waits for a reset."""
        for entry in self.entries.values():
            entry.runtime_data.client.rate_limit.update({})


@dataclass
class Outcome:
    """The result of an action, to be compared with phones and events."""

    house: House
    people: tuple[Person, ...]
    first_event: int
    rings_before: list[int]
    rows: list[dict[str, Any]] = field(default_factory=list)
    raised: str | None = None

    def rings(self, who: Person) -> int:
        """Return the number of rings of a person's phone since the action began."""
        before = self.rings_before[self.people.index(who)]
        return self.house.rings(who) - before

    def told(self, who: Person, *kinds: str) -> list[Event]:
        """Return the events of a person's calls since the action began."""
        wanted = {f"{DOMAIN}_call_{kind}" for kind in kinds}
        return [
            event
            for event in self.house.events[self.first_event :]
            if event.event_type in wanted and event.data["number"] == who.number
        ]

    def errors(self) -> list[str | None]:
        """Return the errors of the calls according to the events."""
        return [
            event.data["error"]
            for who in self.people
            for event in self.told(who, "placed", "failed")
        ]

    async def check(self) -> None:
        """Compare the result with phones, events and entities, and note problems."""
        problems = self.house.ledger.problems
        found = [problem for who in self.people for problem in self._calls(who)]
        found += self._answer()
        try:
            await until(lambda: self.house.is_quiet and not self._answers_missing())
        except TimeoutError:
            found.append("a task still runs, or an answer is missing")
        found += [problem for who in self.people for problem in self._afterwards(who)]
        found += self.house.mistakes.found
        self.house.mistakes.found.clear()
        problems += found

    def _calls(self, who: Person) -> list[str]:
        """Return the problems of the call to a person."""
        found = []
        rings, told = self.rings(who), self.told(who, "placed", "failed")
        if rings > 1:
            self.house.ledger.double_rings += 1
            found.append(f"{rings} rings")
        if len(told) != 1:
            self.house.ledger.lost_calls += not told
            return [*found, f"{len(told)} events"]
        error = told[0].data["error"]
        if error is None and rings != 1:
            found.append("placed, but no phone rang")
        if error is not None and error not in SURELY_NOT | PERHAPS:
            found.append(f"error {error}")
        if rings and error in SURELY_NOT:
            found.append(f"{error}, but it rang")
        return found

    def _answer(self) -> list[str]:
        """Return the problems of the action's response."""
        errors = self.errors()
        if self.raised:
            if all(errors) and self.raised == errors[0]:
                return []
            return [f"raised {self.raised} for {errors}"]
        said = [(row["number"], row["error"], row["outcome"]) for row in self.rows]
        expected = [
            # With several recipients, one may answer before the last phone rings.
            (who.number, None, "answered")
            if row["outcome"] == "answered" and self.told(who, "answered")
            else (who.number, error, "failed" if error else "placed")
            for who, error, row in zip(self.people, errors, self.rows, strict=False)
        ]
        # The action raises an error if all calls failed and none was answered later.
        if said == expected and not all(row["error"] for row in self.rows):
            return []
        self.house.ledger.lost_calls += max(0, len(self.people) - len(said))
        return [f"{said} instead of {expected}"]

    def _answers_missing(self) -> bool:
        """Return whether a phone was answered without an event so far."""
        return self.house.live and any(
            len(self.told(who, "answered")) < self.rings(who) for who in self.people
        )

    def _afterwards(self, who: Person) -> list[str]:
        """Return the problems of the entities, and of later events."""
        found = []
        state = self.house.hass.states.get
        if (told := len(self.told(who, "answered"))) != self.rings(
            who
        ) * self.house.live:
            found.append(f"{told} answers for {self.rings(who)} rings")
        if self.told(who, "received"):
            found.append("reported as an incoming call")
        link = state(f"binary_sensor.{who.instance}_whatsapp")
        if not link or link.state != "on":
            found.append(f"instance {link}")
        if who.contact:
            button, event = (
                state(f"button.{who.contact}_ring"),
                state(f"event.{who.contact}_call"),
            )
            if not button or button.state == "unavailable":
                found.append(f"button {button}")
            last = self.told(who, "placed", "failed", "answered", "ended")[-1:]
            kinds = [f"{DOMAIN}_call_{event.attributes['event_type']}"] if event else []
            if kinds != [one.event_type for one in last]:
                found.append(f"event {event}")
        return found + self._last_call(who.instance)

    def _last_call(self, instance: str) -> list[str]:
        """Return the problems of an instance's sensor of the last call."""
        people = [who for who in self.people if who.instance == instance]
        begun = [one for who in people for one in self.told(who, "placed", "failed")]
        if not begun:
            return []
        last = max(begun, key=self.house.events.index)
        (who,) = (one for one in people if one.number == last.data["number"])
        kinds = self.told(who, "placed", "failed", "answered")
        sensor = self.house.hass.states.get(f"sensor.{instance}_last_call")
        shown = (
            sensor and sensor.attributes["number"],
            sensor and sensor.attributes["outcome"],
        )
        expected = (who.number, str(kinds[-1].event_type).rpartition("_")[2])
        return [] if shown == expected else [f"{shown} instead of {expected}"]

"""Tests of the descriptions in the logbook."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .helpers.calls import fake_call
from .helpers.common import until
from .helpers.const import ANA, MARIA
from .helpers.contacts import change, press, remove
from .helpers.live_updates import until_heard
from .simulator import Behaviour, Fault, FaultKind, Simulator
from custom_components.ryze import logbook
from custom_components.ryze.calls import outcomes as outcomes_module
from custom_components.ryze.calls.call import CallEvent
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.logbook import async_describe_events

# The icons of the contacts' event entities.
_ICONS = json.loads((Path(logbook.__file__).parent / "icons.json").read_text())[
    "entity"
]["event"]["call"]["state_attributes"]["event_type"]["state"]

type Describe = Callable[[Event], dict[str, str]]


@pytest.fixture
def describe(hass: HomeAssistant) -> dict[str, Describe]:
    """Return the describing functions by their event types."""
    found: dict[str, Describe] = {}

    def remember(domain: str, event_type: str, describe: Describe) -> None:
        assert domain == DOMAIN
        found[event_type] = describe

    async_describe_events(hass, remember)
    return found


def test_every_event(describe: dict[str, Describe]) -> None:
    """Every event of calls and escalations has a description."""
    calls = {f"ryze_call_{kind}" for kind in CallEvent}
    ends = ("started", "acknowledged", "exhausted", "stopped")
    assert set(describe) == calls | {f"ryze_escalation_{end}" for end in ends}


@pytest.mark.parametrize(
    ("end", "tag", "by", "line"),
    [
        ("started", "fire", None, "Escalation fire started"),
        ("acknowledged", "fire", "notify.maria", "was acknowledged by Maria"),
        ("acknowledged", None, "a-user", "Escalation was acknowledged"),
        ("acknowledged", None, MARIA, "Escalation was acknowledged"),
        ("exhausted", "fire", None, "Escalation fire ended, and nobody has it"),
        ("stopped", None, None, "Escalation was stopped"),
        ("started", "notify.maria", None, "Escalation Maria started"),
    ],
)
@pytest.mark.usefixtures("people")
def test_escalation(
    describe: dict[str, Describe], end: str, tag: str | None, by: str | None, line: str
) -> None:
    """The description of an escalation holds no number."""
    event: Event[Any] = Event("ryze", {"tag": tag, "acknowledged_by": by})
    told = describe[f"ryze_escalation_{end}"](event)
    assert f"{told['name']} {told['message']}".endswith(line)
    assert told["icon"].startswith("mdi:")


async def line_of(
    hass: HomeAssistant, describe: dict[str, Describe], kind: str, events: list[Event]
) -> str:
    """Wait for an event, and return its description as one line."""
    await until(lambda: events)
    told = describe[f"ryze_call_{kind}"](events[0])
    assert set(told) == {"name", "message", "icon"}
    assert told["icon"] == _ICONS[kind]
    return f"{told['name']} {told['message']}"


@pytest.mark.parametrize(
    ("behaviour", "kind", "line", "line_of_maria"),
    [
        (
            Behaviour.IGNORE,
            "placed",
            "home placed a call",
            "Maria is called by home",
        ),
        (Behaviour.ANSWER, "answered", "home call was answered", "Maria answered"),
        (Behaviour.DECLINE, "rejected", "home call was declined", "Maria declined"),
        (
            Behaviour.IGNORE,
            "unanswered",
            "home call was not answered",
            "Maria did not answer",
        ),
        (
            Behaviour.ANSWER,
            "ended",
            "home call ended",
            "Maria is not on the phone any more",
        ),
    ],
)
@pytest.mark.parametrize("number", [ANA, MARIA])
@pytest.mark.usefixtures("people")
async def test_call(
    hass: HomeAssistant,
    simulator: Simulator,
    describe: dict[str, Describe],
    monkeypatch: pytest.MonkeyPatch,
    number: str,
    behaviour: Behaviour,
    kind: str,
    line: str,
    line_of_maria: str,
) -> None:
    """The description of a call names the contact if there is one, and no number."""
    monkeypatch.setattr(outcomes_module, "REORDER", 0.01)
    simulator.second = 0.03
    events = async_capture_events(hass, f"ryze_call_{kind}")
    simulator.add_phone(number, behaviour=behaviour)
    await fake_call(hass, number=number)
    expected = line_of_maria if number == MARIA else line
    assert await line_of(hass, describe, kind, events) == expected


@pytest.mark.parametrize(
    ("number", "line"), [(ANA, "home received a call"), (MARIA, "Maria calls home")]
)
@pytest.mark.usefixtures("people")
async def test_incoming_call(
    hass: HomeAssistant,
    simulator: Simulator,
    describe: dict[str, Describe],
    number: str,
    line: str,
) -> None:
    """The description of an incoming call names the contact if there is one."""
    events = async_capture_events(hass, "ryze_call_received")
    simulator.choices.direction_field = True
    simulator.call_in(number, "home")
    assert await line_of(hass, describe, "received", events) == line


@pytest.mark.parametrize(
    ("number", "line"),
    [(ANA, "home call failed"), (MARIA, "Maria could not be called by home")],
)
@pytest.mark.usefixtures("people")
async def test_failed_call(
    hass: HomeAssistant,
    simulator: Simulator,
    describe: dict[str, Describe],
    number: str,
    line: str,
) -> None:
    """The description of a failed call names the contact if there is one."""
    events = async_capture_events(hass, "ryze_call_failed")
    simulator.inject(Fault(FaultKind.STATUS, status=500, route="fake"))
    with pytest.raises(HomeAssistantError):
        await fake_call(hass, number=number)
    assert await line_of(hass, describe, "failed", events) == line


async def test_line_does_not_change_with_time(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    describe: dict[str, Describe],
) -> None:
    """A description stays when its call is forgotten and when its entry is removed."""
    events = async_capture_events(hass, "ryze_call_answered")
    simulator.add_phone(MARIA, behaviour=Behaviour.ANSWER)
    await fake_call(hass, duration=60)
    line = await line_of(hass, describe, "answered", events)
    assert line == "home call was answered"
    live.runtime_data.calls._tracker._calls.clear()
    assert await line_of(hass, describe, "answered", events) == line
    await until_heard(simulator, live)
    await hass.config_entries.async_remove(live.entry_id)
    assert await line_of(hass, describe, "answered", events) == line


async def test_changed_contact(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    describe: dict[str, Describe],
) -> None:
    """A description has the contact's current name, and none after a removal."""
    events = async_capture_events(hass, "ryze_call_placed")
    await press(hass, "button.maria_ring")
    await change(hass, people, "Maria", to=("Maria Clara", ANA))
    line = await line_of(hass, describe, "placed", events)
    assert line == "Maria Clara is called by home"
    await remove(hass, people, "Maria Clara")
    assert await line_of(hass, describe, "placed", events) == "home placed a call"

"""Tests of the README's tables."""

import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er

from .pages import README, code, prose, table
from custom_components.ryze.api import RyzeError
from custom_components.ryze.calls import CallEvent, CallType, NotLoadedError, Outcome
from custom_components.ryze.config_flow import USER_SCHEMA
from custom_components.ryze.const import DEFAULT_URL, DOMAIN
from custom_components.ryze.escalation.plan import Result
from custom_components.ryze.problems import Problem
from custom_components.ryze.schemas import (
    ACCEPT,
    AUDIO_CALL_SCHEMA,
    ESCALATE_SCHEMA,
    FAKE_CALL_SCHEMA,
)
from tests.helpers.audio_calls import MESSAGES
from tests.helpers.common import capture
from tests.helpers.contacts import contact_of, entities_of
from tests.helpers.escalations import escalate, hurry
from tests.simulator import Behaviour, Simulator
from tests.test_texts import SCHEMAS, load

ESCALATION = "Until somebody answers"
CALLS = {
    "both": ["audio_call", "fake_call"],
    "`audio_call`": ["audio_call"],
    "`fake_call`": ["fake_call"],
}
CHECKS = {
    "audio_call": AUDIO_CALL_SCHEMA,
    "escalate": ESCALATE_SCHEMA,
    "fake_call": FAKE_CALL_SCHEMA,
}
# Fields of escalations that the table covers under other fields.
AND_THE_LIKE = {"duration", "language", "tts_entity", "tts_options"}

RANGE = re.compile(r"(\d+) to (\d+)")
DEFAULT = re.compile(r"Default: (\d+)")
NUMBERS = [
    (service, name, text)
    for names, where, text in table("Actions")
    for name in code(names)
    for service in CALLS[where]
    if RANGE.search(text)
] + [
    ("escalate", name, text)
    for names, text in table(ESCALATION)
    for name in code(names)
    if RANGE.search(text)
]


def names_of(rows: list[list[str]]) -> list[str]:
    """Return the inline code in the first column."""
    return [name for row in rows for name in code(row[0])]


def text_of(rows: list[list[str]], name: str) -> str:
    """Return the last cell of the row for a name."""
    (text,) = [row[-1] for row in rows if name in code(row[0])]
    return text


def fields_of(service: str) -> dict[str, Any]:
    """Return the fields of an action by name."""
    return {str(key): key for key in SCHEMAS[service]}


@pytest.mark.parametrize("service", ["audio_call", "fake_call"])
def test_fields_of_calls(service: str) -> None:
    """The table lists each field of an action."""
    rows = [row for row in table("Actions") if service in CALLS[row[1]]]
    assert sorted(names_of(rows)) == sorted(fields_of(service))


def test_fields_of_escalations() -> None:
    """The table lists each field, or another field that stands for it."""
    names = names_of(table(ESCALATION))
    assert sorted({*names, *AND_THE_LIKE}) == sorted(fields_of("escalate"))
    text = text_of(table(ESCALATION), "accept")
    assert code(text)[: len(ACCEPT)] == list(ACCEPT)
    assert fields_of("escalate")["accept"].default() == code(text)[0]


@pytest.mark.parametrize(("service", "name", "text"), NUMBERS)
def test_ranges(service: str, name: str, text: str) -> None:
    """The ends of a range are accepted, and the values beyond them are refused."""
    check = CHECKS[service]
    data: dict[str, Any] = {"entity_id": "notify.maria"}
    data |= {"message": "Hello"} if service == "audio_call" else {}
    (low, high) = map(int, RANGE.findall(text)[0])
    for value in (low, high):
        assert check({**data, name: value})[name] == value
    optional = check(data)
    for value in (low - 1, high + 1):
        if service == "escalate":
            # An escalation takes the default in the place of a value that is wrong.
            problems = [Problem(name, f"invalid_{name}")]
            assert check({**data, name: value}) == {**optional, "problems": problems}
            continue
        with pytest.raises(ServiceValidationError):
            check({**data, name: value})
    default = [str(optional[name])] if name in optional else []
    assert DEFAULT.findall(text) == default


def test_ranges_are_given() -> None:
    """Each field with a number as its default has a range."""
    assert {(service, name) for service, name, _ in NUMBERS} >= {
        ("audio_call", "wait"),
        ("escalate", "pause"),
        ("escalate", "ring_time"),
        ("escalate", "rounds"),
        ("fake_call", "duration"),
        ("fake_call", "wait"),
    }


def test_outcomes() -> None:
    """The table lists each outcome."""
    rows = table("Outcomes, and how far to trust them")
    assert sorted(names_of(rows)) == sorted(Outcome)


def test_errors() -> None:
    """The table lists each error, and agrees with the error's text about a ring."""
    rows = table("When a call fails")
    kinds = _all_kinds(RyzeError) | {NotLoadedError.key}
    assert sorted(names_of(rows)) == sorted(kinds)
    for name in kinds:
        perhaps = "may ring or not" in MESSAGES[name]["message"]
        assert text_of(rows, name) == ("perhaps" if perhaps else "no")


def _all_kinds(kind: type[RyzeError]) -> set[str]:
    """Return the keys of all subclasses of an error."""
    kinds = kind.__subclasses__()
    return {kind.key for kind in kinds}.union(*map(_all_kinds, kinds))


def test_results() -> None:
    """The table lists each result of an escalation."""
    text = text_of(table(ESCALATION, 1), "result")
    assert sorted(code(text)) == sorted(Result)


@pytest.mark.usefixtures("people")
async def test_events(hass: HomeAssistant) -> None:
    """The tables list each event of a call, and each key of its data."""
    rows = table("Events")
    assert sorted(names_of(rows)) == sorted(f"{DOMAIN}_call_{e}" for e in CallEvent)
    events = capture(hass)
    await hass.services.async_call(
        DOMAIN, "fake_call", {"entity_id": "notify.maria"}, blocking=True
    )
    assert [event.event_type for event in events] == ["ryze_call_placed"]
    data = table("Events", 1)
    assert sorted(names_of(data)) == sorted(events[0].data)
    assert sorted(code(text_of(data, "type"))) == sorted(CallType)


@pytest.mark.usefixtures("people")
async def test_events_of_escalations(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The README lists each event of an escalation, and each key of its data."""
    hurry(simulator, monkeypatch)
    simulator.default_behaviour = Behaviour.DECLINE
    events = capture(hass)
    await escalate(hass)
    (told,) = [e for e in events if e.event_type == "ryze_escalation_exhausted"]
    (sentence,) = re.findall(r"Escalations have events.*? with (.*?)\.", prose(README))
    assert sorted(code(sentence)) == sorted(told.data)
    named = set(re.findall(r"ryze_escalation_\w+", prose(README)))
    ends = {"acknowledged", "exhausted", "started", "stopped"}
    assert named == {f"ryze_escalation_{end}" for end in ends}


async def test_entities_of_contacts(
    hass: HomeAssistant, people: MockConfigEntry
) -> None:
    """The table lists each entity of a contact, by the ids of a first contact Maria."""
    ids = names_of(table("Contacts"))
    assert sorted(ids) == entities_of(hass, contact_of(people, "Maria"))


async def test_entities_of_instances(
    entity_registry: er.EntityRegistry, people: MockConfigEntry
) -> None:
    """The table lists each entity of an instance, and marks diagnostic ones."""
    entries = er.async_entries_for_config_entry(entity_registry, people.entry_id)
    entities = {e.original_name: e for e in entries if e.config_subentry_id is None}
    rows = dict(table("Entities"))
    assert sorted(rows) == sorted(map(str, entities))
    for name, text in rows.items():
        diagnostic = entities[name].entity_category is EntityCategory.DIAGNOSTIC
        assert ("(diagnostic" in text) is diagnostic
        assert ("off by default" in text) is bool(entities[name].disabled_by)


def test_setting_up() -> None:
    """The table lists each field of the form by its label."""
    texts = load("translations/en.json")["config"]["step"]["user"]["data"]
    rows = dict(table("Set up"))
    assert list(rows) == [texts[str(key)] for key in USER_SCHEMA.schema]
    assert code(rows["URL"])[0] == DEFAULT_URL


def test_symptoms() -> None:
    """The README quotes repair issues and errors literally."""
    rows = table("When something is wrong")
    quoted = re.findall(r"\*([^*]+)\*", " ".join(symptom for symptom, _ in rows))
    texts = load("translations/en.json")
    said = [text["title"] for text in texts["issues"].values()]
    said += [text["message"] for text in texts["exceptions"].values()]
    # The README has an ellipsis in place of the name.
    said = [text.replace("{instance}", "…") for text in said]
    assert [
        quote for quote in quoted if not any(quote.strip("… ") in text for text in said)
    ] == []
    assert len(quoted) >= len(texts["issues"])

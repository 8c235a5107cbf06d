"""Tests of what is known of LIDs, and of asking for them."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from custom_components.ryze.api import Identity
from custom_components.ryze.calls import lid_finder
from custom_components.ryze.calls.lids import MAX_PEOPLE, LidBook
from tests.helpers.calls import call
from tests.helpers.common import setup_live, until
from tests.helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA, SHORT_MARIA
from tests.simulator import Behaviour, Fault, FaultKind, People, Simulator
from tests.simulator.frames import lid_digits

OWN = "5511900000000"


def asked(simulator: Simulator) -> int:
    """Return how often RyzeAPI was asked for an account."""
    return sum(request.route == "account" for request in simulator.requests)


def book_of(entry: MockConfigEntry) -> LidBook:
    """Return the LIDs that an entry knows."""
    book: LidBook = entry.runtime_data.calls._store.lids
    return book


async def until_known(entry: MockConfigEntry) -> None:
    """Wait until the LID of the instance itself is known."""
    await until(lambda: book_of(entry).own.lid)


async def test_number_is_asked_for_after_the_call(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """The LID of a number is asked for once, behind the request for the call."""
    await until_known(live)
    before = asked(simulator)
    await call(hass, ANA)
    await until(lambda: book_of(live).lid_of(ANA) == lid_digits(ANA))
    routes = [request.route for request in simulator.requests]
    assert routes.index("fake") < len(routes) - 1 - routes[::-1].index("account")
    await call(hass, ANA)
    await until(lambda: not live.runtime_data.calls._finder._tasks)
    assert asked(simulator) == before + 1


async def test_last_requests_are_left_to_calls(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """The last 20 requests of a minute are not spent on LIDs."""
    await until_known(live)
    before = asked(simulator)
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=21, resets_in=50)
    await call(hass, ANA)
    await until(lambda: not live.runtime_data.calls._finder._tasks)
    assert asked(simulator) == before
    assert book_of(live).lid_of(ANA) is None


async def test_contacts_are_asked_for_once_a_day(
    hass: HomeAssistant,
    simulator: Simulator,
    people_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each contact is asked for once, and again after a day."""
    monkeypatch.setattr(lid_finder, "CONTACTS_DELAY", 0.02)
    monkeypatch.setattr(lid_finder, "CONTACTS_INTERVAL", 0.0)
    await setup_live(hass, people_entry)
    book = book_of(people_entry)
    await until(lambda: book.lid_of(MARIA) and book.lid_of(JOAO) and book.own.lid)
    assert asked(simulator) == 3
    monkeypatch.setattr(lid_finder, "MAX_AGE", 0.0)
    await until(lambda: asked(simulator) >= 6)


async def test_unload_while_asking(
    hass: HomeAssistant, simulator: Simulator, live: MockConfigEntry
) -> None:
    """An unload ends the question at once."""
    await until_known(live)
    simulator.inject(Fault(FaultKind.HANG, route="account", times=None))
    await call(hass, ANA)
    await until(lambda: simulator.requests[-1].route == "account")
    assert await hass.config_entries.async_unload(live.entry_id)
    assert not live_tasks(hass)


def live_tasks(hass: HomeAssistant) -> list[str]:
    """Return the names of the tasks that ask for LIDs."""
    names = [task.get_name() for task in asyncio.all_tasks(hass.loop)]
    return [name for name in names if "LID" in name]


@pytest.mark.usefixtures("loaded")
async def test_no_live_updates(hass: HomeAssistant, simulator: Simulator) -> None:
    """Without live updates nobody needs LIDs, and nothing is asked for."""
    await call(hass, ANA)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert asked(simulator) == 0


@pytest.mark.parametrize("knows", [True, False])
async def test_answer_of_a_hidden_person(
    hass: HomeAssistant,
    simulator: Simulator,
    live: MockConfigEntry,
    knows: bool,
) -> None:
    """News with an unknown LID wait until RyzeAPI tells whose LID it is."""
    await until_known(live)
    simulator.choices.people = People.LID
    simulator.choices.id_matches = False
    simulator.choices.account_lid = knows
    simulator.second = 1.0
    simulator.inject(Fault(FaultKind.DELAY, delay=0.3, route="account"))
    simulator.phone(ANA).behaviour = Behaviour.ANSWER
    (row,) = await call(hass, ANA, wait=2)
    assert row["outcome"] == ("answered" if knows else "unknown")


async def test_lids_outlive_a_restart(
    hass: HomeAssistant, hass_storage: dict[str, Any], live: MockConfigEntry
) -> None:
    """LIDs are stored, and not in the contacts."""
    await until_known(live)
    await call(hass, ANA)
    await until(lambda: book_of(live).lid_of(ANA))
    stored = book_of(live).as_stored()
    read = LidBook()
    read.load(stored)
    assert read.lid_of(ANA) == lid_digits(ANA)
    assert read.own == book_of(live).own
    assert lid_digits(ANA) not in str(live.as_dict())


def test_book() -> None:
    """A LID belongs to a person, in every spelling of the number, and may change."""
    book = LidBook()
    assert book.learn(MARIA, "100001")
    assert not book.learn(SHORT_MARIA, "100001") or book.lid_of(MARIA) == "100001"
    assert book.lid_of(SHORT_MARIA) == "100001"
    assert book.is_about(Identity(lid="100001"), MARIA)
    assert book.learn(MARIA, "100002")
    assert book.number_of(Identity(lid="100001")) is None
    assert book.number_of(Identity(lid="100002")) in (MARIA, SHORT_MARIA)


def test_book_knows_the_instance() -> None:
    """The instance's own number and LID are kept until the number changes."""
    book = LidBook()
    book.learn_own(OWN, None)
    book.learn_own(None, "200002", 1.0)
    assert book.is_own(Identity(number=OWN))
    assert book.is_own(Identity(lid="200002"))
    assert not book.learn_own(OWN, None)
    book.learn_own(JOAO, None)
    assert book.own.lid is None
    assert not book.is_own(Identity(number=OWN))


def test_book_is_bounded() -> None:
    """Not more people are kept than there is room for; the oldest go first."""
    book = LidBook()
    for number in range(MAX_PEOPLE + 50):
        book.learn(str(10**10 + number), str(10**9 + number))
    assert len(book.as_stored()["people"]) == MAX_PEOPLE
    assert book.lid_of(str(10**10)) is None
    assert book.number_of(Identity(lid=str(10**9))) is None
    assert book.lid_of(str(10**10 + 549)) == str(10**9 + 549)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {"own": 1, "people": {}},
        {"own": {"number": "x", "lid": None, "asked_at": 0}},
        {"people": [None, {}, {"number": 1}, {"number": MARIA, "lid": "1@lid"}]},
        {"people": [{"number": MARIA, "lid": "100001", "asked_at": True}]},
    ],
)
def test_book_with_nonsense(stored: object) -> None:
    """Stored data that make no sense are passed over."""
    book = LidBook()
    book.load(stored)
    assert book.as_stored() == LidBook().as_stored()


def test_what_is_learned_is_newer_than_the_file() -> None:
    """Stored LIDs are added to those that were learned before the file was read."""
    book = LidBook()
    book.learn_own(OWN, None)
    book.learn(MARIA, "1", 20)
    book.learn(ANA, None, 20)
    book.load(
        {
            "own": {"number": OWN, "lid": "9", "asked_at": 10},
            "people": [
                {"number": MARIA, "lid": "2", "asked_at": 10},
                {"number": ANA, "lid": "3", "asked_at": 10},
                {"number": JOAO, "lid": "4", "asked_at": 10},
            ],
        }
    )
    assert (book.own.lid, book.own.asked_at) == ("9", 10)
    assert [book.lid_of(number) for number in (MARIA, ANA, JOAO)] == ["1", "3", "4"]
    assert book.number_of(Identity(lid="2")) is None
    assert book.number_of(Identity(lid="3")) == ANA


def test_number_that_is_newer_than_the_file() -> None:
    """The stored LID of another number of the instance is dropped."""
    book = LidBook()
    book.learn_own(ANA, None)
    book.load({"own": {"number": OWN, "lid": "9", "asked_at": 10}, "people": []})
    assert (book.own.number, book.own.lid) == (ANA, None)

"""Whose phone rings: numbers of all countries, in all ways of writing.

Nobody's phone rings for another person's number. The figures of the long run stand in
docs/reliability.md.
"""

from collections.abc import Iterator
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumber
import pytest

from .table import Table
from .written import (
    COUNTRIES,
    HOMES,
    WITH_CODE,
    WRONG,
    example_numbers,
    random_numbers,
)

# Ways that leave a digit or an area code out, or add a digit. No rule can see that the
# rest is somebody else's number.
UNKNOWABLE = (*WRONG, "area code missing")

SHORT = (12, 4)
LONG = (300, 100)
SIZES = [
    pytest.param(SHORT, id="short"),
    pytest.param(LONG, id="long", marks=[pytest.mark.faults, pytest.mark.timeout(900)]),
]


def numbers(
    count: int, *, mobile: bool
) -> Iterator[tuple[str, tuple[PhoneNumber, ...]]]:
    """Yield the countries with their random numbers."""
    for region in COUNTRIES:
        yield region, random_numbers(region, count, mobile=mobile)


def known(table: Table) -> list[tuple[str, object, str | None, str]]:
    """Return the numbers of other people that would be rung, but for unknowable ones."""
    return [other for other in table.others if other[0] not in UNKNOWABLE]


@pytest.mark.parametrize("size", SIZES)
def test_own_country(size: tuple[int, int]) -> None:
    """Read in their own country, mobile numbers are called, and no stranger is."""
    table = Table()
    for region, found in numbers(size[0], mobile=True):
        table.read(found, region)
    assert known(table) == []
    for way in (*WITH_CODE, "national", "national brackets", "international digits"):
        assert table.share(way) >= (99.9 if size == LONG else 99.5)
    assert table.share("international integer") >= 99.9
    assert table.share("national digits") >= 93
    assert table.share("national integer") >= 84
    for way in ("octal", *UNKNOWABLE):
        assert table.called[way] == 0
    if size == LONG:
        check_page(table)


@pytest.mark.parametrize("size", SIZES)
def test_landlines_of_the_own_country(size: tuple[int, int]) -> None:
    """Read in their own country, landlines are called as their country writes them."""
    table = Table()
    for region, found in numbers(size[1], mobile=False):
        table.read(found, region)
    # Where a country writes a 0 in front and the 0 is missing, the digits may be a
    # mobile number abroad.
    assert {way for way, *_ in known(table)} <= {
        "national digits",
        "national integer",
        "national .0",
    }
    for way in (*WITH_CODE, "national", "national with 0"):
        assert table.share(way) >= 99.5
    if size == LONG:
        check_page(table)


@pytest.mark.parametrize("size", SIZES)
def test_other_countries(size: tuple[int, int]) -> None:
    """With plus, 00 or as a JID, numbers are the same in every country."""
    table = Table()
    for mobile in (True, False):
        for region, found in numbers(size[not mobile], mobile=mobile):
            for home in HOMES:
                if home != region:
                    table.read(found, home)
    assert table.strangers(*WITH_CODE) == []
    assert {table.share(way) for way in WITH_CODE} == {100}
    # A number that is grouped and whose country code is a group of its own.
    assert len(table.strangers("international without plus")) <= table.total / 10_000
    assert table.strangers("international integer", "international .0") == []


def test_examples_of_every_country() -> None:
    """The examples of every country can be called, and no stranger is."""
    own, others = Table(), Table()
    for region, number in example_numbers():
        own.read([number], region)
        for home in ("BR", None):
            others.read([number], home)
    assert known(own) == []
    assert {own.share(way) for way in WITH_CODE} == {100}
    assert own.share("national") >= 98
    assert others.strangers(*WITH_CODE) == []
    assert {others.share(way) for way in WITH_CODE} == {100}


def check_page(table: Table) -> None:
    """Check that the documentation shows the rows of a table."""
    assert "\n".join(table.rows()) in Path("docs/reliability.md").read_text()


def test_same_numbers_every_time() -> None:
    """The random numbers are the same in every run, and valid."""
    found = random_numbers("BR", 3, mobile=True)
    assert random_numbers.__wrapped__("BR", 3, mobile=True) == found
    assert all(map(phonenumbers.is_valid_number, found))

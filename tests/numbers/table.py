"""Table of how written numbers are read: called, refused, or another person's."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import override

from phonenumbers import PhoneNumber

from .written import digits_of, write
from custom_components.ryze.phone_numbers import (
    NumberError,
    is_same_person,
    normalize_number,
)


@dataclass
class Table:
    """Counts by way of writing, and the numbers of other people that would be rung."""

    called: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    others: list[tuple[str, object, str | None, str]] = field(default_factory=list)

    def read(self, numbers: Iterable[PhoneNumber], home: str | None) -> None:
        """Read numbers in all ways of writing under a country of Home Assistant."""
        for number in numbers:
            for way, written in write(number):
                try:
                    found = normalize_number(written, home)
                except NumberError as err:
                    self.refused[way] += 1
                    self.keys[err.key] += 1
                    continue
                if is_same_person(found, digits_of(number)):
                    self.called[way] += 1
                else:
                    self.others.append((way, written, home, found))

    def strangers(self, *ways: str) -> list[tuple[str, object, str | None, str]]:
        """Return the numbers of other people, for some ways of writing."""
        return [other for other in self.others if other[0] in ways]

    @property
    def total(self) -> int:
        """Return how often a number was read."""
        return self.called.total() + self.refused.total() + len(self.others)

    def share(self, way: str) -> float:
        """Return the percentage of numbers that are called, for a way of writing."""
        all_of_them = self.called[way] + self.refused[way] + len(self.strangers(way))
        return 100 * self.called[way] / all_of_them

    def rows(self) -> list[str]:
        """Return the rows of the table in the documentation."""
        return [
            f"| {way} | {self.share(way):.1f} % | {len(self.strangers(way)):,} |"
            for way in {**self.called, **self.refused}
        ]

    @override
    def __str__(self) -> str:
        """Return the table as text."""
        return "\n".join([f"{self.total:,} numbers read", *self.rows()])

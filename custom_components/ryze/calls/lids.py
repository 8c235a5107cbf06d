"""LIDs: which hidden identity belongs to which number.

WhatsApp may name people by LID alone. RyzeAPI tells the LID of a number, and some frames
hold both.
"""

from dataclasses import dataclass
from typing import Any, Final

from ..api import Identity
from ..phone_numbers import is_same_person, same_person_key

# Limit for the people whose LIDs are kept.
MAX_PEOPLE: Final = 500

_NUMBER: Final = "number"
_LID: Final = "lid"
_ASKED_AT: Final = "asked_at"
_OWN: Final = "own"
_PEOPLE: Final = "people"


@dataclass(kw_only=True)
class KnownPerson:
    """A number, its LID, and when RyzeAPI was asked for the LID, in Unix time."""

    number: str | None = None
    lid: str | None = None
    asked_at: float = 0


class LidBook:
    """The known LIDs of people and of the instance itself, which outlive a restart."""

    def __init__(self) -> None:
        """Start with nobody known."""
        self.own = KnownPerson()
        self._people: dict[str, KnownPerson] = {}
        self._by_lid: dict[str, str] = {}

    def find(self, number: str) -> KnownPerson | None:
        """Return what is known of the person with a number."""
        return self._people.get(same_person_key(number))

    def lid_of(self, number: str | None) -> str | None:
        """Return the LID of a number, None where it is unknown."""
        person = self.find(number) if number else None
        return person.lid if person else None

    def number_of(self, identity: Identity) -> str | None:
        """Return the number of an identity, None where it is hidden and unknown."""
        if identity.number or not identity.lid:
            return identity.number
        person = self._people.get(self._by_lid.get(identity.lid, ""))
        return person.number if person else None

    def is_own(self, identity: Identity) -> bool:
        """Return whether an identity is known to be the instance's own."""
        if identity.lid and identity.lid == self.own.lid:
            return True
        return is_same_person(identity.number, self.own.number)

    def is_other(self, identity: Identity) -> bool:
        """Return whether an identity is known to be another person's."""
        if self.is_own(identity):
            return False
        number = self.number_of(identity)
        if number and self.own.number:
            return not is_same_person(number, self.own.number)
        if identity.lid and self.own.lid:
            return True
        # As long as nothing is known of the instance, a frame may have taught its number.
        person = self.find(number) if number else None
        return person is not None and person.asked_at > 0

    def is_about(self, identity: Identity, number: str) -> bool:
        """Return whether an identity is that of the person with a number."""
        if is_same_person(identity.number, number):
            return True
        return identity.lid is not None and identity.lid == self.lid_of(number)

    def learn(self, number: str, lid: str | None, asked_at: float = 0) -> bool:
        """Note the LID of a number, and return whether anything is new."""
        if is_same_person(number, self.own.number):
            return self.learn_own(None, lid, asked_at)
        key = same_person_key(number)
        before = self._people.pop(key, None)
        if lid is None and before:
            lid = before.lid
        asked_at = asked_at or (before.asked_at if before else 0)
        person = KnownPerson(number=number, lid=lid, asked_at=asked_at)
        if before and before.lid:
            self._by_lid.pop(before.lid, None)
        if lid and (owner := self._by_lid.get(lid)):
            # A LID belongs to one person, the one learned last.
            self._people[owner].lid = None
        # The last one learned stands at the end.
        self._people[key] = person
        if lid:
            self._by_lid[lid] = key
        while len(self._people) > MAX_PEOPLE:
            dropped = self._people.pop(next(iter(self._people)))
            self._by_lid.pop(dropped.lid or "", None)
        return person != before

    def learn_own(
        self, number: str | None, lid: str | None, asked_at: float = 0
    ) -> bool:
        """Note the number and the LID of the instance, and return whether one is new."""
        before = self.own
        if number and before.number and not is_same_person(number, before.number):
            # The instance has another number now, and with it another LID.
            before = KnownPerson()
        # RyzeAPI gives the same number in two spellings; the first one stays.
        person = KnownPerson(
            number=before.number or number,
            lid=lid or before.lid,
            asked_at=asked_at or before.asked_at,
        )
        changed = person != self.own
        self.own = person
        return changed

    def as_stored(self) -> dict[str, Any]:
        """Return the data to store."""
        return {
            _OWN: vars(self.own).copy(),
            _PEOPLE: [vars(person).copy() for person in self._people.values()],
        }

    def load(self, stored: object) -> None:
        """Read stored data, and pass over what makes no sense.

        What was learned before is newer than the stored data.
        """
        if not isinstance(stored, dict):
            return
        newer_own, newer = self.own, list(self._people.values())
        self.own = _read(stored.get(_OWN)) or KnownPerson()
        self._people, self._by_lid = {}, {}
        people = stored.get(_PEOPLE)
        known = map(_read, people[:MAX_PEOPLE] if isinstance(people, list) else [])
        self.learn_own(newer_own.number, newer_own.lid, newer_own.asked_at)
        for person in [*filter(None, known), *newer]:
            if person.number:
                self.learn(person.number, person.lid, person.asked_at)


def _read(stored: object) -> KnownPerson | None:
    """Return a stored person, None where the data make no sense."""
    if not isinstance(stored, dict):
        return None
    number, lid = stored.get(_NUMBER), stored.get(_LID)
    asked_at = stored.get(_ASKED_AT)
    if not all(value is None or _is_digits(value) for value in (number, lid)):
        return None
    if isinstance(asked_at, bool) or not isinstance(asked_at, int | float):
        return None
    return KnownPerson(number=number, lid=lid, asked_at=asked_at)


def _is_digits(value: object) -> bool:
    """Return whether a value is the text of a number or a LID."""
    return isinstance(value, str) and value.isdecimal() and value.isascii()

"""News of calls, and whose call they may be about."""

from dataclasses import dataclass

from ..api import CallUpdate
from ..phone_numbers import same_person_key
from .call import Call


def is_same(one: str, other: str | None) -> bool:
    """Return whether two numbers are the same person's."""
    return other is not None and same_person_key(one) == same_person_key(other)


@dataclass(frozen=True)
class News:
    """An update, whose it may be, and when it came."""

    update: CallUpdate
    own_number: str | None
    at: float

    @property
    def people(self) -> set[str]:
        """Return who is named beside the instance; empty where they are hidden."""
        everybody = {same_person_key(number) for number in self.update.numbers}
        return everybody - {same_person_key(self.own_number or "")}

    def is_about(self, calls: list[Call]) -> list[Call]:
        """Return the calls that this may be about, going by the number."""
        people = self.people
        return [
            call
            for call in calls
            # Who is hidden may be anybody.
            if not people or (call.number and same_person_key(call.number) in people)
        ]

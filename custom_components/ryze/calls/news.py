"""News: an update about a call, and the calls that it may be about."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..api import CallUpdate
from ..phone_numbers import same_person_key
from .memory import FollowedCall


@dataclass(frozen=True)
class News:
    """An update, the instance's own number, and the time by the event loop's clock."""

    update: CallUpdate
    own_number: str | None
    at: float

    @property
    def person_keys(self) -> set[str]:
        """Return the keys of all people but the instance, none where they are hidden."""
        keys = {same_person_key(number) for number in self.update.numbers}
        return keys - {same_person_key(self.own_number or "")}

    def matching(self, calls: Iterable[FollowedCall]) -> list[FollowedCall]:
        """Return the calls whose number is one of the update's."""
        keys = self.person_keys
        return [
            followed
            for followed in calls
            # A frame without a readable number (`@lid`) can belong to any call.
            if not keys
            or ((number := followed.call.number) and same_person_key(number) in keys)
        ]

"""What entities show of a running escalation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from homeassistant.core import HomeAssistant

from ..const import CONF_NUMBER, DOMAIN, SUBENTRY_CONTACT
from ..phone_numbers import same_person_key
from .plan import Plan
from .target import Target


class View:
    """Where an escalation shows, who is called at the moment, and who is next."""

    def __init__(self, hass: HomeAssistant, plan: Plan) -> None:
        """Initialize."""
        self._plan = plan
        # The entries that the escalation may call from.
        self.entry_ids = _find_entry_ids(hass, plan.targets)
        # The people whose phones may ring.
        self.calling: list[Target] = []
        # Called when somebody's phone begins or ceases to ring.
        self.notify: Callable[[], None] = lambda: None

    @property
    def upcoming(self) -> list[Target]:
        """Return the people who are called next, none in the last turn."""
        return [] if self._plan.is_done else [self._plan.next_target]

    @contextmanager
    def showing(self, target: Target) -> Iterator[None]:
        """Show that a person is called."""
        self.calling.append(target)
        self.notify()
        try:
            yield
        finally:
            self.calling.remove(target)
            self.notify()


def _find_entry_ids(hass: HomeAssistant, targets: list[Target]) -> set[str]:
    """Return the ids of the entries that can call one of the people.

    An instance with the same person as a contact stands in for the chosen instance.
    """
    found = {target.entry_id for target in targets}
    others = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.entry_id not in found
    ]
    if not others:
        return found
    people = {same_person_key(target.number) for target in targets}
    return found | {
        entry.entry_id
        for entry in others
        if any(
            same_person_key(contact.data[CONF_NUMBER]) in people
            for contact in entry.get_subentries_of_type(SUBENTRY_CONTACT)
        )
    }

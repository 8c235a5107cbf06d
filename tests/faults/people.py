"""The people of the house."""

from dataclasses import dataclass
from typing import Final

from tests.helpers.const import ANA, JOAO, MARIA, NUMBER_MARK


@dataclass(frozen=True)
class Person:
    """A person who can be called."""

    number: str
    instance: str
    contact: str | None = None


MARIA_AT_HOME: Final = Person(MARIA, "home", "maria")
JOAO_AT_HOME: Final = Person(JOAO, "home", "joao")
ANA_AT_OFFICE: Final = Person(ANA, "office", "ana")
# Bruno is not a contact.
BRUNO: Final = Person(f"5511{NUMBER_MARK}4", "home")

RECIPIENTS: Final = {
    "one": (MARIA_AT_HOME,),
    "of two instances": (MARIA_AT_HOME, ANA_AT_OFFICE),
    "with a number": (JOAO_AT_HOME, BRUNO),
}

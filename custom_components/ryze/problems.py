"""Problems of an escalation: what is wrong with one part costs that part alone."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, override

from homeassistant.exceptions import ServiceValidationError

from .const import (
    ATTR_LANGUAGE,
    ATTR_MEDIA,
    ATTR_MEDIA_BASE64,
    ATTR_MEDIA_URL,
    ATTR_MESSAGE,
    ATTR_NUMBER,
    ATTR_TTS_ENTITY,
    ATTR_TTS_OPTIONS,
)
from .errors import refusal
from .fields import is_empty
from .privacy import hide_numbers

# The first of several audios is taken.
AUDIO: Final[tuple[str, ...]] = (
    ATTR_MESSAGE,
    ATTR_MEDIA,
    ATTR_MEDIA_URL,
    ATTR_MEDIA_BASE64,
)
SPEECH: Final[tuple[str, ...]] = (ATTR_LANGUAGE, ATTR_TTS_ENTITY, ATTR_TTS_OPTIONS)


@dataclass(frozen=True)
class Problem:
    """A part of an escalation that is left out."""

    field: str
    # Key of the error that the other actions raise.
    error: str
    # The entity, or the position among the numbers.
    value: str | None = None

    @override
    def __str__(self) -> str:
        """Return the problem as the log shows it."""
        value = "" if self.value is None else f" {self.value}"
        return f"{self.field}{value}: {self.error}"

    def as_refusal(self) -> ServiceValidationError:
        """Return the error of a recipient that does not exist."""
        where = "position" if self.field == ATTR_NUMBER else "entity"
        return refusal(self.error, **{where: self.value or "?"})

    def as_dict(self) -> dict[str, str | None]:
        """Return the problem as a part of a response."""
        return asdict(self)


def take_what_makes_sense(
    fields: Mapping[Any, Callable[[Any], Any]], data: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the fields that make sense, and the problems of the others.

    Fields that are left empty count as not given.
    """
    validators = {str(marker): validator for marker, validator in fields.items()}
    taken: dict[str, Any] = {}
    problems: list[Problem] = []
    for field, value in data.items():
        if is_empty(value):
            continue
        if field not in validators:
            # An unknown key may be a phone number, which is not repeated.
            name = str(field)
            shown = hide_numbers(name) if name.isidentifier() else "?"
            problems.append(Problem(shown, "invalid_field"))
            continue
        try:
            taken[field] = validators[field](value)
        except ServiceValidationError as err:
            problems.append(Problem(field, err.translation_key or "invalid_field"))
        except Exception:  # noqa: BLE001
            # Values of all kinds make validators fail in ways of their own.
            problems.append(Problem(field, "invalid_field"))
    problems += _take_one_audio(taken, data)
    return taken, problems


def _take_one_audio(taken: dict[str, Any], data: Mapping[str, Any]) -> list[Problem]:
    """Leave one audio and what belongs to it, and return the problems of the rest.

    Audio that is empty or broken becomes an empty message, in whose place a tone is
    played: somebody wanted to say something, so a phone that just rings is too little.
    """
    problems: list[Problem] = []
    given = [field for field in AUDIO if field in data]
    usable = [field for field in AUDIO if field in taken]
    if given and not usable:
        taken[ATTR_MESSAGE] = ""
        problems += [
            Problem(field, "empty_message" if field == ATTR_MESSAGE else "empty_audio")
            for field in given
            if is_empty(data[field])
        ]
    for field in usable[1:]:
        del taken[field]
        problems.append(Problem(field, "one_audio"))
    if ATTR_MESSAGE not in taken:
        for field in SPEECH:
            if taken.pop(field, None) is not None:
                problems.append(Problem(field, "speech_without_message"))
    return problems

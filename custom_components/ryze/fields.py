"""Values of the fields of actions, as forms, YAML and templates make them."""

from collections.abc import Callable
import math
import re
from typing import Any, Final

import voluptuous as vol

from homeassistant.helpers import config_validation as cv

from .errors import refusal

# No speech engine has options that are nested more deeply.
_MAX_DEPTH: Final = 20


def is_empty(value: Any) -> bool:
    """Return whether a template or a form has left a field empty."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, dict):
        # The media picker leaves its keys behind.
        return all(is_empty(item) for item in value.values())
    return value is None or (
        isinstance(value, list | tuple | set | frozenset) and not value
    )


def as_list(value: Any) -> list[Any]:
    """Validate one or several recipients, also as text that separates them."""
    items = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return [
        part
        for item in items
        for part in (
            re.split("[,;\n]", item.strip()) if isinstance(item, str) else [item]
        )
    ]


def text(value: Any) -> str:
    """Validate text, and replace half surrogates, which JSON cannot hold."""
    return cv.string(value).encode(errors="replace").decode()


def whole_number(key: str, minimum: int, maximum: int) -> Callable[[Any], int]:
    """Return a validator for a whole number in a range."""

    def validate(value: Any) -> int:
        number = -1
        if isinstance(value, str) and re.fullmatch(r"\s*\d{1,9}(\.0*)?\s*", value):
            # A template may render text, and decimals.
            number = int(float(value))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            number = int(value) if value == value // 1 else -1
        if not minimum <= number <= maximum:
            raise refusal(key, minimum=str(minimum), maximum=str(maximum))
        return number

    return validate


def media(value: Any) -> str:
    """Validate a media id, as text or as the media picker gives it."""
    if isinstance(value, dict):
        value = value.get("media_content_id")
    if not isinstance(value, str) or not value.strip():
        raise refusal("unknown_media")
    return text(value.strip())


def options(value: Any) -> Any:
    """Validate options of speech, and make them such that JSON can hold them."""
    if not isinstance(value, dict):
        raise vol.Invalid("No dictionary")
    return _plain(value)


def _plain(value: Any, depth: int = 0) -> Any:
    """Return a value such that JSON can hold it, because escalations are stored."""
    if depth > _MAX_DEPTH:
        raise vol.Invalid("Too deep")
    match value:
        case dict():
            return {text(key): _plain(item, depth + 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item, depth + 1) for item in value]
        case str():
            return text(value)
        case bool() | None:
            return value
        case int() if abs(value) >= 2**63:
            return str(value)
        case float() if not math.isfinite(value):
            raise vol.Invalid("Not a number")
        case int() | float():
            return value
        case _:
            # YAML also makes dates, which no speech engine takes.
            raise vol.Invalid("No plain value")

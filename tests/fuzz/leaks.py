"""Looking for what must not be told."""

from typing import Any

from homeassistant.helpers.json import json_bytes

from tests.helpers.const import NUMBER_MARK, SECRET_MARK


def secrets_in(told: object) -> list[str]:
    """Return the marks of tokens and numbers in what would be shown of a thing."""
    text = repr(told)
    return [mark for mark in (SECRET_MARK, NUMBER_MARK) if mark in text]


def size_of(told: Any) -> int:
    """Return how long something is as JSON; fails where Home Assistant could not tell it.

    Orjson writes whatever Home Assistant stores or shows, and takes no half of a
    surrogate pair and no integer of more than 64 bits.
    """
    return len(json_bytes(told))

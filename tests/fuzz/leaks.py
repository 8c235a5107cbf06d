"""Searches for tokens and numbers."""

from typing import Any

from homeassistant.helpers.json import json_bytes

from tests.helpers.const import NUMBER_MARK, SECRET_MARK


def secrets_in(told: object) -> list[str]:
    """Return the marks of tokens and numbers in an object's representation."""
    text = repr(told)
    return [mark for mark in (SECRET_MARK, NUMBER_MARK) if mark in text]


def size_of(told: Any) -> int:
    """Return an object's length as JSON, or fail if Home Assistant cannot serialize it.

    Home Assistant stores and shows objects with orjson, which refuses lone surrogates
    and integers of more than 64 bits.
    """
    return len(json_bytes(told))

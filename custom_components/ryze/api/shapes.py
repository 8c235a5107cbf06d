"""Shapes: keys and types of received values, without the values.

Diagnostics show the shapes of frames that could not be read.
"""

from typing import Any, Final

# Levels of objects that are read from a frame, and that a shape has.
MAX_DEPTH: Final = 3
# Limit for the fields of an object.
MAX_KEYS: Final = 40


def shape_of(value: object, depth: int = 0) -> Any:
    """Return the keys of a received value and the types of its values."""
    if isinstance(value, dict):
        if depth == MAX_DEPTH:
            return "object"
        return {
            _safe_key(key): shape_of(item, depth + 1)
            for key, item in list(value.items())[:MAX_KEYS]
        }
    if isinstance(value, list):
        return [shape_of(value[0], depth + 1)] if value and depth < MAX_DEPTH else []
    return "null" if value is None else type(value).__name__


def _safe_key(key: str) -> str:
    """Return a key, or a placeholder where the key may itself be a number or an id."""
    safe = len(key) <= 40 and key.replace("_", "").isalpha()
    return key if safe else "?"

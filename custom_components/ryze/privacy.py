"""Phone numbers in names and ids, which are kept out of logs, errors and repairs."""

import re
from typing import Final

# Seven digits or more, in one piece or written in groups. A piece is preferred, because
# the digits behind it may be something else: 5511999990001_2.
_NUMBER: Final = re.compile(r"\+?(?:\d{7,}|\d(?:[\W_]*\d){6,})")
_SHOWN_DIGITS: Final = 4


def hide_numbers(text: str) -> str:
    """Return a text in which each phone number is cut down to its last digits."""
    return _NUMBER.sub(lambda match: _shown(match[0]), text)


def shown_name(name: str, kind: str = "") -> str:
    """Return the name of an instance as logs and repairs show it.

    A name that holds a phone number is replaced by the last digits of the number, with
    the kind of the thing in front of them.
    """
    match = _NUMBER.search(name)
    return f"{kind}{_shown(match[0])}" if match else name


def _shown(number: str) -> str:
    """Return the last digits of a number, marked as such."""
    digits = [digit for digit in number if digit.isdecimal()]
    return f"…{''.join(digits[-_SHOWN_DIGITS:])}"

"""Phone numbers: from written text to the digits that RyzeAPI takes."""

from functools import lru_cache
import re
import unicodedata

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

# Load the rules of all countries while the module is imported, outside the event loop.
# Otherwise the first number of a country would read a file within the event loop.
PhoneMetadata.load_all()

# A JID, WhatsApp's id of a person, with the device behind a colon.
_JID = re.compile(r"(\d{1,20})(?::\d+)?@s\.whatsapp\.net", re.ASCII)
_NUMBER = re.compile(r"\+?[\d\s()./-]{1,40}")

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class NumberError(ValueError):
    """The text is no number that can be called; the key says why."""

    def __init__(self, key: str) -> None:
        """Initialize; the text of the error does not hold the number."""
        super().__init__(key)
        self.key = key


def normalize_number(value: object, region: str | None) -> str:
    """Return the digits of a number in international form.

    The region is the two-letter country code of Home Assistant, which numbers
    without a country code are read in. Raises NumberError.
    """
    return _normalize(_plain_text(value), region)


# Actions call the same few people again and again.
@lru_cache(maxsize=256)
def _normalize(text: str, region: str | None) -> str:
    """Return the digits of a number in plain characters."""
    if match := _JID.fullmatch(text):
        text = f"+{match[1]}"
    elif "@" in text:
        raise NumberError("not_a_person")
    if not _NUMBER.fullmatch(text):
        raise NumberError("invalid_number")

    readings = [_read(text, None)] if text[0] == "+" else _read_both_ways(text, region)
    found = {_digits(number): number for number in readings if number is not None}
    if not found:
        raise NumberError("invalid_number")
    return _choose(found)


@lru_cache(maxsize=2048)
def same_person_key(digits: str) -> str:
    """Return a key that is equal for numbers of the same person.

    WhatsApp's ids leave out Brazil's ninth digit, Mexico's 1 and Argentina's 9
    behind the country code.
    """
    # Only the subscribers of 6 to 9 ever were mobile without a ninth digit: the
    # eight digits behind 92, say, are somebody's landline.
    if match := re.fullmatch(r"(55\d\d)9([6-9]\d{7})", digits):
        return match[1] + match[2]
    if match := re.fullmatch(r"(52)1(\d{10})|(54)9(\d{10})", digits):
        return "".join(part for part in match.groups() if part)
    return digits


def is_same_person(one: str | None, other: str | None) -> bool:
    """Return whether two numbers are known and the same person's."""
    if one is None or other is None:
        return False
    return same_person_key(one) == same_person_key(other)


def format_number(digits: str) -> str:
    """Return a number in the usual international form."""
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except NumberParseException:
        return f"+{digits}"
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _plain_text(value: object) -> str:
    """Return a value as text in plain characters."""
    if isinstance(value, int):
        # YAML and templates turn plain digits into an integer.
        return str(value) if 0 <= value < 10**20 else ""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value.strip()
    # Numbers copied from an address book hold invisible direction marks, and those from
    # a web page hold dashes of all kinds.
    categories = {"Cf": "", "Pd": "-"}
    return "".join(
        categories.get(unicodedata.category(char), char)
        for char in unicodedata.normalize("NFKC", value)
    ).strip()


def _read_both_ways(text: str, region: str | None) -> list[PhoneNumber | None]:
    """Return the international and the national reading of a number without a plus."""
    international = _read(f"+{text}", None)
    if region is not None:
        return [international, _read(text, region)]
    # Without a country, only validity tells an international number from a national one.
    if international and phonenumbers.is_valid_number(international):
        return [international]
    return []


def _read(text: str, region: str | None) -> PhoneNumber | None:
    """Return a number as a region reads it, None where it is not possible there."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    # The shorter is_possible_number also lets a number without its area code pass.
    result = phonenumbers.is_possible_number_with_reason(number)
    if result != ValidationResult.IS_POSSIBLE:
        return None
    # Refuse numbers that change when they are read again, such as superfluous zeros.
    again = phonenumbers.parse(f"+{_digits(number)}", None)
    return number if _digits(again) == _digits(number) else None


def _digits(number: PhoneNumber) -> str:
    """Return the international digits of a number."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")


def _choose(found: dict[str, PhoneNumber]) -> str:
    """Return the digits of the only valid reading, else of the only mobile one."""
    if len(found) == 1:
        return next(iter(found))
    valid = [
        digits
        for digits, number in found.items()
        if phonenumbers.is_valid_number(number)
    ]
    if len(valid) == 1:
        return valid[0]
    mobile = [
        digits
        for digits, number in found.items()
        if phonenumbers.number_type(number) in _MOBILE
    ]
    if len(mobile) == 1:
        return mobile[0]
    raise NumberError("ambiguous_number")

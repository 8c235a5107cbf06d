"""Phone numbers: from what people write to the digits that RyzeAPI takes."""

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

# Read in one go while the module is imported, which happens outside the event loop;
# otherwise the first number of each country would read a file within it.
PhoneMetadata.load_all()

# WhatsApp's own id of a person; a device of theirs may be named behind a colon.
_JID = re.compile(r"(\d{1,20})(?::\d+)?@s\.whatsapp\.net", re.ASCII)
_NUMBER = re.compile(r"\+?[\d\s()./-]{1,40}")

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class NumberError(ValueError):
    """What was written is no number that can be called; the key says why."""

    def __init__(self, key: str) -> None:
        """Initialize; the number itself stays out of the text."""
        super().__init__(key)
        self.key = key


def normalize_number(value: object, region: str | None) -> str:
    """Return the digits of a number in international form.

    The region is the two-letter country code of Home Assistant, which numbers
    without a country code are read in. Raises NumberError.
    """
    return _normalize(_plain_text(value), region)


# The same few people are called again and again.
@lru_cache(maxsize=256)
def _normalize(text: str, region: str | None) -> str:
    """Return the digits of a number that is in plain characters."""
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


def format_number(digits: str) -> str:
    """Return a number as people write it, in international form."""
    try:
        number = phonenumbers.parse(f"+{digits}", None)
    except NumberParseException:
        return f"+{digits}"
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _plain_text(value: object) -> str:
    """Return what was written, in plain characters."""
    if isinstance(value, int):
        # YAML and templates make an integer of plain digits.
        return str(value) if 0 <= value < 10**20 else ""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value.strip()
    # Numbers copied from an address book come with invisible direction marks, those
    # from a web page with all sorts of dashes.
    categories = {"Cf": "", "Pd": "-"}
    return "".join(
        categories.get(unicodedata.category(char), char)
        for char in unicodedata.normalize("NFKC", value)
    ).strip()


def _read_both_ways(text: str, region: str | None) -> list[PhoneNumber | None]:
    """Return a number without a plus as an international and a national one."""
    international = _read(f"+{text}", None)
    if region is not None:
        return [international, _read(text, region)]
    # Nothing tells it from a national number then, but that such numbers rarely make
    # a valid international one.
    if international and phonenumbers.is_valid_number(international):
        return [international]
    return []


def _read(text: str, region: str | None) -> PhoneNumber | None:
    """Return a number as it is read in a region, if it can be one."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    # The shorter is_possible_number also lets a number without its area code pass.
    result = phonenumbers.is_possible_number_with_reason(number)
    if result != ValidationResult.IS_POSSIBLE:
        return None
    # Nor do zeros too many stay in it when it is read as an international number.
    again = phonenumbers.parse(f"+{_digits(number)}", None)
    return number if _digits(again) == _digits(number) else None


def _digits(number: PhoneNumber) -> str:
    """Return a number's international digits."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")


def _choose(found: dict[str, PhoneNumber]) -> str:
    """Return the digits of the one reading that stands out."""
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

"""Phone numbers: from written text to the digits that RyzeAPI takes.

A stranger is never rung: text that is as likely the number of two people is refused.
"""

from functools import lru_cache
import re
from typing import Final
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from .readings import (
    NumberError,
    Reading,
    is_octal,
    read_001,
    read_abroad,
    read_both_ways,
    read_international,
    read_national,
)

__all__ = [
    "NumberError",
    "country_of",
    "format_number",
    "is_same_person",
    "normalize_number",
    "read_number",
    "same_person_key",
]

# E.164 has no longer numbers.
MAX_DIGITS: Final = 15

# A JID, WhatsApp's id of a person, with the device behind a colon.
_JID: Final = re.compile(r"(\d{1,20})(?::\d+)?@s\.whatsapp\.net", re.ASCII)
# A few digits behind a slash are the end of a second number: 030 1234567/68.
_NUMBER: Final = re.compile(
    r"\(? *\+? *\(? *\d[\d ().-]{0,40}(?:/(?=(?:\D*\d){5})[\d ().-]{0,40})?", re.ASCII
)
# Templates make decimals of numbers. Nobody groups eight digits before a single dot.
_WHOLE_DECIMAL: Final = re.compile(r"(\+?\d+)\.0|(\+?\d{8,})\.0+", re.ASCII)
_FRACTION: Final = re.compile(r"\+?\d{8,}\.\d+", re.ASCII)


def normalize_number(value: object, region: str | None) -> str:
    """Return the digits of a number in international form.

    The region is the two-letter country code of Home Assistant, which numbers
    without a country code are read in. Raises NumberError.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value < 10**MAX_DIGITS or value != int(value):
            raise NumberError("invalid_number")
        return _normalize_integer(int(value), region)
    return _normalize(_plain_text(value), region)


def read_number(text: str, region: str | None) -> list[str]:
    """Return the digits of all valid readings of text that a person has just typed.

    The person can choose, so nothing has to be guessed. Raises NumberError.
    """
    plain, _ = _without_decimals(_plain_text(text))
    return [reading.digits for reading in _read(plain, region)]


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


def country_of(digits: str) -> str | None:
    """Return the two-letter code of a number's country, None where there is none."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except NumberParseException:
        return None
    region: str | None = phonenumbers.region_code_for_number(number)
    return region


# Actions call the same few people again and again.
@lru_cache(maxsize=256)
def _normalize(text: str, region: str | None) -> str:
    """Return the digits of a number in plain characters."""
    text, was_decimal = _without_decimals(text)
    if was_decimal and not text.startswith(("+", "00")):
        return normalize_number(int(text), region)
    return _choose(_read(text, region))


@lru_cache(maxsize=256)
def _normalize_integer(number: int, region: str | None) -> str:
    """Return the digits of an integer, which may have lost a plus or a leading 0."""
    if not region:
        raise NumberError("country_missing")
    try:
        readings = read_both_ways(str(number), region)
    except NumberError:
        readings = []
    if len(readings) != 1 or not readings[0].may_call or is_octal(number, region):
        raise NumberError("unquoted_number")
    return readings[0].digits


def _plain_text(value: object) -> str:
    """Return a value as text in plain characters."""
    if not isinstance(value, str):
        return ""
    if value.isascii():
        return value.strip()
    # Numbers copied from an address book hold invisible direction marks, and those from
    # a web page hold dashes of all kinds.
    plain = {"Cf": "", "Pd": "-"}
    return "".join(
        str(unicodedata.decimal(char, ""))
        or plain.get(unicodedata.category(char), char)
        for char in unicodedata.normalize("NFKC", value)
    ).strip()


def _without_decimals(text: str) -> tuple[str, bool]:
    """Return text without the decimals that a template made, and whether it had some."""
    match = _WHOLE_DECIMAL.fullmatch(text)
    return (match[1] or match[2], True) if match else (text, False)


def _read(text: str, region: str | None) -> list[Reading]:
    """Return the readings of a number in plain characters; raises where none is."""
    if match := _JID.fullmatch(text):
        return [read_international(match[1], exact=True)]
    if "@" in text:
        raise NumberError("not_a_person")
    # Nobody groups digits such that a single 0 remains.
    if not _NUMBER.fullmatch(text) or _FRACTION.fullmatch(text) or text.endswith(".0"):
        raise NumberError("invalid_number")
    bare = text.lstrip("( ")
    if bare.startswith("+"):
        return [read_international(bare)]
    if bare.startswith("00"):
        found = read_international(bare[2:], only_valid=True)
        return [found, *read_001(bare, region, found)]
    if not region:
        raise NumberError("country_missing")
    if bare != text or bare.startswith("0"):
        return [read_national(text, region), *read_abroad(text, region)]
    return read_both_ways(text, region)


def _choose(readings: list[Reading]) -> str:
    """Return the digits of the reading that is meant for sure."""
    if len(readings) > 1:
        grouped = [reading for reading in readings if reading.is_grouped]
        if len(grouped) == 1:
            readings = grouped
    may_call = [reading for reading in readings if reading.may_call]
    # A landline whose notation is unusual never wins, and counts against the others.
    if len(may_call) != 1 or (len(readings) > 1 and not may_call[0].is_mobile):
        raise NumberError("ambiguous_number")
    return may_call[0].digits

"""Readings of a written phone number: whose number the text may be.

The rules of the countries are those of phonenumberslite. "Valid" means that a numbering
plan has the number, "possible" that its length fits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import re
from typing import Final

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
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

# Digits of a foreign number without a plus. Shorter ones look like local numbers.
MIN_FOREIGN_DIGITS: Final = 10

_ARGENTINA: Final = 54
_MEXICO: Final = 52

_MOBILE: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# Countries whose landlines begin with a 0 that is a part of the number.
_ZERO_IS_PART: Final = ("IT", "SM")
_ZERO_IN_BRACKETS: Final = re.compile(r"\(\s*0\s*\)")


class NumberError(ValueError):
    """The text is no number that can be called; the key says why."""

    def __init__(self, key: str) -> None:
        """Initialize; the text of the error does not hold the number."""
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A valid number that a text may stand for."""

    # International digits without a sign.
    digits: str
    is_mobile: bool
    # False for a landline that nobody writes in this way.
    may_call: bool = True
    # True where the text is grouped as the number's country does it.
    is_grouped: bool = False


def read_international(
    text: str, *, only_valid: bool = False, exact: bool = False
) -> Reading:
    """Return the reading of a number behind a plus; raises NumberError.

    Numbering plans change, so a possible number counts too, but for one that was written
    with a superfluous 0. An exact number must not change when it is read.
    """
    digits, has_zero = _drop_zero(text)
    number = _parse(f"+{digits}")
    unchanged = not has_zero and digits_of(number) == _without_mexican_one(digits)
    if exact and not unchanged:
        raise NumberError("invalid_number")
    may_be_new = unchanged and not only_valid
    return _reading(_checked(number, may_be_new=may_be_new))


def read_national(text: str, region: str) -> Reading:
    """Return the reading of text written as a national number; raises NumberError.

    The country's own way to dial abroad counts too.
    """
    return _reading(_checked(_parse(text, region)))


def read_both_ways(text: str, region: str) -> list[Reading]:
    """Return the national and the international reading of other text; raises NumberError.

    Only valid readings count.
    """
    found = [*_national(text, region), *_international(text, region)]
    if not found:
        # The national reading knows whether an area code is missing.
        _checked(_parse(text, region))
        raise NumberError("invalid_number")
    by_digits: dict[str, Reading] = {}
    for reading in found:
        # Both may be the same number, and only one of them written as usual.
        if reading.may_call or reading.digits not in by_digits:
            by_digits[reading.digits] = reading
    return list(by_digits.values())


def is_octal(number: int, region: str) -> bool:
    """Return whether an integer may be a national number that YAML took for octal.

    YAML does so with digits behind a 0.
    """
    text = f"0{number:o}"
    try:
        reading = read_national(text, region)
    except NumberError:
        return False
    return reading.is_mobile or len(text) - 1 <= _longest_mobile(region)


def read_abroad(text: str, region: str) -> list[Reading]:
    """Return other readings of text that begins with a bracket.

    A landline in brackets without the 0 of its country may as well be international.
    """
    number = _parse(text, region)
    if _is_mobile(number) or not _lacks_zero(number, text):
        return []
    own = digits_of(number)
    return [other for other in _international(text, region) if other.digits != own]


def read_001(text: str, region: str | None, found: Reading) -> list[Reading]:
    """Return another reading of text that begins with 00.

    Some countries dial abroad with 001. There, the 1 may be a country code or not.
    """
    prefix = _prefix_abroad(region)
    if not region or not prefix or not re.fullmatch(prefix, "001"):
        return []
    try:
        other = read_international(
            _only_digits(text).removeprefix("001"), only_valid=True
        )
    except NumberError:
        return []
    is_other = _only_digits(text).startswith("001") and other.digits != found.digits
    return [other] if is_other else []


def digits_of(number: PhoneNumber) -> str:
    """Return the international digits of a number."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")


def _national(text: str, region: str) -> Iterator[Reading]:
    """Yield the valid national reading of other text."""
    try:
        number = _checked(_parse(text, region))
    except NumberError:
        return
    if number.country_code != phonenumbers.country_code_for_region(region):
        # Some countries dial abroad with digits that also begin national numbers. Only
        # a prefix without alternatives is meant for sure.
        prefix = _prefix_abroad(region)
        if prefix and prefix.isdigit() and _only_digits(text).startswith(prefix):
            yield _reading(number, text)
        return
    mobile, local = _is_mobile(number), _only_digits(text)
    if region in _ZERO_IS_PART and not local.startswith("0") and not mobile:
        if len(local) <= _longest_mobile(region):
            yield _reading(number, text, may_call=False)
    elif mobile or not _lacks_zero(number, text):
        yield _reading(number, text)
    elif len(local) <= _longest_mobile(region):
        yield _reading(number, text, may_call=False)


def _international(text: str, region: str) -> Iterator[Reading]:
    """Yield the valid international reading of text without a plus."""
    digits, _ = _drop_zero(text)
    try:
        number = _checked(_parse(f"+{digits}"))
    except NumberError:
        return
    if digits_of(number) != _without_mexican_one(digits):
        # Text that changes when it is read was not meant as an international number.
        return
    if number.country_code == phonenumbers.country_code_for_region(region):
        yield _reading(number, text)
        return
    groups = _groups(text)
    is_code_apart = len(groups) == 1 or groups[0] == str(number.country_code)
    if len(digits) >= MIN_FOREIGN_DIGITS and is_code_apart:
        yield _reading(number, text, may_call=_is_mobile(number))


def _reading(number: PhoneNumber, text: str = "", *, may_call: bool = True) -> Reading:
    """Return a number as a reading of a text."""
    groups = _groups(text)
    return Reading(
        digits=digits_of(number),
        is_mobile=_is_mobile(number),
        may_call=may_call,
        is_grouped=len(groups) > 1
        and any(
            groups == _groups(phonenumbers.format_number(number, style))
            for style in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL)
        ),
    )


def _parse(text: str, region: str | None = None) -> PhoneNumber:
    """Return a number as a region reads it; raises NumberError."""
    try:
        number = phonenumbers.parse(text, region)
        if number.country_code == _MEXICO:
            # WhatsApp writes a 1 that no number has any more.
            number = phonenumbers.parse(f"+{_without_mexican_one(digits_of(number))}")
        again = phonenumbers.parse(f"+{digits_of(number)}")
    except NumberParseException as err:
        raise NumberError("invalid_number") from err
    if digits_of(again) != digits_of(number):
        # Another superfluous 0 would make another number of it.
        raise NumberError("invalid_number")
    return number


def _checked(number: PhoneNumber, *, may_be_new: bool = False) -> PhoneNumber:
    """Return a valid number, or one that may be new and is possible.

    Raises NumberError.
    """
    if phonenumbers.is_valid_number(number):
        return number
    length = phonenumbers.is_possible_number_for_type_with_reason(
        number, PhoneNumberType.FIXED_LINE_OR_MOBILE
    )
    if length == ValidationResult.IS_POSSIBLE and may_be_new:
        return number
    if length == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        raise NumberError("area_code_missing")
    raise NumberError("invalid_number")


def _drop_zero(text: str) -> tuple[str, bool]:
    """Return the digits without a 0 in brackets behind the country code."""
    before, *after = _ZERO_IN_BRACKETS.split(text, maxsplit=1)
    code = _only_digits(before)
    if after and code.isdigit() and int(code) in COUNTRY_CODE_TO_REGION_CODE:
        return code + _only_digits(after[0]), True
    return _only_digits(text), False


def _without_mexican_one(digits: str) -> str:
    """Return digits without the 1 that WhatsApp writes into Mexican numbers."""
    return re.sub(r"^521(?=\d{10}$)", "52", digits)


def _is_mobile(number: PhoneNumber) -> bool:
    """Return whether a valid number may be a mobile number.

    Argentina writes a 9 before mobile numbers, and people leave it out.
    """
    if phonenumbers.number_type(number) in _MOBILE:
        return True
    national = phonenumbers.national_significant_number(number)
    return number.country_code == _ARGENTINA and len(national) == 10


def _lacks_zero(number: PhoneNumber, text: str) -> bool:
    """Return whether the country writes a 0 in front that the text has not."""
    written = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    return _only_digits(written).startswith("0") and not _only_digits(text).startswith(
        "0"
    )


def _prefix_abroad(region: str | None) -> str | None:
    """Return the pattern of the digits by which a country dials abroad."""
    rules = PhoneMetadata.metadata_for_region(region) if region else None
    return rules.international_prefix if rules else None


def _longest_mobile(region: str) -> int:
    """Return the digits of the longest mobile number of a country."""
    rules = PhoneMetadata.metadata_for_region(region)
    if rules is None or rules.mobile is None:
        return 0
    return max(rules.mobile.possible_length, default=0)


def _groups(text: str) -> list[str]:
    """Return the groups of digits of a text."""
    return re.findall(r"\d+", text)


def _only_digits(text: str) -> str:
    """Return the digits of a text."""
    return "".join(_groups(text))

"""Valid numbers of many countries, and the ways in which they are written."""

from collections.abc import Iterator
from functools import cache
from random import Random
import re

import phonenumbers
from phonenumbers import (
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
)

COUNTRIES = (
    "AR", "AU", "BR", "CO", "DE", "EG", "ES", "FR", "GB",
    "ID", "IN", "IT", "JP", "MX", "NG", "PT", "TR", "US",
)  # fmt: skip
"""Eighteen large countries whose numbers are written in all kinds of ways."""

HOMES = ("BR", "US", "DE", "MX", "IN", None)
"""Countries of Home Assistant under which every number is read, None where none is set."""

WITH_CODE = ("E.164", "JID", "00", "international")
"""Ways that carry the country code with a plus, 00 or as a JID."""

WRONG = ("digit more", "digit less", "+ digit more", "+ digit less")
"""Ways with a wrong digit, which may make another valid number."""


def digits_of(number: PhoneNumber) -> str:
    """Return the international digits of a number."""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]


@cache
def random_numbers(region: str, count: int, *, mobile: bool) -> tuple[PhoneNumber, ...]:
    """Return random valid mobile numbers or landlines of a country, always the same."""
    rules = PhoneMetadata.metadata_for_region(region)
    assert rules
    part = rules.mobile if mobile else rules.fixed_line
    assert part
    assert part.national_number_pattern
    # A longer mobile number is likelier, because there are more of them.
    lengths = part.possible_length
    weights = [10**length if mobile else 1 for length in lengths]
    pattern = re.compile(part.national_number_pattern)
    wanted = PhoneNumberType.MOBILE if mobile else PhoneNumberType.FIXED_LINE
    random = Random(f"{region} {mobile}")
    found: dict[str, PhoneNumber] = {}
    while len(found) < count:
        (length,) = random.choices(lengths, weights)
        digits = "".join(random.choices("0123456789", k=length))
        if not pattern.fullmatch(digits):
            continue
        number = phonenumbers.parse(f"+{rules.country_code}{digits}")
        if phonenumbers.number_type(number) in (
            wanted,
            PhoneNumberType.FIXED_LINE_OR_MOBILE,
        ):
            found[digits] = number
    return tuple(found.values())


@cache
def example_numbers() -> tuple[tuple[str, PhoneNumber], ...]:
    """Return the example mobile numbers and landlines of every country."""
    return tuple(
        (region, number)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
        if (number := phonenumbers.example_number_for_type(region, kind))
    )


def write(number: PhoneNumber) -> Iterator[tuple[str, object]]:
    """Yield the ways in which a number is written, each with its name."""
    digits = digits_of(number)
    local = phonenumbers.national_significant_number(number)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    groups = re.findall(r"\d+", national)

    yield "E.164", f"+{digits}"
    yield "JID", f"{digits}@s.whatsapp.net"
    yield "00", f"00{digits}"
    yield "international", international
    yield "international without plus", international[1:]
    yield "international digits", digits
    yield "international integer", int(digits)
    yield "international .0", f"{digits}.0"
    yield "national", national
    yield "national digits", local
    yield "national dots", ".".join(groups)
    if len(groups) > 1:
        yield "national brackets", f"({groups[0]}) {'-'.join(groups[1:])}"
        yield "area code missing", " ".join(groups[1:])
    if national.startswith("0") and not local.startswith("0"):
        yield "national with 0", f"0{local}"
    if not local.startswith("0"):
        yield "national integer", int(local)
        yield "national .0", f"{local}.0"
    if national.startswith("0") and set(local) <= set("01234567"):
        # YAML reads digits behind a 0 as an octal number.
        yield "octal", int(f"0{local}", 8)
    yield "digit more", f"{local}7"
    yield "digit less", local[:-1]
    yield "+ digit more", f"+{digits}7"
    yield "+ digit less", f"+{digits[:-1]}"

"""Tests of phone numbers."""

import re

from hypothesis import given, strategies as st
import phonenumbers
import pytest

from custom_components.ryze.phone_numbers import (
    NumberError,
    country_of,
    format_number,
    normalize_number,
    read_number,
    same_person_key,
)
from tests.helpers.const import NUMBER_KEYS

REGIONS = st.sampled_from([None, "BR", "DE", "ES", "US", "MX", "AR", "GB", "IT"])
EXAMPLES = st.sampled_from(
    [
        number
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        if (number := phonenumbers.example_number(region))
    ]
)


@pytest.mark.parametrize(
    ("written", "region", "digits"),
    [
        # Notations of one Brazilian number.
        ("(11) 99999-9999", "BR", "5511999999999"),
        ("11999999999", "BR", "5511999999999"),
        (11999999999, "BR", "5511999999999"),
        ("011 99999 9999", "BR", "5511999999999"),
        ("+55 11 99999-9999", "BR", "5511999999999"),
        ("+55 11 99999-9999", "DE", "5511999999999"),
        ("+55 11 99999-9999", None, "5511999999999"),
        ("5511999999999", "BR", "5511999999999"),
        (5511999999999, "BR", "5511999999999"),
        (5511999999999.0, "BR", "5511999999999"),
        ("5511999999999.0", "BR", "5511999999999"),
        ("11999999999.0", "BR", "5511999999999"),
        ("+5511999999999.0", None, "5511999999999"),
        ("005511999999999.0", None, "5511999999999"),
        ("4915112345678.00", "DE", "4915112345678"),
        ("5511999999999@s.whatsapp.net", "BR", "5511999999999"),
        ("5511999999999:12@s.whatsapp.net", "US", "5511999999999"),
        ("\u202a+55 11 99999\u201399\u00a099\u202c", None, "5511999999999"),
        ("＋５５ １１ ９９９９９ ９９９９", None, "5511999999999"),  # noqa: RUF001
        ("+55.11.99999.9999", None, "5511999999999"),
        ("\u0665\u0665 11 99999 9999", "BR", "5511999999999"),
        ("(+55) 11 99999-9999", None, "5511999999999"),
        ("00 55 11 99999-9999", "BR", "5511999999999"),
        ("00 55 11 99999-9999", "US", "5511999999999"),
        ("001 479 2345678", "BR", "14792345678"),
        ("0049 151 12345678", "SG", "4915112345678"),
        ("002349073501229", "BR", "2349073501229"),
        ("(0055) 11 99999-9999", None, "5511999999999"),
        # Mexico's 1, however it is written.
        ("+52 1 55 1234 5678", "MX", "525512345678"),
        ("52 1 55 1234 5678", "MX", "525512345678"),
        ("0052 1 55 1234 5678", "BR", "525512345678"),
        ("5215512345678@s.whatsapp.net", None, "525512345678"),
        ("5215512345678", "MX", "525512345678"),
        (5215512345678, "MX", "525512345678"),
        # Other countries.
        ("0170 1234567", "DE", "491701234567"),
        ("0170/1234567", "DE", "491701234567"),
        ("+49 (0) 170 1234567", "BR", "491701234567"),
        ("0049 170 1234567", "DE", "491701234567"),
        ("491701234567", "DE", "491701234567"),
        ("(212) 555-1234", "US", "12125551234"),
        ("12125551234", "US", "12125551234"),
        ("06 12345678", "IT", "390612345678"),
        ("011 49 1512 3456789", "US", "4915123456789"),
        ("8 10 49 1512 3456789", "RU", "4915123456789"),
        ("8 912 345-67-89", "RU", "79123456789"),
        ("11 2345-6789", "AR", "541123456789"),
        ("11 15-2345-6789", "AR", "5491123456789"),
        # Of two readings, the one that is grouped as its country does it counts.
        ("66 99665-3323", "BR", "5566996653323"),
        # The national reading 0491 5112345678 is longer than any mobile number.
        ("4915112345678", "DE", "4915112345678"),
        # Otherwise the only mobile one counts.
        ("5511987654321", "DE", "5511987654321"),
        ("34912345678", "BR", "5534912345678"),
        # A possible number is accepted although no numbering plan has it.
        ("+55 11 19999-9999", None, "5511199999999"),
    ],
)
def test_numbers(written: object, region: str | None, digits: str) -> None:
    """A number in any usual notation becomes digits in international form."""
    assert normalize_number(written, region) == digits


@pytest.mark.parametrize(
    ("written", "region", "key"),
    [
        ("", "BR", "invalid_number"),
        ("+", "BR", "invalid_number"),
        ("Maria", "BR", "invalid_number"),
        ("call 11 99999-9999", "BR", "invalid_number"),
        ("11 99999-9999 ext. 5", "BR", "invalid_number"),
        ("1-800-FLOWERS", "US", "invalid_number"),
        ("190", "BR", "invalid_number"),
        ("+55", None, "invalid_number"),
        ("+999 123456789", None, "invalid_number"),
        ("+5511999999999+5511999999999", None, "invalid_number"),
        pytest.param("1" * 1000, "BR", "invalid_number", id="long"),
        pytest.param(10**5000, "BR", "invalid_number", id="huge"),
        (-5511999999999, "BR", "invalid_number"),
        ("-5511999999999", "BR", "invalid_number"),
        (5511999999999.5, "BR", "invalid_number"),
        ("5511999999999.5", "BR", "invalid_number"),
        ("+5511999999999.05", "BR", "invalid_number"),
        ("5.511999999999e12", "BR", "invalid_number"),
        (1e30, "BR", "invalid_number"),
        (float("nan"), "BR", "invalid_number"),
        (float("inf"), "BR", "invalid_number"),
        (10**15, "BR", "invalid_number"),
        (True, "BR", "invalid_number"),
        (None, "BR", "invalid_number"),
        ({"number": 1}, "BR", "invalid_number"),
        # Without a country, only numbers that are clearly international are accepted.
        ("(11) 99999-9999", None, "country_missing"),
        ("0170 1234567", None, "country_missing"),
        ("5511999999999", None, "country_missing"),
        (5511999999999, None, "country_missing"),
        (5511999999999, "", "country_missing"),
        # Of national numbers, those that a numbering plan has are accepted.
        ("11 19999-9999", "BR", "invalid_number"),
        ("(11) 19999-9999", "BR", "invalid_number"),
        ("119999999999", "BR", "invalid_number"),
        ("11999999999", "US", "invalid_number"),
        ("151 1234567.0", "DE", "invalid_number"),
        # The prefix of a carrier is no country code.
        ("0015 55 11 99999-9999", "BR", "invalid_number"),
        ("00 99999-9999", "BR", "invalid_number"),
        # The 0 is a part of the number in Italy.
        ("+39 (0) 6 12345678", None, "invalid_number"),
        # A JID is the id of somebody and never has a superfluous 0.
        ("4901701234567@s.whatsapp.net", None, "invalid_number"),
        # The end of a second number.
        ("030 1234567/68", "DE", "invalid_number"),
        ("11 99999-9999\n11 99999-9998", "BR", "invalid_number"),
        ("99999-9999", "BR", "area_code_missing"),
        ("999999999", "BR", "area_code_missing"),
        ("+55 99999-9999", "DE", "area_code_missing"),
        ("0055 99999-9999", "DE", "area_code_missing"),
        ("555-1234", "US", "area_code_missing"),
        # An integer may have lost a plus: this is a number in France and one in Brazil.
        (33912345678, "BR", "unquoted_number"),
        ("33912345678.0", "BR", "unquoted_number"),
        (999999999, "BR", "unquoted_number"),
        (0, "BR", "unquoted_number"),
        # YAML read 0171 1234567 as an octal number.
        (0o1711234567, "DE", "unquoted_number"),
        # With a zero too many, the digits look like another, international number.
        ("0000000000", "BR", "invalid_number"),
        ("0048 46 86 15", "BR", "invalid_number"),
        # Numbers of groups and the like.
        ("120363000000000000@g.us", "BR", "not_a_person"),
        ("123456789@lid", "BR", "not_a_person"),
        ("status@broadcast", "BR", "not_a_person"),
        ("120363000000000000@newsletter", "BR", "not_a_person"),
        ("maria@example.com", "BR", "not_a_person"),
        ("5511999999999@S.WHATSAPP.NET.example.com", "BR", "not_a_person"),
        # The digits are a landline in Luxembourg and one in Germany.
        ("3523596546512", "DE", "ambiguous_number"),
        # Singapore dials abroad with 001: a number in Norway, or one in Arkansas.
        ("001 47 92345678", "SG", "ambiguous_number"),
        # Both are mobile numbers, in Brazil and in Thailand.
        ("66999999999", "BR", "ambiguous_number"),
        # A landline in Brazil, and a mobile number in Iceland.
        ("3547952380", "BR", "ambiguous_number"),
        # Nobody in Germany writes a landline without its 0.
        ("30 12345678", "DE", "ambiguous_number"),
        # A landline in Leer, or a mobile number with its country code.
        ("(49) 15112345678", "DE", "ambiguous_number"),
    ],
)
def test_refusals(written: object, region: str | None, key: str) -> None:
    """A value that is no number to call is refused, and not repeated in the error."""
    with pytest.raises(NumberError) as caught:
        normalize_number(written, region)
    assert caught.value.key == key
    assert str(caught.value) == key


@pytest.mark.parametrize(
    ("written", "region", "readings"),
    [
        ("(11) 99999-9999", "BR", ["5511999999999"]),
        ("5511999999999.0", "BR", ["5511999999999"]),
        ("+33 9 12 34 56 78", "BR", ["33912345678"]),
        ("33912345678", "BR", ["5533912345678", "33912345678"]),
        ("66 99999-9999", "BR", ["5566999999999", "66999999999"]),
        ("66999999999", "BR", ["5566999999999", "66999999999"]),
        ("30 12345678", "DE", ["493012345678"]),
        ("(49) 15112345678", "DE", ["494915112345678", "4915112345678"]),
    ],
)
def test_readings(written: str, region: str, readings: list[str]) -> None:
    """A form gets every valid reading, because a person can choose."""
    assert read_number(written, region) == readings


@pytest.mark.parametrize(
    ("written", "key"),
    [("99999-9999", "area_code_missing"), ("Maria", "invalid_number")],
)
def test_no_reading(written: str, key: str) -> None:
    """A form gets the same errors as an action."""
    with pytest.raises(NumberError) as caught:
        read_number(written, "BR")
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("digits", "country"),
    [("5511999999999", "BR"), ("12125551234", "US"), ("999123456789", None)],
)
def test_country(digits: str, country: str | None) -> None:
    """A number has the code of its country."""
    assert country_of(digits) == country


@given(
    written=st.one_of(
        st.text(),
        st.text(alphabet="+0123456789 ()-./@:", max_size=25),
        st.integers(),
        st.floats(),
        st.none(),
        st.lists(st.integers(), max_size=2),
    ),
    region=REGIONS,
)
def test_any_input(written: object, region: str | None) -> None:
    """Any value becomes the digits of a possible number or a refusal."""
    try:
        digits = normalize_number(written, region)
    except NumberError as err:
        assert err.key in NUMBER_KEYS
        assert str(err) == err.key
        return
    assert re.fullmatch(r"[1-9]\d{3,17}", digits, re.ASCII)
    # Digits with a plus are the same number in every country.
    assert normalize_number(f"+{digits}", region) == digits
    assert normalize_number(f"{digits}@s.whatsapp.net", region) == digits


@given(number=EXAMPLES, home=REGIONS)
def test_examples_of_all_countries(
    number: phonenumbers.PhoneNumber, home: str | None
) -> None:
    """Numbers of every country can be called from every other."""
    region = phonenumbers.region_code_for_number(number)
    expected = phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.E164
    ).removeprefix("+")
    written = phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    assert normalize_number(written, home) == expected
    national = phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.NATIONAL
    )
    try:
        assert normalize_number(national, region) == expected
    except NumberError as err:
        # For example, Chinese mobile numbers look like numbers of the United States.
        assert err.key == "ambiguous_number"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5531999999999", "553199999999"),
        ("5215512345678", "525512345678"),
        ("5491123456789", "541123456789"),
    ],
)
def test_same_person(one: str, other: str) -> None:
    """Two numbers that differ only by WhatsApp's spelling are the same person's."""
    assert same_person_key(one) == same_person_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # The landline 3123456789 is not the mobile 31923456789.
        ("5531923456789", "553123456789"),
        ("5531999999999", "5532999999999"),
        ("5531999999999", "5531999999998"),
        ("4915112345678", "495112345678"),
        ("12125551234", "2125551234"),
    ],
)
def test_different_people(one: str, other: str) -> None:
    """Numbers that only look alike are different people's."""
    assert same_person_key(one) != same_person_key(other)


@pytest.mark.parametrize(
    ("digits", "text"),
    [
        ("5511999999999", "+55 11 99999-9999"),
        ("551199999999", "+55 1199999999"),
        ("491701234567", "+49 170 1234567"),
        ("12125551234", "+1 212-555-1234"),
        ("390612345678", "+39 06 1234 5678"),
        # Digits that no numbering plan has are shown without spaces.
        ("999123456789", "+999123456789"),
        ("1", "+1"),
        ("", "+"),
    ],
)
def test_format(digits: str, text: str) -> None:
    """Digits are shown in international form, and never refused."""
    assert format_number(digits) == text


@given(number=EXAMPLES, home=REGIONS)
def test_format_and_back(number: phonenumbers.PhoneNumber, home: str | None) -> None:
    """A shown number is read back as the same digits."""
    digits = f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    assert normalize_number(format_number(digits), home) == digits


@given(digits=st.text(alphabet="0123456789", max_size=20))
def test_format_any_digits(digits: str) -> None:
    """Any digits have a text, and that of a number has all of its digits."""
    assert format_number(digits)[0] == "+"
    try:
        number = normalize_number(f"+{digits}", None)
    except NumberError:
        return
    assert re.sub(r"\D", "", format_number(number)) == number

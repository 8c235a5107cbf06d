"""Typed, pasted or selected text is accepted, or refused with a translated error."""

import asyncio
import re
from typing import Any

from hypothesis import example, given, strategies as st
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .documents import PEOPLE
from .leaks import secrets_in
from .odd import BASE64, MEDIA_IDS, ODD, URLS
from .runs import target
from custom_components.ryze.api import Audio
from custom_components.ryze.audio.address import web_address
from custom_components.ryze.audio.media import _decode, async_get_audio
from custom_components.ryze.phone_numbers import (
    NumberError,
    format_number,
    normalize_number,
    same_person_key,
)
from custom_components.ryze.urls import normalize_url
from tests.helpers.const import NUMBER_KEYS
from tests.helpers.media_sources import Shelf, setup_shelf
from tests.helpers.speech import Voice, setup_engine

_REGIONS = st.sampled_from([None, "BR", "DE", "US", "MX", "AR", "IT", "XX", "", "br"])
_WORDS = ODD.map(str).filter(lambda text: not secrets_in(text))
_DIGITS = st.text("0123456789+ ()-./\u0663\uff11\u00b2\u200b", max_size=30)


@given(written=st.one_of(ODD, PEOPLE, _DIGITS), region=_REGIONS)
@target(short=200, long=60_000)
def test_numbers(written: object, region: str | None) -> None:
    """A number becomes digits with the same meaning in every region, or is refused."""
    try:
        digits = normalize_number(written, region)
    except NumberError as err:
        assert secrets_in((str(err), err.args)) == []
        assert err.key in NUMBER_KEYS
        return
    assert re.fullmatch(r"[1-9]\d{3,17}", digits, re.ASCII)
    assert normalize_number(f"+{digits}", region) == digits
    assert normalize_number(format_number(digits), region) == digits
    assert same_person_key(same_person_key(digits)) == same_person_key(digits)


@example(value="http://xn--a")
@example(value="http://[::1]@")
@given(value=st.one_of(URLS, URLS, ODD))
@target(short=150, long=30_000)
def test_urls(value: object) -> None:
    """A URL is accepted or refused, and normalizing it twice changes nothing more."""
    try:
        assert web_address(value) in str(value)
    except HomeAssistantError as err:
        assert err.translation_key == "invalid_media_url"
    try:
        url = normalize_url(str(value))
    except ValueError:
        return
    assert url.startswith(("https://", "http://"))
    # A normalized URL normalizes to itself, apart from case.
    assert normalize_url(url).casefold() == url.casefold()


@given(text=BASE64)
@target(short=150, long=30_000)
async def test_base64(text: str) -> None:
    """Base64 becomes audio that can be read completely, or is refused."""
    try:
        audio = _decode(text)
    except HomeAssistantError as err:
        assert err.translation_key in ("invalid_base64", "empty_audio")
        assert secrets_in((str(err), repr(err))) == []
        return
    assert audio.size > 0
    assert len(await audio.read(0, audio.size)) == audio.size
    assert sum([len(piece) async for piece in audio.base64()]) == audio.base64_size


@pytest.fixture
async def shelf(hass: HomeAssistant) -> Shelf:
    """Return a media source with one item, beside an engine that speaks."""
    shelf = await setup_shelf(hass)
    shelf.put("https://example.com/a.mp3")
    await setup_engine(hass, Voice())
    return shelf


@example(media_id="http://xn--a")
@example(media_id="http://[::1]@")
@given(media_id=MEDIA_IDS)
@target(short=80, long=8000, per_round=400)
async def test_media(hass: HomeAssistant, shelf: Shelf, media_id: str) -> None:
    """Media becomes audio or a public URL, or is refused."""
    async with asyncio.timeout(10):
        try:
            audio = await async_get_audio(hass, {"media": media_id})
        except HomeAssistantError as err:
            assert secrets_in((str(err), repr(err))) == []
            return
    assert isinstance(audio, Audio | str)
    assert not isinstance(audio, str) or web_address(audio) == audio.strip()


@given(
    data=st.fixed_dictionaries(
        {"message": _WORDS},
        optional={
            "tts_entity": st.sampled_from(["tts.parrot", "tts.nobody", "\ud800"]),
            "language": st.one_of(st.sampled_from(["en", "pt-BR", "xx"]), _WORDS),
            "tts_options": st.dictionaries(
                st.one_of(st.sampled_from(["voice", "preferred_format"]), _WORDS),
                ODD,
                max_size=3,
                # The text-to-speech component logs its options.
            ).filter(lambda options: not secrets_in(options)),
        },
    )
)
@pytest.mark.usefixtures("shelf")
@target(short=60, long=8000, per_round=400)
async def test_speech(hass: HomeAssistant, data: dict[str, Any]) -> None:
    """A message becomes speech, or is refused with an error of ours."""
    async with asyncio.timeout(10):
        try:
            audio = await async_get_audio(hass, data)
        except HomeAssistantError as err:
            assert secrets_in((str(err), repr(err))) == []
            return
    assert isinstance(audio, Audio)
    assert audio.size > 0

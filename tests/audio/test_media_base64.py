"""Tests of audio that is given as base64."""

from base64 import b64decode, b64encode, encodebytes

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from custom_components.ryze.api import Audio
from custom_components.ryze.audio import file as audio_file, media
from custom_components.ryze.audio.media import async_get_audio
from tests.helpers.audio_calls import sound


async def decode(hass: HomeAssistant, text: str) -> bytes:
    """Return the audio of a base64 text."""
    audio = await async_get_audio(hass, {"media_base64": text})
    assert isinstance(audio, Audio)
    return bytes(await audio.read(0, audio.size))


@pytest.mark.parametrize(
    "text",
    [
        "c291bmQ=",
        " c291\nbmQ=\r\n",
        "data:audio/mpeg;base64,c291bmQ=",
        "DATA:;BASE64,c291bmQ=",
    ],
)
async def test_decode(hass: HomeAssistant, text: str) -> None:
    """Base64 is decoded, with or without the prefix of a data URI and line breaks."""
    assert await decode(hass, text) == b"sound"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "empty_audio"),
        ("data:audio/mpeg;base64,", "empty_audio"),
        ("not base64!", "invalid_base64"),
        ("c291bmQ", "invalid_base64"),
        ("c291bmQ=c291bmQ=", "invalid_base64"),
        ("data:audio/mpeg,c291bmQ=", "invalid_base64"),
        ("https://example.com/alarm.mp3", "invalid_base64"),
        ("ação", "invalid_base64"),
        ("AAAAdata:x;base64,BBBB", "invalid_base64"),
        pytest.param("data:" * 500_000, "invalid_base64", id="many prefixes"),
    ],
)
async def test_no_base64(hass: HomeAssistant, text: str, key: str) -> None:
    """A text that is not base64, or empty, is refused."""
    with pytest.raises(ServiceValidationError) as caught:
        await decode(hass, text)
    assert caught.value.translation_key == key


async def test_size(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit counts the decoded bytes, and includes the largest size."""
    assert audio_file.MAX_AUDIO_SIZE == 16 * 1024 * 1024
    monkeypatch.setattr(audio_file, "MAX_AUDIO_SIZE", 1000)
    assert len(await decode(hass, b64encode(bytes(1000)).decode())) == 1000
    with pytest.raises(ServiceValidationError) as caught:
        await decode(hass, b64encode(bytes(1001)).decode())
    assert caught.value.translation_key == "audio_too_large"


@given(audio=st.binary(min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_audio(hass: HomeAssistant, audio: bytes) -> None:
    """Encoded audio is decoded to the same bytes."""
    assert await decode(hass, b64encode(audio).decode()) == audio


def decoded_at_once(text: str) -> bytes | str:
    """Return the audio of base64 decoded as a whole, or the key of the error."""
    try:
        return b64decode("".join(text.split()), validate=True) or "empty_audio"
    except ValueError:
        return "invalid_base64"


async def decoded_in_slices(hass: HomeAssistant, text: str) -> bytes | str | None:
    """Return the audio of base64 decoded in slices, or the key of the error."""
    try:
        return await decode(hass, text)
    except ServiceValidationError as err:
        return err.translation_key


@given(
    text=st.one_of(
        st.text("Aa0+/= \n", max_size=40),
        st.binary(max_size=40).map(lambda data: b64encode(data).decode()),
        st.binary(max_size=40).map(lambda data: encodebytes(data).decode()),
    ),
    more=st.sampled_from(["", "=", "==", "\n", "AA==", "!", "data:"]),
    prefix=st.sampled_from(["", "data:;base64,", " Data:a/b; Base64 ,\n"]),
    size=st.integers(1, 50),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_slices(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    more: str,
    prefix: str,
    size: int,
) -> None:
    """Decoding in slices has the same result as decoding the whole."""
    monkeypatch.setattr(media, "_SLICE_SIZE", size)
    expected = decoded_at_once(text + more)
    assert await decoded_in_slices(hass, prefix + text + more) == expected


async def test_large(hass: HomeAssistant) -> None:
    """Audio of the largest size is decoded, with or without line breaks."""
    audio = sound(audio_file.MAX_AUDIO_SIZE)
    assert await decode(hass, b64encode(audio).decode()) == audio
    assert await decode(hass, encodebytes(audio).decode()) == audio

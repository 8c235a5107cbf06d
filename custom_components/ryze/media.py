"""From what a person picked to audio that RyzeAPI takes."""

from base64 import b64decode
import binascii
from typing import Final

from yarl import URL

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from .const import DOMAIN

MAX_AUDIO_SIZE: Final = 16 * 1024 * 1024


class AudioError(ServiceValidationError):
    """What was given is no audio for a call."""

    def __init__(self, translation_key: str) -> None:
        """Initialize."""
        super().__init__(translation_domain=DOMAIN, translation_key=translation_key)


def public_url(value: object) -> str:
    """Return a URL that RyzeAPI can be asked to fetch, just as it was given."""
    try:
        url = URL(value) if isinstance(value, str) else URL()
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise AudioError("invalid_media_url")
    return str(value)


async def async_decode(hass: HomeAssistant, value: str) -> bytes:
    """Return the audio that was given as base64 or as a data URI."""
    # Many megabytes at once would hold up the event loop.
    return await hass.async_add_executor_job(_decode, value)


def _decode(value: str) -> bytes:
    """Decode base64, with or without the prefix of a data URI and line breaks."""
    text = "".join(value.split())
    if text[:5].lower() == "data:":
        prefix, _, text = text.partition(",")
        if not prefix.lower().endswith(";base64"):
            raise AudioError("invalid_base64")
    try:
        audio = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as err:
        raise AudioError("invalid_base64") from err
    if not audio:
        raise AudioError("empty_audio")
    if len(audio) > MAX_AUDIO_SIZE:
        raise AudioError("audio_too_large")
    return audio

"""The tone that stands in for broken audio in an escalation."""

from array import array
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from math import pi, sin
from typing import Any, Final
import wave

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..api import Audio
from ..audio import async_get_audio
from ..const import LOGGER

_RATE: Final = 8000
# Three pairs of beeps: frequency in Hz, and seconds.
_BEEPS: Final = ((880, 0.3), (0, 0.1), (660, 0.3), (0, 0.5)) * 3


@cache
def make_tone() -> Audio:
    """Return an alarm tone of a few seconds, as a WAV file."""
    samples = array(
        "h",
        (
            int(12000 * sin(2 * pi * frequency * n / _RATE))
            for frequency, seconds in _BEEPS
            for n in range(int(seconds * _RATE))
        ),
    )
    file = BytesIO()
    with wave.open(file, "wb") as tone:
        tone.setnchannels(1)
        tone.setsampwidth(2)
        tone.setframerate(_RATE)
        tone.writeframes(samples.tobytes())
    return Audio.from_bytes(file.getvalue())


async def async_get_audio_or_tone(
    hass: HomeAssistant, data: Mapping[str, Any]
) -> tuple[str | Audio, bool]:
    """Return the audio of an action or the tone, and whether it is the tone."""
    # Audio that was given as bytes is not stored, and so is missing after a restart.
    reason: str | None = "lost in a restart"
    if data:
        try:
            return await async_get_audio(hass, data), False
        except HomeAssistantError as err:
            reason = err.translation_key
        except Exception as err:  # noqa: BLE001
            # Speech engines raise errors of all kinds.
            reason = type(err).__name__
    LOGGER.error("A tone is played in an escalation, as its audio failed: %s", reason)
    return make_tone(), True

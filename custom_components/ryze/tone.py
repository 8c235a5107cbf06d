"""A tone to play where there is nothing else."""

from array import array
from functools import cache
from io import BytesIO
from math import pi, sin
from typing import Final
import wave

from .api import Audio

_RATE: Final = 8000
# Three pairs of beeps, as alarms do: frequency in Hz, and seconds.
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

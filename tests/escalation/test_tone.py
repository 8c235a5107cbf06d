"""Tests of the tone that is played where there is nothing else."""

from array import array
from io import BytesIO
import wave

from custom_components.ryze.escalation.tone import make_tone


async def read() -> bytes:
    """Return the file as it is sent."""
    audio = make_tone()
    return bytes(await audio.read(0, audio.size))


async def test_tone() -> None:
    """It is a short WAV file that can be heard, with silence between the beeps."""
    with wave.open(BytesIO(await read())) as tone:
        seconds = tone.getnframes() / tone.getframerate()
        samples = array("h", tone.readframes(tone.getnframes()))
        assert (tone.getnchannels(), tone.getsampwidth()) == (1, 2)
    assert 2 < seconds < 10
    assert max(samples) > 10000
    assert not any(samples[int(0.3 * 8000) : int(0.4 * 8000)])
    assert make_tone() is make_tone()

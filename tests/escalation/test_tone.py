"""Tests of the tone that replaces audio that cannot be played."""

from array import array
from io import BytesIO
import sys
import wave

import pytest

from custom_components.ryze.escalation.tone import make_tone


async def read() -> bytes:
    """Return the bytes of the tone."""
    audio = make_tone()
    return bytes(await audio.read(0, audio.size))


async def test_tone() -> None:
    """The tone is a short WAV file of loud beeps with silence between them."""
    with wave.open(BytesIO(await read())) as tone:
        seconds = tone.getnframes() / tone.getframerate()
        samples = array("h", tone.readframes(tone.getnframes()))
        assert (tone.getnchannels(), tone.getsampwidth()) == (1, 2)
    assert 2 < seconds < 10
    assert max(samples) > 10000
    assert not any(samples[int(0.3 * 8000) : int(0.4 * 8000)])
    assert make_tone() is make_tone()


async def test_byte_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tone is the same on a processor with the other byte order."""
    little = await read()
    make_tone.cache_clear()
    monkeypatch.setattr(sys, "byteorder", "big")
    big = await read()
    make_tone.cache_clear()
    samples = array("h", big[44:])
    samples.byteswap()
    assert samples.tobytes() == little[44:]

"""Speak with eSpeak NG: a text on standard input, a WAV file on standard output.

python -m tests.demo.espeak en-us
"""

from ctypes import (
    CDLL,
    CFUNCTYPE,
    c_char_p,
    c_int,
    c_size_t,
    c_uint,
    c_void_p,
    string_at,
)
from io import BytesIO
import os
from pathlib import Path
import sys
import wave

import espeakng_loader

# Constants from eSpeak NG's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_OK = 0

# eSpeak NG takes some control characters for commands.
_CONTROL_CHARACTERS = dict.fromkeys(range(ord(" ")), " ") | {ord("\n"): "\n"}

_Callback = CFUNCTYPE(c_int, c_void_p, c_int, c_void_p)


def synthesize(text: str, voice: str) -> bytes:
    """Return a text as a WAV file, spoken by eSpeak NG."""
    library = CDLL(espeakng_loader.get_library_path())
    rate = _start(library)
    if library.espeak_SetVoiceByName(voice.encode()) != _OK:
        raise RuntimeError(f"eSpeak NG has no voice {voice}")

    samples = bytearray()

    def collect(chunk: int | None, length: int, _events: int | None) -> int:
        """Keep some samples; the last call brings none."""
        if chunk and length > 0:
            samples.extend(string_at(chunk, length * 2))
        return 0

    # The library does not keep the callback alive, a variable does.
    callback = _Callback(collect)
    library.espeak_SetSynthCallback(callback)
    library.espeak_Synth.argtypes = (
        c_char_p,
        c_size_t,
        c_uint,
        c_int,
        c_uint,
        c_uint,
        c_void_p,
        c_void_p,
    )
    spoken = text.translate(_CONTROL_CHARACTERS).encode()
    size = len(spoken) + 1
    if library.espeak_Synth(spoken, size, 0, 0, 0, _CHARS_UTF8, None, None) != _OK:
        raise RuntimeError("eSpeak NG could not read the text out")
    return _wav(bytes(samples), rate)


def _start(library: CDLL) -> int:
    """Load the data of all voices, and return the sample rate."""
    # eSpeak NG truncates long paths, so it gets a short one.
    os.chdir(Path(espeakng_loader.get_data_path()).parent)
    rate: int = library.espeak_Initialize(
        _AUDIO_OUTPUT_SYNCHRONOUS, 0, b".", _INITIALIZE_DONT_EXIT
    )
    if rate <= 0:
        raise RuntimeError("eSpeak NG could not start")
    return rate


def _wav(samples: bytes, rate: int) -> bytes:
    """Return 16 bit mono samples as a WAV file."""
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples)
    return file.getvalue()


if __name__ == "__main__":
    said = synthesize(sys.stdin.buffer.read().decode(), sys.argv[1])
    sys.stdout.buffer.write(said)

"""Audio files: a large one, and reading and refusing them."""

from pathlib import Path

import pytest

from homeassistant.exceptions import ServiceValidationError

from .audio_calls import sound
from custom_components.ryze.api import Audio
from custom_components.ryze.audio.file import copy_file

LARGE = sound(600_000)
"""Audio of several pieces, too large to be kept in memory."""


async def whole(audio: Audio) -> bytes:
    """Return all of the audio."""
    return bytes(await audio.read(0, audio.size))


def refusal_of(path: Path) -> str | None:
    """Return the reason for which a file cannot be copied."""
    with pytest.raises(ServiceValidationError) as caught:
        copy_file(path)
    return caught.value.translation_key

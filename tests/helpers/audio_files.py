"""Audio files, and their copies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import tempfile
import time

import pytest

from homeassistant.exceptions import ServiceValidationError

from .audio_calls import open_files, sound
from custom_components.ryze.api import Audio
from custom_components.ryze.audio.file import copy_file

LARGE = sound(600_000)
"""Audio of several pieces, too large to be kept in memory."""


@contextmanager
def copies_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put copies into a folder, and check that none is left at the end."""
    folder = tmp_path / "copies"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    # A thread closes the copies; no event tells when.
    deadline = time.monotonic() + 20
    while open_files(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert open_files(tmp_path) == []
    assert list(folder.iterdir()) == []


async def whole(audio: Audio) -> bytes:
    """Return all of the audio."""
    return bytes(await audio.read(0, audio.size))


def refusal_of(path: Path) -> str | None:
    """Return the reason for which a file cannot be copied."""
    with pytest.raises(ServiceValidationError) as caught:
        copy_file(path)
    return caught.value.translation_key

"""Audio files, and the copies that are made of them."""

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
"""More than one piece of a file, and more than is kept in memory."""


@contextmanager
def copies_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have copies in a folder; in the end none is left, with a name or open."""
    folder = tmp_path / "copies"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    # They are closed beside the event loop.
    deadline = time.monotonic() + 5
    while open_files(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert open_files(tmp_path) == []
    assert list(folder.iterdir()) == []


async def whole(audio: Audio) -> bytes:
    """Return all of the audio."""
    return bytes(await audio.read(0, audio.size))


def refusal_of(path: Path) -> str | None:
    """Return why a file cannot be copied."""
    with pytest.raises(ServiceValidationError) as caught:
        copy_file(path)
    return caught.value.translation_key

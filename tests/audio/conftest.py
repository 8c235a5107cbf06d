"""Fixtures of the tests of audio."""

from collections.abc import Iterator
from pathlib import Path
import tempfile
import time

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from tests.helpers.audio_calls import open_files
from tests.helpers.audio_files import LARGE
from tests.helpers.media_sources import Shelf, setup_shelf
from tests.helpers.speech import Voice, setup_engine


@pytest.fixture
def checked_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put copies into a folder, and fail a test that leaves one there, or open."""
    folder = tmp_path / "copies"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    # A thread closes the copies; no event tells when.
    deadline = time.monotonic() + 20
    while open_files(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert open_files(tmp_path) == []
    assert list(folder.iterdir()) == []


@pytest.fixture
def alarm(tmp_path: Path) -> Path:
    """Return the path of a large audio file."""
    path = tmp_path / "alarm.mp3"
    path.write_bytes(LARGE)
    return path


@pytest.fixture
def voice() -> Voice:
    """Return the voice of the fixture `engine`."""
    return Voice()


@pytest.fixture
async def engine(hass: HomeAssistant, voice: Voice) -> MockConfigEntry:
    """Return the entry of the only text-to-speech engine."""
    return await setup_engine(hass, voice)


@pytest.fixture
async def shelf(hass: HomeAssistant) -> Shelf:
    """Return a media source."""
    return await setup_shelf(hass)

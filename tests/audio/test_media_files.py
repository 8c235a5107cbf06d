"""Tests of audio files, from the media browser or given by their paths."""

import os
from pathlib import Path
import tempfile
from threading import Event

import pytest

from homeassistant import block_async_io
from homeassistant.components.media_player import MediaClass
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component

from custom_components.ryze.audio import file as audio_file, media
from custom_components.ryze.audio.file import AudioCopy
from tests.helpers.audio_calls import call, open_files, refused, sound
from tests.helpers.common import until
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("loaded")

LOCAL = "media-source://media_source/local"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with media; copies of any size go to a file beside it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(audio_file, "MAX_SMALL_SIZE", 0)
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "alarm.mp3").write_bytes(sound())
    return folder


@pytest.fixture
async def local(hass: HomeAssistant, folder: Path) -> Path:
    """Return the folder of the media browser."""
    hass.config.media_dirs = {"local": str(folder)}
    assert await async_setup_component(hass, "media_source", {})
    return folder


@pytest.fixture
def allowed(hass: HomeAssistant, folder: Path) -> Path:
    """Return a folder from which files may be given by their paths."""
    hass.config.allowlist_external_dirs = {str(folder)}
    return folder


def names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [path.name for path in folder.iterdir()]


# The media browser.


@pytest.mark.parametrize(
    "picked",
    [
        f"{LOCAL}/alarm.mp3",
        f"  {LOCAL}/alarm.mp3\n",
        {"media_content_id": f"{LOCAL}/alarm.mp3"},
        {
            "media_content_id": f"{LOCAL}/alarm.mp3",
            "media_content_type": "audio/mpeg",
            "metadata": {
                "title": "alarm.mp3",
                "thumbnail": None,
                "media_class": MediaClass.MUSIC,
                "navigateIds": [{}, {"media_content_type": "app"}],
            },
        },
    ],
)
@pytest.mark.usefixtures("local")
async def test_picked(
    hass: HomeAssistant, simulator: Simulator, tmp_path: Path, picked: object
) -> None:
    """A file that was picked is played, and no copy of it is left."""
    (row,) = await call(hass, media=picked)
    assert row["outcome"] == "placed"
    assert simulator.calls[0].audio == sound()
    await until(lambda: not open_files(tmp_path))
    assert names(tmp_path) == ["media"]


@pytest.mark.parametrize(
    "name",
    [
        *("a.wav", "a.ogg", "a.m4a", "a.flac", "a.mp4", "ALARM.MP3"),
        "Olá 100% #1 & ?.mp3",
        "deep/down/a.mp3",
    ],
)
async def test_names_and_types(
    hass: HomeAssistant, simulator: Simulator, local: Path, name: str
) -> None:
    """Files of all audio and video types can be played, with any name."""
    file = local / name
    file.parent.mkdir(parents=True, exist_ok=True)
    (local / "alarm.mp3").rename(file)
    await call(hass, media=f"{LOCAL}/{name}")
    assert simulator.calls[0].audio == sound()


@pytest.mark.parametrize(
    ("media_id", "key"),
    [
        (f"{LOCAL}/gone.mp3", "file_not_found"),
        (f"{LOCAL}/notes.txt", "not_audio"),
        (f"{LOCAL}/photo.png", "not_audio"),
        (f"{LOCAL}/empty.mp3", "empty_file"),
        (f"{LOCAL}/large.mp3", "audio_too_large"),
        (f"{LOCAL}/pipe.mp3", "file_unreadable"),
        (f"{LOCAL}/album.mp3", "media_is_folder"),
        (f"{LOCAL}/album", "media_is_folder"),
        (f"{LOCAL}/no_extension", "unknown_media"),
        (f"{LOCAL}/strange.extension", "unknown_media"),
        (f"{LOCAL}/album/../alarm.mp3", "unknown_media"),
        (f"{LOCAL}//etc/alarm.mp3", "unknown_media"),
        (f"{LOCAL}/alarm\0.mp3", "file_unreadable"),
        (LOCAL, "media_is_folder"),
        (f"{LOCAL}/", "media_is_folder"),
        ("media-source://media_source", "media_is_folder"),
        ("media-source://", "media_is_folder"),
        ("media-source://media_source/other/alarm.mp3", "unknown_media"),
        ("media-source://nobody/alarm.mp3", "unknown_media"),
    ],
)
async def test_refused_files(
    hass: HomeAssistant,
    simulator: Simulator,
    local: Path,
    monkeypatch: pytest.MonkeyPatch,
    media_id: str,
    key: str,
) -> None:
    """A file that cannot be played is refused with its reason."""
    monkeypatch.setattr(audio_file, "MAX_AUDIO_SIZE", 2000)
    for name in ("notes.txt", "photo.png", "no_extension", "strange.extension"):
        (local / name).write_bytes(sound())
    (local / "empty.mp3").touch()
    (local / "large.mp3").write_bytes(sound(2001))
    (local / "album").mkdir()
    (local / "album.mp3").mkdir()
    os.mkfifo(local / "pipe.mp3")
    await refused(hass, simulator, key, media=media_id)


async def test_without_media_sources(hass: HomeAssistant, simulator: Simulator) -> None:
    """Without media sources, media are refused."""
    await refused(hass, simulator, "unknown_media", media=f"{LOCAL}/alarm.mp3")


async def test_file_of_the_largest_size(
    hass: HomeAssistant, simulator: Simulator, local: Path
) -> None:
    """A file of the largest size is sent complete."""
    os.truncate(local / "alarm.mp3", audio_file.MAX_AUDIO_SIZE)
    await call(hass, media=f"{LOCAL}/alarm.mp3")
    audio = simulator.calls[0].audio
    assert audio is not None
    assert len(audio) == 16 * 1024 * 1024
    assert audio.rstrip(b"\0") == sound()


@pytest.mark.usefixtures("local")
async def test_slow_drive(
    hass: HomeAssistant,
    simulator: Simulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file on a drive that does not answer is given up, and leaves no copy."""
    answers = Event()
    write = AudioCopy.write

    def write_late(copy: AudioCopy, piece: bytes) -> None:
        assert answers.wait(10)
        write(copy, piece)

    monkeypatch.setattr(AudioCopy, "write", write_late)
    monkeypatch.setattr(media, "TIMEOUT", 0.05)
    picked = f"{LOCAL}/alarm.mp3"
    await refused(hass, simulator, "media_timeout", HomeAssistantError, media=picked)
    answers.set()
    await until(lambda: not open_files(tmp_path))
    assert simulator.calls == []


# Paths.


@pytest.mark.parametrize("name", ["alarm.mp3", "album/../alarm.mp3", "link.mp3"])
async def test_path(
    hass: HomeAssistant, simulator: Simulator, allowed: Path, name: str
) -> None:
    """A file in an allowed folder can be given by its path."""
    (allowed / "album").mkdir()
    (allowed / "link.mp3").symlink_to("alarm.mp3")
    await call(hass, media=str(allowed / name))
    assert simulator.calls[0].audio == sound()


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("{allowed}/gone.mp3", "file_not_found"),
        ("{allowed}/album.mp3", "media_is_folder"),
        ("{allowed}/notes.txt", "not_audio"),
        ("{allowed}/no_extension", "not_audio"),
        ("{allowed}", "not_audio"),
        ("{allowed}/pipe.mp3", "file_unreadable"),
        ("{allowed}/" + "x" * 300 + ".mp3", "file_unreadable"),
        ("{allowed}/../secret.mp3", "path_not_allowed"),
        ("{allowed}/way_out.mp3", "path_not_allowed"),
        ("{allowed}/gone/alarm.mp3", "file_not_found"),
        ("{allowed}x/alarm.mp3", "path_not_allowed"),
        ("{allowed}/alarm\0.mp3", "path_not_allowed"),
        ("{allowed}/a\0b/alarm.mp3", "path_not_allowed"),
        ("{allowed}/circle.mp3", "file_unreadable"),
        ("{allowed}/\ud800.mp3", "file_not_found"),
        ("file://{allowed}/alarm.mp3", "path_not_allowed"),
        ("/etc/passwd", "path_not_allowed"),
        ("/dev/zero", "path_not_allowed"),
        ("/", "path_not_allowed"),
        ("~/alarm.mp3", "path_not_allowed"),
        ("alarm.mp3", "path_not_allowed"),
        ("../../../../../../../../etc/passwd", "path_not_allowed"),
        ("\0", "path_not_allowed"),
        ("ftp://example.com/alarm.mp3", "path_not_allowed"),
    ],
)
async def test_refused_paths(
    hass: HomeAssistant, simulator: Simulator, allowed: Path, path: str, key: str
) -> None:
    """A path that is not allowed, or not to audio, is refused with its reason."""
    (allowed / "notes.txt").write_bytes(sound())
    (allowed / "no_extension").write_bytes(sound())
    (allowed / "album.mp3").mkdir()
    (allowed.parent / "secret.mp3").write_bytes(sound())
    (allowed / "way_out.mp3").symlink_to("../secret.mp3")
    (allowed / "circle.mp3").symlink_to("circle.mp3")
    os.mkfifo(allowed / "pipe.mp3")
    await refused(hass, simulator, key, media=path.format(allowed=allowed))


async def test_no_folder_is_allowed(
    hass: HomeAssistant, simulator: Simulator, folder: Path
) -> None:
    """Without allowed folders in the configuration, every path is refused."""
    path = str(folder / "alarm.mp3")
    await refused(hass, simulator, "path_not_allowed", media=path)


@pytest.mark.parametrize(
    "value", [5, True, ["x"], {"media_content_id": 5}, {"media": "x"}]
)
async def test_no_media_id(
    hass: HomeAssistant, simulator: Simulator, value: object
) -> None:
    """A value that no media picker returns is refused."""
    await refused(hass, simulator, "unknown_media", media=value)


# Both.


@pytest.mark.usefixtures("disable_block_async_io")
async def test_event_loop_is_not_blocked(
    hass: HomeAssistant,
    simulator: Simulator,
    local: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Files are read in threads, which Home Assistant's detection confirms."""
    hass.config.allowlist_external_dirs = {str(local)}
    monkeypatch.setattr(block_async_io, "_IN_TESTS", False)
    block_async_io.enable()
    await call(hass, media=f"{LOCAL}/alarm.mp3")
    await call(hass, media=str(local / "alarm.mp3"))
    assert [rung.audio for rung in simulator.calls] == [sound()] * 2
    assert "blocking call" not in caplog.text

    # In the event loop the detection complains.
    (local / "alarm.mp3").read_bytes()
    assert "Detected blocking call to read_bytes" in caplog.text

"""Tests of audio from media sources other than Home Assistant's folders."""

from pathlib import Path

from aiohttp import ClientError
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.components.media_player import BrowseError
from homeassistant.components.media_source import PlayMedia, Unresolvable
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from custom_components.ryze.audio import media
from custom_components.ryze.audio.media import async_get_audio
from tests.helpers.audio_calls import call, refused, sound
from tests.helpers.media_sources import Shelf
from tests.simulator import Simulator

# Files that Home Assistant serves.


@pytest.fixture
async def own(
    hass: HomeAssistant,
    shelf: Shelf,
    hass_client: ClientSessionGenerator,
    tmp_path: Path,
) -> str:
    """Let Home Assistant serve a folder of media, and return the path of a file."""
    hass.config.media_dirs["local"] = str(tmp_path)
    (tmp_path / "alarm.mp3").write_bytes(sound(600_000))
    client = await hass_client()
    await hass.config.async_update(internal_url=str(client.make_url("/")).rstrip("/"))
    return "/media/local/alarm.mp3"


@pytest.mark.usefixtures("loaded")
async def test_file_of_home_assistant(
    hass: HomeAssistant, simulator: Simulator, shelf: Shelf, own: str
) -> None:
    """A file that Home Assistant serves is downloaded from it."""
    await call(hass, media=shelf.put(own))
    assert simulator.calls[0].audio == sound(600_000)


@pytest.mark.parametrize("path", ["/media/local/gone.mp3", "/nowhere.mp3"])
@pytest.mark.usefixtures("loaded", "own")
async def test_missing_file_of_home_assistant(
    hass: HomeAssistant, simulator: Simulator, shelf: Shelf, path: str
) -> None:
    """A file that Home Assistant does not have is refused."""
    await refused(
        hass, simulator, "media_not_fetched", HomeAssistantError, media=shelf.put(path)
    )


@pytest.mark.usefixtures("loaded")
async def test_home_assistant_without_an_address(
    hass: HomeAssistant, simulator: Simulator, shelf: Shelf
) -> None:
    """Without an address of its own, Home Assistant says that it needs one."""
    assert hass.config.api
    hass.config.api.use_ssl = True
    requests = len(simulator.requests)
    with pytest.raises(HomeAssistantError, match=r"(?i)configure.*url"):
        await call(hass, media=shelf.put("/media/local/alarm.mp3"))
    assert len(simulator.requests) == requests


# Media sources.


@pytest.mark.parametrize(
    ("media_id", "key"),
    [
        ("media-source://shelf", "media_is_folder"),
        ("media-source://shelf/album", "media_is_folder"),
        ("media-source://shelf/gone", "unknown_media"),
        ("media-source://shelf/item", "unknown_media"),
        ("media-source://nobody/item", "unknown_media"),
    ],
)
@pytest.mark.parametrize(
    "error",
    [
        Unresolvable("Not here"),
        BrowseError("Not a file"),
        HomeAssistantError("Server is off"),
        ClientError(),
        KeyError("item"),
        TimeoutError(),
    ],
    ids=repr,
)
@pytest.mark.usefixtures("loaded")
async def test_source_fails(
    hass: HomeAssistant,
    simulator: Simulator,
    shelf: Shelf,
    media_id: str,
    key: str,
    error: Exception,
) -> None:
    """An error of a media source is no call."""
    shelf.items = {"": error, "album": error, "item": error}
    shelf.folders.add("album")
    await refused(hass, simulator, key, media=media_id)


@pytest.mark.usefixtures("loaded")
async def test_source_hangs(
    hass: HomeAssistant,
    simulator: Simulator,
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A media source that never answers is given up."""
    monkeypatch.setattr(media, "TIMEOUT", 0.05)
    shelf.hangs = True
    picked = shelf.put("https://example.com/x.mp3")
    await refused(hass, simulator, "media_timeout", HomeAssistantError, media=picked)


async def test_source_with_files(
    hass: HomeAssistant, shelf: Shelf, tmp_path: Path
) -> None:
    """A file whose path the media source names is read, and not downloaded."""
    path = tmp_path / "song"
    path.write_bytes(sound())
    shelf.items["item"] = PlayMedia("/x", "audio/mpeg", path=path)
    audio = await async_get_audio(hass, {"media": "media-source://shelf/item"})
    assert not isinstance(audio, str)
    assert await audio.read(0, audio.size) == sound()

    path.unlink()
    with pytest.raises(ServiceValidationError) as caught:
        await async_get_audio(hass, {"media": "media-source://shelf/item"})
    assert caught.value.translation_key == "file_not_found"

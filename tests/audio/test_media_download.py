"""Tests of the audio that Home Assistant fetches from an address in the house."""

from collections.abc import AsyncIterator
from pathlib import Path
import tempfile

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.ryze.audio import file as audio_file, media
from tests.helpers.audio_calls import call, open_files, refused, sound
from tests.helpers.common import until
from tests.helpers.media_sources import House, Shelf, setup_shelf
from tests.simulator import Simulator

SONG = "/music/song.mp3"


@pytest.fixture
async def shelf(hass: HomeAssistant) -> Shelf:
    """Return a media source."""
    return await setup_shelf(hass)


@pytest.fixture
async def house(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[House]:
    """Run a web server from which Home Assistant is allowed to fetch."""
    async with House() as house:
        house.body = sound(600_000)
        hass.config.allowlist_external_urls = {f"{house.url}/"}
        yield house


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the copies."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("loaded")
async def test_allowed(
    hass: HomeAssistant, simulator: Simulator, shelf: Shelf, house: House, copies: Path
) -> None:
    """What only Home Assistant can reach is fetched by it, where it may."""
    await call(hass, media=f"{house.url}{SONG}?a=1")
    await call(hass, media=shelf.put(f"{house.url}{SONG}"))
    assert house.requests == [f"{SONG}?a=1", SONG]
    assert [rung.audio for rung in simulator.calls] == [house.body] * 2
    await until(lambda: not open_files(copies))


@pytest.mark.parametrize(
    "path", ["/other/song.mp3", "/music/../song.mp3", "/music/%2e%2e/song.mp3", ""]
)
@pytest.mark.usefixtures("loaded")
async def test_allowed_in_part(
    hass: HomeAssistant, simulator: Simulator, house: House, path: str
) -> None:
    """What is allowed of a server is not left."""
    hass.config.allowlist_external_urls = {f"{house.url}/music/"}
    picked = f"{house.url}{path}"
    await refused(hass, simulator, "media_private_url", media=picked)
    assert house.requests == []

    await call(hass, media=f"{house.url}{SONG}")
    assert simulator.calls[0].audio == house.body


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/x", {"Content-Type": "audio/mpeg"}),
        ("/x", {"Content-Type": "Audio/MPEG; charset=binary"}),
        ("/x", {"Content-Type": "video/mp4"}),
        ("/x", {"Content-Type": "application/ogg"}),
        (SONG, {"Content-Type": "application/octet-stream"}),
        (SONG, {}),
        (f"{SONG}?x=1", {}),
        ("/x", {"Content-Type": "audio/mpeg", "Content-Length": "600000"}),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_fetched(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    path: str,
    headers: dict[str, str],
) -> None:
    """The type is what the server says, or what the name says."""
    house.headers = headers
    await call(hass, media=f"{house.url}{path}")
    assert simulator.calls[0].audio == house.body


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (SONG, {"Content-Type": "text/html"}),
        (SONG, {"Content-Type": "application/json"}),
        (SONG, {"Content-Type": "image/png"}),
        ("/x", {"Content-Type": "application/octet-stream"}),
        ("/x.xyz", {"Content-Type": "application/octet-stream"}),
        ("/x.txt", {}),
        ("/x?y=/x.mp3", {}),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_fetched_without_sound(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    copies: Path,
    path: str,
    headers: dict[str, str],
) -> None:
    """A page, of a server that wants a password say, is not played."""
    house.headers = headers
    await refused(hass, simulator, "not_audio", media=f"{house.url}{path}")
    await until(lambda: not open_files(copies))


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 307, 401, 403, 404, 500])
@pytest.mark.usefixtures("loaded")
async def test_not_fetched(
    hass: HomeAssistant, simulator: Simulator, house: House, copies: Path, status: int
) -> None:
    """An error is none of the audio, and a redirect might lead where it must not."""
    house.status = status
    house.headers |= {"Location": f"{house.url}/elsewhere.mp3"}
    picked = f"{house.url}{SONG}"
    await refused(
        hass, simulator, "media_not_fetched", HomeAssistantError, media=picked
    )
    assert house.requests == [SONG]
    await until(lambda: not open_files(copies))


@pytest.mark.parametrize("size", [0, 1, 600_000])
@pytest.mark.usefixtures("loaded")
async def test_cut(
    hass: HomeAssistant, simulator: Simulator, house: House, copies: Path, size: int
) -> None:
    """Half of it is not played."""
    house.body = sound(size)
    house.cut = True
    picked = f"{house.url}{SONG}"
    await refused(
        hass, simulator, "media_not_fetched", HomeAssistantError, media=picked
    )
    await until(lambda: not open_files(copies))


@pytest.mark.usefixtures("loaded", "house")
async def test_nobody_there(hass: HomeAssistant, simulator: Simulator) -> None:
    """A server that is off is an error."""
    hass.config.allowlist_external_urls = {"http://127.0.0.1:1/"}
    picked = "http://127.0.0.1:1/alarm.mp3"
    await refused(
        hass, simulator, "media_not_fetched", HomeAssistantError, media=picked
    )


@pytest.mark.parametrize("hangs_at", ["head", "body"])
@pytest.mark.usefixtures("loaded")
async def test_slow(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    copies: Path,
    monkeypatch: pytest.MonkeyPatch,
    hangs_at: str,
) -> None:
    """A server that does not come to an end is not waited for."""
    monkeypatch.setattr(media, "TIMEOUT", 0.2)
    monkeypatch.setattr(house, "hangs_at", hangs_at)
    picked = f"{house.url}{SONG}"
    await refused(hass, simulator, "media_timeout", HomeAssistantError, media=picked)
    await until(lambda: not open_files(copies))


@pytest.mark.parametrize(
    ("size", "key"), [(0, "empty_file"), (400_001, "audio_too_large")]
)
@pytest.mark.usefixtures("loaded")
async def test_size(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    copies: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    key: str,
) -> None:
    """Nothing is too little, and what is too much is not read to its end."""
    monkeypatch.setattr(audio_file, "MAX_AUDIO_SIZE", 400_000)
    house.body = sound(size)
    await refused(hass, simulator, key, media=f"{house.url}{SONG}")
    await until(lambda: not open_files(copies))

    house.body = sound(400_000)
    await call(hass, media=f"{house.url}{SONG}")
    assert simulator.calls[0].audio == house.body


@pytest.mark.usefixtures("loaded")
async def test_radio(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stream that never ends is left where it is too much."""
    monkeypatch.setattr(audio_file, "MAX_AUDIO_SIZE", 400_000)
    house.hangs_at = "body"
    await refused(hass, simulator, "audio_too_large", media=f"{house.url}{SONG}")


@pytest.mark.usefixtures("loaded")
async def test_no_room(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where there is no room for what is fetched, somebody is told so."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    await refused(hass, simulator, "file_unreadable", media=f"{house.url}{SONG}")

"""Tests of audio that Home Assistant downloads from an address in the house."""

from collections.abc import AsyncIterator
from pathlib import Path
import tempfile

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.ryze.audio import file as audio_file, media
from tests.helpers.audio_calls import call, open_files, refused, sound
from tests.helpers.common import until
from tests.helpers.media_sources import House, Shelf
from tests.simulator import Simulator

SONG = "/music/song.mp3"


@pytest.fixture
async def house(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[House]:
    """Run a web server from which Home Assistant may download."""
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
    """Audio at an allowed private address is downloaded."""
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
    """An address outside the allowed path of a server is refused."""
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
async def test_type_of_a_download(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    path: str,
    headers: dict[str, str],
) -> None:
    """The type of a download comes from the server or, without one, from the name."""
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
async def test_download_without_sound(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    copies: Path,
    path: str,
    headers: dict[str, str],
) -> None:
    """A download that is no audio, such as a login page, is refused."""
    house.headers = headers
    await refused(hass, simulator, "not_audio", media=f"{house.url}{path}")
    await until(lambda: not open_files(copies))


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 307, 401, 403, 404, 500])
@pytest.mark.usefixtures("loaded")
async def test_error_or_redirect(
    hass: HomeAssistant, simulator: Simulator, house: House, copies: Path, status: int
) -> None:
    """A download that ends in an error or a redirect is refused."""
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
async def test_incomplete_download(
    hass: HomeAssistant, simulator: Simulator, house: House, copies: Path, size: int
) -> None:
    """An incomplete download is refused."""
    house.body = sound(size)
    house.cut = True
    picked = f"{house.url}{SONG}"
    await refused(
        hass, simulator, "media_not_fetched", HomeAssistantError, media=picked
    )
    await until(lambda: not open_files(copies))


@pytest.mark.usefixtures("loaded", "house")
async def test_unreachable_server(hass: HomeAssistant, simulator: Simulator) -> None:
    """A download from a server that is off is refused."""
    hass.config.allowlist_external_urls = {"http://127.0.0.1:1/"}
    picked = "http://127.0.0.1:1/alarm.mp3"
    await refused(
        hass, simulator, "media_not_fetched", HomeAssistantError, media=picked
    )


@pytest.mark.parametrize("hangs_at", ["head", "body"])
@pytest.mark.usefixtures("loaded")
async def test_slow_server(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    copies: Path,
    monkeypatch: pytest.MonkeyPatch,
    hangs_at: str,
) -> None:
    """A download that takes too long is given up."""
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
    """A download that is empty or too large is refused."""
    monkeypatch.setattr(audio_file, "MAX_AUDIO_SIZE", 400_000)
    house.body = sound(size)
    await refused(hass, simulator, key, media=f"{house.url}{SONG}")
    await until(lambda: not open_files(copies))

    house.body = sound(400_000)
    await call(hass, media=f"{house.url}{SONG}")
    assert simulator.calls[0].audio == house.body


@pytest.mark.usefixtures("loaded")
async def test_endless_stream(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stream without an end is given up when it is too large."""
    monkeypatch.setattr(audio_file, "MAX_AUDIO_SIZE", 400_000)
    house.hangs_at = "body"
    await refused(hass, simulator, "audio_too_large", media=f"{house.url}{SONG}")


@pytest.mark.usefixtures("loaded")
async def test_no_folder_for_the_copy(
    hass: HomeAssistant,
    simulator: Simulator,
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A download that cannot be stored is refused."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    await refused(hass, simulator, "file_unreadable", media=f"{house.url}{SONG}")

"""Tests of audio at an address, given as such or by a media source."""

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from custom_components.ryze.audio.address import web_address
from custom_components.ryze.audio.media import async_get_audio
from tests.helpers.audio_calls import call, refused, sound
from tests.helpers.media_sources import Shelf
from tests.simulator import Simulator, routes_calls

# Public addresses.


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/alarm.mp3",
        "HTTPS://EXAMPLE.COM/A.MP3",
        "http://example.com:8080/a%20b.mp3?sig=a%2Fb&x=1#t",
        "https://home.box/alarm.mp3",
        "https://nas.local.example.com/alarm.mp3",
        "https://notlocal.localish/alarm.mp3",
        "https://example.com./alarm.mp3",
        "http://8.8.8.8/alarm.mp3",
        "http://[2606:4700::1111]/alarm.mp3",
        "https://söng.example.com/é.mp3",
        "https://example.com/stream",
    ],
)
async def test_public(hass: HomeAssistant, shelf: Shelf, url: str) -> None:
    """A public address is handed on unchanged, and not downloaded."""
    assert await async_get_audio(hass, {"media": url}) == url
    assert await async_get_audio(hass, {"media": shelf.put(url)}) == url
    assert await async_get_audio(hass, {"media_url": url}) == url


@pytest.mark.usefixtures("loaded")
async def test_public_address_is_sent(
    hass: HomeAssistant,
    simulator: Simulator,
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RyzeAPI receives the public address itself."""
    asked: list[tuple[str, str]] = []

    async def load_audio(url: str, base64: str) -> tuple[bytes, str]:
        asked.append((url, base64))
        return sound(), "audio/mpeg"

    monkeypatch.setattr(routes_calls, "load_audio", load_audio)
    url = "https://radio.example.com/a%20b.mp3?é=1"
    await call(hass, media=shelf.put(url))
    await call(hass, media=url)
    await call(hass, media_url=url)
    assert asked == [(url, "")] * 3


@pytest.mark.parametrize(
    ("mime_type", "url"),
    [
        ("video/mp4", "https://example.com/film.mp4"),
        ("application/ogg", "https://example.com/song.ogg"),
        ("audio/aacp", "https://example.com/stream"),
    ],
)
async def test_types_with_sound(
    hass: HomeAssistant, shelf: Shelf, mime_type: str, url: str
) -> None:
    """Media of audio and video types are handed on."""
    picked = shelf.put(url, mime_type)
    assert await async_get_audio(hass, {"media": picked}) == url


@pytest.mark.parametrize(
    "mime_type",
    [
        *("image/png", "text/html", "application/vnd.apple.mpegurl", ""),
        *("audio", "application/octet-stream", "application/audio/mpeg"),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_types_without_sound(
    hass: HomeAssistant, simulator: Simulator, shelf: Shelf, mime_type: str
) -> None:
    """Media of other types are refused."""
    picked = shelf.put("https://example.com/x.mp3", mime_type)
    await refused(hass, simulator, "not_audio", media=picked)


# Private addresses, and texts that are no address.


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.5", "172.16.0.1", "192.168.1.5:8123", "169.254.1.1"),
        *("100.64.0.1", "0.0.0.0", "2130706433", "[::1]", "[fe80::1]", "[fd00::1]:80"),
        *("[::ffff:192.168.1.5]", "[::]", "localhost", "LOCALHOST:8123", "nas"),
        *("nas.local", "NAS.LOCAL.", "nas.localdomain", "x.localhost", "tv.lan"),
        *("nas.home", "nas.home.arpa", "nas.internal", "nas.intranet", "user:x@nas"),
        *("nas.fritz.box", "home.example", "nas.tail1234.ts.net", "0x7f.1", "127.1"),
        *("0177.0.0.1", "192.168.1.5.", "ha.internal.example.com"),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_private(
    hass: HomeAssistant, simulator: Simulator, shelf: Shelf, host: str
) -> None:
    """A private address is refused unless Home Assistant may download from it."""
    url = f"http://{host}/alarm.mp3"
    hass.config.internal_url = "https://HA.internal.example.com:8123"
    hass.config.external_url = "https://ha.example.com"
    hass.config.allowlist_external_urls = {"http://192.168.1.6/", "https://example.com"}
    await refused(hass, simulator, "media_private_url", media=url)
    await refused(hass, simulator, "media_private_url", media=shelf.put(url))
    # RyzeAPI would fetch this one, so it is refused before anything rings.
    error = await refused(hass, simulator, "private_media_url", media_url=url)
    assert "media" in str(error)


@pytest.mark.parametrize(
    "url",
    ["http:", "https://", "https:///x.mp3", "http://[::1", "https:example.com/x.mp3"],
)
@pytest.mark.usefixtures("loaded")
async def test_no_address(
    hass: HomeAssistant, simulator: Simulator, shelf: Shelf, url: str
) -> None:
    """A text that only looks like an address is refused."""
    await refused(hass, simulator, "invalid_media_url", media=url)
    await refused(hass, simulator, "invalid_media_url", media=shelf.put(url))


@pytest.mark.parametrize(
    "url", ["rtsp://nas/x", "x.mp3", "data:audio/mpeg;base64,AA", "//nas/x.mp3"]
)
@pytest.mark.usefixtures("loaded")
async def test_no_web_address(
    hass: HomeAssistant, simulator: Simulator, shelf: Shelf, url: str
) -> None:
    """An address of another kind, from a media source, is refused."""
    await refused(hass, simulator, "invalid_media_url", media=shelf.put(url))


# The check of addresses.


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/alarm.mp3",
        "http://example.com:8080/a%20b.mp3?sig=a%2Fb&x=1#t",
        "HTTPS://EXAMPLE.COM/A.MP3",
    ],
)
def test_check_of_an_address(url: str) -> None:
    """The check returns an address unchanged."""
    assert web_address(url) == url


@pytest.mark.parametrize(
    "value",
    [
        "",
        "alarm.mp3",
        "/media/alarm.mp3",
        "file:///etc/passwd",
        "ftp://example.com/a.mp3",
        "https://",
        "https://[::1",
        "https://[::1]@",
        "data:audio/mpeg;base64,AAAA",
        "media-source://media_source/local/alarm.mp3",
        None,
        5,
        ["https://example.com/a.mp3"],
    ],
)
def test_check_of_no_address(value: object) -> None:
    """The check refuses a value that RyzeAPI could not download."""
    with pytest.raises(ServiceValidationError) as caught:
        web_address(value)
    assert caught.value.translation_key == "invalid_media_url"

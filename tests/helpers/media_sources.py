"""Origins of media: a media source, and a web server in the house."""

import asyncio
from typing import Literal, Self, override

from aiohttp import web
from pytest_homeassistant_custom_component.common import MockPlatform, mock_platform

from homeassistant.components.media_player import BrowseError, MediaClass
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

DOMAIN = "shelf"


class Shelf(MediaSource):
    """Media source whose items a test chooses."""

    def __init__(self) -> None:
        """Start without items."""
        super().__init__(DOMAIN)
        self.items: dict[str, PlayMedia | Exception] = {}
        """Media, or the errors to raise, by their identifiers."""
        self.folders = {""}
        """Identifiers that are folders."""
        self.hangs = False
        """Whether no request is ever answered."""

    def put(self, url: str, mime_type: str = "audio/mpeg") -> str:
        """Offer media, and return its id."""
        self.items["item"] = PlayMedia(url, mime_type)
        return f"media-source://{DOMAIN}/item"

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return the item of an identifier, or raise it if it is an error."""
        if self.hangs:
            await asyncio.Event().wait()
        media = self.items[item.identifier]
        if isinstance(media, Exception):
            raise media
        return media

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return a folder; files cannot be browsed."""
        if (item.identifier or "") not in self.folders:
            raise BrowseError("Not a folder")
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=item.identifier,
            media_class=MediaClass.DIRECTORY,
            media_content_type="",
            title="Folder",
            can_play=False,
            can_expand=True,
        )


async def setup_shelf(hass: HomeAssistant) -> Shelf:
    """Set up a media source."""
    shelf = Shelf()
    platform = MockPlatform()

    async def get_media_source(hass: HomeAssistant) -> MediaSource:
        return shelf

    platform.async_get_media_source = get_media_source
    mock_platform(hass, f"{DOMAIN}.media_source", platform)
    hass.config.components.add(DOMAIN)
    assert await async_setup_component(hass, "media_source", {})
    await hass.async_block_till_done()
    return shelf


class House:
    """Web server on loopback, like the one of a camera or a music server."""

    def __init__(self) -> None:
        """Prepare the server."""
        self.body = b""
        self.status = 200
        self.headers: dict[str, str] = {"Content-Type": "audio/mpeg"}
        self.cut = False
        """Whether the connection breaks within the body."""
        self.hangs_at: Literal["head", "body"] | None = None
        """Part of the answer that never ends."""
        self.requests: list[str] = []
        """Requested paths with their queries."""
        self.url = ""
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Start listening."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and end requests that hang."""
        self._closing.set()
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Answer any request."""
        self.requests.append(request.path_qs)
        if self.hangs_at == "head":
            await self._closing.wait()
        response = web.StreamResponse(status=self.status, headers=self.headers)
        if self.cut:
            response.content_length = len(self.body) + 1
        await response.prepare(request)
        await response.write(self.body)
        if self.hangs_at == "body":
            await self._closing.wait()
        if self.cut and request.transport:
            request.transport.abort()
        return response

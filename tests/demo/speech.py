"""The voice of the demo: eSpeak NG behind the interface of a MaryTTS server.

Home Assistant has a text-to-speech platform for MaryTTS, which works without an account
and without the internet, and needs one line of configuration.
"""

import asyncio
from asyncio.subprocess import PIPE
import sys
from typing import Self
from urllib.parse import parse_qsl

from aiohttp import web

from .home_assistant import HOST, REPOSITORY

MAX_CHARACTERS = 2000
TIMEOUT = 30

# Room for a text of four-byte characters, each byte percent-encoded as %F0.
_MAX_BODY = MAX_CHARACTERS * 4 * 3 + 1024

_DEFAULT_VOICE = "en-us"
# eSpeak NG's names of MaryTTS's languages.
_VOICES = {
    "de": "de",
    "en_GB": "en",
    "en_US": "en-us",
    "fr": "fr",
    "it": "it",
    "lb": "lb",
    "ru": "ru",
    "sv": "sv",
    "te": "te",
    "tr": "tr",
}


class SpeechError(Exception):
    """A failure to speak a text."""


class SpeechServer:
    """The parts of a MaryTTS server that Home Assistant uses."""

    def __init__(self) -> None:
        """Initialize."""
        self.host = HOST
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen on any free port."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_post("/process", _process)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        assert self._runner is not None
        await self._runner.cleanup()


async def _process(request: web.Request) -> web.Response:
    """Return a text as a WAV file."""
    # Home Assistant's client sends no content type, so aiohttp parses no form.
    form = dict(parse_qsl(await request.text()))
    text = form.get("INPUT_TEXT", "")
    voice = _VOICES.get(form.get("LOCALE", ""), _DEFAULT_VOICE)
    if form.get("AUDIO") != "WAVE_FILE":
        raise web.HTTPBadRequest(text="Only WAVE_FILE is supported")
    if not text.strip():
        raise web.HTTPBadRequest(text="The text is empty")
    if len(text) > MAX_CHARACTERS:
        raise web.HTTPBadRequest(text=f"More than {MAX_CHARACTERS} characters")
    try:
        wav = await async_synthesize(text, voice)
    except SpeechError as err:
        raise web.HTTPInternalServerError(text=str(err)) from err
    return web.Response(body=wav, content_type="audio/x-wav")


async def async_synthesize(text: str, voice: str) -> bytes:
    """Return a text as a WAV file."""
    # eSpeak NG speaks one text at a time in a process, and a crash of it must not end
    # the demo.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.demo.espeak",
        voice,
        cwd=REPOSITORY,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            wav, errors = await process.communicate(text.encode())
    except TimeoutError:
        raise SpeechError(f"eSpeak NG took more than {TIMEOUT} seconds") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        reason = errors.decode(errors="replace").strip().rpartition("\n")[2]
        raise SpeechError(reason or f"eSpeak NG ended with {process.returncode}")
    return wav

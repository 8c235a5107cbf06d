"""Audio from a message, from media, from a URL or from base64.

The audio is complete before a phone rings. Broken audio raises here and never becomes a
silent call.
"""

import asyncio
from base64 import b64decode
import binascii
from collections.abc import Mapping
from http import HTTPStatus
import mimetypes
import os
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientError

from homeassistant.components import media_source, tts
from homeassistant.components.media_player import async_process_play_media_url
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..api import Audio
from ..const import (
    ATTR_LANGUAGE,
    ATTR_MEDIA,
    ATTR_MEDIA_BASE64,
    ATTR_MEDIA_URL,
    ATTR_MESSAGE,
    ATTR_TTS_ENTITY,
    ATTR_TTS_OPTIONS,
)
from ..errors import refusal, translated
from .address import is_private, web_address
from .file import MAX_AUDIO_SIZE, AudioCopy, copy_file

# Seconds; a speech engine or a network drive that hangs must not hold up a call.
TIMEOUT: Final = 30.0

_SLICE_SIZE: Final = 128 * 1024
_MAX_PREFIX_SIZE: Final = 1024

_TTS_PREFIX: Final = "media-source://tts/"


async def async_get_audio(hass: HomeAssistant, data: Mapping[str, Any]) -> str | Audio:
    """Return the audio that an action's data describe, or its public URL.

    Raises ServiceValidationError where the data are wrong, HomeAssistantError where
    making the audio fails.
    """
    if ATTR_MEDIA_URL in data:
        url: str = data[ATTR_MEDIA_URL]
        return url
    if ATTR_MEDIA_BASE64 in data:
        # Decoding many megabytes takes too long for the event loop.
        return await hass.async_add_executor_job(_decode, data[ATTR_MEDIA_BASE64])
    if ATTR_MEDIA in data:
        return await _async_from_media(hass, data[ATTR_MEDIA])
    return await _async_speak(
        hass,
        data[ATTR_MESSAGE],
        data.get(ATTR_TTS_ENTITY),
        data.get(ATTR_LANGUAGE),
        data.get(ATTR_TTS_OPTIONS, {}),
    )


def _decode(value: str) -> Audio:
    """Decode base64, with or without the prefix of a data URI and line breaks.

    Decoding holds Python's global lock, so it goes in slices: whole megabytes at once
    would hold up all threads.
    """
    start = 0
    if value[:_MAX_PREFIX_SIZE].lstrip()[:5].lower() == "data:":
        prefix, comma, _ = value[:_MAX_PREFIX_SIZE].partition(",")
        if not "".join(prefix.split()).lower().endswith(";base64"):
            raise refusal("invalid_base64")
        start = len(prefix) + len(comma)
    copy = AudioCopy()
    text = ""
    try:
        for offset in range(start, len(value), _SLICE_SIZE):
            text += "".join(value[offset : offset + _SLICE_SIZE].split())
            # Keep the last characters back until the next slice shows that they are not
            # padding.
            whole = max(len(text) - 1, 0) // 4 * 4
            copy.write(_decode_slice(text[:whole], ending=False))
            text = text[whole:]
        copy.write(_decode_slice(text, ending=True))
    except (binascii.Error, ValueError) as err:
        raise refusal("invalid_base64") from err
    return copy.finish("empty_audio")


def _decode_slice(text: str, *, ending: bool) -> bytes:
    """Decode a part of base64; only the last part may end with padding."""
    if not ending and text.endswith("="):
        raise ValueError
    return b64decode(text, validate=True)


def _checked(audio: bytes, key_if_empty: str) -> Audio:
    """Return bytes as audio; raises where they are empty or too large."""
    if not audio:
        raise refusal(key_if_empty)
    if len(audio) > MAX_AUDIO_SIZE:
        raise refusal("audio_too_large")
    return Audio.from_bytes(audio)


# Speech.


async def _async_speak(
    hass: HomeAssistant,
    message: str,
    engine: str | None,
    language: str | None,
    options: dict[str, Any],
) -> Audio:
    """Return a message as speech."""
    if not message.strip():
        raise refusal("empty_message")
    _check_tts(hass, engine)
    options = {tts.ATTR_PREFERRED_FORMAT: "mp3"} | options
    try:
        media_id = tts.generate_media_source_id(
            hass, message, engine, language, options
        )
    except (TypeError, ValueError) as err:
        # Speech engines take only plain values, and YAML may make dates.
        raise refusal("invalid_field", field=ATTR_TTS_OPTIONS) from err
    return await _async_get_speech(hass, media_id)


def _check_tts(hass: HomeAssistant, engine: str | None) -> None:
    """Refuse to speak without a speech engine."""
    if tts.DOMAIN not in hass.config.components:
        raise refusal("no_tts")
    if engine is None and tts.async_default_engine(hass) is None:
        raise refusal("no_tts")
    if engine is not None and tts.get_engine_instance(hass, engine) is None:
        raise refusal("unknown_tts", entity=engine)


async def _async_get_speech(hass: HomeAssistant, media_id: str) -> Audio:
    """Return complete speech."""
    try:
        async with asyncio.timeout(TIMEOUT):
            _, audio = await tts.async_get_media_source_audio(hass, media_id)
    except TimeoutError:
        raise translated("tts_timeout") from None
    except ServiceValidationError:
        # Pass on the engine's own message.
        raise
    except Exception as err:
        # Engines raise errors of all kinds.
        raise translated("tts_failed") from err
    return _checked(audio, "empty_speech")


# Media.


async def _async_from_media(hass: HomeAssistant, media_id: str) -> str | Audio:
    """Return audio from a media source, from a path or from a web address."""
    if media_id.startswith(_TTS_PREFIX):
        _check_tts(hass, None)
        return await _async_get_speech(hass, media_id)
    try:
        async with asyncio.timeout(TIMEOUT):
            if media_source.is_media_source_id(media_id):
                return await _async_from_source(hass, media_id)
            if media_id.lower().startswith(("http:", "https:")):
                return await _async_from_url(hass, media_id)
            return await _async_from_path(hass, media_id)
    except TimeoutError:
        raise translated("media_timeout") from None


async def _async_from_source(hass: HomeAssistant, media_id: str) -> str | Audio:
    """Return audio from a media source."""
    try:
        media = await media_source.async_resolve_media(hass, media_id, None)
    except Exception as err:
        # Media sources have no error class for folders and unknown types.
        if await _async_is_folder(hass, media_id):
            raise refusal("media_is_folder") from err
        raise refusal("unknown_media") from err
    _check_type(media.mime_type)
    if media.path:
        return await hass.async_add_executor_job(copy_file, media.path)
    if media.url.startswith("/") and not media.url.startswith("//"):
        # Home Assistant serves this path itself, with a signature.
        url = async_process_play_media_url(hass, media.url)
        return await _async_download(hass, url)
    return await _async_from_url(hass, media.url)


async def _async_from_path(hass: HomeAssistant, path: str) -> Audio:
    """Return a file from a path that Home Assistant allows."""
    try:
        # Resolve links first: a link that changes later must not lead elsewhere.
        real = await hass.async_add_executor_job(os.path.realpath, path)
        allowed = await hass.async_add_executor_job(hass.config.is_allowed_path, real)
    except ValueError:
        allowed = False
    if not allowed:
        raise refusal("path_not_allowed")
    _check_type(mimetypes.guess_type(path)[0])
    return await hass.async_add_executor_job(copy_file, Path(real))


async def _async_is_folder(hass: HomeAssistant, media_id: str) -> bool:
    """Return whether a media id is a folder."""
    try:
        item = await media_source.async_browse_media(hass, media_id)
    except Exception:  # noqa: BLE001
        return False
    return item.can_expand


def _check_type(mime_type: str | None) -> None:
    """Refuse a type without sound."""
    if not mime_type or not (
        mime_type.startswith(("audio/", "video/")) or mime_type == "application/ogg"
    ):
        raise refusal("not_audio")


async def _async_from_url(hass: HomeAssistant, url: str) -> str | Audio:
    """Return a public URL unchanged, and download a private one."""
    if not is_private(web_address(url)):
        return url
    if not hass.config.is_allowed_external_url(url):
        raise refusal("media_private_url")
    return await _async_download(hass, url)


async def _async_download(hass: HomeAssistant, url: str) -> Audio:
    """Return audio from an address within the house."""
    copy = AudioCopy()
    try:
        async with async_get_clientsession(hass).get(
            url,
            # Home Assistant's rules may not allow the address that a redirect names.
            allow_redirects=False,
        ) as response:
            if response.status != HTTPStatus.OK:
                raise translated("media_not_fetched")
            mime_type: str | None = response.content_type
            if mime_type == "application/octet-stream":
                mime_type = mimetypes.guess_type(response.url.path)[0]
            _check_type(mime_type)
            if (response.content_length or 0) > MAX_AUDIO_SIZE:
                raise refusal("audio_too_large")
            async for piece in response.content.iter_chunked(2**16):
                await hass.async_add_executor_job(copy.write, piece)
    except (ClientError, ValueError) as err:
        raise translated("media_not_fetched") from err
    return copy.finish("empty_file")

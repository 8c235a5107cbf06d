"""Audio of call requests, read as RyzeAPI reads it."""

import base64
import binascii
import struct

import aiohttp

from .chime import chime

# Stands for a file on the internet, which no test can reach.
PUBLIC_CHIME = "https://media.example.com/chime.wav"
MAX_BYTES = 64 * 2**20
FETCH_TIMEOUT = aiohttp.ClientTimeout(total=15)

# For audio without a length in its header: speech rarely has fewer bytes per second, so
# the estimate is rather too long than too short.
_BYTES_PER_SECOND = 4000


class AudioError(Exception):
    """An error in the audio of a call request; its text goes into the answer."""


def sniff(data: bytes) -> str | None:
    """Return the media type according to the first bytes, None if it is not audio."""
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "audio/wav"
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    for magic, media_type in (
        (b"ID3", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"\x1a\x45\xdf\xa3", "audio/webm"),
    ):
        if data.startswith(magic):
            return media_type
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:
        # AAC has zeros in the bits in which MPEG audio has its layer.
        return "audio/mpeg" if data[1] & 0x06 else "audio/aac"
    return None


def estimate_seconds(data: bytes) -> float:
    """Return the playing time, exact for plain WAV and otherwise rather too long."""
    if data.startswith(b"RIFF") and len(data) >= 44:
        (bytes_per_second,) = struct.unpack_from("<I", data, 28)
        if bytes_per_second:
            return (len(data) - 44) / float(bytes_per_second)
    return len(data) / _BYTES_PER_SECOND


async def load_audio(media_url: str, media_base64: str) -> tuple[bytes, str]:
    """Return the audio of a call request and its media type."""
    if media_base64:
        data = _decode(media_base64)
    elif media_url.startswith(("http://", "https://")):
        data = await _fetch(media_url)
    elif media_url.startswith("data:"):
        head, comma, payload = media_url.partition(",")
        if not comma or not head.endswith(";base64"):
            raise AudioError("failed to decode media: invalid data URI")
        data = _decode(payload)
    else:
        data = _decode(media_url)
    if (media_type := sniff(data)) is None:
        raise AudioError(
            "failed to convert audio: invalid data found when processing input"
        )
    return data, media_type


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as err:
        raise AudioError("failed to decode media: illegal base64 data") from err


async def _fetch(url: str) -> bytes:
    if url == PUBLIC_CHIME:
        return chime()
    try:
        async with (
            aiohttp.ClientSession(timeout=FETCH_TIMEOUT) as session,
            session.get(url) as response,
        ):
            if response.status != 200:
                raise AudioError(f"failed to download media: status {response.status}")
            data = bytearray()
            async for chunk in response.content.iter_chunked(2**16):
                data += chunk
                if len(data) > MAX_BYTES:
                    raise AudioError("failed to download media: file too large")
            return bytes(data)
    except (aiohttp.ClientError, TimeoutError, ValueError) as err:
        raise AudioError("failed to download media") from err

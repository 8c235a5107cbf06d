"""Audio: from a message, a file or a URL to the sound that RyzeAPI takes."""

from .address import public_address
from .file import MAX_AUDIO_SIZE
from .media import async_get_audio

__all__ = ["MAX_AUDIO_SIZE", "async_get_audio", "public_address"]

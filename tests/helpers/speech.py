"""Text-to-speech engines whose speech a test controls."""

import asyncio
from collections.abc import AsyncGenerator
import json
from typing import Any, override
from unittest.mock import patch

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from homeassistant.components import tts
from homeassistant.components.tts.const import DATA_TTS_MANAGER, TtsAudioType
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.setup import async_setup_component

LANGUAGES = ["en", "pt-BR"]


def speech(message: str, language: str = "en", **options: Any) -> bytes:
    """Return an engine's MP3 of a message, as the simulator accepts it.

    The integration asks each engine for MP3 unless the options name another format.
    """
    options = {"preferred_format": "mp3"} | options
    return b"ID3" + json.dumps([message, language, sorted(options.items())]).encode()


class Voice:
    """Speech of an engine; a test may change each attribute at any time."""

    def __init__(self) -> None:
        """Speak every message without an error."""
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        """Message, language and options of each request."""
        self.error: Exception | None = None
        """Error that is raised instead of speech."""
        self.hangs = False
        """Whether no request is ever answered."""
        self.result: TtsAudioType | None = None
        """Answer to every message: (None, None), or a format and bytes."""

    async def async_speak(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Return speech, or fail as the test wants."""
        self.requests.append((message, language, options))
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        audio = speech(message, language, **options)
        return self.result or (options.get("preferred_format", "mp3"), audio)


class SpeechEntity(tts.TextToSpeechEntity):
    """Engine with an entity."""

    _attr_default_language = LANGUAGES[0]
    _attr_supported_languages = LANGUAGES
    # An engine that takes the format as an option must return it, so that Home
    # Assistant converts nothing.
    _attr_supported_options = ["voice", "preferred_format"]

    def __init__(self, voice: Voice, name: str) -> None:
        """Initialize."""
        self.voice = voice
        self._attr_name = name
        self._attr_unique_id = name

    @override
    async def async_get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Return speech."""
        return await self.voice.async_speak(message, language, options)


class StreamingEntity(SpeechEntity):
    """Engine that starts to send before it knows whether it will succeed."""

    @override
    async def async_stream_tts_audio(
        self, request: tts.TTSAudioRequest
    ) -> tts.TTSAudioResponse:
        """Return speech in two pieces, of which the second may fail."""
        message = "".join([piece async for piece in request.message_gen])

        async def stream() -> AsyncGenerator[bytes]:
            whole = speech(message, request.language, **request.options)
            yield whole[:5]
            await self.voice.async_speak(message, request.language, request.options)
            yield whole[5:]

        return tts.TTSAudioResponse("mp3", stream())


class LegacyProvider(tts.Provider):
    """Engine without an entity, as YAML sets one up."""

    def __init__(self, voice: Voice) -> None:
        """Initialize."""
        self.voice = voice

    @property
    @override
    def default_language(self) -> str:
        """Return the default language."""
        return LANGUAGES[0]

    @property
    @override
    def supported_languages(self) -> list[str]:
        """Return the languages."""
        return LANGUAGES

    @property
    @override
    def supported_options(self) -> list[str]:
        """Return the options."""
        return ["voice", "preferred_format"]

    @override
    async def async_get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Return speech."""
        return await self.voice.async_speak(message, language, options)


async def setup_tts(hass: HomeAssistant) -> None:
    """Set up text-to-speech without engines, a cache on disk, and ffmpeg."""
    with (
        patch.object(tts.SpeechManager, "async_init_cache"),
        # Otherwise Home Assistant runs ffmpeg to learn its version.
        patch("homeassistant.components.ffmpeg.is_official_image", return_value=True),
    ):
        assert await async_setup_component(hass, tts.DOMAIN, {})
    hass.data[DATA_TTS_MANAGER].use_file_cache = False


async def setup_engine(
    hass: HomeAssistant,
    voice: Voice,
    name: str = "parrot",
    kind: type[SpeechEntity] = SpeechEntity,
) -> MockConfigEntry:
    """Set up an engine as the entity `tts.<name>`, and text-to-speech for it.

    The first engine is Home Assistant's default.
    """
    await setup_tts(hass)

    async def setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, [Platform.TTS])
        return True

    async def unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        return await hass.config_entries.async_forward_entry_unload(entry, Platform.TTS)

    async def setup_platform(
        hass: HomeAssistant,
        entry: ConfigEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        async_add_entities([kind(voice, name)])

    mock_integration(
        hass,
        MockModule(
            name, async_setup_entry=setup_entry, async_unload_entry=unload_entry
        ),
        built_in=False,
    )
    mock_platform(hass, f"{name}.config_flow")
    mock_platform(hass, f"{name}.tts", MockPlatform(async_setup_entry=setup_platform))
    entry = MockConfigEntry(domain=name)
    entry.add_to_hass(hass)
    with mock_config_flow(name, ConfigFlow):
        assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert hass.states.get(f"tts.{name}")
    return entry


async def setup_legacy_engine(
    hass: HomeAssistant, voice: Voice, name: str = "old_parrot"
) -> None:
    """Set up an engine that has a name and no entity."""
    await setup_tts(hass)
    hass.data[DATA_TTS_MANAGER].async_register_legacy_engine(
        name, LegacyProvider(voice), {}
    )

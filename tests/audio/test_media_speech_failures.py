"""Tests of speech that cannot be made; no phone rings for it."""

import asyncio
from datetime import date
from typing import Any

from aiohttp import ClientError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components import tts
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from custom_components.ryze.audio import media
from tests.helpers.audio_calls import call, refused
from tests.helpers.common import until
from tests.helpers.speech import (
    SpeechEntity,
    StreamingEntity,
    Voice,
    setup_engine,
    setup_tts,
    speech,
)
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("loaded")

BOTH_KINDS = pytest.mark.parametrize("kind", [SpeechEntity, StreamingEntity])


@pytest.mark.parametrize("message", ["", " ", "\n\t ", "\u00a0\u2003"])
@pytest.mark.usefixtures("engine")
async def test_nothing_to_say(
    hass: HomeAssistant, simulator: Simulator, voice: Voice, message: str
) -> None:
    """An empty message is refused without asking an engine."""
    with pytest.raises(ServiceValidationError) as caught:
        await media.async_get_audio(hass, {"message": message})
    assert caught.value.translation_key == "empty_message"
    await refused(hass, simulator, "one_audio", message=message)
    assert voice.requests == []


@pytest.mark.parametrize(
    "data",
    [
        {"message": "Hello"},
        {"message": "Hello", "tts_entity": "tts.parrot"},
        {"media": "media-source://tts/tts.parrot?message=Hello"},
    ],
)
async def test_no_tts(
    hass: HomeAssistant, simulator: Simulator, data: dict[str, Any]
) -> None:
    """Without text-to-speech a message is refused."""
    assert tts.DOMAIN not in hass.config.components
    await refused(hass, simulator, "no_tts", **data)


@pytest.mark.parametrize(
    "data",
    [{"message": "Hello"}, {"media": "media-source://tts/tts.parrot?message=Hello"}],
)
async def test_no_engine(
    hass: HomeAssistant, simulator: Simulator, data: dict[str, Any]
) -> None:
    """Without an engine a message is refused."""
    await setup_tts(hass)
    await refused(hass, simulator, "no_tts", **data)


async def test_unloaded_engine(
    hass: HomeAssistant, simulator: Simulator, engine: MockConfigEntry
) -> None:
    """An engine that was unloaded is refused."""
    await hass.config_entries.async_unload(engine.entry_id)
    await refused(hass, simulator, "no_tts", message="Hello")
    error = await refused(
        hass, simulator, "unknown_tts", message="Hello", tts_entity="tts.parrot"
    )
    assert error.translation_placeholders == {"entity": "tts.parrot"}


@pytest.mark.parametrize(
    "entity", ["tts.owl", "parrot", "media_player.kitchen", "tts.parrot?x=1"]
)
@pytest.mark.usefixtures("engine")
async def test_unknown_engine(
    hass: HomeAssistant, simulator: Simulator, voice: Voice, entity: str
) -> None:
    """An unknown engine is refused, and not replaced by the default."""
    error = await refused(
        hass, simulator, "unknown_tts", message="Hello", tts_entity=entity
    )
    assert error.translation_placeholders == {"entity": entity}
    assert voice.requests == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"language": "xx"}, "anguage .*xx.* not supported"),
        ({"tts_options": {"speed": 2}}, "options.*speed"),
    ],
)
@pytest.mark.usefixtures("engine")
async def test_unsupported_language_or_option(
    hass: HomeAssistant,
    simulator: Simulator,
    voice: Voice,
    data: dict[str, Any],
    text: str,
) -> None:
    """Home Assistant refuses a language or an option that the engine lacks."""
    requests = len(simulator.requests)
    with pytest.raises(HomeAssistantError, match=text):
        await call(hass, message="Hello", **data)
    assert len(simulator.requests) == requests
    assert voice.requests == []


# Engines that fail.


@BOTH_KINDS
@pytest.mark.parametrize(
    "error",
    [
        HomeAssistantError("No quota left"),
        ValueError("nonsense"),
        ClientError(),
        OSError("disk"),
        KeyError("voice"),
        NotImplementedError(),
        UnicodeEncodeError("ascii", "ç", 0, 1, "no"),
    ],
    ids=repr,
)
async def test_engine_fails(
    hass: HomeAssistant,
    simulator: Simulator,
    voice: Voice,
    kind: type[SpeechEntity],
    error: Exception,
) -> None:
    """An error of an engine is no call, and the next message is spoken."""
    await setup_engine(hass, voice, kind=kind)
    voice.error = error
    await refused(hass, simulator, "tts_failed", HomeAssistantError, message="Hello")

    voice.error = None
    await call(hass, message="Hello")
    assert simulator.calls[0].audio == speech("Hello")


@BOTH_KINDS
async def test_engine_refuses(
    hass: HomeAssistant, simulator: Simulator, voice: Voice, kind: type[SpeechEntity]
) -> None:
    """A refusal of an engine is passed on in its own words."""
    await setup_engine(hass, voice, kind=kind)
    voice.error = ServiceValidationError("This voice does not speak Portuguese")
    requests = len(simulator.requests)
    with pytest.raises(ServiceValidationError, match="does not speak Portuguese"):
        await call(hass, message="Olá")
    assert len(simulator.requests) == requests


@pytest.mark.parametrize(
    ("result", "key", "kind"),
    [
        ((None, None), "tts_failed", HomeAssistantError),
        (("mp3", None), "tts_failed", HomeAssistantError),
        ((None, b"ID3"), "tts_failed", HomeAssistantError),
        (("mp3", b""), "empty_speech", ServiceValidationError),
        (("mp3", b"ID3" + bytes(998)), "audio_too_large", ServiceValidationError),
    ],
)
@pytest.mark.usefixtures("engine")
async def test_no_speech(
    hass: HomeAssistant,
    simulator: Simulator,
    voice: Voice,
    monkeypatch: pytest.MonkeyPatch,
    result: tts.TtsAudioType,
    key: str,
    kind: type[HomeAssistantError],
) -> None:
    """An answer of an engine that is empty, too large or no audio is refused."""
    monkeypatch.setattr(media, "MAX_AUDIO_SIZE", 1000)
    voice.result = result
    await refused(hass, simulator, key, kind, message="Hello")


@pytest.mark.usefixtures("engine")
async def test_speech_of_the_largest_size(
    hass: HomeAssistant,
    simulator: Simulator,
    voice: Voice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Speech of exactly the largest size is sent."""
    monkeypatch.setattr(media, "MAX_AUDIO_SIZE", 1000)
    voice.result = ("mp3", b"ID3" + bytes(997))
    await call(hass, message="Hello")
    assert simulator.calls[0].audio == voice.result[1]


@BOTH_KINDS
async def test_engine_hangs(
    hass: HomeAssistant,
    simulator: Simulator,
    voice: Voice,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[SpeechEntity],
) -> None:
    """An engine that never answers is given up, and another one can speak."""
    await setup_engine(hass, voice, kind=kind)
    await setup_engine(hass, Voice(), "owl")
    voice.hangs = True
    picked = "media-source://tts/tts.parrot?message=Hi"
    with monkeypatch.context() as patched:
        patched.setattr(media, "TIMEOUT", 0.05)
        for data in ({"message": "Hello"}, {"media": picked}):
            await refused(hass, simulator, "tts_timeout", HomeAssistantError, **data)

    await call(hass, message="Hello", tts_entity="tts.owl")
    assert simulator.calls[0].audio == speech("Hello")


@pytest.mark.usefixtures("engine")
async def test_stopped_while_speaking(
    hass: HomeAssistant, simulator: Simulator, voice: Voice
) -> None:
    """An automation that is stopped before the speech is made calls nobody."""
    voice.hangs = True
    requests = len(simulator.requests)
    task = hass.async_create_task(call(hass, message="Hello"))
    await until(lambda: voice.requests)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.05)
    assert len(simulator.requests) == requests


@pytest.mark.parametrize(
    "picked",
    [
        "media-source://tts/tts.owl?message=Hello",
        "media-source://tts/tts.parrot",
        "media-source://tts/tts.parrot?message=Hello&tts_options=nonsense",
        "media-source://tts/-stream-/gone.mp3",
        "media-source://tts/",
    ],
)
@pytest.mark.usefixtures("engine")
async def test_unusable_speech_from_the_media_browser(
    hass: HomeAssistant, simulator: Simulator, picked: str
) -> None:
    """A media id of text-to-speech that makes no sense is refused."""
    await refused(hass, simulator, "tts_failed", HomeAssistantError, media=picked)


@pytest.mark.parametrize("value", [date(2026, 1, 1), b"x"], ids=repr)
@pytest.mark.usefixtures("engine")
async def test_options_that_are_no_json(
    hass: HomeAssistant, simulator: Simulator, value: object
) -> None:
    """An option that is no JSON, such as a date from YAML, is refused."""
    options = {"voice": value}
    error = await refused(
        hass, simulator, "invalid_field", message="Hello", tts_options=options
    )
    assert error.translation_placeholders == {"field": "tts_options"}

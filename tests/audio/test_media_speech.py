"""Tests of speech."""

from typing import Any

import pytest

from homeassistant.components import tts
from homeassistant.core import HomeAssistant

from tests.helpers.audio_calls import call
from tests.helpers.const import MARIA
from tests.helpers.speech import (
    StreamingEntity,
    Voice,
    setup_engine,
    setup_legacy_engine,
    speech,
)
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.mark.parametrize(
    ("data", "language", "options"),
    [
        ({}, "en", {}),
        ({"tts_entity": "tts.parrot"}, "en", {}),
        ({"language": "pt-BR"}, "pt-BR", {}),
        ({"tts_options": {}}, "en", {}),
        ({"tts_options": {"voice": "ara"}}, "en", {"voice": "ara"}),
        (
            {"tts_options": {"preferred_format": "wav", "voice": "1 & 2=ção"}},
            "en",
            {"preferred_format": "wav", "voice": "1 & 2=ção"},
        ),
        (
            {
                "tts_entity": "tts.parrot",
                "language": "pt-BR",
                "tts_options": {"voice": "ara"},
            },
            "pt-BR",
            {"voice": "ara"},
        ),
    ],
)
@pytest.mark.usefixtures("engine")
async def test_message(
    hass: HomeAssistant,
    simulator: Simulator,
    voice: Voice,
    data: dict[str, Any],
    language: str,
    options: dict[str, Any],
) -> None:
    """The phone plays the engine's speech, by default as MP3."""
    (row,) = await call(hass, message="The door is open", **data)
    assert (row["outcome"], row["error"]) == ("placed", None)
    (rung,) = simulator.calls
    assert rung.audio == speech("The door is open", language, **options)
    asked = {"preferred_format": "mp3"} | options
    assert voice.requests == [("The door is open", language, asked)]


@pytest.mark.parametrize(
    "message",
    [
        "C+B & 100% #1 ?message=2;/%41",
        " Olá, João!\nO portão está aberto. 🚪 ",
        "media-source://tts/x?message=y",
        "<speak>1 &lt; 2</speak>",
        pytest.param("a" * 10_000, id="long"),
    ],
)
@pytest.mark.usefixtures("engine")
async def test_any_text(hass: HomeAssistant, voice: Voice, message: str) -> None:
    """A message reaches the engine unchanged."""
    await call(hass, message=message)
    assert [request[0] for request in voice.requests] == [message]


@pytest.mark.usefixtures("engine")
async def test_number_as_message(
    hass: HomeAssistant, simulator: Simulator, voice: Voice
) -> None:
    """A message that a template renders as a number is spoken."""
    await call(hass, message=21.5)
    assert simulator.calls[0].audio == speech("21.5")


@pytest.mark.usefixtures("engine")
async def test_default_engine(hass: HomeAssistant, simulator: Simulator) -> None:
    """The first engine speaks unless another one is named."""
    other = Voice()
    other.result = ("mp3", b"ID3 other")
    await setup_engine(hass, other, "owl")
    await call(hass, message="Hello")
    await call(hass, message="Hello", tts_entity="tts.owl")
    assert [rung.audio for rung in simulator.calls] == [speech("Hello"), b"ID3 other"]


@pytest.mark.parametrize("data", [{}, {"tts_entity": "old_parrot"}])
async def test_engine_without_entity(
    hass: HomeAssistant, simulator: Simulator, voice: Voice, data: dict[str, Any]
) -> None:
    """An engine that was set up in YAML can speak."""
    await setup_legacy_engine(hass, voice)
    await call(hass, message="Hello", **data)
    assert simulator.calls[0].audio == speech("Hello")


async def test_engine_that_streams(
    hass: HomeAssistant, simulator: Simulator, voice: Voice
) -> None:
    """A phone rings only after the engine has sent all of the speech."""
    await setup_engine(hass, voice, kind=StreamingEntity)
    await call(hass, message="Hello")
    assert simulator.calls[0].audio == speech("Hello")


@pytest.mark.usefixtures("engine")
async def test_several_recipients(
    hass: HomeAssistant, simulator: Simulator, voice: Voice
) -> None:
    """A message is spoken once for all recipients."""
    numbers = [f"{MARIA[:-1]}{digit}" for digit in range(1, 5)]
    await call(hass, number=numbers, message="Fire!")
    assert [rung.audio for rung in simulator.calls] == [speech("Fire!")] * 4
    assert len(voice.requests) == 1


@pytest.mark.usefixtures("engine")
async def test_speech_from_the_media_browser(
    hass: HomeAssistant, simulator: Simulator, voice: Voice
) -> None:
    """Speech can be picked in the media browser."""
    picked = tts.generate_media_source_id(
        hass, "Olá", "tts.parrot", "pt-BR", {"voice": "ara", "preferred_format": "mp3"}
    )
    await call(
        hass, media={"media_content_id": picked, "media_content_type": "provider"}
    )
    await call(hass, media="media-source://tts/tts.parrot?message=Hello")
    assert simulator.calls[0].audio == speech("Olá", "pt-BR", voice="ara")
    assert voice.requests[1][0] == "Hello"

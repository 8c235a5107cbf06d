"""Tests of the audio of escalations, and of the tone that replaces broken audio."""

from base64 import b64encode
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component

from custom_components.ryze.audio import media
from custom_components.ryze.escalation.tone import make_tone
from tests.helpers.audio_calls import sound
from tests.helpers.common import capture, until
from tests.helpers.const import JOAO, MARIA
from tests.helpers.escalations import escalate, told
from tests.helpers.speech import Voice, setup_engine, speech
from tests.simulator import PUBLIC_CHIME, Behaviour, Simulator

pytestmark = pytest.mark.usefixtures("quick_phones", "people")


@pytest.fixture(autouse=True)
def everybody_declines(simulator: Simulator) -> None:
    """Let each call end at once, without ending the escalation."""
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.DECLINE


@pytest.fixture
async def voice(hass: HomeAssistant) -> Voice:
    """Return the voice of Home Assistant's only engine."""
    voice = Voice()
    await setup_engine(hass, voice)
    return voice


async def tone() -> bytes:
    """Return the bytes of the tone."""
    audio = make_tone()
    return bytes(await audio.read(0, audio.size))


async def test_speech_is_made_once(
    hass: HomeAssistant, simulator: Simulator, voice: Voice
) -> None:
    """Speech is made once, before the first call, and played in all calls."""
    events = capture(hass)
    response = await escalate(hass, message="Fire!", rounds=2)
    assert [row["type"] for row in response["calls"]] == ["audio"] * 4
    assert {call.audio for call in simulator.calls} == {speech("Fire!")}
    assert len(voice.requests) == 1
    assert response["audio"] is None
    await until(lambda: told(events) == ["started", "exhausted"])
    assert events[-1].data["audio"] is None


@pytest.mark.parametrize(
    "data", [{"message": "Fire!"}, {"message": "Fire!", "tts_entity": "tts.parrot"}]
)
async def test_no_engine(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    data: dict[str, Any],
) -> None:
    """Without text-to-speech a tone is played; log, response and event say so."""
    events = capture(hass)
    response = await escalate(hass, **data)
    assert (response["audio"], len(response["calls"])) == ("fallback", 2)
    assert {call.audio for call in simulator.calls} == {await tone()}
    assert "A tone is played in an escalation, as its audio failed" in caplog.text
    await until(lambda: told(events) == ["started", "exhausted"])
    assert events[-1].data["audio"] == "fallback"


@pytest.mark.parametrize(
    ("voice_is", "data"),
    [
        ({}, {"tts_entity": "tts.unknown"}),
        ({}, {"language": "xx"}),
        ({}, {"message": " "}),
        ({"error": HomeAssistantError(f"broken {MARIA}")}, {}),
        ({"error": ValueError(f"broken {MARIA}")}, {}),
        ({"hangs": True}, {}),
        ({"result": (None, None)}, {}),
        ({"result": ("mp3", b"")}, {}),
    ],
)
async def test_broken_speech(
    hass: HomeAssistant,
    simulator: Simulator,
    voice: Voice,
    monkeypatch: pytest.MonkeyPatch,
    voice_is: dict[str, Any],
    data: dict[str, Any],
) -> None:
    """A tone replaces speech that is refused, fails, hangs or is empty."""
    monkeypatch.setattr(media, "TIMEOUT", 0.1)
    vars(voice).update(voice_is)
    response = await escalate(hass, **{"message": "Fire!", **data})
    assert (response["audio"], len(response["calls"])) == ("fallback", 2)
    assert {call.audio for call in simulator.calls} == {await tone()}


@pytest.mark.parametrize(
    "data",
    [
        {"media": "media-source://media_source/local/missing.mp3"},
        {"media": "/forbidden.mp3"},
        {"media_base64": "no base64!"},
    ],
)
async def test_missing_media(
    hass: HomeAssistant, simulator: Simulator, data: dict[str, Any]
) -> None:
    """A tone replaces media that is missing, forbidden or no base64."""
    await async_setup_component(hass, "media_source", {})
    response = await escalate(hass, **data)
    assert response["audio"] == "fallback"
    assert {call.audio for call in simulator.calls} == {await tone()}


async def test_media_base64(hass: HomeAssistant, simulator: Simulator) -> None:
    """Audio given as base64 is played."""
    response = await escalate(hass, media_base64=b64encode(sound()).decode())
    assert response["audio"] is None
    assert {call.audio for call in simulator.calls} == {sound()}


async def test_media_url(hass: HomeAssistant, simulator: Simulator) -> None:
    """A public address is handed to RyzeAPI."""
    response = await escalate(hass, media_url=PUBLIC_CHIME)
    assert (response["audio"], len(simulator.calls)) == (None, 2)
    assert simulator.calls[0].media_type == "audio/wav"

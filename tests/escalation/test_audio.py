"""Tests of what an escalation plays: an alarm must not die of text-to-speech."""

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
from tests.helpers.escalations import escalate, hurry, told
from tests.helpers.speech import Voice, setup_engine, speech
from tests.simulator import Behaviour, Simulator

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(autouse=True)
def quick(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait, and let everybody decline."""
    hurry(simulator, monkeypatch)
    monkeypatch.setattr(media, "TIMEOUT", 0.1)
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.DECLINE


@pytest.fixture
async def voice(hass: HomeAssistant) -> Voice:
    """Return the voice of the engine that Home Assistant has."""
    voice = Voice()
    await setup_engine(hass, voice)
    return voice


async def tone() -> bytes:
    """Return the tone that is played where there is nothing else."""
    audio = make_tone()
    return bytes(await audio.read(0, audio.size))


async def test_once(hass: HomeAssistant, simulator: Simulator, voice: Voice) -> None:
    """Speech is made once, before the first call, and serves all of them."""
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
    """Without any text-to-speech a tone is played, and that is told."""
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
    voice_is: dict[str, Any],
    data: dict[str, Any],
) -> None:
    """Whatever goes wrong with speech, a tone is played."""
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
async def test_no_media(
    hass: HomeAssistant, simulator: Simulator, data: dict[str, Any]
) -> None:
    """Where a file is missing a tone is played."""
    await async_setup_component(hass, "media_source", {})
    response = await escalate(hass, **data)
    assert response["audio"] == "fallback"
    assert {call.audio for call in simulator.calls} == {await tone()}


async def test_media_base64(hass: HomeAssistant, simulator: Simulator) -> None:
    """Audio that is given as data is played."""
    response = await escalate(hass, media_base64=b64encode(sound()).decode())
    assert response["audio"] is None
    assert {call.audio for call in simulator.calls} == {sound()}


async def test_media_url(hass: HomeAssistant, simulator: Simulator) -> None:
    """RyzeAPI gets a public address as it is."""
    url = f"{simulator.url}/_simulator/chime.wav"
    response = await escalate(hass, media_url=url)
    assert (response["audio"], len(simulator.calls)) == (None, 2)
    assert simulator.calls[0].media_type == "audio/wav"

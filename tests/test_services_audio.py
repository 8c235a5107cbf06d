"""Tests of the action for audio calls: its fields, and audio for several calls."""

import asyncio
from base64 import b64encode
import os
from pathlib import Path
import tempfile
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .helpers.audio_calls import MESSAGES, call, open_files, refused, sound
from .helpers.common import capture, until
from .helpers.const import ANA, JOAO, MARIA
from .simulator import Behaviour, Fault, FaultKind, Respond, Simulator
from custom_components.ryze.audio import file as audio_file
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.schemas import AUDIO_CALL_SCHEMA

BASE64 = b64encode(sound()).decode()
URL = "https://example.com/alarm.mp3"
SOURCES = {
    "message": "Hello",
    "media": "/alarm.mp3",
    "media_url": URL,
    "media_base64": BASE64,
}


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the copies, which small files get as well."""
    monkeypatch.setattr(audio_file, "MAX_SMALL_SIZE", 0)
    folder = tmp_path / "copies"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def alarm(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return an allowed audio file, larger than the buffers of a connection."""
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    path = tmp_path / "alarm.mp3"
    path.write_bytes(sound(8_000_000))
    return path


# Fields.


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("message", "media"),
        ("media", "media_url"),
        ("media_url", "media_base64"),
        ("message", "media_base64"),
        ("message", "media", "media_url"),
        tuple(SOURCES),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_exactly_one_audio(
    hass: HomeAssistant, simulator: Simulator, fields: tuple[str, ...]
) -> None:
    """An audio call without audio, or with several, is refused."""
    data = {field: SOURCES[field] for field in fields}
    await refused(hass, simulator, "one_audio", **data)


@pytest.mark.parametrize("source", ["media", "media_url", "media_base64"])
@pytest.mark.parametrize(
    "data",
    [{"tts_entity": "tts.parrot"}, {"language": "en"}, {"tts_options": {"a": 1}}],
)
@pytest.mark.usefixtures("loaded")
async def test_speech_without_message(
    hass: HomeAssistant, simulator: Simulator, source: str, data: dict[str, Any]
) -> None:
    """Options of speech are refused without a message."""
    data = data | {source: SOURCES[source]}
    await refused(hass, simulator, "speech_without_message", **data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message", ["Hello"]),
        ("message", {"text": "Hello"}),
        ("media_base64", [BASE64]),
        ("tts_entity", ["tts.parrot"]),
        ("language", {"en": 1}),
        ("tts_options", "voice"),
        ("tts_options", ["voice"]),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_field_of_a_wrong_type(
    hass: HomeAssistant, simulator: Simulator, field: str, value: object
) -> None:
    """A field of a wrong type is named in the error."""
    data = {"message": "Hello", field: value}
    error = await refused(hass, simulator, "invalid_field", **data)
    assert error.translation_placeholders == {"field": field}


@pytest.mark.parametrize("value", [[URL], 5, "alarm.mp3", {"url": URL}])
@pytest.mark.usefixtures("loaded")
async def test_no_url(hass: HomeAssistant, simulator: Simulator, value: object) -> None:
    """A value that is no address is refused with an error of its own."""
    await refused(hass, simulator, "invalid_media_url", media_url=value)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("data:audio/mpeg;base64,", "empty_audio"),
        ("!", "invalid_base64"),
        (5, "invalid_base64"),
        pytest.param(
            b64encode(sound(1001)).decode(), "audio_too_large", id="too large"
        ),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_no_base64(
    hass: HomeAssistant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    value: object,
    key: str,
) -> None:
    """A value that is no audio is refused before anything is sent."""
    monkeypatch.setattr(audio_file, "MAX_AUDIO_SIZE", 1000)
    await refused(hass, simulator, key, media_base64=value)

    await call(hass, media_base64=BASE64)
    assert simulator.calls[0].audio == sound(1000)


@pytest.mark.usefixtures("loaded")
async def test_recipients_first(hass: HomeAssistant, simulator: Simulator) -> None:
    """Recipients are checked before audio is made."""
    forbidden = "/etc/passwd"
    await refused(hass, simulator, "no_recipient", number=[], media=forbidden)
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, config_entry_id="nonsense", media=forbidden)
    assert caught.value.translation_key == "service_config_entry_not_found"


@pytest.mark.usefixtures("loaded")
async def test_no_event_of_a_refusal(hass: HomeAssistant, simulator: Simulator) -> None:
    """A refused call fires no event."""
    events = capture(hass)
    await refused(hass, simulator, "path_not_allowed", media="/etc/passwd")
    await hass.async_block_till_done()
    assert events == []


TEXT = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", URL, "http://[", "media-source://x/y", "c291bmQ=", "tts.a"]),
)
ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.binary(max_size=9),
        TEXT,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(TEXT, st.integers(), st.none()), inner, max_size=3),
    ),
    max_leaves=5,
)
PICKED = st.dictionaries(
    st.sampled_from(["media_content_id", "media_content_type", "metadata"]), ANYTHING
)
FIELDS = {
    "message": TEXT,
    "media": TEXT | PICKED,
    "media_url": TEXT,
    "media_base64": TEXT,
    "tts_entity": TEXT,
    "language": TEXT,
    "tts_options": st.dictionaries(TEXT, ANYTHING, max_size=2),
}
# Some data are mere nonsense, and most are nearly right.
DATA = st.one_of(
    ANYTHING,
    st.dictionaries(st.sampled_from([*FIELDS, "number", "x"]), ANYTHING),
    st.builds(
        lambda audio, speech, number: audio | speech | number,
        st.sampled_from(list(FIELDS)).flatmap(
            lambda field: st.fixed_dictionaries({field: FIELDS[field]})
        ),
        st.fixed_dictionaries({}, optional=FIELDS),
        st.sampled_from([{}, {"number": f"+{MARIA}"}, {"entity_id": "notify.maria"}]),
    ),
    st.sampled_from(list(SOURCES)).map(
        lambda field: {"number": f"+{MARIA}", field: SOURCES[field]}
    ),
)


@given(data=DATA)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_data(hass: HomeAssistant, data: Any) -> None:
    """Any data become clean data or a translated refusal."""
    try:
        clean = AUDIO_CALL_SCHEMA(data)
    except ServiceValidationError as err:
        assert err.translation_domain == DOMAIN
        text = MESSAGES[str(err.translation_key)]["message"]
        assert "{" not in text.format(**err.translation_placeholders or {})
        return
    (source,) = clean.keys() & SOURCES.keys()
    assert isinstance(clean[source], str)
    speech = clean.keys() & {"tts_entity", "language", "tts_options"}
    assert source == "message" or not speech
    assert clean["number"] or clean["entity_id"]


# One audio for several calls.


@pytest.mark.usefixtures("loaded")
async def test_several_recipients(
    hass: HomeAssistant, simulator: Simulator, alarm: Path, copies: Path
) -> None:
    """All phones ring at the same time, and play the whole of the same copy."""
    simulator.choices.respond = Respond.WHEN_OVER
    task = hass.async_create_task(
        call(hass, number=[MARIA, JOAO, ANA], media=str(alarm))
    )
    # No request is answered before its ringing is over.
    await until(lambda: len(simulator.calls) == 3)
    assert not task.done()
    assert len(open_files(copies)) == 1
    simulator.drop_calls()
    rows = await task
    assert [row["number"] for row in rows] == [MARIA, JOAO, ANA]
    assert [row["outcome"] for row in rows] == ["placed"] * 3
    assert {rung.number for rung in simulator.calls} == {MARIA, JOAO, ANA}
    assert [rung.audio for rung in simulator.calls] == [sound(8_000_000)] * 3
    await until(lambda: not open_files(copies))


@pytest.mark.usefixtures("loaded")
async def test_file_changes_while_it_is_sent(
    hass: HomeAssistant, simulator: Simulator, alarm: Path, copies: Path
) -> None:
    """A file that is changed while it is sent is played as it was."""
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.DELAY, route="audio", release=release, times=2))
    task = hass.async_create_task(call(hass, number=[MARIA, JOAO], media=str(alarm)))
    await until(lambda: "audio" in [request.route for request in simulator.requests])
    os.truncate(alarm, 10)
    os.unlink(alarm)  # noqa: PTH108
    assert simulator.calls == []
    release.set()
    await task
    assert [rung.audio for rung in simulator.calls] == [sound(8_000_000)] * 2
    await until(lambda: not open_files(copies))


@pytest.mark.usefixtures("loaded")
async def test_stopped_while_sending(
    hass: HomeAssistant, simulator: Simulator, alarm: Path, copies: Path
) -> None:
    """A call that is sent is completed and told, though its action was stopped."""
    events = capture(hass)
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.DELAY, route="audio", release=release, times=2))
    task = hass.async_create_task(call(hass, number=[MARIA, JOAO], media=str(alarm)))
    await until(lambda: "audio" in [request.route for request in simulator.requests])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert simulator.calls == []
    release.set()
    await until(lambda: len(events) == 2)
    assert {event.event_type for event in events} == {f"{DOMAIN}_call_placed"}
    assert [rung.audio for rung in simulator.calls] == [sound(8_000_000)] * 2
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (1, 1)
    del task
    await until(lambda: not open_files(copies))


@pytest.mark.parametrize(
    ("kind", "status", "key"),
    [
        (FaultKind.STATUS, 500, "server"),
        (FaultKind.STATUS, 413, "invalid_request"),
        (FaultKind.REDIRECT, None, "outcome_unknown"),
        (FaultKind.CUT_BEFORE, None, "outcome_unknown"),
        (FaultKind.CUT_AFTER, None, "outcome_unknown"),
        (FaultKind.GARBAGE, None, "outcome_unknown"),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_request_fails(
    hass: HomeAssistant,
    simulator: Simulator,
    alarm: Path,
    copies: Path,
    kind: FaultKind,
    status: int | None,
    key: str,
) -> None:
    """The copy of a file is removed after a failed call."""
    os.truncate(alarm, 1000)
    # The delay lets all of the request arrive.
    fault = Fault(kind, status=status, route="audio", times=2, delay=0.05)
    simulator.inject(fault)
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, number=[MARIA, JOAO], media=str(alarm))
    assert caught.value.translation_key == key
    del caught
    await until(lambda: not open_files(copies))


@pytest.mark.usefixtures("loaded")
async def test_one_of_several_fails(
    hass: HomeAssistant, simulator: Simulator, alarm: Path, copies: Path
) -> None:
    """A failed call takes nothing from the audio of the others."""
    simulator.add_phone(JOAO, behaviour=Behaviour.NO_WHATSAPP)
    rows = await call(hass, number=[JOAO, MARIA], media=str(alarm))
    assert [row["error"] for row in rows] == ["server", None]
    assert [rung.audio for rung in simulator.calls] == [sound(8_000_000)]
    await until(lambda: not open_files(copies))


@pytest.mark.usefixtures("loaded")
async def test_several_actions(
    hass: HomeAssistant, simulator: Simulator, alarm: Path, copies: Path
) -> None:
    """Each action has its own copy of the file as it is then."""
    await call(hass, media=str(alarm))
    os.truncate(alarm, 5)
    await call(hass, media=str(alarm))
    assert [rung.audio for rung in simulator.calls] == [sound(8_000_000), sound(5)]
    await until(lambda: not open_files(copies))


async def test_contacts(
    hass: HomeAssistant, simulator: Simulator, people: object, alarm: Path
) -> None:
    """Contacts can be called with audio."""
    rows = await call(
        hass,
        entity_id=["notify.joao", "notify.maria"],
        number=ANA,
        media=str(alarm),
        tag="alarm",
    )
    assert [row["contact"] for row in rows] == ["notify.joao", "notify.maria", None]
    assert {row["tag"] for row in rows} == {"alarm"}
    assert [rung.audio for rung in simulator.calls] == [sound(8_000_000)] * 3

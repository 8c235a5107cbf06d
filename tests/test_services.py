"""Tests of the actions, from Home Assistant to the simulator and back."""

from base64 import b64encode
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
import voluptuous as vol

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .helpers.common import setup_integration
from .helpers.const import ANA, JOAO, MARIA
from .simulator import PUBLIC_CHIME, Behaviour, Fault, FaultKind, Simulator
from .simulator.chime import chime
from custom_components.ryze.const import DOMAIN
from custom_components.ryze.schemas import AUDIO_CALL_SCHEMA, FAKE_CALL_SCHEMA

pytestmark = pytest.mark.usefixtures("quick_retries")

AUDIO = b64encode(chime()).decode()


async def call(
    hass: HomeAssistant, service: str, *, response: bool = True, **data: Any
) -> list[dict[str, Any]]:
    """Run an action, and return the rows of its response."""
    answer = await hass.services.async_call(
        DOMAIN, service, data, blocking=True, return_response=response
    )
    assert (answer is not None) is response
    rows: list[dict[str, Any]] = answer["calls"] if answer else []  # type: ignore[assignment]
    return rows


@pytest.mark.usefixtures("loaded")
async def test_fake_call(hass: HomeAssistant, simulator: Simulator) -> None:
    """A fake call rings a phone, and the response has its id."""
    rows = await call(hass, "fake_call", number="(11) 99999-0001", tag="door")
    (rung,) = simulator.calls
    assert (rung.type, rung.duration, rung.instance) == ("fake", 8, "home")
    assert simulator.rings(MARIA) == 1
    assert rows == [
        {
            "contact": None,
            "number": MARIA,
            "call_id": rung.id,
            "type": "fake",
            "outcome": "placed",
            "observed": True,
            "tag": "door",
            "error": None,
        }
    ]


@pytest.mark.usefixtures("loaded")
async def test_audio_call(hass: HomeAssistant, simulator: Simulator) -> None:
    """An audio call rings a phone, and plays the audio."""
    (row,) = await call(
        hass, "audio_call", number=MARIA, media_base64=f"data:audio/wav;base64,{AUDIO}"
    )
    (other,) = await call(hass, "audio_call", number=MARIA, media_url=PUBLIC_CHIME)
    assert [rung.id for rung in simulator.calls] == [row["call_id"], other["call_id"]]
    assert {rung.audio for rung in simulator.calls} == {chime()}
    assert (row["type"], row["outcome"], row["tag"]) == ("audio", "placed", None)


@pytest.mark.usefixtures("loaded")
async def test_without_response(hass: HomeAssistant, simulator: Simulator) -> None:
    """The actions work without their responses."""
    await call(hass, "fake_call", response=False, number=MARIA)
    await call(hass, "audio_call", response=False, number=MARIA, media_base64=AUDIO)
    assert simulator.rings(MARIA) == 2


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        (int(MARIA), [MARIA]),
        ([JOAO, MARIA], [JOAO, MARIA]),
        (f"{JOAO}, {MARIA}", [JOAO, MARIA]),
        # Notations of the same number are one person.
        ([MARIA, JOAO, "+55 11 99999-0001", f"{MARIA}@s.whatsapp.net"], [MARIA, JOAO]),
        # So is WhatsApp's spelling without the ninth digit.
        ([MARIA, "+551199990001"], [MARIA]),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_recipients(
    hass: HomeAssistant, simulator: Simulator, number: Any, digits: list[str]
) -> None:
    """Each person is called once, and the rows have the order of the numbers."""
    rows = await call(hass, "fake_call", number=number, duration=1)
    assert [row["number"] for row in rows] == digits
    assert sorted(rung.number for rung in simulator.calls) == sorted(digits)


@pytest.mark.parametrize(
    ("duration", "seconds"), [(1, 1), (60, 60), ("30", 30), (2.0, 2), (" 7 ", 7)]
)
@pytest.mark.usefixtures("loaded")
async def test_duration(
    hass: HomeAssistant, simulator: Simulator, duration: Any, seconds: int
) -> None:
    """A duration in whole seconds is accepted in any notation."""
    await call(hass, "fake_call", number=MARIA, duration=duration)
    assert simulator.calls[0].duration == seconds


MEDIA = {"media_base64": AUDIO}
NO_DURATIONS: list[Any] = [
    *(0, 61, -1, 2.5, "2.5", True, "abc", [8], "9" * 5000),
    *(float("nan"), float("inf")),
]


@pytest.mark.parametrize(
    ("service", "data", "key", "placeholders"),
    [
        ("fake_call", {}, "no_recipient", {}),
        ("fake_call", {"number": []}, "no_recipient", {}),
        ("fake_call", {"number": None}, "no_recipient", {}),
        ("fake_call", {"number": ""}, "no_recipient", {}),
        ("fake_call", {"number": [MARIA, "x"]}, "invalid_number", {"position": "2"}),
        ("fake_call", {"number": [MARIA, ""]}, "invalid_number", {"position": "2"}),
        ("fake_call", {"number": "1@g.us"}, "not_a_person", {"position": "1"}),
        (
            "fake_call",
            {"number": "904846510860"},
            "ambiguous_number",
            {"position": "1"},
        ),
        *(
            (
                "fake_call",
                {"number": MARIA, "duration": duration},
                "invalid_duration",
                {"minimum": "1", "maximum": "60"},
            )
            for duration in NO_DURATIONS
        ),
        (
            "fake_call",
            {"number": MARIA, "media_url": "https://example.com/a.mp3"},
            "invalid_field",
            {"field": "media_url"},
        ),
        ("fake_call", {"number": MARIA, "tag": [1]}, "invalid_field", {"field": "tag"}),
        ("fake_call", {"number": MARIA, MARIA: 1}, "invalid_field", {"field": "?"}),
        ("audio_call", MEDIA, "no_recipient", {}),
        ("audio_call", {"number": MARIA}, "one_audio", {}),
        (
            "audio_call",
            {"number": MARIA, "media_url": "https://example.com/a.mp3", **MEDIA},
            "one_audio",
            {},
        ),
        (
            "audio_call",
            {"number": MARIA, "media_url": "alarm.mp3"},
            "invalid_media_url",
            None,
        ),
        ("audio_call", {"number": MARIA, "media_base64": "!"}, "invalid_base64", None),
        ("audio_call", {"number": MARIA, "media_base64": ""}, "one_audio", None),
        (
            "audio_call",
            {"number": MARIA, "duration": 5, **MEDIA},
            "invalid_field",
            {"field": "duration"},
        ),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_refusals(
    hass: HomeAssistant,
    simulator: Simulator,
    service: str,
    data: dict[str, Any],
    key: str,
    placeholders: dict[str, str] | None,
) -> None:
    """Wrong data are refused with a reason before anything is sent."""
    requests = len(simulator.requests)
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, service, **data)
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key == key
    assert (caught.value.translation_placeholders or None) == (placeholders or None)
    # The text is complete, and holds no number.
    assert " " in str(caught.value)
    assert "{" not in str(caught.value)
    assert MARIA not in str(caught.value)
    assert len(simulator.requests) == requests


@pytest.mark.usefixtures("loaded")
async def test_some_calls_fail(hass: HomeAssistant, simulator: Simulator) -> None:
    """A failed call does not keep the others from being placed."""
    simulator.add_phone(JOAO, behaviour=Behaviour.NO_WHATSAPP)
    rows = await call(hass, "fake_call", number=[MARIA, JOAO, ANA])
    assert [(row["number"], row["outcome"], row["error"]) for row in rows] == [
        (MARIA, "placed", None),
        (JOAO, "failed", "server"),
        (ANA, "placed", None),
    ]
    assert rows[1]["call_id"] is None
    assert (simulator.rings(MARIA), simulator.rings(ANA)) == (1, 1)

    # Without a response, the action raises.
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "fake_call", response=False, number=[MARIA, JOAO])
    assert caught.value.translation_key == "server"
    assert simulator.rings(MARIA) == 2


@pytest.mark.usefixtures("loaded")
async def test_all_calls_fail(hass: HomeAssistant, simulator: Simulator) -> None:
    """The action raises if no call was placed, with or without a response."""
    simulator.instances["home"].state = "disconnected"
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "fake_call", number=[MARIA, JOAO])
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key == "not_connected"


@pytest.mark.parametrize(
    ("fault", "key", "rings"),
    [
        (Fault(FaultKind.STATUS, status=400), "invalid_request", 0),
        (Fault(FaultKind.PAGE, status=401), "blocked", 0),
        (Fault(FaultKind.PAGE, status=403), "blocked", 0),
        (Fault(FaultKind.STATUS, status=404), "not_found", 0),
        (Fault(FaultKind.STATUS, status=408), "outcome_unknown", 0),
        (Fault(FaultKind.STATUS, status=429), "rate_limit", 0),
        (Fault(FaultKind.STATUS, status=500), "server", 0),
        (Fault(FaultKind.CUT_AFTER), "outcome_unknown", 1),
    ],
)
@pytest.mark.usefixtures("loaded")
async def test_errors_and_recovery(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, key: str, rings: int
) -> None:
    """Each error has its text, and the next call is placed."""
    simulator.inject(fault)
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "fake_call", number=MARIA)
    assert caught.value.translation_key == key
    assert simulator.rings(MARIA) == rings

    await call(hass, "fake_call", number=MARIA)
    assert simulator.rings(MARIA) == rings + 1


@pytest.mark.usefixtures("loaded")
async def test_unreachable_api(hass: HomeAssistant, simulator: Simulator) -> None:
    """Without RyzeAPI the action raises, and works once RyzeAPI is back."""
    await simulator.stop()
    with pytest.raises(HomeAssistantError) as caught:
        await call(hass, "fake_call", number=MARIA)
    assert caught.value.translation_key == "connection"

    await simulator.start()
    await call(hass, "fake_call", number=MARIA)
    assert simulator.rings(MARIA) == 1


async def test_two_instances(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    other_entry: MockConfigEntry,
) -> None:
    """Each instance calls with its own name and token, and must be named."""
    await setup_integration(hass, other_entry)
    placed = async_capture_events(hass, "ryze_call_placed")
    for entry in (other_entry, loaded):
        await call(hass, "fake_call", number=MARIA, config_entry_id=entry.entry_id)
    assert [rung.instance for rung in simulator.calls] == ["office", "home"]
    assert [event.data["instance"] for event in placed] == ["office", "home"]
    assert [event.data["config_entry_id"] for event in placed] == [
        other_entry.entry_id,
        loaded.entry_id,
    ]

    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "fake_call", number=MARIA)
    assert (
        caught.value.translation_key == "service_found_multiple_config_entry_for_domain"
    )
    assert simulator.rings(MARIA) == 2


async def test_unknown_or_unloaded_instance(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    """An instance that is unknown, unloaded or disabled is refused."""
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "fake_call", number=MARIA, config_entry_id="nonsense")
    assert caught.value.translation_key == "service_config_entry_not_found"

    await hass.config_entries.async_unload(loaded.entry_id)
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "fake_call", number=MARIA)
    assert caught.value.translation_key == "service_config_entry_not_loaded"

    await hass.config_entries.async_set_disabled_by(
        loaded.entry_id, ConfigEntryDisabler.USER
    )
    with pytest.raises(ServiceValidationError) as caught:
        await call(hass, "fake_call", number=MARIA)
    assert caught.value.translation_key == "service_found_no_config_entry_for_domain"
    assert simulator.rings(MARIA) == 0


ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=8), inner, max_size=3),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("schema", "fields"),
    [
        (FAKE_CALL_SCHEMA, ["number", "duration", "tag", "config_entry_id", "x"]),
        (AUDIO_CALL_SCHEMA, ["number", "media_url", "media_base64", "tag"]),
    ],
)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_data(
    hass: HomeAssistant, schema: vol.Schema, fields: list[str], data: st.DataObject
) -> None:
    """Any data become clean data or a translated refusal."""
    given_data = data.draw(st.dictionaries(st.sampled_from(fields), ANYTHING))
    number = data.draw(st.sampled_from([{}, {"number": f"+{MARIA}"}]))
    try:
        clean = schema(given_data | number)
    except ServiceValidationError as err:
        assert err.translation_domain == DOMAIN
        return
    assert clean["number"]
    assert all(number.isdecimal() for number in clean["number"])
    assert clean.get("duration", 8) in range(1, 61)
    assert isinstance(clean.get("tag", ""), str)

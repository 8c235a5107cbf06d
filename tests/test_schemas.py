"""Tests of the schemas of the actions."""

from datetime import date
from typing import Any

import pytest
import voluptuous as vol

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.typing import VolDictType

from .helpers.const import JOAO, MARIA
from custom_components.ryze.problems import Problem
from custom_components.ryze.schemas import (
    ACKNOWLEDGE_SCHEMA,
    AUDIO_CALL_FIELDS,
    AUDIO_CALL_SCHEMA,
    AUDIO_FIELDS,
    ESCALATE_FIELDS,
    ESCALATE_SCHEMA,
    FAKE_CALL_FIELDS,
    FAKE_CALL_SCHEMA,
)

pytestmark = pytest.mark.usefixtures("hass")


def test_defaults() -> None:
    """A recipient is enough."""
    assert ESCALATE_SCHEMA({"number": MARIA}) == {
        "entity_id": [],
        "number": [MARIA],
        "duration": 8,
        "rounds": 3,
        "ring_time": 45,
        "pause": 5,
        "accept": "answered",
        "background": False,
        "problems": [],
    }
    assert ACKNOWLEDGE_SCHEMA({}) == {}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("rounds", [1, 10]),
        ("ring_time", [10, 120]),
        ("pause", [0, 600]),
        ("deadline", [1, 86400]),
        ("duration", [1, 60]),
    ],
)
def test_limits(field: str, values: list[int]) -> None:
    """The limits are included, in any notation, and values beyond them are refused."""
    for value in values:
        data = ESCALATE_SCHEMA({"number": MARIA, field: str(value)})
        assert data[field] == value
        data = ESCALATE_SCHEMA({"number": MARIA, field: f" {value}.0 "})
        assert data[field] == value
        data = ESCALATE_SCHEMA({"number": MARIA, field: float(value)})
        assert data[field] == value
    beyond: list[Any] = [values[0] - 1, values[1] + 1, values[0] + 0.5]
    for wrong in (*beyond, True, "x", f"{values[0]}.5", "1e1"):
        data = ESCALATE_SCHEMA({"number": MARIA, field: wrong})
        assert data["problems"] == [Problem(field, f"invalid_{field}")]
        assert data.get(field) == ESCALATE_SCHEMA({"number": MARIA}).get(field)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"number": []}, "no_recipient"),
    ],
)
def test_refused(data: dict[str, Any], key: str) -> None:
    """Data that make no sense are refused with a translated error."""
    with pytest.raises(ServiceValidationError) as raised:
        ESCALATE_SCHEMA({"number": MARIA, **data})
    assert raised.value.translation_key == key


@pytest.mark.parametrize(
    "data", [{"tag": ["a"]}, {"id": "1"}, {"escalation_id": {"a": 1}}]
)
def test_acknowledge_refused(data: dict[str, Any]) -> None:
    """A value that is no id and no tag is refused, so that no escalation ends."""
    with pytest.raises(ServiceValidationError) as raised:
        ACKNOWLEDGE_SCHEMA(data)
    assert raised.value.translation_key == "invalid_field"


@pytest.mark.parametrize(
    ("schema", "fields", "more"),
    [
        (FAKE_CALL_SCHEMA, FAKE_CALL_FIELDS, {}),
        (AUDIO_CALL_SCHEMA, AUDIO_CALL_FIELDS, {"message": "Hello"}),
        (ESCALATE_SCHEMA, ESCALATE_FIELDS, {"message": "Hello"}),
    ],
    ids=["fake_call", "audio_call", "escalate"],
)
@pytest.mark.parametrize(
    "empty", [None, "", " \n", [], (), {}, {"media_content_id": ""}], ids=repr
)
def test_empty_field(
    schema: vol.Schema, fields: VolDictType, more: dict[str, Any], empty: Any
) -> None:
    """A field that a template leaves empty counts as not given."""
    expected = schema({"number": MARIA, **more})
    for field in map(str, fields):
        if field != "number" and field not in more:
            assert schema({"number": MARIA, **more, field: empty}) == expected
    with pytest.raises(ServiceValidationError) as raised:
        schema({"number": empty, **more})
    assert raised.value.translation_key == "no_recipient"


def test_empty_field_of_acknowledge() -> None:
    """An empty field matches escalations without one, and never all of them."""
    assert ACKNOWLEDGE_SCHEMA({"tag": "", "escalation_id": None}) == {
        "tag": None,
        "escalation_id": None,
    }


@pytest.mark.parametrize(
    "number",
    [
        [MARIA, JOAO],
        (int(MARIA), float(JOAO)),
        f"{MARIA}, {JOAO}",
        f"+{MARIA};+{JOAO}\n",
        f"+{MARIA}\n+{JOAO}\n",
        [f"{MARIA}, {JOAO}"],
        {f"{MARIA}.0", JOAO},
    ],
    ids=["list", "tuple", "commas", "semicolons", "lines", "item", "set"],
)
async def test_several_numbers(hass: HomeAssistant, number: Any) -> None:
    """Several numbers are a list, a tuple, a set or text that separates them."""
    for schema in (FAKE_CALL_SCHEMA, ESCALATE_SCHEMA):
        assert sorted(schema({"number": number})["number"]) == [MARIA, JOAO]


NOTHING: list[Any] = [
    None,
    "",
    "None",
    "none",
    "unknown",
    "unavailable",
    "undefined",
    True,
    {},
]


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
def test_recipient_that_is_nothing(nothing: Any) -> None:
    """A number that is none is refused for calls, and left out of an escalation."""
    numbers = [MARIA, nothing, JOAO]
    with pytest.raises(ServiceValidationError) as raised:
        FAKE_CALL_SCHEMA({"number": numbers})
    assert raised.value.translation_key == "invalid_number"
    assert raised.value.translation_placeholders == {"position": "2"}

    data = ESCALATE_SCHEMA({"number": numbers})
    assert data["number"] == [MARIA, JOAO]
    assert data["problems"] == [Problem("number", "invalid_number", "2")]


def test_text_that_json_can_hold() -> None:
    """Halves of characters and large integers do not keep an escalation from the disk."""
    half = "\ud83d"
    data = {
        "number": MARIA,
        "message": f"Fire {half}",
        "tag": 10**30,
        "language": f"en{half}",
        "tts_entity": f"tts.a{half}",
        "tts_options": {
            f"voice{half}": half,
            "seed": 10**30,
            "list": [(half,), {2**64}],
            "speed": 1.5,
            "small": -(2**63),
            "loud": True,
            "none": None,
        },
    }
    read = ESCALATE_SCHEMA(data)
    assert read.pop("problems") == []
    json_bytes(read)
    assert read["message"] == "Fire ?"
    assert read["tag"] == str(10**30)
    assert read["tts_options"]["seed"] == str(10**30)
    assert (read["tts_options"]["loud"], read["tts_options"]["speed"]) == (True, 1.5)
    media = ESCALATE_SCHEMA({"number": MARIA, "media": f"media-source://x/{half}"})
    assert media["media"] == "media-source://x/?"


def _nested(depth: int) -> list[Any]:
    """Return a list in a list, and so on."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [float("nan"), object(), date(2026, 1, 1), _nested(5000)],
    ids=["nan", "object", "date", "nested"],
)
def test_options_that_no_engine_takes(value: object) -> None:
    """Options of speech are plain values."""
    data = {"number": MARIA, "message": "Hello", "tts_options": {"a": value}}
    with pytest.raises(ServiceValidationError) as raised:
        AUDIO_CALL_SCHEMA(data)
    assert raised.value.translation_placeholders == {"field": "tts_options"}
    read = ESCALATE_SCHEMA(data)
    assert read["problems"] == [Problem("tts_options", "invalid_field")]
    assert "tts_options" not in read


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("accept", "rejected", "invalid_field"),
        ("background", "perhaps", "invalid_field"),
        ("tag", ["a"], "invalid_field"),
        ("exclude", "x", "invalid_field"),
        ("language", ["en"], "invalid_field"),
        pytest.param("message", 10**5000, "invalid_field", id="huge"),
        ("message", ["a"], "invalid_field"),
        ("media", 5, "unknown_media"),
        ("media_url", "http://192.168.1.2/a.mp3", "private_media_url"),
        ("media_url", "https://example.com/a\ud83d.mp3", "invalid_media_url"),
    ],
)
def test_field_of_an_escalation_that_makes_no_sense(
    field: str, value: Any, error: str
) -> None:
    """A field that makes no sense costs an escalation that field alone."""
    data = ESCALATE_SCHEMA({"number": MARIA, field: value})
    assert data["problems"] == [Problem(field, error)]
    default = ESCALATE_SCHEMA({"number": MARIA}) | {"problems": data["problems"]}
    is_audio = field in ("message", "media", "media_url")
    assert data == default | ({"message": ""} if is_audio else {})


def test_unknown_field_of_an_escalation() -> None:
    """A field that does not exist is left out, and a number in its name is hidden."""
    unknown: dict[Any, Any] = {
        JOAO: 1,
        5: 1,
        f"to_{JOAO}": 1,
        "wait": 5,
        "problems": [1],
    }
    data = ESCALATE_SCHEMA({"number": MARIA} | unknown)
    assert data["problems"] == [
        Problem(shown, "invalid_field")
        for shown in ("?", "?", "to_…0002", "wait", "problems")
    ]


@pytest.mark.parametrize(
    ("audio", "expected", "errors"),
    [
        (
            {"message": "Fire!", "media": "/fire.mp3"},
            {"message": "Fire!"},
            ["one_audio"],
        ),
        (
            {"media": "/a.mp3", "media_base64": "AAAA"},
            {"media": "/a.mp3"},
            ["one_audio"],
        ),
        ({"media": "/a.mp3", "message": None}, {"media": "/a.mp3"}, []),
        (
            {"media": "/a.mp3", "language": "en"},
            {"media": "/a.mp3"},
            ["speech_without_message"],
        ),
        (
            {"language": "en", "tts_options": {"a": 1}},
            {},
            ["speech_without_message"] * 2,
        ),
        # Whoever wanted to say something gets the tone.
        ({"message": ""}, {"message": ""}, ["empty_message"]),
        (
            {"message": None, "language": "en"},
            {"message": "", "language": "en"},
            ["empty_message"],
        ),
        (
            {"media": {"media_content_id": "", "media_content_type": ""}},
            {"message": ""},
            ["empty_audio"],
        ),
        (
            {"media_url": [], "media_base64": " "},
            {"message": ""},
            ["empty_audio"] * 2,
        ),
    ],
)
def test_audio_of_an_escalation(
    audio: dict[str, Any], expected: dict[str, str], errors: list[str]
) -> None:
    """An escalation takes one audio, and never fails because of another."""
    data = ESCALATE_SCHEMA({"number": MARIA, **audio})
    assert [problem.error for problem in data["problems"]] == errors
    assert {key: data[key] for key in map(str, AUDIO_FIELDS) if key in data} == expected

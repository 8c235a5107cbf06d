"""Tests of the schemas of the actions for escalations."""

from typing import Any

import pytest

from homeassistant.exceptions import ServiceValidationError

from .helpers.const import MARIA
from custom_components.ryze.schemas import ACKNOWLEDGE_SCHEMA, ESCALATE_SCHEMA

pytestmark = pytest.mark.usefixtures("hass")


def test_defaults() -> None:
    """A recipient is enough."""
    assert ESCALATE_SCHEMA({"number": MARIA}) == {
        "contact": [],
        "number": [MARIA],
        "duration": 8,
        "rounds": 3,
        "ring_time": 45,
        "pause": 5,
        "accept": "answered",
        "background": False,
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
    beyond: list[Any] = [values[0] - 1, values[1] + 1, values[0] + 0.5]
    for wrong in (*beyond, True, None, "x"):
        with pytest.raises(ServiceValidationError) as raised:
            ESCALATE_SCHEMA({"number": MARIA, field: wrong})
        assert raised.value.translation_key == f"invalid_{field}"
        assert raised.value.translation_placeholders == {
            "minimum": str(values[0]),
            "maximum": str(values[1]),
        }


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"number": []}, "no_recipient"),
        ({"accept": "rejected"}, "invalid_field"),
        ({"background": "perhaps"}, "invalid_field"),
        ({"wait": 5}, "invalid_field"),
        ({"message": "Fire!", "media": "/fire.mp3"}, "one_audio"),
        ({"language": "en"}, "one_audio"),
        ({"media": "/fire.mp3", "language": "en"}, "speech_without_message"),
    ],
)
def test_refused(data: dict[str, Any], key: str) -> None:
    """Data that make no sense are refused with a translated error."""
    with pytest.raises(ServiceValidationError) as raised:
        ESCALATE_SCHEMA({"number": MARIA, **data})
    assert raised.value.translation_key == key


@pytest.mark.parametrize("data", [{"tag": []}, {"escalation_id": None}, {"id": "1"}])
def test_acknowledge_refused(data: dict[str, Any]) -> None:
    """A value that is no id and no tag is refused, so that no escalation ends."""
    with pytest.raises(ServiceValidationError) as raised:
        ACKNOWLEDGE_SCHEMA(data)
    assert raised.value.translation_key == "invalid_field"

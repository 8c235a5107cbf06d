"""Schemas of the actions, with translated refusals."""

from collections.abc import Callable
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import async_get_hass
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.json import json_bytes
from homeassistant.helpers.typing import VolDictType

from .audio import public_url
from .calls import DEFAULT_DURATION, MAX_DURATION
from .const import (
    ATTR_ACCEPT,
    ATTR_BACKGROUND,
    ATTR_CONTACT,
    ATTR_DEADLINE,
    ATTR_DURATION,
    ATTR_ESCALATION_ID,
    ATTR_LANGUAGE,
    ATTR_MEDIA,
    ATTR_MEDIA_BASE64,
    ATTR_MEDIA_URL,
    ATTR_MESSAGE,
    ATTR_NUMBER,
    ATTR_PAUSE,
    ATTR_RING_TIME,
    ATTR_ROUNDS,
    ATTR_TAG,
    ATTR_TTS_ENTITY,
    ATTR_TTS_OPTIONS,
    ATTR_WAIT,
)
from .errors import refusal
from .phone_numbers import NumberError, normalize_number, same_person_key

MAX_WAIT: Final = 300
MAX_DEADLINE: Final = 24 * 3600

# The call events that acknowledge an escalation.
ACCEPT: Final = {
    "answered": ["answered"],
    "answered_or_rejected": ["answered", "rejected"],
}


def _translate_errors(schema: Callable[[Any], Any]) -> vol.Schema:
    """Return a schema whose refusals are translated.

    The texts of voluptuous are English, and may repeat a value that is a number.
    """

    def validate(data: Any) -> Any:
        try:
            return schema(data)
        except vol.Invalid as err:
            # Do not repeat an unknown key: it may be a phone number.
            field = str(err.path[0]) if err.path else ""
            field = field if field.isidentifier() else "?"
            raise refusal("invalid_field", field=field) from None

    return vol.Schema(validate)


def _contacts(value: Any) -> list[str]:
    """Validate the ids of one or several entities."""
    if value is None:
        return []
    if not isinstance(value, str | list):
        raise vol.Invalid("Neither a name nor a list")
    return cv.entity_ids(value)


def _numbers(value: Any) -> list[str]:
    """Validate one or several numbers, and return the digits of each person once."""
    numbers: dict[str, str] = {}
    for position, item in enumerate(cv.ensure_list_csv(value), start=1):
        try:
            number = normalize_number(item, async_get_hass().config.country)
        except NumberError as err:
            raise refusal(err.key, position=str(position)) from None
        numbers.setdefault(same_person_key(number), number)
    return list(numbers.values())


def _whole_number(key: str, minimum: int, maximum: int) -> Callable[[Any], int]:
    """Return a validator for a whole number in a range."""

    def validate(value: Any) -> int:
        number = -1
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
            # A template may render text.
            number = int(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            number = int(value) if value == value // 1 else -1
        if not minimum <= number <= maximum:
            raise refusal(key, minimum=str(minimum), maximum=str(maximum))
        return number

    return validate


def _media(value: Any) -> str:
    """Validate a media id, as text or as the media picker gives it."""
    if isinstance(value, dict):
        value = value.get("media_content_id")
    if not isinstance(value, str) or not value.strip():
        raise refusal("unknown_media")
    return value.strip()


def _check_recipients(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse an action without a recipient."""
    if not data[ATTR_CONTACT] and not data[ATTR_NUMBER]:
        raise refusal("no_recipient")
    return data


def _check_audio(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse an audio call with no audio or with more than one."""
    if len(data.keys() & _AUDIO) != 1:
        raise refusal("one_audio")
    if ATTR_MESSAGE not in data and data.keys() & _SPEECH:
        raise refusal("speech_without_message")
    return data


def _check_escalation(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse an escalation with more than one audio; without audio, phones just ring."""
    if data.keys() & (_AUDIO | _SPEECH):
        return _check_audio(data)
    return data


_AUDIO: Final = {ATTR_MEDIA, ATTR_MEDIA_BASE64, ATTR_MEDIA_URL, ATTR_MESSAGE}
_SPEECH: Final = {ATTR_LANGUAGE, ATTR_TTS_ENTITY, ATTR_TTS_OPTIONS}


def _text(value: Any) -> str:
    """Validate text, and replace half surrogates, which JSON cannot hold."""
    return cv.string(value).encode(errors="replace").decode()


def _tag(value: Any) -> str | None:
    """Validate a tag."""
    text = _text(value)
    # Treat a blank tag as none, so that two blank tags do not match.
    return text if text.strip() else None


def _options(value: Any) -> dict[str, Any]:
    """Validate options that JSON can hold, because escalations are stored."""
    if not isinstance(value, dict):
        raise vol.Invalid("No dictionary")
    try:
        json_bytes(value)
    except (TypeError, ValueError) as err:
        raise vol.Invalid("Not JSON") from err
    return value


RECIPIENT_FIELDS: Final[VolDictType] = {
    vol.Optional(ATTR_CONTACT, default=list): _contacts,
    vol.Optional(ATTR_NUMBER, default=list): _numbers,
    vol.Optional(ATTR_TAG): _tag,
    vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
}
CALL_FIELDS: Final[VolDictType] = RECIPIENT_FIELDS | {
    vol.Optional(ATTR_WAIT, default=0): _whole_number("invalid_wait", 0, MAX_WAIT),
}
DURATION_FIELDS: Final[VolDictType] = {
    vol.Optional(ATTR_DURATION, default=DEFAULT_DURATION): _whole_number(
        "invalid_duration", 1, MAX_DURATION
    ),
}
AUDIO_FIELDS: Final[VolDictType] = {
    vol.Optional(ATTR_MESSAGE): _text,
    # A provider that is set up in YAML has a name and no entity.
    vol.Optional(ATTR_TTS_ENTITY): cv.string,
    vol.Optional(ATTR_LANGUAGE): cv.string,
    vol.Optional(ATTR_TTS_OPTIONS): _options,
    vol.Optional(ATTR_MEDIA): _media,
    vol.Optional(ATTR_MEDIA_URL): public_url,
    vol.Optional(ATTR_MEDIA_BASE64): cv.string,
}

FAKE_CALL_FIELDS: Final[VolDictType] = CALL_FIELDS | DURATION_FIELDS
FAKE_CALL_SCHEMA: Final = _translate_errors(
    vol.All(vol.Schema(FAKE_CALL_FIELDS), _check_recipients)
)

AUDIO_CALL_FIELDS: Final[VolDictType] = CALL_FIELDS | AUDIO_FIELDS
AUDIO_CALL_SCHEMA: Final = _translate_errors(
    vol.All(vol.Schema(AUDIO_CALL_FIELDS), _check_recipients, _check_audio)
)

ESCALATE_FIELDS: Final[VolDictType] = (
    RECIPIENT_FIELDS
    | DURATION_FIELDS
    | AUDIO_FIELDS
    | {
        vol.Optional(ATTR_ROUNDS, default=3): _whole_number("invalid_rounds", 1, 10),
        vol.Optional(ATTR_RING_TIME, default=45): _whole_number(
            "invalid_ring_time", 10, 120
        ),
        vol.Optional(ATTR_PAUSE, default=5): _whole_number("invalid_pause", 0, 600),
        vol.Optional(ATTR_DEADLINE): _whole_number("invalid_deadline", 1, MAX_DEADLINE),
        vol.Optional(ATTR_ACCEPT, default="answered"): vol.In(ACCEPT),
        vol.Optional(ATTR_BACKGROUND, default=False): cv.boolean,
    }
)
ESCALATE_SCHEMA: Final = _translate_errors(
    vol.All(vol.Schema(ESCALATE_FIELDS), _check_recipients, _check_escalation)
)

ACKNOWLEDGE_FIELDS: Final[VolDictType] = {
    # A blank value matches nothing; only leaving both out means all.
    vol.Optional(ATTR_ESCALATION_ID): cv.string,
    vol.Optional(ATTR_TAG): _text,
}
ACKNOWLEDGE_SCHEMA: Final = _translate_errors(vol.Schema(ACKNOWLEDGE_FIELDS))

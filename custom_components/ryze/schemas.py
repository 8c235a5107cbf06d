"""Schemas of the actions, with translated refusals."""

from collections.abc import Callable
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import (
    ATTR_CONFIG_ENTRY_ID,
    ATTR_ENTITY_ID,
    CONF_EXCLUDE,
)
from homeassistant.core import async_get_hass
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType

from .audio import public_address
from .calls import DEFAULT_DURATION, MAX_DURATION
from .const import (
    ATTR_ACCEPT,
    ATTR_BACKGROUND,
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
    ATTR_PROBLEMS,
    ATTR_RING_TIME,
    ATTR_ROUNDS,
    ATTR_TAG,
    ATTR_TTS_ENTITY,
    ATTR_TTS_OPTIONS,
    ATTR_WAIT,
)
from .errors import refusal
from .fields import as_list, is_empty, media, options, text, whole_number
from .phone_numbers import NumberError, normalize_number, same_person_key
from .problems import AUDIO, SPEECH, Problem, take_what_makes_sense
from .selection import PLACES, as_ids

MAX_WAIT: Final = 300
MAX_DEADLINE: Final = 24 * 3600

# The call events that acknowledge an escalation.
ACCEPT: Final = {
    "answered": ["answered"],
    "answered_or_rejected": ["answered", "rejected"],
}


def _drop_empty(data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that were given: a field that is left empty is none."""
    return {key: value for key, value in data.items() if not is_empty(value)}


def _prepare_alarm(data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an escalation that make sense, and the problems."""
    taken, problems = take_what_makes_sense(ESCALATE_FIELDS | _TARGET_FIELDS, data)
    return taken | {ATTR_PROBLEMS: problems}


def _keep_empty(data: dict[str, Any]) -> dict[str, Any]:
    """Return all fields, with None in those that are left empty."""
    return {key: None if is_empty(value) else value for key, value in data.items()}


def _translate_errors(
    schema: Callable[[Any], Any],
    prepare: Callable[[dict[str, Any]], dict[str, Any]] = _drop_empty,
) -> vol.Schema:
    """Return a schema whose refusals are translated, for data that are prepared first.

    The texts of voluptuous are English, and may repeat a value that is a number.
    """

    def validate(data: Any) -> Any:
        try:
            return schema(prepare(data) if isinstance(data, dict) else data)
        except vol.Invalid as err:
            # Do not repeat an unknown key: it may be a phone number.
            field = str(err.path[0]) if err.path else ""
            field = field if field.isidentifier() else "?"
            raise refusal("invalid_field", field=field) from None

    return vol.Schema(validate)


def _entity_ids(value: Any) -> list[str]:
    """Return ids of entities in small letters, as Home Assistant does."""
    return [entity_id.lower() for entity_id in as_ids(value)]


def _exclude(value: Any) -> dict[str, list[str]]:
    """Validate what a target leaves out."""
    excluded: dict[str, list[str]] = _EXCLUDE_SCHEMA(value)
    return excluded


def _read_numbers(data: dict[str, Any]) -> dict[str, Any]:
    """Replace written numbers by their digits, once for each person.

    An escalation notes what is no number as a problem, and leaves it out.
    """
    problems: list[Problem] | None = data.get(ATTR_PROBLEMS)
    numbers: dict[str, str] = {}
    for position, item in enumerate(data[ATTR_NUMBER], start=1):
        try:
            number = normalize_number(item, async_get_hass().config.country)
        except NumberError as err:
            if problems is None:
                raise refusal(err.key, position=str(position)) from None
            problems.append(Problem(ATTR_NUMBER, err.key, str(position)))
            continue
        numbers.setdefault(same_person_key(number), number)
    return data | {ATTR_NUMBER: list(numbers.values())}


def _check_recipients(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse an action without a recipient."""
    if not any(data.get(key) for key in (*_WHO, ATTR_NUMBER)):
        raise refusal("no_recipient")
    return data


def _check_audio(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse an audio call with no audio or with more than one."""
    if len(data.keys() & set(AUDIO)) != 1:
        raise refusal("one_audio")
    if ATTR_MESSAGE not in data and data.keys() & set(SPEECH):
        raise refusal("speech_without_message")
    return data


# Fields that stand for contacts.
_WHO: Final = (ATTR_ENTITY_ID, *PLACES)
_PLACE_FIELDS: Final[VolDictType] = {vol.Optional(place): as_ids for place in PLACES}
_EXCLUDE_SCHEMA: Final = vol.Schema(
    {vol.Optional(ATTR_ENTITY_ID): _entity_ids, **_PLACE_FIELDS}
)
# What stands beside entities in a target. The forms do not have these fields.
_TARGET_FIELDS: Final[VolDictType] = dict(_PLACE_FIELDS)
if CONF_EXCLUDE in cv.TARGET_SERVICE_FIELDS:
    # Home Assistant 2026.10 cannot exclude. Taking the field would call everybody.
    _TARGET_FIELDS[vol.Optional(CONF_EXCLUDE)] = _exclude

RECIPIENT_FIELDS: Final[VolDictType] = {
    vol.Optional(ATTR_ENTITY_ID, default=list): _entity_ids,
    vol.Optional(ATTR_NUMBER, default=list): as_list,
    vol.Optional(ATTR_TAG): text,
    vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
}
CALL_FIELDS: Final[VolDictType] = RECIPIENT_FIELDS | {
    vol.Optional(ATTR_WAIT, default=0): whole_number("invalid_wait", 0, MAX_WAIT),
}
DURATION_FIELDS: Final[VolDictType] = {
    vol.Optional(ATTR_DURATION, default=DEFAULT_DURATION): whole_number(
        "invalid_duration", 1, MAX_DURATION
    ),
}
AUDIO_FIELDS: Final[VolDictType] = {
    vol.Optional(ATTR_MESSAGE): text,
    # A provider that is set up in YAML has a name and no entity.
    vol.Optional(ATTR_TTS_ENTITY): text,
    vol.Optional(ATTR_LANGUAGE): text,
    vol.Optional(ATTR_TTS_OPTIONS): options,
    vol.Optional(ATTR_MEDIA): media,
    vol.Optional(ATTR_MEDIA_URL): public_address,
    vol.Optional(ATTR_MEDIA_BASE64): cv.string,
}

FAKE_CALL_FIELDS: Final[VolDictType] = CALL_FIELDS | DURATION_FIELDS
FAKE_CALL_SCHEMA: Final = _translate_errors(
    vol.All(
        vol.Schema(FAKE_CALL_FIELDS | _TARGET_FIELDS),
        _check_recipients,
        _read_numbers,
    )
)

AUDIO_CALL_FIELDS: Final[VolDictType] = CALL_FIELDS | AUDIO_FIELDS
AUDIO_CALL_SCHEMA: Final = _translate_errors(
    vol.All(
        vol.Schema(AUDIO_CALL_FIELDS | _TARGET_FIELDS),
        _check_recipients,
        _read_numbers,
        _check_audio,
    )
)

ESCALATE_FIELDS: Final[VolDictType] = (
    RECIPIENT_FIELDS
    | DURATION_FIELDS
    | AUDIO_FIELDS
    | {
        vol.Optional(ATTR_ROUNDS, default=3): whole_number("invalid_rounds", 1, 10),
        vol.Optional(ATTR_RING_TIME, default=45): whole_number(
            "invalid_ring_time", 10, 120
        ),
        vol.Optional(ATTR_PAUSE, default=5): whole_number("invalid_pause", 0, 600),
        vol.Optional(ATTR_DEADLINE): whole_number("invalid_deadline", 1, MAX_DEADLINE),
        vol.Optional(ATTR_ACCEPT, default="answered"): vol.In(ACCEPT),
        vol.Optional(ATTR_BACKGROUND, default=False): cv.boolean,
    }
)
ESCALATE_SCHEMA: Final = _translate_errors(
    vol.All(
        vol.Schema(
            ESCALATE_FIELDS | _TARGET_FIELDS | {vol.Required(ATTR_PROBLEMS): list}
        ),
        _check_recipients,
        _read_numbers,
    ),
    _prepare_alarm,
)

ACKNOWLEDGE_FIELDS: Final[VolDictType] = {
    vol.Optional(ATTR_ESCALATION_ID): vol.Any(None, text),
    vol.Optional(ATTR_TAG): vol.Any(None, text),
}
ACKNOWLEDGE_SCHEMA: Final = _translate_errors(
    vol.Schema(ACKNOWLEDGE_FIELDS), _keep_empty
)

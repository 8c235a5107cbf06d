"""Actions of the Ryze integration."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    async_get_hass,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import VolDictType

from .call import DEFAULT_DURATION, MAX_DURATION, AudioCall, FakeCall
from .const import (
    ATTR_CALLS,
    ATTR_CONTACT,
    ATTR_DURATION,
    ATTR_LANGUAGE,
    ATTR_MEDIA,
    ATTR_MEDIA_BASE64,
    ATTR_MEDIA_URL,
    ATTR_MESSAGE,
    ATTR_NUMBER,
    ATTR_TAG,
    ATTR_TTS_ENTITY,
    ATTR_TTS_OPTIONS,
    ATTR_WAIT,
    DOMAIN,
)
from .helpers import refusal, translated
from .media import async_get_audio, public_url
from .phone_numbers import NumberError, normalize_number, same_person_key
from .recipients import Recipient, async_get_recipients

SERVICE_AUDIO_CALL: Final = "audio_call"
SERVICE_FAKE_CALL: Final = "fake_call"

MAX_WAIT: Final = 300


def _translate_errors(schema: Callable[[Any], Any]) -> vol.Schema:
    """Return a schema whose refusals are translated.

    The text of voluptuous is English only, and may repeat the value, a number say.
    """

    def validate(data: Any) -> Any:
        try:
            return schema(data)
        except vol.Invalid as err:
            # Whatever is no name may be a number in the wrong place.
            field = str(err.path[0]) if err.path else ""
            field = field if field.isidentifier() else "?"
            raise refusal("invalid_field", field=field) from None

    return vol.Schema(validate)


def _contacts(value: Any) -> list[str]:
    """Return the ids of one or several entities."""
    if value is None:
        return []
    if not isinstance(value, str | list):
        raise vol.Invalid("Neither a name nor a list")
    return cv.entity_ids(value)


def _numbers(value: Any) -> list[str]:
    """Return the digits of one or several numbers, each person's once."""
    numbers: dict[str, str] = {}
    for position, item in enumerate(cv.ensure_list_csv(value), start=1):
        try:
            number = normalize_number(item, async_get_hass().config.country)
        except NumberError as err:
            raise refusal(err.key, position=str(position)) from None
        numbers.setdefault(same_person_key(number), number)
    return list(numbers.values())


def _seconds(key: str, minimum: int, maximum: int) -> Callable[[Any], int]:
    """Return a validator of whole seconds."""

    def validate(value: Any) -> int:
        seconds = -1
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
            # What comes out of a template may be text.
            seconds = int(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            seconds = int(value) if value == value // 1 else -1
        if not minimum <= seconds <= maximum:
            raise refusal(key, minimum=str(minimum), maximum=str(maximum))
        return seconds

    return validate


def _media(value: Any) -> str:
    """Return the id of what the media picker gives, or of what was typed."""
    if isinstance(value, dict):
        value = value.get("media_content_id")
    if not isinstance(value, str) or not value.strip():
        raise refusal("unknown_media")
    return value.strip()


def _check_recipients(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse a call to nobody."""
    if not data[ATTR_CONTACT] and not data[ATTR_NUMBER]:
        raise refusal("no_recipient")
    return data


def _check_audio(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse an audio call without audio, or with two."""
    if len(data.keys() & _AUDIO) != 1:
        raise refusal("one_audio")
    if ATTR_MESSAGE not in data and data.keys() & _SPEECH:
        raise refusal("speech_without_message")
    return data


_AUDIO: Final = {ATTR_MEDIA, ATTR_MEDIA_BASE64, ATTR_MEDIA_URL, ATTR_MESSAGE}
_SPEECH: Final = {ATTR_LANGUAGE, ATTR_TTS_ENTITY, ATTR_TTS_OPTIONS}

CALL_FIELDS: Final[VolDictType] = {
    vol.Optional(ATTR_CONTACT, default=list): _contacts,
    vol.Optional(ATTR_NUMBER, default=list): _numbers,
    vol.Optional(ATTR_WAIT, default=0): _seconds("invalid_wait", 0, MAX_WAIT),
    vol.Optional(ATTR_TAG): cv.string,
    vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
}

FAKE_CALL_FIELDS: Final[VolDictType] = CALL_FIELDS | {
    vol.Optional(ATTR_DURATION, default=DEFAULT_DURATION): _seconds(
        "invalid_duration", 1, MAX_DURATION
    ),
}
FAKE_CALL_SCHEMA: Final = _translate_errors(
    vol.All(vol.Schema(FAKE_CALL_FIELDS), _check_recipients)
)

AUDIO_CALL_FIELDS: Final[VolDictType] = CALL_FIELDS | {
    vol.Optional(ATTR_MESSAGE): cv.string,
    # Providers that are set up in YAML have a name, and no entity.
    vol.Optional(ATTR_TTS_ENTITY): cv.string,
    vol.Optional(ATTR_LANGUAGE): cv.string,
    vol.Optional(ATTR_TTS_OPTIONS): dict,
    vol.Optional(ATTR_MEDIA): _media,
    vol.Optional(ATTR_MEDIA_URL): public_url,
    vol.Optional(ATTR_MEDIA_BASE64): cv.string,
}
AUDIO_CALL_SCHEMA: Final = _translate_errors(
    vol.All(vol.Schema(AUDIO_CALL_FIELDS), _check_recipients, _check_audio)
)


async def _async_fake_call(call: ServiceCall) -> ServiceResponse:
    """Ring phones and hang up."""
    recipients = async_get_recipients(call.hass, call.data)
    duration, tag = call.data[ATTR_DURATION], call.data.get(ATTR_TAG)
    return await _async_place(
        call,
        recipients,
        lambda number: FakeCall(number=number, duration=duration, tag=tag),
    )


async def _async_audio_call(call: ServiceCall) -> ServiceResponse:
    """Ring phones and play audio to whoever answers."""
    recipients = async_get_recipients(call.hass, call.data)
    audio = await async_get_audio(call.hass, call.data)
    tag = call.data.get(ATTR_TAG)
    return await _async_place(
        call,
        recipients,
        lambda number: AudioCall(number=number, audio=audio, tag=tag),
    )


async def _async_place(
    call: ServiceCall,
    recipients: Sequence[Recipient],
    request: Callable[[str], FakeCall | AudioCall],
) -> ServiceResponse:
    """Place calls side by side and return what became of them."""
    wait: int = call.data[ATTR_WAIT]
    calls = await asyncio.gather(
        *(
            recipient.entry.runtime_data.calls.async_place(
                request(recipient.number), call.context, wait
            )
            for recipient in recipients
        )
    )
    errors = [placed.error for placed in calls if placed.error]
    if errors and (len(errors) == len(calls) or not call.return_response):
        raise translated(errors[0].key)
    if not call.return_response:
        return None
    return {ATTR_CALLS: [placed.as_response(waited=wait > 0) for placed in calls]}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_FAKE_CALL,
        _async_fake_call,
        schema=FAKE_CALL_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_AUDIO_CALL,
        _async_audio_call,
        schema=AUDIO_CALL_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )

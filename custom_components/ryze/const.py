"""Constants of the Ryze integration."""

import logging
from typing import Final

DOMAIN: Final = "ryze"
LOGGER: Final = logging.getLogger(__package__)

DEFAULT_URL: Final = "https://ryzeapi.cloud"
DOCS_URL: Final = "https://docs.ryzeapi.cloud/en/guide/authentication"
CONSOLE_URL: Final = "https://ryzeapi.cloud"

MANUFACTURER: Final = "RyzeAPI"

CONF_INSTANCE: Final = "instance"
CONF_LIVE_UPDATES: Final = "live_updates"
CONF_NUMBER: Final = "number"

SUBENTRY_CONTACT: Final = "contact"

ATTR_AT: Final = "at"
ATTR_CALL_ID: Final = "call_id"
ATTR_CALLS: Final = "calls"
ATTR_CONTACT: Final = "contact"
ATTR_DURATION: Final = "duration"
ATTR_ERROR: Final = "error"
ATTR_INSTANCE: Final = "instance"
ATTR_LANGUAGE: Final = "language"
ATTR_MEDIA: Final = "media"
ATTR_MEDIA_BASE64: Final = "media_base64"
ATTR_MEDIA_URL: Final = "media_url"
ATTR_MESSAGE: Final = "message"
ATTR_NUMBER: Final = "number"
ATTR_OBSERVED: Final = "observed"
ATTR_OUTCOME: Final = "outcome"
ATTR_TAG: Final = "tag"
ATTR_TTS_ENTITY: Final = "tts_entity"
ATTR_TTS_OPTIONS: Final = "tts_options"
ATTR_TYPE: Final = "type"
ATTR_WAIT: Final = "wait"

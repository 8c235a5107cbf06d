"""Constants."""

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

ATTR_ACCEPT: Final = "accept"
ATTR_ACKNOWLEDGED_BY: Final = "acknowledged_by"
ATTR_AT: Final = "at"
ATTR_AUDIO: Final = "audio"
ATTR_BACKGROUND: Final = "background"
ATTR_CALL_ID: Final = "call_id"
ATTR_CALLS: Final = "calls"
ATTR_CONTACT: Final = "contact"
ATTR_DEADLINE: Final = "deadline"
ATTR_DURATION: Final = "duration"
ATTR_ERROR: Final = "error"
ATTR_ESCALATION_ID: Final = "escalation_id"
ATTR_INSTANCE: Final = "instance"
ATTR_LANGUAGE: Final = "language"
ATTR_MEDIA: Final = "media"
ATTR_MEDIA_BASE64: Final = "media_base64"
ATTR_MEDIA_URL: Final = "media_url"
ATTR_MESSAGE: Final = "message"
ATTR_NEXT: Final = "next"
ATTR_NUMBER: Final = "number"
ATTR_OBSERVED: Final = "observed"
ATTR_OUTCOME: Final = "outcome"
ATTR_PAUSE: Final = "pause"
ATTR_REASON: Final = "reason"
ATTR_REPORTS_OUTCOMES: Final = "reports_outcomes"
ATTR_RESULT: Final = "result"
ATTR_RING_TIME: Final = "ring_time"
ATTR_ROUNDS: Final = "rounds"
ATTR_SINCE: Final = "since"
ATTR_TAG: Final = "tag"
ATTR_TTS_ENTITY: Final = "tts_entity"
ATTR_TTS_OPTIONS: Final = "tts_options"
ATTR_TYPE: Final = "type"
ATTR_WAIT: Final = "wait"

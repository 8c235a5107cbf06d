"""Translated errors, and the log of unexpected ones."""

import traceback

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN, LOGGER
from .privacy import hide_numbers


def translated(key: str) -> HomeAssistantError:
    """Return an error that Home Assistant translates."""
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)


def refusal(key: str, **placeholders: str) -> ServiceValidationError:
    """Return a refusal of wrong input that Home Assistant translates.

    An entity may be named by its phone number, and the text must not repeat the number.
    """
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={
            name: hide_numbers(value) for name, value in placeholders.items()
        },
    )


def log_unexpected(where: str, err: Exception) -> None:
    """Log an unexpected error without its text, which might hold a number."""
    LOGGER.error(
        "Unexpected %s %s:\n%s",
        type(err).__name__,
        where,
        "".join(traceback.format_tb(err.__traceback__)),
    )

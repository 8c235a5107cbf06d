"""Errors in the words of the person who sees them, and the log of our own mistakes."""

import traceback

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .const import DOMAIN, LOGGER


def translated(key: str) -> HomeAssistantError:
    """Return an error in the words of the person who sees it."""
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)


def refusal(key: str, **placeholders: str) -> ServiceValidationError:
    """Return a refusal of what was given, in the words of the person who sees it."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )


def log_unexpected(where: str, err: Exception) -> None:
    """Log a mistake of ours without its text, which might hold a number."""
    LOGGER.error(
        "Unexpected %s %s:\n%s",
        type(err).__name__,
        where,
        "".join(traceback.format_tb(err.__traceback__)),
    )

"""Helpers of the Ryze integration."""

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN


def translated(key: str) -> HomeAssistantError:
    """Return an error in the words of the person who sees it."""
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key)

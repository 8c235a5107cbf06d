"""Helpers of the Ryze integration."""

from homeassistant.exceptions import HomeAssistantError

from .api import RyzeError
from .const import DOMAIN


def translated(error: RyzeError) -> HomeAssistantError:
    """Return an error of RyzeAPI as one that Home Assistant shows to a person."""
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=error.key)

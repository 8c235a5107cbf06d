"""What has to outlive a restart."""

from typing import Final, TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN

STORAGE_VERSION: Final = 1


class _Data(TypedDict):
    """What is stored."""

    reports_outcomes: bool


class RyzeStore:
    """Memory of one instance."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize."""
        self._hass = hass
        self._store = Store[_Data](hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}")
        # Whether this instance has ever told the outcome of a call of ours: it is not
        # documented that any does, and silence means nothing until one has.
        self.reports_outcomes = False

    async def async_load(self) -> None:
        """Remember what was stored."""
        if data := await self._store.async_load():
            self.reports_outcomes = data["reports_outcomes"]

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()

    @callback
    def async_note_outcome(self) -> None:
        """Note that the instance tells outcomes."""
        if not self.reports_outcomes:
            self.reports_outcomes = True
            self._hass.async_create_task(
                self._store.async_save(_Data(reports_outcomes=True))
            )

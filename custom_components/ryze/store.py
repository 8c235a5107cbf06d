"""What has to outlive a restart."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN

STORAGE_VERSION: Final = 1

# In seconds; many calls at once are written once.
SAVE_DELAY: Final = 1.0

_REPORTS_OUTCOMES: Final = "reports_outcomes"
_LAST_CALL: Final = "last_call"


class RyzeStore:
    """Memory of one instance, which a power cut must not take."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize."""
        self._store = Store[dict[str, Any]](
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}"
        )
        # Whether this instance has ever told the outcome of a call of ours: it is not
        # documented that any does, and silence means nothing until one has.
        self.reports_outcomes = False
        # What the sensor shows.
        self.last_call: dict[str, Any] | None = None

    async def async_load(self) -> None:
        """Remember what was stored."""
        data = await self._store.async_load() or {}
        self.reports_outcomes = data.get(_REPORTS_OUTCOMES, False)
        self.last_call = data.get(_LAST_CALL)

    async def async_save(self) -> None:
        """Store at once what has not been stored yet."""
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()

    @callback
    def async_note_outcome(self) -> None:
        """Note that the instance tells outcomes."""
        if not self.reports_outcomes:
            self.reports_outcomes = True
            self._store.async_delay_save(self._data, SAVE_DELAY)

    @callback
    def async_note_last_call(self, call: dict[str, Any]) -> None:
        """Note what is shown of the last call."""
        self.last_call = call
        self._store.async_delay_save(self._data, SAVE_DELAY)

    def _data(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            _REPORTS_OUTCOMES: self.reports_outcomes,
            _LAST_CALL: self.last_call,
        }

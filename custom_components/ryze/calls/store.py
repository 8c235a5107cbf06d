"""What has to outlive a restart."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import ATTR_AT, DOMAIN
from ..errors import log_unexpected

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
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", atomic_writes=True
        )
        # Whether this instance has ever told the outcome of a call of ours: it is not
        # documented that any does, and silence means nothing until one has.
        self.reports_outcomes = False
        # What the sensor shows.
        self.last_call: dict[str, Any] | None = None

    async def async_load(self) -> None:
        """Remember what was stored."""
        data: object = None
        try:
            data = await self._store.async_load()
        except Exception as err:  # noqa: BLE001
            # What cannot be read must not keep an instance from being set up.
            log_unexpected("in what was stored of an instance", err)
        if not isinstance(data, dict):
            return
        self.reports_outcomes = data.get(_REPORTS_OUTCOMES) is True
        last_call = data.get(_LAST_CALL)
        if isinstance(last_call, dict) and _is_time(last_call.get(ATTR_AT)):
            self.last_call = last_call

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


def _is_time(value: object) -> bool:
    """Return whether something is a point in time, as it is stored."""
    parsed = dt_util.parse_datetime(value) if isinstance(value, str) else None
    return parsed is not None and parsed.tzinfo is not None

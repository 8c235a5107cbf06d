"""The memory of an instance on the disk, which survives restarts and power cuts."""

from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import ATTR_AT, DOMAIN
from ..errors import log_unexpected
from .lids import LidBook

STORAGE_VERSION: Final = 1

# Seconds; the changes of many calls at once are written once.
SAVE_DELAY: Final = 1.0

_REPORTS_OUTCOMES: Final = "reports_outcomes"
_LAST_CALL: Final = "last_call"
_LIDS: Final = "lids"


class RyzeStore:
    """Stored facts of one instance."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize."""
        self._store = Store[dict[str, Any]](
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", atomic_writes=True
        )
        self._loaded = False
        self._removed = False
        # True once this instance has reported the outcome of an outgoing call. No
        # documentation promises such reports, and silence has no meaning before one.
        self.reports_outcomes = False
        self.lids = LidBook()
        # The last outgoing call as the sensor shows it.
        self.last_call: dict[str, Any] | None = None

    async def async_load(self) -> None:
        """Read the file once; later calls keep what is in memory."""
        if self._loaded:
            return
        self._loaded = True
        data: object = None
        try:
            data = await self._store.async_load()
        except Exception as err:  # noqa: BLE001
            # An unreadable file must not keep the instance from being set up.
            log_unexpected("in the stored facts of an instance", err)
        if not isinstance(data, dict):
            return
        self.reports_outcomes = data.get(_REPORTS_OUTCOMES) is True
        self.lids.load(data.get(_LIDS))
        last_call = data.get(_LAST_CALL)
        if isinstance(last_call, dict) and _is_time(last_call.get(ATTR_AT)):
            self.last_call = last_call

    async def async_remove(self) -> None:
        """Remove the file; later changes do not write a new one."""
        self._removed = True
        await self._store.async_remove()

    @callback
    def async_note_outcome(self) -> None:
        """Note that the instance reports outcomes."""
        if not self.reports_outcomes:
            self.reports_outcomes = True
            self._save()

    @callback
    def async_note_last_call(self, call: dict[str, Any]) -> None:
        """Note the last outgoing call."""
        self.last_call = call
        self._save()

    @callback
    def async_learn_lid(
        self, number: str, lid: str | None, asked_at: float = 0
    ) -> None:
        """Note the LID of a number."""
        if self.lids.learn(number, lid, asked_at):
            self._save()

    @callback
    def async_learn_own(
        self, number: str | None, lid: str | None = None, asked_at: float = 0
    ) -> None:
        """Note the number and the LID of the instance."""
        if self.lids.learn_own(number, lid, asked_at):
            self._save()

    def _save(self) -> None:
        """Write the file after a moment."""
        if not self._removed:
            self._store.async_delay_save(self._data, SAVE_DELAY)

    def _data(self) -> dict[str, Any]:
        """Return the data to write."""
        return {
            _REPORTS_OUTCOMES: self.reports_outcomes,
            _LAST_CALL: self.last_call,
            _LIDS: self.lids.as_stored(),
        }


def _is_time(value: object) -> bool:
    """Return whether a stored value is a point in time with a time zone."""
    parsed = dt_util.parse_datetime(value) if isinstance(value, str) else None
    return parsed is not None and parsed.tzinfo is not None

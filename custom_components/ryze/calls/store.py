"""The memory of an instance on the disk, which survives restarts and power cuts."""

import asyncio
from collections.abc import Callable
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
# Seconds to wait for the file; a disk that hangs must not hold up anything for longer.
READ_PATIENCE: Final = 3.0

_REPORTS_OUTCOMES: Final = "reports_outcomes"
_LAST_CALL: Final = "last_call"
_LIDS: Final = "lids"


class RyzeStore:
    """Stored facts of one instance.

    The file is read in the background, and what is learned meanwhile is newer than it.
    """

    def __init__(
        self, hass: HomeAssistant, entry_id: str, on_read: Callable[[], None]
    ) -> None:
        """Initialize; `on_read` is called once the file is read."""
        self._hass = hass
        self._store = Store[dict[str, Any]](
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", atomic_writes=True
        )
        self._on_read = on_read
        self._reading: asyncio.Task[None] | None = None
        self._is_read = False
        self._changed = False
        self._removed = False
        # True once this instance has reported the outcome of an outgoing call. No
        # documentation promises such reports, and silence has no meaning before one.
        self.reports_outcomes = False
        self.lids = LidBook()
        # The last outgoing call as the sensor shows it.
        self.last_call: dict[str, Any] | None = None

    @callback
    def async_start_reading(self) -> asyncio.Task[None]:
        """Read the file once; later calls keep what is in memory."""
        if self._reading is None:
            # The task is not the entry's: a reload must not interrupt it.
            self._reading = self._hass.async_create_background_task(
                self._async_read(), f"{DOMAIN} stored facts"
            )
        return self._reading

    async def async_wait_until_read(self) -> None:
        """Wait until the file is read, and for READ_PATIENCE at most."""
        await asyncio.wait([self.async_start_reading()], timeout=READ_PATIENCE)

    async def _async_read(self) -> None:
        """Read the file, and add to it what was learned meanwhile."""
        try:
            data: object = await self._store.async_load()
            if isinstance(data, dict):
                self._take(data)
        except Exception as err:  # noqa: BLE001
            # An unreadable file must not keep new facts from being stored.
            log_unexpected("in the stored facts of an instance", err)
        self._is_read = True
        if self._changed:
            self._save()
        self._on_read()

    def _take(self, data: dict[str, Any]) -> None:
        """Take stored facts, and pass over what makes no sense."""
        self.reports_outcomes |= data.get(_REPORTS_OUTCOMES) is True
        self.lids.load(data.get(_LIDS))
        last_call = data.get(_LAST_CALL)
        if (
            self.last_call is None
            and isinstance(last_call, dict)
            and _is_time(last_call.get(ATTR_AT))
        ):
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
        """Write the file after a moment.

        A file that is not read yet must not be overwritten.
        """
        self._changed = True
        if self._is_read and not self._removed:
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

"""Asking RyzeAPI for LIDs, in the background and with requests that calls can spare."""

import asyncio
from collections.abc import Callable, Iterable
import time
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..api import Account, RyzeClient, RyzeError
from ..const import CONF_INSTANCE, DOMAIN
from ..errors import log_unexpected
from .lids import KnownPerson
from .store import RyzeStore

# The last requests of a minute belong to calls.
RESERVED_REQUESTS: Final = 20
# Seconds after which a LID is asked for again.
MAX_AGE: Final = 24 * 3600.0
# Seconds before a failed request is repeated; they double with each failure.
RETRY_AFTER: Final = 60.0
MAX_RETRY_AFTER: Final = 3600.0
# Seconds before the contacts are asked for, and between two of them.
CONTACTS_DELAY: Final = 60.0
CONTACTS_INTERVAL: Final = 5.0


class LidFinder:
    """Asks for the LIDs of the instance, of contacts and of people who are called."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        store: RyzeStore,
        on_change: Callable[[], None],
    ) -> None:
        """Initialize; `on_change` is called after each answer and each failure."""
        self._hass = hass
        self._entry = entry
        self._store = store
        self._on_change = on_change
        self._client: RyzeClient | None = None
        self._tasks: dict[str | None, asyncio.Task[None]] = {}
        # When a failed request may be repeated, and after how many seconds.
        self._retries: dict[str | None, tuple[float, float]] = {}
        self._contacts_task: asyncio.Task[None] | None = None

    @callback
    def async_attach(
        self, client: RyzeClient, numbers: Callable[[], Iterable[str]]
    ) -> None:
        """Ask with a client, for the instance at once and for the contacts in time."""
        if self._client is client:
            return
        self.async_detach()
        self._client = client
        self.async_ask(None)
        self._contacts_task = self._hass.async_create_background_task(
            self._async_ask_contacts(numbers), f"{DOMAIN} LIDs of contacts"
        )

    @callback
    def async_detach(self) -> None:
        """Ask for nothing more."""
        self._client = None
        for task in [*self._tasks.values(), self._contacts_task]:
            if task:
                task.cancel()
        self._tasks.clear()
        self._contacts_task = None

    @callback
    def async_ask(self, number: str | None) -> bool:
        """Ask for the LID of a number, or of the instance without one.

        Returns whether an answer will come.
        """
        if number in self._tasks:
            return True
        if not self._may_ask(number):
            return False
        self._tasks[number] = self._hass.async_create_background_task(
            self._async_ask(number), f"{DOMAIN} LID", eager_start=False
        )
        return True

    def _may_ask(self, number: str | None) -> bool:
        """Return whether the LID of a number is worth a request now."""
        if self._client is None or not self._is_due(number):
            return False
        retry_at, _ = self._retries.get(number, (0.0, 0.0))
        if self._hass.loop.time() < retry_at:
            return False
        left = self._client.rate_limit.remaining
        return left is None or left - len(self._tasks) > RESERVED_REQUESTS

    def _is_due(self, number: str | None) -> bool:
        """Return whether a LID is unknown or was asked for long ago."""
        lids = self._store.lids
        person = (lids.own if number is None else lids.find(number)) or KnownPerson()
        return not 0 <= time.time() - person.asked_at < MAX_AGE

    async def _async_ask(self, number: str | None) -> None:
        """Ask for one LID and note the answer."""
        assert self._client
        try:
            account = await self._client.account(
                self._entry.data[CONF_INSTANCE], number
            )
        except RyzeError:
            self._note_failure(number)
        except Exception as err:  # noqa: BLE001
            self._note_failure(number)
            log_unexpected("while asking for a LID", err)
        else:
            self._retries.pop(number, None)
            found = account or Account(number=None)
            if number is None:
                self._store.async_learn_own(found.number, found.lid, time.time())
            else:
                self._store.async_learn_lid(number, found.lid, time.time())
        if self._tasks.get(number) is asyncio.current_task():
            del self._tasks[number]
        self._on_change()

    def _note_failure(self, number: str | None) -> None:
        """Note when a failed request may be repeated, and forget old failures."""
        now = self._hass.loop.time()
        _, before = self._retries.get(number, (0.0, RETRY_AFTER / 2))
        delay = min(2 * before, MAX_RETRY_AFTER)
        self._retries = {
            key: retry
            for key, retry in self._retries.items()
            if now - retry[0] < MAX_RETRY_AFTER
        } | {number: (now + delay, delay)}

    async def _async_ask_contacts(self, numbers: Callable[[], Iterable[str]]) -> None:
        """Ask for the LIDs of all contacts, one after the other, once a day."""
        await asyncio.sleep(CONTACTS_DELAY)
        while True:
            for number in list(numbers()):
                if self.async_ask(number):
                    await asyncio.sleep(CONTACTS_INTERVAL)
            self.async_ask(None)
            await asyncio.sleep(CONTACTS_DELAY)

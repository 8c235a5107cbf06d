"""Runtime data of a loaded entry, and the typed entry."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry

from .api import RyzeClient
from .calls import RyzeCalls
from .contacts import RyzeContacts
from .coordinator import RyzeCoordinator
from .websocket import LiveUpdatesListener

type RyzeConfigEntry = ConfigEntry[RyzeRuntimeData]


@dataclass(kw_only=True)
class RyzeRuntimeData:
    """The parts of a loaded entry."""

    client: RyzeClient
    coordinator: RyzeCoordinator
    contacts: RyzeContacts
    # The calls are the one part that lives on after the entry is unloaded.
    calls: RyzeCalls
    listener: LiveUpdatesListener

    @property
    def hears_calls(self) -> bool | None:
        """Return whether updates about calls come through, None where it is not known."""
        if not self.listener.live:
            return False
        state = self.coordinator.data
        return state.reports_calls if state else None

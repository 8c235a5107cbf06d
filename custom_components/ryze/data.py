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
    def hears_calls(self) -> bool:
        """Return whether updates about calls come through."""
        state = self.coordinator.data
        return self.listener.live and (not state or state.reports_calls)

"""Ryze: your home can phone you on WhatsApp."""

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .api import CallUpdate, InstanceUpdate
from .calls import RyzeCalls
from .const import CONF_LIVE_UPDATES, DOMAIN
from .coordinator import (
    RyzeConfigEntry,
    RyzeCoordinator,
    RyzeRuntimeData,
    async_create_client,
)
from .repairs import async_delete_issues, async_update_issues
from .services import async_setup_services
from .store import RyzeStore
from .websocket import LiveUpdatesListener

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> bool:
    """Set up an instance."""
    client = async_create_client(hass, entry.data)
    coordinator = RyzeCoordinator(hass, entry, client)

    # After a power cut Home Assistant is up long before the router. An entry that
    # waited for it would leave automations without their actions; this way a call is
    # tried, and either goes through or raises. Only a refused token is final.
    await coordinator.async_refresh()
    if isinstance(coordinator.last_exception, ConfigEntryAuthFailed):
        raise coordinator.last_exception

    store = RyzeStore(hass, entry.entry_id)
    await store.async_load()
    calls = RyzeCalls(hass, entry, client, store)

    @callback
    def handle_update(update: CallUpdate | InstanceUpdate) -> None:
        if isinstance(update, CallUpdate):
            calls.async_handle_update(update)
        else:
            coordinator.async_set_link(update.link)

    @callback
    def handle_live(live: bool) -> None:
        calls.tracker.async_set_live(live)
        coordinator.async_set_live(live)

    @callback
    def handle_stop(_: Event) -> None:
        calls.async_shutdown()

    listener = LiveUpdatesListener(hass, entry, client, handle_update, handle_live)
    entry.runtime_data = RyzeRuntimeData(
        client=client, coordinator=coordinator, calls=calls, listener=listener
    )
    entry.async_on_unload(calls.async_shutdown)
    entry.async_on_unload(
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, handle_stop)
    )
    entry.async_on_unload(
        coordinator.async_add_listener(lambda: async_update_issues(hass, entry))
    )
    async_update_issues(hass, entry)

    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    # After the platforms, so that no update finds nobody who listens.
    if entry.options.get(CONF_LIVE_UPDATES, True):
        entry.async_create_background_task(
            hass, listener.async_run(), f"{DOMAIN} live updates"
        )
    return True


async def async_unload_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> bool:
    """Unload an instance."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> None:
    """Forget an instance; its configuration at RyzeAPI stays, as others may use it."""
    async_delete_issues(hass, entry)
    await RyzeStore(hass, entry.entry_id).async_remove()

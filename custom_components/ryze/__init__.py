"""Ryze: your home can phone you on WhatsApp."""

from functools import partial

from homeassistant.const import CONF_URL, Platform
from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .api import CallUpdate, InstanceUpdate, LinkState
from .calls.placing import RyzeCalls, async_forget
from .calls.store import RyzeStore
from .const import CONF_LIVE_UPDATES, DOMAIN, MANUFACTURER
from .contacts import RyzeContacts
from .coordinator import (
    RyzeConfigEntry,
    RyzeCoordinator,
    RyzeRuntimeData,
    async_create_client,
)
from .escalation.registry import DATA_ESCALATIONS, RyzeEscalations
from .repairs import async_delete_issues, async_update_issues
from .services import async_setup_services
from .websocket import LiveUpdatesListener

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NOTIFY,
    Platform.SENSOR,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions, and take up what a restart has interrupted."""
    async_setup_services(hass)
    escalations = hass.data[DATA_ESCALATIONS] = RyzeEscalations(hass)
    await escalations.async_resume()
    return True


async def async_setup_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> bool:
    """Set up an instance."""
    client = async_create_client(hass, entry.data)
    coordinator = RyzeCoordinator(hass, entry, client)

    # After a power cut Home Assistant is up long before the router. An entry that
    # waited for it, or for a new token, would leave automations without their actions,
    # and presses would vanish; this way a call is tried, and goes through or raises.
    await coordinator.async_refresh()

    store = RyzeStore(hass, entry.entry_id)
    await store.async_load()
    contacts = RyzeContacts(hass, entry)
    calls = RyzeCalls(hass, entry, client, contacts, store)
    listener = LiveUpdatesListener(
        hass,
        entry,
        client,
        partial(_async_handle_update, entry),
        coordinator.async_set_live,
    )
    entry.runtime_data = RyzeRuntimeData(
        client=client,
        coordinator=coordinator,
        contacts=contacts,
        calls=calls,
        listener=listener,
        store=store,
    )
    entry.async_on_unload(store.async_save)
    entry.async_on_unload(calls.async_shutdown)
    # The event of stopping comes when tasks are cancelled already.
    entry.async_on_unload(hass.async_add_shutdown_job(HassJob(calls.async_shutdown)))
    entry.async_on_unload(
        coordinator.async_add_listener(lambda: _async_handle_state(hass, entry))
    )
    async_update_issues(hass, entry)

    # Contacts' devices refer to it.
    _async_register_device(hass, entry)
    entry.async_on_unload(contacts.async_follow())
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    # After the platforms, so that no update finds nobody who listens.
    if entry.options.get(CONF_LIVE_UPDATES, True):
        entry.async_create_background_task(
            hass, listener.async_run(), f"{DOMAIN} live updates"
        )
    return True


@callback
def _async_register_device(hass: HomeAssistant, entry: RyzeConfigEntry) -> None:
    """Have Home Assistant know the instance."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        configuration_url=entry.data[CONF_URL],
        entry_type=dr.DeviceEntryType.SERVICE,
        identifiers={(DOMAIN, entry.entry_id)},
        manufacturer=MANUFACTURER,
        name=entry.title,
    )


@callback
def _async_handle_update(
    entry: RyzeConfigEntry, update: CallUpdate | InstanceUpdate
) -> None:
    """Hand on a live update."""
    if isinstance(update, CallUpdate):
        entry.runtime_data.calls.async_handle_update(update)
    else:
        entry.runtime_data.coordinator.async_set_link(update.link)


@callback
def _async_handle_state(hass: HomeAssistant, entry: RyzeConfigEntry) -> None:
    """Draw conclusions from the state of an instance and its live updates."""
    data = entry.runtime_data
    state = data.coordinator.data
    # RyzeAPI itself hears nothing without a link; and others, who share the
    # configuration, may have taken our events out of it.
    hears = not state or (
        state.link in (LinkState.CONNECTED, LinkState.UNKNOWN)
        and state.live_updates.delivered
    )
    data.calls.tracker.async_set_live(data.listener.live and hears)
    async_update_issues(hass, entry)


async def async_unload_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> bool:
    """Unload an instance."""
    if entry.disabled_by:
        # Of what is wrong with it nobody has to know.
        async_delete_issues(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> None:
    """Forget an instance; its configuration at RyzeAPI stays, as others may use it."""
    async_delete_issues(hass, entry)
    async_forget(hass, entry.entry_id)
    await RyzeStore(hass, entry.entry_id).async_remove()

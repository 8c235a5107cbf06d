"""Ryze: your home can phone you on WhatsApp."""

from homeassistant.const import CONF_URL, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .activity import async_tell_activity
from .calls import async_get_calls
from .const import CONF_LIVE_UPDATES, DOMAIN, MANUFACTURER
from .contacts import RyzeContacts
from .coordinator import RyzeCoordinator, async_create_client
from .data import RyzeConfigEntry, RyzeRuntimeData
from .escalation import DATA_ESCALATIONS, RyzeEscalations
from .missing_contacts import DATA_MISSING_CONTACTS, MissingContacts
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
    """Set up the actions, and resume interrupted escalations."""
    async_setup_services(hass)
    escalations = hass.data[DATA_ESCALATIONS] = RyzeEscalations(hass)
    missing = hass.data[DATA_MISSING_CONTACTS] = MissingContacts(hass)
    missing.async_start()
    await escalations.async_resume()
    return True


async def async_setup_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> bool:
    """Set up an instance, without waiting for RyzeAPI or the disk.

    While the entry is not loaded, Home Assistant silently skips presses and messages.
    While it is loaded, a call is tried, and goes through or raises.
    """
    client = async_create_client(hass, entry.data)
    coordinator = RyzeCoordinator(hass, entry, client)
    contacts = RyzeContacts(hass, entry)
    calls = async_get_calls(hass, entry)
    calls.async_attach(client, contacts, coordinator)
    listener = LiveUpdatesListener(hass, entry, client, calls, coordinator)
    data = entry.runtime_data = RyzeRuntimeData(
        client=client,
        coordinator=coordinator,
        contacts=contacts,
        calls=calls,
        listener=listener,
    )

    @callback
    def handle_state() -> None:
        calls.async_learn_own_number(coordinator.own_number)
        calls.async_set_live(data.hears_calls)
        async_update_issues(hass, entry)

    handle_state()
    # Unloading may undo these in any order.
    entry.async_on_unload(coordinator.async_add_listener(handle_state))
    entry.async_on_unload(contacts.async_follow())
    entry.async_on_unload(calls.async_detach)
    entry.async_on_unload(async_tell_activity(hass, entry))

    _async_register_device(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    # Start after the platforms; otherwise their entities miss the first updates. Live
    # updates do not wait for the first look either, because an answer may come any time.
    coordinator.async_start()
    if entry.options.get(CONF_LIVE_UPDATES, True):
        listener.async_start()
    return True


@callback
def _async_register_device(hass: HomeAssistant, entry: RyzeConfigEntry) -> None:
    """Register the device of an instance, to which the contacts' devices refer."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        configuration_url=entry.data[CONF_URL],
        entry_type=dr.DeviceEntryType.SERVICE,
        identifiers={(DOMAIN, entry.entry_id)},
        manufacturer=MANUFACTURER,
        name=entry.title,
    )


async def async_unload_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> bool:
    """Unload an instance."""
    # All tasks end while the entities are still there. The rest of a reload takes no turn
    # of the event loop, so that no press or message finds the entities missing.
    data = entry.runtime_data
    await data.listener.async_end()
    data.calls.async_detach()
    await data.coordinator.async_end()
    if entry.disabled_by:
        # A disabled instance must not keep open issues.
        async_delete_issues(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: RyzeConfigEntry) -> None:
    """Forget an instance; its configuration at RyzeAPI stays, as others may use it."""
    async_delete_issues(hass, entry)
    await async_get_calls(hass, entry).async_remove()

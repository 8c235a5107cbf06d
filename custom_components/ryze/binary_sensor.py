"""Binary sensors of the Ryze integration."""

from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .api import LinkState
from .const import ATTR_CALLING, ATTR_NEXT, ATTR_SINCE, ATTR_TAG
from .data import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, RyzeEntity
from .escalation import DATA_ESCALATIONS, Escalation, Target
from .names import async_target_name

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RyzeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of an instance."""
    async_add_entities(
        [EscalationSensor(entry), LiveUpdatesSensor(entry), WhatsAppSensor(entry)]
    )


class WhatsAppSensor(RyzeEntity, BinarySensorEntity):
    """The link between the instance and WhatsApp."""

    key = "whatsapp"
    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _unrecorded_attributes = frozenset({"number", "profile_name"})

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the instance is linked."""
        link = self.coordinator.data.link
        return None if link is LinkState.UNKNOWN else link is LinkState.CONNECTED

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the number and the profile name of the instance."""
        state = self.coordinator.data
        return {
            "link": state.link.value,
            "number": state.number,
            "profile_name": state.profile_name,
        }


class LiveUpdatesSensor(AlwaysAvailableEntity, BinarySensorEntity):
    """The connection for live updates."""

    key = "live_updates"
    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the connection is open."""
        return self.entry.runtime_data.listener.live


class EscalationSensor(AlwaysAvailableEntity, BinarySensorEntity):
    """The escalations that may call from the instance."""

    key = "escalation"
    _attr_device_class = BinarySensorDeviceClass.RUNNING
    # Somebody without a name is shown as a number.
    _unrecorded_attributes = frozenset({ATTR_CALLING, ATTR_NEXT})

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to escalations."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.hass.data[DATA_ESCALATIONS].async_subscribe(self.async_write_ha_state)
        )

    @property
    @override
    def is_on(self) -> bool:
        """Return whether an escalation is running."""
        return bool(self._running)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, list[str | None]]:
        """Return the tag, the start and the people of each escalation."""
        running = self._running
        return {
            ATTR_TAG: [escalation.plan.tag for escalation in running],
            ATTR_SINCE: [
                dt_util.utc_from_timestamp(escalation.plan.started).isoformat()
                for escalation in running
            ],
            ATTR_CALLING: [self._names(item.view.calling) for item in running],
            ATTR_NEXT: [self._names(item.view.upcoming) for item in running],
        }

    @property
    def _running(self) -> list[Escalation]:
        """Return the escalations that may call from the instance."""
        return self.hass.data[DATA_ESCALATIONS].async_get(entry_id=self.entry.entry_id)

    def _names(self, targets: list[Target]) -> str | None:
        """Return the names of people, None where there is nobody."""
        return ", ".join(async_target_name(self.hass, one) for one in targets) or None

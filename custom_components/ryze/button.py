"""Buttons of the Ryze integration."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import RyzeAuthError, RyzeError
from .calls.call import FakeCall
from .const import CONF_INSTANCE
from .coordinator import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, ContactEntity
from .errors import translated
from .escalation.plan import Result
from .escalation.registry import DATA_ESCALATIONS

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RyzeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of an instance and its contacts."""
    async_add_entities([AcknowledgeButton(entry), ReconnectButton(entry)])
    entry.runtime_data.contacts.async_add_entities(
        async_add_entities, lambda entry, contact_id: [RingButton(entry, contact_id)]
    )


class AcknowledgeButton(AlwaysAvailableEntity, ButtonEntity):
    """Ends the escalations that call from this instance: somebody has it."""

    def __init__(self, entry: RyzeConfigEntry) -> None:
        """Initialize."""
        super().__init__(entry, "acknowledge")

    @override
    async def async_press(self) -> None:
        """End them."""
        user_id = self._context.user_id if self._context else None
        escalations = self.hass.data[DATA_ESCALATIONS]
        for escalation in escalations.async_get(entry_id=self.entry.entry_id):
            escalation.async_end(Result.ACKNOWLEDGED, user_id)


class ReconnectButton(AlwaysAvailableEntity, ButtonEntity):
    """Connects the instance to WhatsApp again."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, entry: RyzeConfigEntry) -> None:
        """Initialize."""
        super().__init__(entry, "reconnect")

    @override
    async def async_press(self) -> None:
        """Connect the instance again."""
        try:
            await self.entry.runtime_data.client.reconnect(
                self.entry.data[CONF_INSTANCE]
            )
        except RyzeAuthError as err:
            self.entry.async_start_reauth(self.hass)
            raise translated("refused_token") from err
        except RyzeError as err:
            raise translated("reconnect_failed") from err
        await self.coordinator.async_request_refresh()


class RingButton(ContactEntity, ButtonEntity):
    """Rings a contact's phone, and hangs up."""

    def __init__(self, entry: RyzeConfigEntry, contact_id: str) -> None:
        """Initialize."""
        super().__init__(entry, contact_id, "ring")

    @override
    async def async_press(self) -> None:
        """Ring."""
        await self.async_call(FakeCall(number=self.number), self._context)

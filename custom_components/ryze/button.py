"""Buttons of the Ryze integration."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import RyzeAuthError, RyzeBlockedError, RyzeError
from .calls import FakeCall
from .const import CONF_INSTANCE
from .data import RyzeConfigEntry
from .entity import AlwaysAvailableEntity, ContactEntity
from .errors import translated
from .escalation import DATA_ESCALATIONS, Result
from .rights import ACKNOWLEDGE_KEY

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RyzeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of an instance and its contacts."""
    async_add_entities([AcknowledgeButton(entry), ReconnectButton(entry)])
    entry.runtime_data.contacts.async_add_entities(
        async_add_entities, lambda contact_id: [RingButton(entry, contact_id)]
    )


class AcknowledgeButton(AlwaysAvailableEntity, ButtonEntity):
    """Acknowledges the escalations that call from this instance."""

    key = ACKNOWLEDGE_KEY

    @override
    async def async_press(self) -> None:
        """Acknowledge them."""
        user_id = self._context.user_id if self._context else None
        escalations = self.hass.data[DATA_ESCALATIONS]
        for escalation in escalations.async_get(entry_id=self.entry.entry_id):
            escalation.async_end(Result.ACKNOWLEDGED, user_id)


class ReconnectButton(AlwaysAvailableEntity, ButtonEntity):
    """Connects the instance to WhatsApp again."""

    key = "reconnect"
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @override
    async def async_press(self) -> None:
        """Ask RyzeAPI to connect the instance."""
        try:
            await self.entry.runtime_data.client.reconnect(
                self.entry.data[CONF_INSTANCE]
            )
        except RyzeAuthError as err:
            self.entry.async_start_reauth(self.hass)
            raise translated("refused_token") from err
        except RyzeBlockedError as err:
            raise translated("request_blocked") from err
        except RyzeError as err:
            raise translated("reconnect_failed") from err
        await self.coordinator.async_request_refresh()


class RingButton(ContactEntity, ButtonEntity):
    """Makes a fake call to a contact."""

    key = "ring"

    @override
    async def async_press(self) -> None:
        """Make the call."""
        await self.async_call(FakeCall(number=self.number), self._context)

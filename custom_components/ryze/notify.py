"""Notify entities of the Ryze integration: a message is spoken in an audio call."""

from typing import override

from homeassistant.components.notify import NotifyEntity, NotifyEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .audio import async_get_audio
from .calls import AudioCall
from .const import ATTR_MESSAGE
from .contacts import MESSAGE_KEY
from .data import RyzeConfigEntry
from .entity import ContactEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RyzeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the contacts of an instance."""
    entry.runtime_data.contacts.async_add_entities(
        async_add_entities, lambda contact_id: [MessageEntity(entry, contact_id)]
    )


class MessageEntity(ContactEntity, NotifyEntity):
    """Calls a contact and speaks; the entity stands for the contact in actions."""

    key = MESSAGE_KEY
    _attr_name = None
    _attr_supported_features = NotifyEntityFeature.TITLE

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Speak a message with Home Assistant's default text-to-speech."""
        # Making speech takes time. Meanwhile another message may set another context,
        # and the contact may be removed.
        number, context = self.number, self._context
        if title:
            message = f"{title}. {message}"
        audio = await async_get_audio(self.hass, {ATTR_MESSAGE: message})
        await self.async_call(AudioCall(number=number, audio=audio), context)

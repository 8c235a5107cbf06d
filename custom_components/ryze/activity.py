"""Lines of *Activity* for the calls that no event entity tells of.

Home Assistant makes a line of each change of an event entity, in the language of whoever
reads it, and an integration has no way to suppress that line. A description of our
events on the bus would tell everything twice. So only a call to a number that is no
contact's gets a line of its own, in the language of the house.
"""

from homeassistant.const import (
    ATTR_DOMAIN,
    ATTR_NAME,
    EVENT_LOGBOOK_ENTRY,
    Platform,
)
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations

from .calls import Call, CallEvent
from .const import ATTR_MESSAGE, DOMAIN
from .data import RyzeConfigEntry
from .privacy import hide_numbers

_CALL = f"component.{DOMAIN}.entity.{Platform.EVENT}.call"


@callback
def async_tell_activity(hass: HomeAssistant, entry: RyzeConfigEntry) -> CALLBACK_TYPE:
    """Tell of the calls of an instance until the returned function is called."""

    @callback
    def tell(event: CallEvent | None, call: Call) -> None:
        if event in (None, CallEvent.RECEIVED) or call.contact_id:
            return
        # The task ends at once, because Home Assistant holds the texts in memory.
        hass.async_create_task(_async_tell(hass, entry.title, event, call.context))

    return entry.runtime_data.calls.async_subscribe(tell)


async def _async_tell(
    hass: HomeAssistant, instance: str, event: CallEvent, context: Context
) -> None:
    """Add a line in the words of a contact's event entity."""
    texts = await async_get_translations(hass, hass.config.language, "entity", [DOMAIN])
    name = texts[f"{_CALL}.name"]
    message = texts[f"{_CALL}.state_attributes.event_type.state.{event}"]
    hass.bus.async_fire(
        EVENT_LOGBOOK_ENTRY,
        {
            ATTR_NAME: f"{hide_numbers(instance)} {name}",
            ATTR_MESSAGE: message,
            ATTR_DOMAIN: DOMAIN,
        },
        context=context,
    )

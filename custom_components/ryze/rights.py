"""Rights: whom the user of an action may call, and what the user may acknowledge."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import CAT_ENTITIES, POLICY_CONTROL
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .entity import instance_unique_id

# Key of the button that stands for the instance where a user's rights are concerned.
ACKNOWLEDGE_KEY: Final = "acknowledge"


@dataclass(frozen=True, kw_only=True)
class Rights:
    """The rights of whoever performs an action."""

    hass: HomeAssistant
    context: Context
    # None for an automation, which may do everything.
    user: User | None

    def check_call(self, entry_id: str, contacts: Collection[str]) -> None:
        """Raise Unauthorized where the user may not call a person.

        The person has these notify entities, or is a mere number that the entry calls.
        """
        needed: Collection[str | None] = contacts or [self._button(entry_id)]
        for entity_id in needed:
            if not self._may_control(entity_id):
                raise self.refusal(entity_id)

    def may_acknowledge(self, entry_ids: Iterable[str]) -> bool:
        """Return whether the user may acknowledge what calls from these entries."""
        return any(self._may_control(self._button(entry_id)) for entry_id in entry_ids)

    def refusal(self, entity_id: str | None = None) -> Unauthorized:
        """Return Home Assistant's error for a missing right."""
        return Unauthorized(
            context=self.context,
            entity_id=entity_id,
            perm_category=CAT_ENTITIES,
            permission=POLICY_CONTROL,
        )

    def _may_control(self, entity_id: str | None) -> bool:
        """Return whether the user may control an entity."""
        if self.user is None or self.user.is_admin:
            return True
        if entity_id is None:
            # Nobody can have a right to a button that does not exist.
            return self.user.permissions.access_all_entities(POLICY_CONTROL)
        return self.user.permissions.check_entity(entity_id, POLICY_CONTROL)

    def _button(self, entry_id: str) -> str | None:
        """Return the *Acknowledge* button of an instance, None where it is missing."""
        return er.async_get(self.hass).async_get_entity_id(
            BUTTON_DOMAIN, DOMAIN, instance_unique_id(entry_id, ACKNOWLEDGE_KEY)
        )


async def async_get_rights(hass: HomeAssistant, context: Context) -> Rights:
    """Return the rights of whoever performs an action."""
    if context.user_id is None:
        return Rights(hass=hass, context=context, user=None)
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(
            context=context, perm_category=CAT_ENTITIES, permission=POLICY_CONTROL
        )
    return Rights(hass=hass, context=context, user=user)

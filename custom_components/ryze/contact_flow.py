"""Flow that adds or changes a contact."""

from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .api import RyzeError
from .calls import async_get_calls
from .const import CONF_INSTANCE, CONF_NUMBER, SUBENTRY_CONTACT
from .coordinator import async_create_client
from .phone_numbers import (
    NumberError,
    country_of,
    format_number,
    is_same_person,
    read_number,
    same_person_key,
)

CONTACT_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_NUMBER): TextSelector(
            TextSelectorConfig(type=TextSelectorType.TEL, autocomplete="off")
        ),
    }
)


class ContactFlow(ConfigSubentryFlow):
    """Add or change a contact."""

    def __init__(self) -> None:
        """Initialize."""
        self._input: dict[str, Any] | None = None
        # The numbers that the typed text may be, and the one that is meant.
        self._readings: list[str] = []
        self._number = ""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a new contact."""
        return await self._async_ask(user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the new name and number of a contact."""
        if self._input is None:
            contact = self._get_reconfigure_subentry()
            number = format_number(contact.data[CONF_NUMBER])
            self._input = {CONF_NAME: contact.title, CONF_NUMBER: number}
        return await self._async_ask(user_input)

    async def _async_ask(self, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        """Ask for name and number until both are valid."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._input = {
                CONF_NAME: user_input[CONF_NAME].strip(),
                CONF_NUMBER: user_input[CONF_NUMBER].strip(),
            }
            errors = self._read(self._input)
            if not errors and len(self._readings) > 1:
                return await self.async_step_which_number()
            if not errors:
                return await self._async_choose(0)
        return self._show_form(errors)

    @callback
    def _show_form(self, errors: dict[str, str]) -> SubentryFlowResult:
        """Show the form for name and number."""
        return self.async_show_form(
            step_id=self.source or SOURCE_USER,
            data_schema=self.add_suggested_values_to_schema(
                CONTACT_SCHEMA, self._input
            ),
            errors=errors,
            description_placeholders={"instance": self._get_entry().title},
        )

    @callback
    def _read(self, contact: dict[str, Any]) -> dict[str, str]:
        """Read the number, and return the errors of the form."""
        errors: dict[str, str] = {}
        if not contact[CONF_NAME]:
            errors[CONF_NAME] = "name_missing"
        try:
            self._readings = read_number(contact[CONF_NUMBER], self.hass.config.country)
        except NumberError as err:
            return errors | {CONF_NUMBER: err.key}
        if len(self._readings) == 1 and (key := self._why_not(self._readings[0])):
            errors[CONF_NUMBER] = key
        return errors

    async def async_step_which_number(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which of two numbers is meant."""
        first, second = (
            f"{format_number(digits)} ({country_of(digits) or '?'})"
            for digits in self._readings
        )
        return self.async_show_menu(
            step_id="which_number",
            menu_options=["first", "second", "change"],
            description_placeholders={"first": first, "second": second},
        )

    async def async_step_first(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Take the first of two numbers."""
        return await self._async_choose(0)

    async def async_step_second(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Take the second of two numbers."""
        return await self._async_choose(1)

    async def _async_choose(self, position: int) -> SubentryFlowResult:
        """Go on with one of the readings, or show why it cannot be a contact's."""
        self._number = self._readings[position]
        if key := self._why_not(self._number):
            return self._show_form({CONF_NUMBER: key})
        return await self._async_confirm()

    def _why_not(self, number: str) -> str | None:
        """Return the error of a number that cannot be the contact's."""
        own_number = async_get_calls(self.hass, self._get_entry()).own_number
        if is_same_person(own_number, number):
            return "own_number"
        return "already_configured" if self._is_taken(number) else None

    def _is_taken(self, number: str) -> bool:
        """Return whether another contact has the number."""
        changed = (
            self._get_reconfigure_subentry().subentry_id
            if self.source == SOURCE_RECONFIGURE
            else None
        )
        return any(
            is_same_person(contact.data[CONF_NUMBER], number)
            for contact in self._get_entry().get_subentries_of_type(SUBENTRY_CONTACT)
            if contact.subentry_id != changed
        )

    async def _async_confirm(self) -> SubentryFlowResult:
        """Look the number up at WhatsApp, without ringing, and show the result."""
        if self.source == SOURCE_RECONFIGURE and is_same_person(
            self._get_reconfigure_subentry().data[CONF_NUMBER], self._number
        ):
            # Only the name has changed.
            self._number = self._get_reconfigure_subentry().data[CONF_NUMBER]
            return await self.async_step_save()
        entry = self._get_entry()
        try:
            account = await async_create_client(self.hass, entry.data).account(
                entry.data[CONF_INSTANCE], self._number
            )
        except RyzeError:
            return await self.async_step_confirm_unchecked()
        if account is None:
            return await self.async_step_confirm_no_account()
        async_get_calls(self.hass, entry).async_learn_account(self._number, account)
        if account.number is not None:
            if not is_same_person(account.number, self._number):
                return await self.async_step_confirm_unchecked()
            # WhatsApp may leave out a digit of a number, and the call route of RyzeAPI
            # may not try both spellings.
            self._number = account.number
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show a number that has WhatsApp."""
        return self._show_number("confirm")

    async def async_step_confirm_no_account(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Warn that the number seems to have no WhatsApp."""
        return self._show_number("confirm_no_account")

    async def async_step_confirm_unchecked(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the number, and that it could not be checked."""
        return self._show_number("confirm_unchecked")

    @callback
    def _show_number(self, step_id: str) -> SubentryFlowResult:
        """Show how the number was understood, and offer to save or change it."""
        assert self._input
        return self.async_show_menu(
            step_id=step_id,
            menu_options=["save", "change"],
            description_placeholders={
                "name": self._input[CONF_NAME],
                "number": format_number(self._number),
            },
        )

    async def async_step_change(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the form again."""
        return await self._async_ask(None)

    async def async_step_save(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Save the contact."""
        assert self._input
        title, data = self._input[CONF_NAME], {CONF_NUMBER: self._number}
        # The unique id ends the second of two flows that add the same person.
        unique_id = same_person_key(self._number)
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(),
                self._get_reconfigure_subentry(),
                title=title,
                data=data,
                unique_id=unique_id,
            )
        return self.async_create_entry(title=title, data=data, unique_id=unique_id)

"""Config flow of the Ryze integration."""

from collections.abc import Mapping
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    FlowType,
    OptionsFlowWithReload,
    SubentryFlowContext,
)
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .api import Instance
from .calls import async_get_calls
from .const import (
    CONF_INSTANCE,
    CONF_LIVE_UPDATES,
    DEFAULT_URL,
    DOCS_URL,
    DOMAIN,
    SUBENTRY_CONTACT,
)
from .contact_flow import ContactFlow
from .data import RyzeConfigEntry
from .same_instance import find_again, unique_ids
from .validation import async_enable_live_updates, async_list_instances

_TOKEN_SELECTOR: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
_URL_SELECTOR: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.URL, autocomplete="url")
)

USER_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_INSTANCE): TextSelector(),
        vol.Required(CONF_TOKEN): _TOKEN_SELECTOR,
        vol.Required(CONF_URL, default=DEFAULT_URL): _URL_SELECTOR,
    }
)
REAUTH_SCHEMA: Final = vol.Schema({vol.Required(CONF_TOKEN): _TOKEN_SELECTOR})
RECONFIGURE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_URL): _URL_SELECTOR,
        vol.Optional(CONF_TOKEN): _TOKEN_SELECTOR,
    }
)
LIVE_UPDATES_SCHEMA: Final = vol.Schema(
    {vol.Required(CONF_LIVE_UPDATES, default=True): BooleanSelector()}
)


class RyzeConfigFlow(ConfigFlow, domain=DOMAIN):
    """Set up an instance."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> RyzeOptionsFlow:
        """Return the flow of the options."""
        return RyzeOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flow of the contacts."""
        return {SUBENTRY_CONTACT: ContactFlow}

    def __init__(self) -> None:
        """Initialize."""
        self._data: dict[str, Any] = {}
        self._instances: list[Instance] = []

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the token, and for the name of the instance where it is known."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._data, self._instances, errors = await async_list_instances(
                self.hass, user_input
            )
            if not errors:
                if name := self._data.pop(CONF_INSTANCE, "").strip():
                    self._instances = [
                        instance
                        for instance in self._instances
                        if instance.name == name
                    ]
                if len(self._instances) > 1:
                    return await self.async_step_instance()
                if self._instances:
                    return await self._async_create(self._instances[0])
                errors[CONF_INSTANCE] = "instance_not_found"

        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(USER_SCHEMA, user_input),
            errors=errors,
            description_placeholders={"docs_url": DOCS_URL},
        )

    async def async_step_instance(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which of the token's instances to set up."""
        if user_input is not None:
            return await self._async_create(
                next(
                    instance
                    for instance in self._instances
                    if instance.name == user_input[CONF_INSTANCE]
                )
            )
        configured = self._async_current_ids(include_ignore=False)
        choices = [
            instance.name
            for instance in self._instances
            if configured.isdisjoint(unique_ids(instance, self._data[CONF_URL]))
        ]
        if not choices:
            return self.async_abort(reason="all_configured")

        return self.async_show_form(
            step_id="instance",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_INSTANCE): SelectSelector(
                        SelectSelectorConfig(
                            options=sorted(choices), mode=SelectSelectorMode.LIST
                        )
                    )
                }
            ),
        )

    async def _async_create(self, instance: Instance) -> ConfigFlowResult:
        """Create the entry of an instance, after a question about live updates if needed."""
        for unique_id in unique_ids(instance, self._data[CONF_URL]):
            await self.async_set_unique_id(unique_id)
            self._abort_if_unique_id_configured()
        self._data[CONF_INSTANCE] = instance.name
        if instance.live_updates.delivered:
            return self._async_create_entry(live_updates=True)
        return await self.async_step_live_updates()

    async def async_step_live_updates(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask before changing a setting that other consumers share."""
        errors: dict[str, str] = {}
        if user_input is not None:
            wanted: bool = user_input[CONF_LIVE_UPDATES]
            if wanted:
                errors = await async_enable_live_updates(self.hass, self._data)
            if not errors:
                return self._async_create_entry(live_updates=wanted)

        return self.async_show_form(
            step_id="live_updates",
            data_schema=self.add_suggested_values_to_schema(
                LIVE_UPDATES_SCHEMA, user_input
            ),
            errors=errors,
            description_placeholders={"instance": self._data[CONF_INSTANCE]},
        )

    @callback
    def _async_create_entry(self, *, live_updates: bool) -> ConfigFlowResult:
        """Create the entry of the instance that was chosen."""
        return self.async_create_entry(
            title=self._data[CONF_INSTANCE],
            data={
                key: self._data[key] for key in (CONF_INSTANCE, CONF_TOKEN, CONF_URL)
            },
            options={CONF_LIVE_UPDATES: live_updates},
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Offer to add the first contact."""
        flow = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, SUBENTRY_CONTACT),
            context=SubentryFlowContext(source=SOURCE_USER),
        )
        result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"])
        return result

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Start reauth after a refused token."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new token."""
        return await self._async_step_change(
            "reauth_confirm", REAUTH_SCHEMA, user_input
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another URL or token of the same instance."""
        return await self._async_step_change(
            "reconfigure", RECONFIGURE_SCHEMA, user_input
        )

    async def _async_step_change(
        self, step_id: str, schema: vol.Schema, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for new data of an entry, and check that they lead to the same instance."""
        entry: RyzeConfigEntry = (
            self._get_reauth_entry()
            if self.source == SOURCE_REAUTH
            else self._get_reconfigure_entry()
        )
        errors: dict[str, str] = {}
        if user_input is not None:
            # A field that is left empty keeps its value.
            changes = {key: value for key, value in user_input.items() if value}
            data = {**entry.data, **changes}
            data, instances, errors = await async_list_instances(self.hass, data)
            own_number = await async_get_calls(self.hass, entry).async_read_own_number()
            if found := find_again(entry, own_number, instances, data[CONF_URL]):
                return self._async_take_over(entry, found, data)
            errors = errors or {CONF_TOKEN: "instance_not_found"}

        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or {CONF_URL: entry.data[CONF_URL]}
            ),
            errors=errors,
            description_placeholders={"instance": entry.data[CONF_INSTANCE]},
        )

    @callback
    def _async_take_over(
        self, entry: RyzeConfigEntry, instance: Instance, data: dict[str, Any]
    ) -> ConfigFlowResult:
        """Let an entry go on with an instance, which may have a new id by now."""
        unique_id = unique_ids(instance, data[CONF_URL])[-1]
        owner = self.hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, unique_id
        )
        if owner not in (None, entry):
            # A person has added the new instance as another entry meanwhile.
            return self.async_abort(reason="already_configured")
        return self.async_update_reload_and_abort(
            entry,
            unique_id=unique_id,
            data_updates=data | {CONF_INSTANCE: instance.name},
        )


class RyzeOptionsFlow(OptionsFlowWithReload):
    """Turn live updates on or off."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to use live updates."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input[CONF_LIVE_UPDATES]:
                errors = await async_enable_live_updates(
                    self.hass, self.config_entry.data
                )
            if not errors:
                return self.async_create_entry(data=user_input)

        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                LIVE_UPDATES_SCHEMA, user_input or self.config_entry.options
            ),
            errors=errors,
            description_placeholders={
                "instance": self.config_entry.data[CONF_INSTANCE]
            },
        )

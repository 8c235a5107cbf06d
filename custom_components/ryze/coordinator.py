"""State of an instance, and what lives as long as its entry is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, override
from weakref import WeakValueDictionary

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util.hass_dict import HassKey

from .api import (
    LinkState,
    LiveUpdates,
    RateLimit,
    RyzeAuthError,
    RyzeClient,
    RyzeError,
    RyzeRateLimitError,
)
from .const import CONF_INSTANCE, DOMAIN, LOGGER

if TYPE_CHECKING:
    from .calls.placing import RyzeCalls
    from .calls.store import RyzeStore
    from .contacts import RyzeContacts
    from .websocket import LiveUpdatesListener

type RyzeConfigEntry = ConfigEntry[RyzeRuntimeData]

# Live updates tell what changes; this is for what they miss.
POLL_WHILE_LIVE: Final = timedelta(minutes=10)
POLL_OTHERWISE: Final = timedelta(minutes=2)
# So many requests are left to calls.
RESERVED_REQUESTS: Final = 10

# The counter belongs to the token, and goes when nobody uses the token any more.
_RATE_LIMITS: HassKey[WeakValueDictionary[tuple[str, str], RateLimit]] = HassKey(
    f"{DOMAIN}_rate_limits"
)


@dataclass(kw_only=True)
class RyzeRuntimeData:
    """Everything that lives as long as the entry is loaded."""

    client: RyzeClient
    coordinator: RyzeCoordinator
    contacts: RyzeContacts
    calls: RyzeCalls
    listener: LiveUpdatesListener
    store: RyzeStore


@dataclass(frozen=True, kw_only=True)
class InstanceState:
    """What is known of an instance."""

    link: LinkState
    number: str | None
    profile_name: str | None
    live_updates: LiveUpdates
    requests_left: int | None


@callback
def async_create_client(hass: HomeAssistant, data: Mapping[str, Any]) -> RyzeClient:
    """Return a client for the data of an entry; clients of one token share a limit."""
    url, token = data[CONF_URL], data[CONF_TOKEN]
    rate_limits = hass.data.setdefault(_RATE_LIMITS, WeakValueDictionary())
    return RyzeClient(
        async_get_clientsession(hass),
        url,
        token,
        rate_limits.setdefault((url, token), RateLimit()),
    )


class RyzeCoordinator(DataUpdateCoordinator[InstanceState]):
    """The state of an instance: told by live updates, and asked for now and then."""

    config_entry: RyzeConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: RyzeConfigEntry, client: RyzeClient
    ) -> None:
        """Initialize."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=f"instance {entry.title}",
            update_interval=POLL_OTHERWISE,
            always_update=False,
        )
        self._client = client

    @override
    async def _async_refresh(
        self, log_failures: bool = True, *args: Any, **kwargs: Any
    ) -> None:
        """Refresh; that RyzeAPI is away is news, but no error of ours."""
        was_there = self.last_update_success
        await super()._async_refresh(False, *args, **kwargs)
        if was_there and not self.last_update_success:
            LOGGER.info("Fetching %s data failed: %s", self.name, self.last_exception)

    @override
    async def _async_update_data(self) -> InstanceState:
        """Ask for the state of the instance."""
        left = self._client.rate_limit.remaining
        if self.data and self.last_update_success:
            if left is not None and left < RESERVED_REQUESTS:
                return replace(self.data, requests_left=left)
        before = self.data
        try:
            instances = await self._client.instances()
        except RyzeAuthError as err:
            # No ConfigEntryAuthFailed, after which nobody would ask again: the token
            # may be good all the same, and the refusal that of a proxy.
            self.config_entry.async_start_reauth(self.hass)
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key="refused_token"
            ) from err
        except RyzeError as err:
            if self.data and isinstance(err, RyzeRateLimitError):
                # RyzeAPI is there, only too busy with others of this token.
                left = self._client.rate_limit.remaining
                return replace(self.data, requests_left=left)
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key="update_failed"
            ) from err
        for instance in instances:
            if instance.name == self.config_entry.data[CONF_INSTANCE]:
                return InstanceState(
                    # What was told meanwhile is newer than the answer.
                    link=instance.link if self.data is before else self.data.link,
                    number=instance.number,
                    profile_name=instance.profile_name,
                    live_updates=instance.live_updates,
                    requests_left=self._client.rate_limit.remaining,
                )
        raise UpdateFailed(translation_domain=DOMAIN, translation_key="instance_gone")

    @callback
    def async_set_link(self, link: LinkState) -> None:
        """Take news of the instance's link to WhatsApp."""
        if not self.data:
            return
        if not self.last_update_success:
            LOGGER.info("Fetching %s data recovered", self.name)
        self.async_set_updated_data(replace(self.data, link=link))

    @callback
    def async_set_live(self, live: bool) -> None:
        """Ask less often while live updates come through."""
        self.update_interval = POLL_WHILE_LIVE if live else POLL_OTHERWISE
        self.async_update_listeners()
        # Nothing that happened in between was kept for us.
        self.config_entry.async_create_background_task(
            self.hass, self.async_request_refresh(), f"{DOMAIN} refresh"
        )

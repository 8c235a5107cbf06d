"""State of an instance."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, override
from weakref import WeakValueDictionary

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util.hass_dict import HassKey

from .api import (
    Instance,
    LinkState,
    LiveUpdatesConfig,
    RateLimit,
    RyzeAuthError,
    RyzeBlockedError,
    RyzeClient,
    RyzeError,
    RyzeRateLimitError,
)
from .const import CONF_INSTANCE, DOMAIN, LOGGER
from .privacy import shown_name

# Live updates report changes; polling finds those that they miss.
POLL_WHILE_LIVE: Final = timedelta(minutes=10)
POLL_OTHERWISE: Final = timedelta(minutes=2)
# Polling stops at this number of requests, so that calls still have some.
RESERVED_REQUESTS: Final = 10

# The counter belongs to the token, and is dropped with the last client of the token.
_RATE_LIMITS: HassKey[WeakValueDictionary[tuple[str, str], RateLimit]] = HassKey(
    f"{DOMAIN}_rate_limits"
)


@dataclass(frozen=True, kw_only=True)
class InstanceState:
    """Known state of an instance."""

    link: LinkState
    number: str | None
    profile_name: str | None
    live_updates: LiveUpdatesConfig
    requests_left: int | None

    @property
    def reports_calls(self) -> bool:
        """Return whether RyzeAPI can report calls, given a connection for live updates.

        It needs a link to WhatsApp, and other consumers of the shared configuration may
        have removed our events from it.
        """
        linked = self.link in (LinkState.CONNECTED, LinkState.UNKNOWN)
        return linked and self.live_updates.delivered


@callback
def async_create_client(hass: HomeAssistant, data: Mapping[str, Any]) -> RyzeClient:
    """Return a client for the data of an entry; clients of one token share a counter."""
    url, token = data[CONF_URL], data[CONF_TOKEN]
    rate_limits = hass.data.setdefault(_RATE_LIMITS, WeakValueDictionary())
    return RyzeClient(
        async_get_clientsession(hass),
        url,
        token,
        rate_limits.setdefault((url, token), RateLimit()),
    )


class RyzeCoordinator(DataUpdateCoordinator[InstanceState]):
    """The state of an instance, from live updates and from polling."""

    config_entry: ConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, client: RyzeClient
    ) -> None:
        """Initialize."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=f"instance {shown_name(entry.title)}",
            update_interval=POLL_OTHERWISE,
            always_update=False,
        )
        self._client = client
        # Set once the first request for the state is over, whatever came of it.
        self.first_look = asyncio.Event()
        self._request: asyncio.Task[list[Instance]] | None = None

    @callback
    def async_start(self) -> None:
        """Look at the instance for the first time, without anybody waiting for it."""
        self.config_entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{DOMAIN} first look"
        )

    async def async_end(self) -> None:
        """Ask for nothing more, and wait for the end of the refresh under way."""
        await self.async_shutdown()
        if self._request:
            self._request.cancel()
        async with self._debounced_refresh.async_lock():
            pass
        # The refresh has let go of the lock, and its task is done in the next turn.
        await asyncio.sleep(0)

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        """Note that the first look is over."""
        self.first_look.set()

    @property
    def available(self) -> bool:
        """Return whether the state is known.

        Before the first look, Home Assistant counts the last update as a success.
        """
        return self.data is not None and self.last_update_success

    @override
    async def _async_update_data(self) -> InstanceState:
        """Poll the state of the instance."""
        left = self._client.rate_limit.remaining
        if self.data and self.last_update_success:
            if left is not None and left < RESERVED_REQUESTS:
                return replace(self.data, requests_left=left)
        before = self.data
        try:
            instances = await self._async_list()
        except RyzeAuthError as err:
            # ConfigEntryAuthFailed would end polling, and RyzeAPI may take the token
            # again later.
            self.config_entry.async_start_reauth(self.hass)
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key="refused_token"
            ) from err
        except RyzeBlockedError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key="request_blocked"
            ) from err
        except RyzeError as err:
            if self.data and isinstance(err, RyzeRateLimitError):
                # RyzeAPI answers; other clients have used up the requests.
                left = self._client.rate_limit.remaining
                return replace(self.data, requests_left=left)
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key="update_failed"
            ) from err
        for instance in instances:
            if instance.name == self.config_entry.data[CONF_INSTANCE]:
                return InstanceState(
                    # A live update that came meanwhile is newer than the answer.
                    link=instance.link if self.data is before else self.data.link,
                    number=instance.number,
                    profile_name=instance.profile_name,
                    live_updates=instance.live_updates,
                    requests_left=self._client.rate_limit.remaining,
                )
        raise UpdateFailed(translation_domain=DOMAIN, translation_key="instance_gone")

    async def _async_list(self) -> list[Instance]:
        """Ask for the instances of the token, in a task that ends with the entry.

        A refresh that was asked for is a task of Home Assistant's. It would outlive the
        entry, log a failure after the unload, and hold up the stop of Home Assistant.
        """
        self._request = self.config_entry.async_create_background_task(
            self.hass, self._client.instances(), f"{DOMAIN} state"
        )
        return await self._request

    @property
    def own_number(self) -> str | None:
        """Return the number of the instance, None where it is not known."""
        return self.data.number if self.data else None

    @callback
    def async_set_link(self, link: LinkState) -> None:
        """Note a live update about the link to WhatsApp."""
        if not self.data:
            return
        if not self.last_update_success:
            LOGGER.info("Fetching %s data recovered", self.name)
        self.async_set_updated_data(replace(self.data, link=link))

    @callback
    def async_set_live(self, live: bool) -> None:
        """Poll less often while live updates come through."""
        self.update_interval = POLL_WHILE_LIVE if live else POLL_OTHERWISE
        self.async_update_listeners()
        self.config_entry.async_create_background_task(
            self.hass, self._async_catch_up(), f"{DOMAIN} refresh"
        )

    async def _async_catch_up(self) -> None:
        """Poll once, because updates sent while disconnected are not repeated."""
        # Home Assistant delays a refresh by ten seconds while another one is under way.
        await self.first_look.wait()
        await self.async_request_refresh()

"""Entries, waiting for conditions, and capturing events."""

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigSubentryData,
    ConfigSubentryDataWithId,
)
from homeassistant.const import CONF_TOKEN, CONF_URL, MATCH_ALL
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event

from custom_components.ryze.const import (
    CONF_INSTANCE,
    CONF_LIVE_UPDATES,
    CONF_NUMBER,
    DOMAIN,
    SUBENTRY_CONTACT,
)
from custom_components.ryze.phone_numbers import same_person_key
from tests.simulator import Simulator


def make_entry(
    simulator: Simulator,
    name: str,
    token: str,
    *,
    live_updates: bool = False,
    contacts: Mapping[str, str] = MappingProxyType({}),
) -> MockConfigEntry:
    """Return an entry of an instance, with contacts from numbers by name."""
    # Snapshots show the ids, so each run needs the same ids. They hold no name of a
    # contact, because diagnostics show the ids and must not show the names.
    entry_id = f"entry-{name}"
    return MockConfigEntry(
        domain=DOMAIN,
        entry_id=entry_id,
        title=name,
        unique_id=f"id-{name}",
        data={CONF_INSTANCE: name, CONF_TOKEN: token, CONF_URL: simulator.url},
        options={CONF_LIVE_UPDATES: live_updates},
        subentries_data=[
            ConfigSubentryDataWithId(
                **make_contact(*contact), subentry_id=f"{entry_id}-contact-{i}"
            )
            for i, contact in enumerate(contacts.items(), 1)
        ],
    )


def make_contact(name: str, number: str) -> ConfigSubentryData:
    """Return the data of a contact."""
    return ConfigSubentryData(
        data={CONF_NUMBER: number},
        subentry_type=SUBENTRY_CONTACT,
        title=name,
        unique_id=same_person_key(number),
    )


async def setup_integration(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an entry, and wait for its first look at the instance."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await first_look(hass, entry)


async def first_look(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Wait until a loaded entry has looked at its instance and read its file."""
    await entry.runtime_data.coordinator.first_look.wait()
    await entry.runtime_data.calls.async_wait_until_read()
    await hass.async_block_till_done()


async def setup_live(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an entry with live updates, and wait until it is connected."""
    await setup_integration(hass, entry)
    await until(lambda: entry.runtime_data.listener.live)


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    # Home Assistant may delay a refresh by ten seconds.
    async with asyncio.timeout(40):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def state_of(hass: HomeAssistant, entity_id: str) -> State:
    """Return the state of an entity, which has to have one."""
    state = hass.states.get(entity_id)
    assert state
    return state


def capture(hass: HomeAssistant) -> list[Event]:
    """Return a list that fills with the integration's events."""
    events: list[Event] = []

    @callback
    def remember(event: Event) -> None:
        if str(event.event_type).startswith("ryze_"):
            events.append(event)

    hass.bus.async_listen(MATCH_ALL, remember)
    return events


def follow(hass: HomeAssistant, entity_id: str) -> list[State]:
    """Return a list that fills with the states of an entity."""
    states: list[State] = []

    @callback
    def remember(event: Event[EventStateChangedData]) -> None:
        assert event.data["new_state"]
        states.append(event.data["new_state"])

    async_track_state_change_event(hass, entity_id, remember)
    return states


async def stop_at_once(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """Stop Home Assistant, and check that none of its stages ran out of time."""
    await hass.async_stop(force=True)
    assert "Timed out waiting for" not in caplog.text
    assert "could not be canceled" not in caplog.text

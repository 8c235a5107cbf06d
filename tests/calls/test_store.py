"""Tests of the stored data of an instance, which outlive a restart."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from custom_components.ryze.const import DOMAIN
from tests.helpers.common import setup_integration, until
from tests.helpers.const import MARIA
from tests.simulator import Fault, FaultKind, Simulator

pytestmark = pytest.mark.usefixtures("quick_retries")

_CALL = {"at": "2026-10-01T08:00:00+00:00", "number": MARIA, "outcome": "answered"}


def stored(entry: MockConfigEntry, data: object, version: int = 1) -> dict[str, Any]:
    """Return the storage of an entry as Home Assistant writes it."""
    key = f"{DOMAIN}.{entry.entry_id}"
    return {key: {"version": version, "minor_version": 1, "key": key, "data": data}}


async def test_restart(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """The last call and the reporting of outcomes are remembered over a restart."""
    hass_storage.update(stored(entry, {"reports_outcomes": True, "last_call": _CALL}))
    await setup_integration(hass, entry)
    assert entry.runtime_data.calls._store.reports_outcomes
    assert entry.runtime_data.calls._store.last_call == _CALL


@pytest.mark.parametrize(
    ("data", "version"),
    [
        (None, 1),
        ([], 1),
        ("text", 1),
        ({"reports_outcomes": "yes", "last_call": []}, 1),
        ({"last_call": _CALL | {"at": "yesterday"}}, 1),
        ({"last_call": _CALL | {"at": "2026-10-01T08:00:00"}}, 1),
        # A later version wrote it, before a downgrade.
        ({"reports_outcomes": True}, 2),
    ],
)
async def test_unreadable_storage(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    data: object,
    version: int,
) -> None:
    """Stored data that make no sense are ignored, and calls go through."""
    hass_storage.update(stored(entry, data, version))
    await setup_integration(hass, entry)
    assert not entry.runtime_data.calls._store.reports_outcomes
    assert entry.runtime_data.calls._store.last_call is None
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA}, blocking=True
    )


async def test_unreadable_disk(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A disk that cannot be read keeps nobody from being called."""
    load = Store.async_load

    async def fail(self: Store[Any]) -> Any:
        if self.key == f"{DOMAIN}.{entry.entry_id}":
            raise OSError(MARIA)
        return await load(self)

    monkeypatch.setattr(Store, "async_load", fail)
    await setup_integration(hass, entry)
    assert "OSError in the stored facts of an instance" in caplog.text
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA}, blocking=True
    )


async def test_removed_entry_leaves_no_file(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """A call that is placed while its entry is removed writes no file."""
    await setup_integration(hass, entry)
    # The file of the set-up is written first.
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=5))
    await hass.async_block_till_done()
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, release=release))
    task = hass.async_create_task(
        hass.services.async_call(DOMAIN, "fake_call", {"number": MARIA}, blocking=True)
    )
    await until(lambda: simulator.calls)
    await hass.config_entries.async_remove(entry.entry_id)
    release.set()
    await task
    assert len(simulator.calls) == 1
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=5))
    await hass.async_block_till_done()
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage

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

from custom_components.ryze.api import Account
from custom_components.ryze.calls import store
from custom_components.ryze.const import DOMAIN
from tests.helpers.calls import call, fake_call
from tests.helpers.common import first_look, setup_integration, state_of, until
from tests.helpers.const import ANA, JOAO, MARIA
from tests.simulator import Fault, FaultKind, Simulator

pytestmark = pytest.mark.usefixtures("quick_retries")

OWN = "5511900000000"
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


@pytest.fixture
def disk(entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let the disk hang until the event is set, and the patience be short."""
    monkeypatch.setattr(store, "READ_PATIENCE", 0.05)
    works = asyncio.Event()
    load = Store.async_load

    async def hang(self: Store[Any]) -> Any:
        if self.key == f"{DOMAIN}.{entry.entry_id}":
            await works.wait()
        return await load(self)

    monkeypatch.setattr(Store, "async_load", hang)
    return works


async def pass_time(hass: HomeAssistant) -> None:
    """Let the time until a file is written pass."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=5))
    await hass.async_block_till_done()


async def test_hanging_disk(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    disk: asyncio.Event,
    hass_storage: dict[str, Any],
) -> None:
    """A disk that hangs holds nothing up, and nothing that is stored is lost."""
    lids = {
        "own": {"number": OWN, "lid": "77", "asked_at": 5},
        "people": [
            {"number": MARIA, "lid": "88", "asked_at": 5},
            {"number": JOAO, "lid": "99", "asked_at": 5},
        ],
    }
    before = stored(entry, {"reports_outcomes": True, "last_call": _CALL, "lids": lids})
    hass_storage.update(before)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"live_updates": True})
    async with asyncio.timeout(5):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await until(lambda: entry.runtime_data.listener.live)
    calls = entry.runtime_data.calls
    assert (calls.reports_outcomes, calls.last_call) == (False, None)
    await call(hass, ANA)
    calls.async_learn_account(JOAO, Account(number=JOAO, lid="66"))
    await pass_time(hass)
    key = f"{DOMAIN}.{entry.entry_id}"
    assert hass_storage[key] == before[key]

    # A reload does not wait for it either.
    async with asyncio.timeout(5):
        assert await hass.config_entries.async_reload(entry.entry_id)
    disk.set()
    await first_look(hass, entry)
    await pass_time(hass)
    assert calls.reports_outcomes
    for facts in (calls._store._data(), hass_storage[key]["data"]):
        assert facts["reports_outcomes"]
        # What was learned meanwhile is newer.
        assert facts["last_call"]["number"] == ANA
        lid_of = {item["number"]: item["lid"] for item in facts["lids"]["people"]}
        assert (lid_of[MARIA], lid_of[JOAO]) == ("88", "66")
        assert facts["lids"]["own"]["number"] == OWN


async def test_last_call_after_a_slow_disk(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    disk: asyncio.Event,
    hass_storage: dict[str, Any],
) -> None:
    """The sensor shows the stored call as soon as the file is read."""
    hass_storage.update(stored(entry, {"last_call": _CALL}))
    await setup_integration(hass, entry)
    assert state_of(hass, "sensor.home_last_call").state == "unknown"
    disk.set()
    await until(lambda: hass.states.is_state("sensor.home_last_call", str(_CALL["at"])))


async def test_reload_reads_no_file(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reload reads and writes no file."""
    await setup_integration(hass, entry)
    await pass_time(hass)
    touched = []
    key = f"{DOMAIN}.{entry.entry_id}"
    for name in ("async_load", "async_save", "async_delay_save"):
        monkeypatch.setattr(
            Store, name, lambda self, *_, **__: touched.append(self.key)
        )
    await hass.config_entries.async_reload(entry.entry_id)
    await first_look(hass, entry)
    assert key not in touched


async def test_removal_before_the_file_is_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    disk: asyncio.Event,
    hass_storage: dict[str, Any],
) -> None:
    """An entry that is removed while its file is read leaves none."""
    hass_storage.update(stored(entry, {"last_call": _CALL}))
    await setup_integration(hass, entry)
    await fake_call(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    disk.set()
    await pass_time(hass)
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage


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

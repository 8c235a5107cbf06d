"""Tests of the storage of escalations."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from custom_components.ryze.escalation.plan import Plan, Result
from custom_components.ryze.escalation.registry import DATA_ESCALATIONS
from custom_components.ryze.escalation.target import Target
from tests.helpers.common import setup_integration, until
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA
from tests.helpers.escalations import (
    KEY,
    acknowledge,
    begin,
    escalate,
    resume,
    running,
    stored,
)
from tests.helpers.speech import Voice, setup_engine
from tests.simulator import Behaviour, Simulator

pytestmark = pytest.mark.usefixtures("ringing_phones")


def on_disk(content: object, version: int = 1) -> dict[str, Any]:
    """Return stored escalations as Home Assistant writes them."""
    file = {"version": version, "minor_version": 1, "key": KEY, "data": content}
    return {KEY: file}


@pytest.mark.usefixtures("people")
async def test_stored_while_it_runs(
    hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator
) -> None:
    """An escalation is stored before each call without secrets, and removed at the end."""
    await begin(hass, tag="fire", media_base64="SUQzAAAA", rounds=2)
    await until(lambda: simulator.rings(MARIA))
    assert hass_storage[KEY]["version"] == 1
    (item,) = stored(hass_storage)
    assert (item["tag"], item["position"], item["audio"]) == ("fire", 1, {})
    assert INSTANCE_TOKEN not in str(hass_storage[KEY])
    await acknowledge(hass)
    await until(lambda: stored(hass_storage) == [])


@pytest.mark.parametrize(
    "content",
    [
        [{}],
        {"not": "a list"},
        [1],
        [{"saved": 0}],
        [{"saved": 1e12, "targets": [], "new_in_a_later_version": 1}],
    ],
)
async def test_unreadable_storage(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    content: Any,
) -> None:
    """Stored escalations that make no sense do not keep the integration from loading."""
    hass_storage.update(on_disk(content))
    await setup_integration(hass, entry)
    assert hass.services.has_service("ryze", "fake_call")
    assert entry.state.value == "loaded"


async def test_one_unreadable_escalation(
    hass: HomeAssistant, hass_storage: dict[str, Any], people: MockConfigEntry
) -> None:
    """An escalation that can be read is resumed, even beside one that cannot."""
    contact = next(iter(people.subentries.values()))
    target = Target(
        entry_id=people.entry_id, contact_id=contact.subentry_id, number=MARIA
    )
    plan = Plan(
        escalation_id="whole",
        tag="fire",
        targets=[target],
        audio=None,
        duration=8,
        rounds=3,
        ring_time=45,
        pause=5,
        accept=["answered"],
        user_id=None,
    )
    hass_storage.update(on_disk([{}, plan.as_stored([])]))
    await resume(hass)
    (escalation,) = running(hass)
    assert escalation.plan == plan
    escalation.async_end(Result.STOPPED)
    await until(lambda: KEY not in hass_storage)


async def test_storage_of_a_later_version(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry
) -> None:
    """Escalations stored by a later version do not keep the integration from loading."""
    hass_storage.update(on_disk([], version=2))
    await setup_integration(hass, entry)
    assert entry.state.value == "loaded"


async def test_stored_before_the_speech(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """An escalation is stored before its speech is made."""
    voice = Voice()
    await setup_engine(hass, voice)
    voice.hangs = True
    await begin(hass, message="Fire!", tag="fire")
    await until(lambda: voice.requests)
    assert [item["tag"] for item in stored(hass_storage)] == ["fire"]


@pytest.mark.parametrize("error", [OSError(MARIA), HomeAssistantError(MARIA)])
@pytest.mark.usefixtures("people")
async def test_full_disk(
    hass: HomeAssistant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """Everybody is called even if the disk is full."""

    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(hass.data[DATA_ESCALATIONS]._store, "async_save", fail)
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    response = await escalate(hass)
    assert response["acknowledged_by"] == "notify.joao"
    assert f"could not be stored: {type(error).__name__}" in caplog.text


ODD_VALUES = pytest.mark.parametrize("odd", [2**70, "\ud800", object()])


@ODD_VALUES
@pytest.mark.usefixtures("people")
async def test_escalation_that_json_cannot_hold(
    hass: HomeAssistant, hass_storage: dict[str, Any], simulator: Simulator, odd: object
) -> None:
    """An escalation that cannot be stored keeps no other one from being stored."""
    healthy = await begin(hass, tag="healthy")
    healthy.plan.position = 0
    broken = replace(
        healthy.plan, escalation_id="broken", tag="broken", audio={"odd": odd}
    )
    hass.data[DATA_ESCALATIONS].async_start(broken, "parent")
    healthy.plan.position = 7
    await hass.data[DATA_ESCALATIONS]._async_save()
    assert [(item["tag"], item["position"]) for item in stored(hass_storage)] == [
        ("healthy", 7)
    ]
    await acknowledge(hass)


class SlowStore:
    """Storage that is slow to write and quick to remove."""

    def __init__(self) -> None:
        """Start empty."""
        self.stored: list[Any] = []
        self.removed = 0

    async def async_save(self, data: list[Any]) -> None:
        """Write the data; it replaces the old data at the end."""
        await asyncio.sleep(0.05)
        self.stored = data

    async def async_remove(self) -> None:
        """Remove the data at once."""
        self.stored = []
        self.removed += 1


@pytest.mark.usefixtures("people")
async def test_end_while_the_disk_is_slow(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that is under way at the end of an escalation does not bring it back."""
    store = SlowStore()
    monkeypatch.setattr(hass.data[DATA_ESCALATIONS], "_store", store)
    simulator.choices.updates_first = True
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    response = await escalate(hass)
    assert response["acknowledged_by"] == "notify.maria"
    await until(lambda: store.removed)
    # No write is under way any more.
    await hass.async_block_till_done()
    assert store.stored == []

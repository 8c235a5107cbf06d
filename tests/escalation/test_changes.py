"""Tests of escalations whose contacts and instances change or go away meanwhile."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from custom_components.ryze.api import client as client_module
from custom_components.ryze.escalation import run as escalation_module
from tests.helpers.common import capture, until
from tests.helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA
from tests.helpers.contacts import change, remove
from tests.helpers.escalations import (
    BOTH,
    SPEED,
    begin,
    call_times,
    callers,
    escalate,
    outcomes,
    running,
    stored,
    told,
)
from tests.helpers.live_updates import until_heard
from tests.simulator import Behaviour, Fault, FaultKind, Simulator

pytestmark = pytest.mark.usefixtures("ringing_phones", "people")


def lose_first_answer(simulator: Simulator) -> asyncio.Event:
    """Hold the first call until an event is set; its phone rings without an answer."""
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.CUT_AFTER, release=release, route="fake"))
    return release


# Contacts.


async def test_removed_contact(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A contact that is removed meanwhile is passed over from then on."""
    escalation = await begin(hass, rounds=2)
    await until(lambda: simulator.rings(MARIA))
    await remove(hass, people, "João")
    simulator.decline(simulator.calls[0].id)
    await until(lambda: simulator.rings(MARIA) == 2)
    simulator.decline(simulator.calls[1].id)
    await escalation.async_wait()
    assert escalation.result == "exhausted"
    assert [call.number for call in simulator.calls] == [MARIA, MARIA]


async def test_changed_number(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A contact whose number changes meanwhile is called by the new number."""
    simulator.phone(ANA).behaviour = Behaviour.ANSWER
    escalation = await begin(hass)
    await until(lambda: simulator.rings(MARIA))
    await change(hass, people, "João", to=("João", ANA))
    simulator.decline(simulator.calls[0].id)
    await escalation.async_wait()
    assert escalation.acknowledged_by == "notify.joao"
    assert simulator.rings(JOAO) == 0


async def test_everybody_removed(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An escalation stops when none of its contacts is left."""
    events = capture(hass)
    escalation = await begin(hass, rounds=3)
    await until(lambda: simulator.rings(MARIA))
    await remove(hass, people, "Maria")
    await remove(hass, people, "João")
    simulator.decline(simulator.calls[0].id)
    await until(lambda: told(events) == ["started", "stopped"])
    assert (escalation.result, escalation.reason) == ("stopped", None)


async def test_removed_before_the_start(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A contact that does not exist does not keep the others from being called."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    await remove(hass, people, "Maria")
    response = await escalate(hass)
    assert response["acknowledged_by"] == "notify.joao"
    assert response["problems"] == [
        {"field": "entity_id", "error": "unknown_contact", "value": "notify.maria"}
    ]
    assert "leaves out entity_id notify.maria: unknown_contact" in caplog.text
    # An escalation without any contact is refused.
    with pytest.raises(ServiceValidationError) as raised:
        await escalate(hass, entity_id="notify.maria")
    assert raised.value.translation_key == "unknown_contact"


# Instances.


async def test_unload_and_reload(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An escalation waits for an instance that is unloaded, and then goes on."""
    release = lose_first_answer(simulator)
    events = capture(hass)
    failed = async_capture_events(hass, "ryze_call_failed")
    escalation = await begin(hass, duration=60)
    await until(lambda: call_times(simulator))
    await hass.config_entries.async_unload(people.entry_id)
    release.set()
    await until(lambda: failed)
    # Nothing tells that the escalation has come to its wait.
    await asyncio.sleep(0.1)
    assert escalation.result == "running"
    assert callers(simulator) == [("home", MARIA)]
    await hass.config_entries.async_setup(people.entry_id)
    await until(lambda: people.runtime_data.listener.live and simulator.rings(JOAO))
    simulator.answer(simulator.calls[1].id)
    await until(lambda: told(events) == ["started", "acknowledged"])
    assert escalation.acknowledged_by == "notify.joao"
    assert callers(simulator) == [("home", MARIA), ("home", JOAO)]


async def test_answer_after_a_reload(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An answer counts also after the entry was reloaded while the phone rang."""
    escalation = await begin(hass, duration=60)
    await until(lambda: simulator.calls)
    await until_heard(simulator, people)
    await hass.config_entries.async_reload(people.entry_id)
    await until(lambda: people.runtime_data.listener.live)
    simulator.answer(simulator.calls[0].id)
    await until(lambda: escalation.result == "acknowledged")
    assert escalation.acknowledged_by == "notify.maria"
    assert simulator.rings(JOAO) == 0


async def test_disabled_entry(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An escalation does not wait for an instance that somebody has disabled."""
    release = lose_first_answer(simulator)
    events = capture(hass)
    escalation = await begin(hass, rounds=3)
    await until(lambda: call_times(simulator))
    await hass.config_entries.async_set_disabled_by(
        people.entry_id, ConfigEntryDisabler.USER
    )
    release.set()
    await until(lambda: told(events) == ["started", "exhausted"])
    assert escalation.reason == "not_loaded"


async def test_unloaded_for_long(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An escalation gives up an instance that stays unloaded for too long."""
    monkeypatch.setattr(escalation_module, "MAX_INTERRUPTION", 0.2)
    release = lose_first_answer(simulator)
    events = capture(hass)
    escalation = await begin(hass, rounds=3)
    await until(lambda: call_times(simulator))
    await hass.config_entries.async_unload(people.entry_id)
    release.set()
    await until(lambda: told(events) == ["started", "exhausted"])
    assert escalation.reason == "not_loaded"
    assert callers(simulator) == [("home", MARIA)]


async def test_removed_entry(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An escalation stops when its only instance is removed."""
    events = capture(hass)
    await begin(hass, duration=60, rounds=3, tag="fire")
    await until(lambda: simulator.rings(MARIA))
    await until_heard(simulator, people)
    await hass.config_entries.async_remove(people.entry_id)
    await until(lambda: told(events) == ["started", "stopped"])
    assert (events[-1].data["reason"], events[-1].data["tag"]) == (None, "fire")
    assert running(hass) == []
    assert callers(simulator) == [("home", MARIA)]


async def test_entry_removed_in_a_pause(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An escalation whose instance is removed stops at once, also in a pause."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    # Ten minutes of pause would outlast the test.
    escalation = await begin(hass, pause=600)
    await until(lambda: [row["outcome"] for row in escalation.rows] == ["rejected"])
    await until_heard(simulator, people)
    await hass.config_entries.async_remove(people.entry_id)
    await escalation.async_wait()
    assert escalation.result == "stopped"


@pytest.mark.usefixtures("backup")
async def test_unloaded_from_the_start(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Another instance calls its contacts; contacts of the unloaded one are passed over."""
    simulator.second = 1 / SPEED
    assert await hass.config_entries.async_unload(people.entry_id)
    response = await escalate(hass, entity_id=[*BOTH, "notify.ana"])
    assert outcomes(response) == [
        ("notify.mary", "unanswered"),
        ("notify.ana", "unanswered"),
    ]
    assert callers(simulator) == [("office", MARIA), ("office", ANA)]


@pytest.mark.usefixtures("backup")
async def test_same_person_of_a_loaded_instance(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A contact of an unloaded instance is called as a contact of a loaded one."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    await hass.config_entries.async_unload(people.entry_id)
    response = await escalate(hass, entity_id=["notify.maria", "notify.mary"])
    assert response["acknowledged_by"] == "notify.mary"


async def test_start_during_a_reload(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An escalation that starts while its only instance reloads calls after the reload."""
    reload = hass.async_create_task(
        hass.config_entries.async_reload(people.entry_id), eager_start=True
    )
    assert people.state is ConfigEntryState.UNLOAD_IN_PROGRESS
    escalation = await begin(hass, entity_id="notify.maria")
    assert await reload
    await until(lambda: people.runtime_data.listener.live and simulator.calls)
    simulator.answer(simulator.calls[0].id)
    await escalation.async_wait()
    assert outcomes({"calls": escalation.rows}) == [("notify.maria", "answered")]
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize("chosen", [True, False])
async def test_number_of_an_unloaded_instance(
    hass: HomeAssistant,
    simulator: Simulator,
    backup: MockConfigEntry,
    chosen: bool,
) -> None:
    """A number whose instance is not loaded does not keep a contact from being called."""
    await hass.config_entries.async_unload(backup.entry_id)
    data = {"number": ANA, "config_entry_id": backup.entry_id} if chosen else {}
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    response = await escalate(hass, entity_id="notify.maria", **data)
    assert (response["result"], response["acknowledged_by"]) == (
        "acknowledged",
        "notify.maria",
    )
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize("state", ["disabled", "removed"])
async def test_number_of_no_instance(
    hass: HomeAssistant,
    simulator: Simulator,
    backup: MockConfigEntry,
    state: str,
) -> None:
    """The only other instance calls if that of a number will never be loaded."""
    if state == "disabled":
        await hass.config_entries.async_set_disabled_by(
            backup.entry_id, ConfigEntryDisabler.USER
        )
    else:
        await hass.config_entries.async_remove(backup.entry_id)
    response = await escalate(hass, number=ANA, config_entry_id=backup.entry_id)
    assert response["problems"] == [
        {"field": "config_entry_id", "error": "invalid_field", "value": None}
    ]
    assert {(call.instance, call.number) for call in simulator.calls} == {("home", ANA)}


@pytest.mark.usefixtures("backup")
async def test_number_beside_a_contact(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A number that no instance is chosen for does not silence the contacts."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    response = await escalate(hass, entity_id="notify.maria", number=[ANA, "unknown"])
    assert response["acknowledged_by"] == "notify.maria"
    assert [(item["field"], item["value"]) for item in response["problems"]] == [
        ("number", "2"),
        ("number", None),
    ]
    assert simulator.rings(MARIA) == 1
    # Without the contact, Home Assistant's own words say what is missing.
    with pytest.raises(ServiceValidationError) as raised:
        await escalate(hass, number=ANA)
    assert raised.value.translation_domain == "homeassistant"
    assert len(simulator.calls) == 1


# Instances that go away while an escalation waits for the rate limit.


async def test_reload_in_a_rate_limit(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After the wait for the rate limit, the call goes through the reloaded entry."""
    # The limit ends somewhere within the second that RyzeAPI names.
    monkeypatch.setattr(client_module, "RESET_MARGIN", 1.0)
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1.5)
    await people.runtime_data.coordinator.async_refresh()
    escalation = await begin(hass, entity_id="notify.maria")
    await until(lambda: [item["position"] for item in stored(hass_storage)] == [1])
    await hass.config_entries.async_reload(people.entry_id)
    await until(lambda: people.runtime_data.listener.live and simulator.calls)
    simulator.answer(simulator.calls[0].id)
    await until(lambda: escalation.result != "running")
    assert escalation.result == "acknowledged"


async def test_removal_in_a_rate_limit(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    people: MockConfigEntry,
) -> None:
    """An instance that is removed during the wait for the rate limit calls nobody."""
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1.5)
    await people.runtime_data.coordinator.async_refresh()
    escalation = await begin(hass, entity_id="notify.maria")
    await until(lambda: [item["position"] for item in stored(hass_storage)] == [1])
    await hass.config_entries.async_remove(people.entry_id)
    await until(lambda: escalation.result != "running")
    assert escalation.result == "stopped"
    assert simulator.calls == []

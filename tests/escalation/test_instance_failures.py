"""Tests of escalations whose instances and contacts change, or fail."""

import asyncio
from itertools import pairwise

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from custom_components.ryze.api import RyzeConnectionError, client as client_module
from custom_components.ryze.escalation import run as escalation_module
from tests.helpers.common import capture, make_entry, setup_integration, until
from tests.helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA, OTHER_TOKEN
from tests.helpers.contacts import change, remove
from tests.helpers.escalations import (
    BOTH,
    SPEED,
    begin,
    call_times,
    escalate,
    hurry,
    outcomes,
    running,
    told,
)
from tests.simulator import Behaviour, Fault, FaultKind, Simulator


@pytest.fixture(autouse=True)
def quick(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait."""
    hurry(simulator, monkeypatch)


@pytest.fixture
async def office(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> MockConfigEntry:
    """Return another instance, which knows Maria as well."""
    entry = make_entry(
        simulator,
        "office",
        OTHER_TOKEN,
        live_updates=True,
        contacts={"Mary": MARIA, "Ana": ANA},
    )
    await setup_integration(hass, entry)
    await until(lambda: entry.runtime_data.listener.live)
    return entry


def callers(simulator: Simulator) -> list[tuple[str, str]]:
    """Return who called whom."""
    return [(call.instance, call.number) for call in simulator.calls]


async def test_removed_contact(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Who is removed while it runs is passed over from then on."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    task = hass.async_create_task(escalate(hass, rounds=2, ring_time=60))
    await until(lambda: simulator.rings(MARIA))
    await remove(hass, people, "João")
    response = await task
    assert response["result"] == "exhausted"
    assert [call.number for call in simulator.calls] == [MARIA, MARIA]


async def test_changed_number(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Who has a new number is called there."""
    simulator.phone(ANA).behaviour = Behaviour.ANSWER
    escalation = await begin(hass, ring_time=60, pause=20)
    await until(lambda: simulator.rings(MARIA))
    await change(hass, people, "João", to=("João", ANA))
    await escalation.async_wait()
    assert escalation.acknowledged_by == "notify.joao"
    assert simulator.rings(JOAO) == 0


async def test_everybody_removed(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Nobody is left to be called, which ends it."""
    events = capture(hass)
    escalation = await begin(hass, rounds=3, pause=20)
    await until(lambda: simulator.rings(MARIA))
    await remove(hass, people, "Maria")
    await remove(hass, people, "João")
    await until(lambda: told(events) == ["started", "stopped"])
    assert (escalation.result, escalation.reason) == ("stopped", None)


async def test_unload_and_reload(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """It waits for an instance that is not loaded, and goes on with the next person."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    events = capture(hass)
    escalation = await begin(hass, ring_time=120, duration=60)
    await until(lambda: simulator.rings(MARIA))
    await hass.config_entries.async_unload(people.entry_id)
    await asyncio.sleep(0.1)
    assert escalation.result == "running"
    await hass.config_entries.async_setup(people.entry_id)
    await until(lambda: told(events) == ["started", "acknowledged"])
    assert escalation.acknowledged_by == "notify.joao"
    assert callers(simulator) == [("home", MARIA), ("home", JOAO)]


async def test_answer_after_a_reload(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Who answers a call that a reload has interrupted ends it all the same."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    escalation = await begin(hass, ring_time=120, duration=60, pause=600)
    await until(lambda: simulator.calls)
    await hass.config_entries.async_reload(people.entry_id)
    await until(lambda: people.runtime_data.listener.live)
    simulator.answer(simulator.calls[0].id)
    await until(lambda: escalation.result == "acknowledged")
    assert escalation.acknowledged_by == "notify.maria"
    assert simulator.rings(JOAO) == 0


async def test_disabled_entry(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """An instance that somebody has switched off is not waited for."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    events = capture(hass)
    escalation = await begin(hass, ring_time=120, duration=60, rounds=3)
    await until(lambda: simulator.rings(MARIA))
    await hass.config_entries.async_set_disabled_by(
        people.entry_id, ConfigEntryDisabler.USER
    )
    await until(lambda: told(events) == ["started", "exhausted"])
    assert escalation.reason == "not_loaded"


async def test_unloaded_for_long(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An instance that does not come back is not waited for without end."""
    monkeypatch.setattr(escalation_module, "MAX_INTERRUPTION", 0.2)
    events = capture(hass)
    escalation = await begin(hass, ring_time=20, rounds=3)
    await until(lambda: simulator.rings(MARIA))
    await hass.config_entries.async_unload(people.entry_id)
    await until(lambda: told(events) == ["started", "exhausted"])
    assert escalation.reason == "not_loaded"
    assert callers(simulator) == [("home", MARIA)]


async def test_removed_entry(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Without the instance there is nobody to call."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    events = capture(hass)
    await begin(hass, ring_time=120, duration=60, rounds=3, tag="fire")
    await until(lambda: simulator.rings(MARIA))
    await hass.config_entries.async_remove(people.entry_id)
    await until(lambda: told(events) == ["started", "stopped"])
    assert (events[-1].data["reason"], events[-1].data["tag"]) == (None, "fire")
    assert running(hass) == []
    assert callers(simulator) == [("home", MARIA)]


@pytest.mark.usefixtures("office")
async def test_unloaded_from_the_start(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Another instance calls those it knows, the others are passed over."""
    assert await hass.config_entries.async_unload(people.entry_id)
    response = await escalate(hass, contact=[*BOTH, "notify.ana"])
    assert outcomes(response) == [
        ("notify.mary", "unanswered"),
        ("notify.ana", "unanswered"),
    ]
    assert callers(simulator) == [("office", MARIA), ("office", ANA)]


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "auth"), (403, "auth"), (404, "not_found")]
)
@pytest.mark.usefixtures("people")
async def test_refused(
    hass: HomeAssistant, simulator: Simulator, status: int, reason: str
) -> None:
    """A refusal may be a proxy's, so the next round tries again; the reason is told."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, route="fake", times=None))
    response = await escalate(hass, rounds=2, ring_time=60)
    assert (response["result"], response["reason"]) == ("exhausted", reason)
    assert [row["error"] for row in response["calls"]] == [reason] * 4
    times = call_times(simulator)
    assert times[2] - times[1] >= 60 / SPEED


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.usefixtures("people")
async def test_refused_for_a_moment(
    hass: HomeAssistant, simulator: Simulator, status: int
) -> None:
    """A refusal that passes does not end an alarm."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, route="fake", times=2))
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    response = await escalate(hass, rounds=2)
    assert response["acknowledged_by"] == "notify.maria"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(FaultKind.STATUS, status=500, route="fake", times=None), "server"),
        (Fault(FaultKind.STATUS, status=400, route="fake", times=None), None),
        (Fault(FaultKind.CUT_AFTER, route="fake", times=None), "outcome_unknown"),
    ],
)
@pytest.mark.usefixtures("people")
async def test_patience(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, reason: str | None
) -> None:
    """Where nobody was reached for sure, the next round has some patience."""
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.MANUAL
    simulator.inject(fault)
    response = await escalate(hass, rounds=3, ring_time=60)
    assert response["result"] == "exhausted"
    assert response["reason"] == reason or reason is None
    times = call_times(simulator)
    gaps = [after - before for before, after in pairwise(times)]
    assert [gap >= 60 / SPEED for gap in gaps] == [False, True, False, True, False]


@pytest.mark.parametrize("status", [401, 404])
@pytest.mark.usefixtures("office")
async def test_other_instance(
    hass: HomeAssistant, simulator: Simulator, status: int
) -> None:
    """Where one instance is refused, the next that knows the same person calls."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, route="fake"))
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    response = await escalate(hass, rounds=2)
    assert [row["outcome"] for row in response["calls"]] == [
        *("failed", "rejected", "unanswered"),
        *("rejected", "unanswered"),
    ]
    # What was refused once is tried again in the next round.
    assert callers(simulator) == [
        *[("office", MARIA), ("home", JOAO)],
        *[("home", MARIA), ("home", JOAO)],
    ]
    assert response["reason"] == "rounds"


@pytest.mark.usefixtures("office")
async def test_both_refused(hass: HomeAssistant, simulator: Simulator) -> None:
    """It ends when every instance has been tried, with the last reason."""
    simulator.inject(Fault(FaultKind.STATUS, status=401, route="fake"))
    simulator.inject(Fault(FaultKind.STATUS, status=404, route="fake"))
    response = await escalate(hass, contact="notify.maria")
    assert response["reason"] == "not_found"
    assert [row["error"] for row in response["calls"]] == ["auth", "not_found"]


async def test_removed_before_the_start(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Somebody who is no contact any more does not keep the others from being called."""
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    await remove(hass, people, "Maria")
    response = await escalate(hass)
    assert response["acknowledged_by"] == "notify.joao"
    assert "A contact of an escalation does not exist" in caplog.text
    # Where nobody is left, there is nothing but to say so.
    with pytest.raises(ServiceValidationError) as raised:
        await escalate(hass, contact="notify.maria")
    assert raised.value.translation_key == "unknown_contact"


@pytest.mark.usefixtures("office")
async def test_black_hole(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An instance that swallows connections does not keep another one from calling."""
    delays = tuple(seconds / SPEED for seconds in (1, 2, 4, 8))
    monkeypatch.setattr(client_module, "CONNECTION_RETRY_DELAYS", delays)

    async def swallow(*_: object) -> None:
        await asyncio.sleep(10 / SPEED)
        raise RyzeConnectionError

    monkeypatch.setattr(people.runtime_data.client, "_place_once", swallow)
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    response = await escalate(hass, ring_time=45)
    assert [row["error"] for row in response["calls"]] == ["connection", None]
    assert callers(simulator) == [("office", MARIA)]


@pytest.mark.usefixtures("office")
async def test_not_connected(hass: HomeAssistant, simulator: Simulator) -> None:
    """The instance that is not linked to WhatsApp is tried again in the next round."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    simulator.set_state("home", "disconnected")
    response = await escalate(hass, rounds=2)
    assert [row["error"] for row in response["calls"]] == ["not_connected", None]
    assert callers(simulator) == [("office", MARIA)]


@pytest.mark.usefixtures("people")
async def test_nobody_connected(hass: HomeAssistant, simulator: Simulator) -> None:
    """Where nothing rings at all, the next round has some patience."""
    simulator.set_state("home", "disconnected")
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    task = hass.async_create_task(escalate(hass, rounds=2, ring_time=60))
    await until(lambda: len(call_times(simulator)) == 2)
    simulator.set_state("home", "connected")
    response = await task
    assert [row["error"] for row in response["calls"]] == ["not_connected"] * 2 + [
        None,
        None,
    ]
    times = call_times(simulator)
    assert times[1] - times[0] < 60 / SPEED
    assert times[2] - times[1] >= 60 / SPEED


@pytest.mark.usefixtures("people")
async def test_api_away(hass: HomeAssistant, simulator: Simulator) -> None:
    """Whoever could not be called at all is called in the next round."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await simulator.stop()
    task = hass.async_create_task(escalate(hass, rounds=2, ring_time=60))
    await until(
        lambda: [row["error"] for row in running(hass)[0].rows] == ["connection"] * 2
    )
    await simulator.start()
    response = await task
    assert [row["error"] for row in response["calls"]] == ["connection"] * 2 + [
        None,
        None,
    ]
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (1, 1)


@pytest.mark.usefixtures("people")
async def test_throttled(hass: HomeAssistant, simulator: Simulator) -> None:
    """Where WhatsApp throttles, the same person is called a little later."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    simulator.inject(Fault(FaultKind.STATUS, status=429, route="fake"))
    response = await escalate(hass)
    assert [row["error"] for row in response["calls"]] == ["rate_limit", None]
    assert response["acknowledged_by"] == "notify.maria"
    first, second = call_times(simulator)
    assert second - first >= 30 / SPEED


async def test_no_requests_left(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """Where the rate limit says when it ends, that is waited for, and nothing fails."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=0.5)
    await people.runtime_data.coordinator.async_refresh()
    response = await escalate(hass)
    assert [row["error"] for row in response["calls"]] == [None, None]
    assert response["acknowledged_by"] == "notify.joao"


@pytest.mark.usefixtures("office")
async def test_throttled_other_instance(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """Another instance does not have to wait for what is throttled."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    simulator.inject(Fault(FaultKind.STATUS, status=429, route="fake"))
    response = await escalate(hass)
    assert [row["error"] for row in response["calls"]] == ["rate_limit", None]
    assert callers(simulator) == [("office", MARIA)]

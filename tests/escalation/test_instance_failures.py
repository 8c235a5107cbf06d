"""Tests of escalations whose instances cannot place calls."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from custom_components.ryze.api import RyzeConnectionError
from tests.helpers.common import until
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA
from tests.helpers.escalations import (
    SPEED,
    call_times,
    callers,
    escalate,
    running,
    watch_pauses,
)
from tests.simulator import Behaviour, Fault, FaultKind, Simulator

pytestmark = pytest.mark.usefixtures("quick_phones", "people")


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [
        (FaultKind.STATUS, 401, "auth"),
        (FaultKind.STATUS, 403, "auth"),
        (FaultKind.STATUS, 404, "not_found"),
        (FaultKind.PAGE, 401, "blocked"),
        (FaultKind.PAGE, 403, "blocked"),
    ],
)
@pytest.mark.usefixtures("hurried")
async def test_refused_in_each_round(
    hass: HomeAssistant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    kind: FaultKind,
    status: int,
    reason: str,
) -> None:
    """After a round of refusals, the next round tries again one ring time later."""
    simulator.inject(Fault(kind, status=status, route="fake", times=None))
    pauses = watch_pauses(simulator, monkeypatch)
    response = await escalate(hass, rounds=2, ring_time=120)
    assert (response["result"], response["reason"]) == ("exhausted", reason)
    assert [row["error"] for row in response["calls"]] == [reason] * 4
    assert pauses == [2]


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.usefixtures("hurried")
async def test_refused_in_one_round(
    hass: HomeAssistant, simulator: Simulator, status: int
) -> None:
    """A round of refusals does not end an escalation."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, route="fake", times=2))
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    response = await escalate(hass, rounds=2, ring_time=120)
    assert response["acknowledged_by"] == "notify.maria"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(FaultKind.STATUS, status=500, route="fake", times=None), "server"),
        (Fault(FaultKind.STATUS, status=400, route="fake", times=None), None),
        (Fault(FaultKind.CUT_AFTER, route="fake", times=None), "outcome_unknown"),
    ],
)
@pytest.mark.usefixtures("hurried")
async def test_round_that_reached_nobody(
    hass: HomeAssistant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    reason: str | None,
) -> None:
    """After a round in which nobody was reached for sure, the next one waits."""
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.MANUAL
    simulator.inject(fault)
    pauses = watch_pauses(simulator, monkeypatch)
    response = await escalate(hass, rounds=3, ring_time=120)
    assert response["result"] == "exhausted"
    assert response["reason"] == reason or reason is None
    # Within a round there is no wait.
    assert pauses == [2, 4]
    assert len(call_times(simulator)) == 6


@pytest.mark.parametrize("status", [401, 404])
@pytest.mark.usefixtures("backup")
async def test_refused_instance_is_replaced(
    hass: HomeAssistant, simulator: Simulator, status: int
) -> None:
    """If an instance is refused, another one that has the same person calls."""
    simulator.inject(Fault(FaultKind.STATUS, status=status, route="fake"))
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    response = await escalate(hass, rounds=2)
    assert [row["outcome"] for row in response["calls"]] == [
        *("failed", "rejected", "unanswered"),
        *("rejected", "unanswered"),
    ]
    # The refused instance is tried again in the next round.
    assert callers(simulator) == [
        *[("office", MARIA), ("home", JOAO)],
        *[("home", MARIA), ("home", JOAO)],
    ]
    assert response["reason"] == "rounds"


@pytest.mark.usefixtures("backup")
async def test_all_instances_refused(hass: HomeAssistant, simulator: Simulator) -> None:
    """An escalation ends with the last reason after all instances were refused."""
    simulator.inject(Fault(FaultKind.STATUS, status=401, route="fake"))
    simulator.inject(Fault(FaultKind.STATUS, status=404, route="fake"))
    response = await escalate(hass, entity_id="notify.maria")
    assert response["reason"] == "not_found"
    assert [row["error"] for row in response["calls"]] == ["auth", "not_found"]


@pytest.mark.usefixtures("backup")
@pytest.mark.usefixtures("hurried", "endless_retries")
async def test_unreachable_instance_is_replaced(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another instance calls before the ring time of an unreachable one is over."""

    async def swallow(*_: object) -> None:
        await asyncio.sleep(10 / SPEED)
        raise RyzeConnectionError

    monkeypatch.setattr(people.runtime_data.client, "_send_once", swallow)
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    response = await escalate(hass, ring_time=120)
    assert [row["error"] for row in response["calls"]] == ["connection", None]
    assert callers(simulator) == [("office", MARIA)]


@pytest.mark.usefixtures("backup")
async def test_unlinked_instance_is_replaced(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """If an instance is not linked to WhatsApp, another one calls the same person."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    simulator.set_state("home", "disconnected")
    response = await escalate(hass, rounds=2)
    assert [row["error"] for row in response["calls"]] == ["not_connected", None]
    assert callers(simulator) == [("office", MARIA)]


@pytest.mark.usefixtures("hurried")
async def test_unlinked_instance_for_a_round(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a round without a link to WhatsApp, the next one waits."""
    simulator.set_state("home", "disconnected")
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    pauses = watch_pauses(simulator, monkeypatch)
    task = hass.async_create_task(escalate(hass, rounds=2, ring_time=120))
    await until(lambda: len(call_times(simulator)) == 2)
    simulator.set_state("home", "connected")
    response = await task
    assert [row["error"] for row in response["calls"]] == ["not_connected"] * 2 + [
        None,
        None,
    ]
    assert pauses[0] == 2


@pytest.mark.usefixtures("hurried")
async def test_unreachable_api_for_a_round(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """After a round without RyzeAPI, the next one calls everybody."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    await simulator.stop()
    task = hass.async_create_task(escalate(hass, rounds=2, ring_time=120))
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


# Rate limits.


async def test_throttled(hass: HomeAssistant, simulator: Simulator) -> None:
    """If WhatsApp throttles the calls, the same person is called a little later."""
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
    """If the end of a rate limit is known, the call waits for it and does not fail."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=0.5)
    await people.runtime_data.coordinator.async_refresh()
    response = await escalate(hass)
    assert [row["error"] for row in response["calls"]] == [None, None]
    assert response["acknowledged_by"] == "notify.joao"


@pytest.mark.usefixtures("backup")
async def test_throttled_instance_is_replaced(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """If WhatsApp throttles an instance, another one calls at once."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    simulator.inject(Fault(FaultKind.STATUS, status=429, route="fake"))
    response = await escalate(hass)
    assert [row["error"] for row in response["calls"]] == ["rate_limit", None]
    assert callers(simulator) == [("office", MARIA)]


@pytest.mark.usefixtures("backup")
async def test_instance_without_requests_is_replaced(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """If an instance has no requests left for half an hour, another one calls at once."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    simulator.rate_limit.set(INSTANCE_TOKEN, remaining=0, resets_in=1800)
    await people.runtime_data.coordinator.async_refresh()
    response = await escalate(hass)
    assert response["acknowledged_by"] in ("notify.maria", "notify.mary")

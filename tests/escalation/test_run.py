"""Tests of escalations: calling people in order until one of them has it."""

import asyncio

import pytest

from homeassistant.core import HomeAssistant

from custom_components.ryze.escalation.run import Escalation
from tests.helpers.common import capture, until
from tests.helpers.const import ANA, JOAO, MARIA
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
from tests.simulator import Behaviour, Fault, FaultKind, OutgoingUpdates, Simulator

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(autouse=True)
def quick(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait."""
    hurry(simulator, monkeypatch)


async def test_order_and_rounds(hass: HomeAssistant, simulator: Simulator) -> None:
    """Everybody is called in each round, one after the other, and then it gives up."""
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.DECLINE
    response = await escalate(hass, rounds=3)
    assert (response["result"], response["reason"]) == ("exhausted", "rounds")
    assert outcomes(response) == [(contact, "rejected") for contact in BOTH * 3]
    assert [call.number for call in simulator.calls] == [MARIA, JOAO] * 3
    assert response["acknowledged_by"] is None
    assert running(hass) == []


@pytest.mark.parametrize(
    ("behaviour", "outcome", "rings"),
    [
        (Behaviour.DECLINE, "rejected", 1),
        (Behaviour.IGNORE, "unanswered", 1),
        (Behaviour.OFF, "unanswered", 0),
        (Behaviour.NO_WHATSAPP, "failed", 0),
    ],
)
async def test_not_answered(
    hass: HomeAssistant,
    simulator: Simulator,
    behaviour: Behaviour,
    outcome: str,
    rings: int,
) -> None:
    """Who does not answer is followed by the next one, and an answer ends it."""
    simulator.phone(MARIA).behaviour = behaviour
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    response = await escalate(hass, rounds=2)
    assert (response["result"], response["reason"]) == ("acknowledged", None)
    assert response["acknowledged_by"] == "notify.joao"
    assert outcomes(response) == [
        ("notify.maria", outcome),
        ("notify.joao", "answered"),
    ]
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (rings, 1)


@pytest.mark.parametrize(
    ("fault", "error", "rings"),
    [
        (Fault(FaultKind.STATUS, status=500, route="fake"), "server", 0),
        (Fault(FaultKind.STATUS, status=400, route="fake"), "invalid_request", 0),
        (Fault(FaultKind.CUT_AFTER, route="fake"), "outcome_unknown", 1),
        (Fault(FaultKind.GARBAGE, route="fake"), "outcome_unknown", 1),
    ],
)
async def test_failed_call(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, error: str, rings: int
) -> None:
    """After a call that failed the next person is called at once, without a pause."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    simulator.inject(fault)
    response = await escalate(hass, pause=600, duration=60)
    assert response["acknowledged_by"] == "notify.joao"
    assert [row["error"] for row in response["calls"]] == [error, None]
    first, second = call_times(simulator)
    assert second - first < 2
    # A request whose fate is unknown is never repeated.
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (rings, 1)


async def test_nobody_tells(hass: HomeAssistant, simulator: Simulator) -> None:
    """What nobody told us counts as not answered, and the response says so."""
    simulator.choices.outgoing_updates = OutgoingUpdates.NONE
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    response = await escalate(hass, ring_time=30, rounds=2)
    assert (response["result"], response["reason"]) == ("exhausted", "rounds")
    assert outcomes(response) == [(contact, "unknown") for contact in BOTH * 2]
    assert not any(row["observed"] for row in response["calls"])
    assert response["reports_outcomes"] is False
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (2, 2)


@pytest.mark.parametrize(
    ("accept", "result", "called"),
    [
        ("answered", "exhausted", BOTH),
        ("answered_or_rejected", "acknowledged", BOTH[:1]),
    ],
)
async def test_decline(
    hass: HomeAssistant,
    simulator: Simulator,
    accept: str,
    result: str,
    called: list[str],
) -> None:
    """A tap on Decline says "seen", but only where that was agreed."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    response = await escalate(hass, accept=accept)
    assert response["result"] == result
    assert [row["contact"] for row in response["calls"]] == called
    assert response["reports_outcomes"] is True


async def test_ring_time(hass: HomeAssistant, simulator: Simulator) -> None:
    """Who is silent for the ring time is followed by the next one."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    response = await escalate(hass, ring_time=40, duration=60)
    assert outcomes(response) == [
        ("notify.maria", "unknown"),
        ("notify.joao", "answered"),
    ]
    first, second = call_times(simulator)
    # It runs from sending, and a busy machine takes requests late.
    assert 20 / SPEED < second - first < 2


async def test_pause(hass: HomeAssistant, simulator: Simulator) -> None:
    """There is a pause between two calls."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    await escalate(hass, pause=60)
    first, second = call_times(simulator)
    assert second - first >= 60 / SPEED


async def test_late_answer(hass: HomeAssistant, simulator: Simulator) -> None:
    """Who answers when another phone rings already has it as well."""
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.MANUAL
    simulator.second = 1.0
    task = hass.async_create_task(escalate(hass, ring_time=30, duration=60))
    await until(lambda: simulator.rings(JOAO))
    simulator.answer(simulator.calls[0].id)
    response = await task
    assert response["acknowledged_by"] == "notify.maria"
    assert outcomes(response)[0] == ("notify.maria", "answered")
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (1, 1)


async def test_late_response(hass: HomeAssistant, simulator: Simulator) -> None:
    """The ring time runs from sending, however late RyzeAPI says that it took a call."""
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.MANUAL
    simulator.second = 1.0
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, delay=1.0, route="fake"))
    task = hass.async_create_task(escalate(hass, ring_time=80, duration=60))
    await until(lambda: simulator.rings(JOAO))
    assert call_times(simulator)[1] - call_times(simulator)[0] < 1
    # It is told only once RyzeAPI has said whose call that is.
    simulator.answer(simulator.calls[0].id)
    response = await task
    assert (response["result"], response["acknowledged_by"]) == (
        "acknowledged",
        "notify.maria",
    )
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (1, 1)


@pytest.mark.parametrize(
    ("number", "acknowledged_by"), [(ANA, ANA), (MARIA, "notify.maria")]
)
async def test_number(
    hass: HomeAssistant, simulator: Simulator, number: str, acknowledged_by: str
) -> None:
    """Numbers are called as well, and a contact's number is the contact's."""
    simulator.phone(number).behaviour = Behaviour.ANSWER
    response = await escalate(hass, number=number)
    assert response["acknowledged_by"] == acknowledged_by


async def test_contacts_and_numbers(hass: HomeAssistant, simulator: Simulator) -> None:
    """Contacts come first, and nobody is called twice in a round."""
    response = await escalate(hass, contact=BOTH[0], number=[ANA, MARIA, JOAO])
    assert [call.number for call in simulator.calls] == [MARIA, ANA, JOAO]
    assert [row["contact"] for row in response["calls"]] == [BOTH[0], None, BOTH[1]]


async def test_answer_to_another_call(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An answer to a call that is not its own does not end it."""
    for number in (MARIA, JOAO):
        simulator.phone(number).behaviour = Behaviour.MANUAL
    simulator.second = 1.0
    escalation = await begin(hass, tag="fire", ring_time=120, duration=60)
    await until(lambda: simulator.rings(MARIA))
    events = capture(hass)
    await hass.services.async_call(
        "ryze",
        "fake_call",
        {"contact": BOTH[0], "tag": "fire", "duration": 60},
        blocking=True,
    )
    simulator.answer(simulator.calls[1].id)
    await until(lambda: any(e.event_type == "ryze_call_answered" for e in events))
    assert running(hass) == [escalation]
    assert told(events) == []


async def test_mistake_of_ours(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A mistake of ours ends it, and is told of as well."""

    def fail(*_: object) -> None:
        raise ValueError(MARIA)

    monkeypatch.setattr(Escalation, "_reach", fail)
    async with asyncio.timeout(5):
        response = await escalate(hass)
    assert (response["result"], response["reason"]) == ("exhausted", "unexpected")
    assert "Unexpected ValueError in an escalation" in caplog.text

"""Tests of escalations: who is called, in what order, and what ends the calling."""

import asyncio

import pytest

from homeassistant.core import HomeAssistant

from custom_components.ryze.escalation import run
from tests.helpers.common import capture, until
from tests.helpers.const import ANA, JOAO, MARIA
from tests.helpers.escalations import (
    BOTH,
    SPEED,
    begin,
    call_times,
    escalate,
    keep_ringing,
    outcomes,
    running,
    told,
    watch_pauses,
)
from tests.simulator import Behaviour, Fault, FaultKind, OutgoingUpdates, Simulator

pytestmark = pytest.mark.usefixtures("quick_phones", "people")


async def test_order_and_rounds(hass: HomeAssistant, simulator: Simulator) -> None:
    """An escalation calls everybody in order in each round, and then gives up."""
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
async def test_next_person_after_no_answer(
    hass: HomeAssistant,
    simulator: Simulator,
    behaviour: Behaviour,
    outcome: str,
    rings: int,
) -> None:
    """The next person is called after a call without an answer; an answer ends it."""
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
async def test_no_pause_after_a_failed_call(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, error: str, rings: int
) -> None:
    """After a failed call the next person is called at once."""
    simulator.phone(MARIA).behaviour = Behaviour.MANUAL
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    simulator.inject(fault)
    # Ten minutes of pause would outlast the test.
    response = await escalate(hass, pause=600, duration=60)
    assert response["acknowledged_by"] == "notify.joao"
    assert [row["error"] for row in response["calls"]] == [error, None]
    # A request without a clear answer is never repeated.
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (rings, 1)


@pytest.mark.usefixtures("hurried")
async def test_unreported_outcome(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call whose outcome is never reported counts as unanswered."""
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
async def test_decline_as_acknowledgement(
    hass: HomeAssistant,
    simulator: Simulator,
    accept: str,
    result: str,
    called: list[str],
) -> None:
    """A declined call acknowledges the escalation only if `accept` says so."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    response = await escalate(hass, accept=accept)
    assert response["result"] == result
    assert [row["contact"] for row in response["calls"]] == called
    assert response["reports_outcomes"] is True


@pytest.mark.usefixtures("hurried")
async def test_ring_time(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next person is called when the ring time is over, though the phone rings on."""
    keep_ringing(simulator)
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    pauses = watch_pauses(simulator, monkeypatch)
    response = await escalate(hass, ring_time=120, duration=60)
    assert outcomes(response) == [
        ("notify.maria", "unknown"),
        ("notify.joao", "answered"),
    ]
    assert set(pauses) == {1}
    assert simulator.calls[0].state == "ringing"


@pytest.mark.usefixtures("hurried")
async def test_pause(hass: HomeAssistant, simulator: Simulator) -> None:
    """There is a pause between two calls."""
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    await escalate(hass, ring_time=120, pause=60)
    first, second = call_times(simulator)
    assert second - first >= 60 / SPEED


@pytest.mark.usefixtures("hurried")
async def test_answer_while_the_next_phone_rings(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An answer to an earlier call counts while the next phone rings already."""
    keep_ringing(simulator)
    task = hass.async_create_task(escalate(hass, ring_time=120, duration=60))
    await until(lambda: simulator.rings(JOAO))
    simulator.answer(simulator.calls[0].id)
    response = await task
    assert response["acknowledged_by"] == "notify.maria"
    assert outcomes(response)[0] == ("notify.maria", "answered")
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (1, 1)


@pytest.mark.usefixtures("hurried")
async def test_ring_time_runs_from_the_request(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """The ring time runs from the request, however late RyzeAPI answers it."""
    keep_ringing(simulator)
    release = asyncio.Event()
    simulator.inject(Fault(FaultKind.DELAY_ANSWER, release=release, route="fake"))
    task = hass.async_create_task(escalate(hass, ring_time=120, duration=60))
    # João's phone rings although RyzeAPI has not answered Maria's request.
    await until(lambda: simulator.rings(JOAO))
    release.set()
    # The call is known by its id, so the answer counts only after the response.
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
async def test_contact_of_a_number(
    hass: HomeAssistant, simulator: Simulator, number: str, acknowledged_by: str
) -> None:
    """A number can be called; a contact's number stands for the contact."""
    simulator.phone(number).behaviour = Behaviour.ANSWER
    response = await escalate(hass, number=number)
    assert response["acknowledged_by"] == acknowledged_by


async def test_contacts_and_numbers(hass: HomeAssistant, simulator: Simulator) -> None:
    """Contacts are called before numbers, and nobody twice in a round."""
    response = await escalate(hass, entity_id=BOTH[0], number=[ANA, MARIA, JOAO])
    assert [call.number for call in simulator.calls] == [MARIA, ANA, JOAO]
    assert [row["contact"] for row in response["calls"]] == [BOTH[0], None, BOTH[1]]


async def test_answer_to_another_call(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """An answer to a call of another action does not end an escalation."""
    keep_ringing(simulator)
    escalation = await begin(hass, tag="fire", ring_time=120, duration=60)
    await until(lambda: simulator.rings(MARIA))
    events = capture(hass)
    await hass.services.async_call(
        "ryze",
        "fake_call",
        {"entity_id": BOTH[0], "tag": "fire", "duration": 60},
        blocking=True,
    )
    simulator.answer(simulator.calls[1].id)
    await until(lambda: any(e.event_type == "ryze_call_answered" for e in events))
    assert running(hass) == [escalation]
    assert told(events) == []


async def test_bug_in_our_code(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A bug in our code ends the escalation with an event and a log entry."""

    def fail(*_: object) -> None:
        raise ValueError(MARIA)

    monkeypatch.setattr(run, "async_choose_way", fail)
    response = await escalate(hass)
    assert (response["result"], response["reason"]) == ("exhausted", "unexpected")
    assert "Unexpected ValueError in an escalation" in caplog.text

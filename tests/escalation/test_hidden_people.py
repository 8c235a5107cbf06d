"""Tests of escalations whose updates name people by LID alone, under ids of their own."""

import pytest

from homeassistant.core import HomeAssistant

from tests.helpers.const import JOAO, MARIA
from tests.helpers.escalations import escalate, outcomes
from tests.simulator import Behaviour, People, Simulator

pytestmark = pytest.mark.usefixtures("quick_phones", "people")


@pytest.fixture(autouse=True)
def hidden(simulator: Simulator) -> None:
    """Let updates have ids of their own, and name people by LID alone."""
    simulator.choices.id_matches = False
    simulator.choices.people = People.LID


@pytest.mark.parametrize("echo", [True, False])
async def test_answer(hass: HomeAssistant, simulator: Simulator, echo: bool) -> None:
    """An answer ends the escalation within the second."""
    simulator.choices.echo = echo
    simulator.phone(MARIA).behaviour = Behaviour.DECLINE
    simulator.phone(JOAO).behaviour = Behaviour.ANSWER
    response = await escalate(hass, ring_time=30)
    assert (response["result"], response["acknowledged_by"]) == (
        "acknowledged",
        "notify.joao",
    )
    (call,) = [call for call in simulator.calls if call.number == JOAO]
    assert call.answered_at is not None
    assert simulator.rings(JOAO) == 1


async def test_linked_computer(hass: HomeAssistant, simulator: Simulator) -> None:
    """A computer that declines by itself acknowledges nothing where declines count."""
    simulator.choices.people = People.DEVICE_LID
    simulator.choices.phone_device = 0
    simulator.linked_after = 0.05
    for number, behaviour in ((MARIA, Behaviour.IGNORE), (JOAO, Behaviour.DECLINE)):
        phone = simulator.phone(number)
        phone.behaviour = behaviour
        phone.linked_declines = True
        phone.answer_after = 0.3
    response = await escalate(hass, accept="answered_or_rejected", duration=60)
    assert outcomes(response)[-1] == ("notify.joao", "rejected")
    assert outcomes(response)[0][1] in ("unanswered", "unknown")
    assert response["acknowledged_by"] == "notify.joao"

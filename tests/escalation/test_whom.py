"""Tests of the people of an escalation: their order, and names that are nobody's."""

from typing import Any

import pytest

from homeassistant.components.script import DOMAIN as SCRIPT_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er, label_registry as lr
from homeassistant.setup import async_setup_component

from tests.helpers.common import until
from tests.helpers.const import ANA, JOAO, MARIA
from tests.helpers.escalations import callers, escalate, running
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("hurried", "people")


@pytest.mark.parametrize("named", [("notify.joao",), ("notify.joao", "notify.maria")])
async def test_order(
    hass: HomeAssistant, simulator: Simulator, named: tuple[str, ...]
) -> None:
    """People are called in the order of `entity_id`, then from places, then numbers."""
    lr.async_get(hass).async_create("alarm")
    for entity_id in ("notify.maria", "notify.joao"):
        er.async_get(hass).async_update_entity(entity_id, labels={"alarm"})
    await escalate(hass, entity_id=named, label_id="alarm", number=ANA)
    numbers = [JOAO, MARIA, ANA]
    assert callers(simulator) == [("home", number) for number in numbers]


@pytest.mark.parametrize(
    ("nobody", "errors"),
    [
        ("unknown", 1),
        ("none", 1),
        ("all", 1),
        (["notify.gone", None, ""], 3),
        # Names that are the same count once.
        ([5, {"a": 1}, None, "none"], 1),
        (f"+{MARIA}", 1),
        ("light.kitchen, unavailable", 2),
    ],
)
async def test_nobody(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    nobody: Any,
    errors: int,
) -> None:
    """A name that is nobody's is left out with an error in the log."""
    await escalate(hass, entity_id=nobody, number=ANA)
    assert callers(simulator) == [("home", ANA)]
    assert caplog.text.count("An escalation leaves out entity_id") == errors
    listed = nobody if isinstance(nobody, list) else [nobody]
    await escalate(hass, entity_id=[*listed, "notify.joao"])
    assert callers(simulator)[1:] == [("home", JOAO)]
    # Nobody is left to call.
    with pytest.raises(ServiceValidationError) as raised:
        await escalate(hass, entity_id=nobody)
    assert raised.value.translation_key == "unknown_contact"
    assert len(callers(simulator)) == 2


@pytest.mark.parametrize("given", [{}, {"entity_id": None}, {"area_id": "nowhere"}])
async def test_nobody_given(hass: HomeAssistant, given: dict[str, Any]) -> None:
    """An escalation to nobody is refused."""
    with pytest.raises(ServiceValidationError) as raised:
        await escalate(hass, **{"entity_id": []} | given)
    assert raised.value.translation_key == "no_recipient"


@pytest.mark.parametrize("beside", ["notify.joao", "number"])
async def test_template(hass: HomeAssistant, simulator: Simulator, beside: str) -> None:
    """Under `data`, a template that finds nobody does not keep the others from ringing."""
    nobody = "{{ states('sensor.who_is_in_charge') }}"
    people = (
        {"entity_id": nobody, "number": f"+{JOAO}"}
        if beside == "number"
        else {"entity_id": [nobody, beside]}
    )
    data = {"rounds": 1, "background": True} | people
    config = {"alarm": {"sequence": [{"action": "ryze.escalate", "data": data}]}}
    assert await async_setup_component(hass, SCRIPT_DOMAIN, {SCRIPT_DOMAIN: config})
    await hass.services.async_call(SCRIPT_DOMAIN, "alarm", blocking=True)
    await until(lambda: callers(simulator) == [("home", JOAO)])
    await until(lambda: not running(hass))

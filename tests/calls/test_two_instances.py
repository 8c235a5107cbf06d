"""Tests of a person who is a contact of two instances."""

import asyncio

import pytest

from homeassistant.core import HomeAssistant

from tests.helpers.calls import call
from tests.helpers.common import capture, make_entry, setup_live, until
from tests.helpers.const import INSTANCE_TOKEN, MARIA, OTHER_TOKEN
from tests.simulator import People, Simulator

pytestmark = pytest.mark.usefixtures("quick_updates", "quick_retries")


@pytest.mark.parametrize("people", [People.NUMBER, People.LID])
@pytest.mark.parametrize("id_matches", [True, False])
async def test_outcomes(
    hass: HomeAssistant, simulator: Simulator, people: People, id_matches: bool
) -> None:
    """The updates of each instance are about its own call to the person."""
    simulator.choices.people = people
    simulator.choices.id_matches = id_matches
    simulator.phone(MARIA)
    entries = {}
    for name, token in (("home", INSTANCE_TOKEN), ("office", OTHER_TOKEN)):
        entries[name] = make_entry(
            simulator, name, token, live_updates=True, contacts={name: MARIA}
        )
        await setup_live(hass, entries[name])
    number = f"+{MARIA}"
    calls = [
        hass.async_create_task(
            call(hass, number, config_entry_id=entry.entry_id, duration=60, wait=60)
        )
        for entry in entries.values()
    ]
    await until(lambda: len(simulator.calls) == 2)
    rung = {item.instance: item for item in simulator.calls}
    await until(lambda: not any(item.held for item in simulator.calls))
    simulator.answer(rung["office"].id)
    simulator.decline(rung["home"].id)
    ((home,), (office,)) = await asyncio.gather(*calls)
    assert (home["outcome"], home["call_id"]) == ("rejected", rung["home"].id)
    assert (office["outcome"], office["call_id"]) == ("answered", rung["office"].id)


async def test_incoming_call(hass: HomeAssistant, simulator: Simulator) -> None:
    """A call to one instance is told by that instance alone."""
    events = capture(hass)
    for name, token in (("home", INSTANCE_TOKEN), ("office", OTHER_TOKEN)):
        entry = make_entry(
            simulator, name, token, live_updates=True, contacts={name: MARIA}
        )
        await setup_live(hass, entry)
    simulator.call_in(MARIA, "office", seconds=0.2)
    await until(lambda: events)
    await until(simulator.calls[0].over.is_set)
    assert [(event.data["instance"], event.data["contact"]) for event in events] == [
        ("office", "notify.office")
    ]

"""Tests of what *Activity* tells of calls and escalations, with Home Assistant's own."""

import asyncio
from datetime import datetime
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .helpers.calls import fake_call
from .helpers.common import until
from .helpers.const import ANA, MARIA
from .helpers.escalations import acknowledge, begin, keep_ringing
from .simulator import Behaviour, Fault, FaultKind, Simulator
from custom_components.ryze.calls import outcomes

type Line = tuple[str, str]


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(
    recorder_mock: Recorder, enable_custom_integrations: None
) -> None:
    """Set up the recorder before anything else, as it demands."""


@pytest.fixture
async def house(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> MockConfigEntry:
    """Return the entry with Maria and João, in a house with *Activity*."""
    monkeypatch.setattr(outcomes, "REORDER", 0.01)
    simulator.second = 0.03
    # The pages of the frontend are not installed here.
    hass.config.components.add("frontend")
    assert await async_setup_component(hass, "logbook", {})
    return people


class Activity:
    """*Activity*: the lines as they come in, and those in the database."""

    def __init__(self, client: Any, since: datetime) -> None:
        """Initialize."""
        self._client = client
        self._since = since.isoformat()

    async def live(self, count: int) -> list[Line]:
        """Return the lines that come in, until there are as many as expected."""
        lines: list[Line] = []
        async with asyncio.timeout(10):
            while len(lines) < count:
                message = await self._client.receive_json()
                lines += _lines(message.get("event", {}).get("events", []))
        return lines

    async def stored(self, *entity_ids: str) -> list[Line]:
        """Return the lines in the database, of some entities only if there are any."""
        data = {"entity_ids": entity_ids} if entity_ids else {}
        await self._client.send_json_auto_id(
            {"type": "logbook/get_events", "start_time": self._since, **data}
        )
        while (answer := await self._client.receive_json())["type"] != "result":
            # Nothing of ours comes in late.
            assert _lines(answer["event"]["events"]) == []
        return _lines(answer["result"])

    async def check(self, *expected: Line) -> None:
        """Check that both have exactly these lines."""
        assert sorted(await self.live(len(expected))) == sorted(expected)
        assert sorted(await self.stored()) == sorted(expected)


def _lines(items: list[dict[str, Any]]) -> list[Line]:
    """Return who and what of the lines that are about us."""
    lines = [_line(item) for item in items]
    return [line for line in lines if re.search("home|maria|joao", line[0])]


def _line(item: dict[str, Any]) -> Line:
    """Return who and what of a line; an entity has an id here, and no name."""
    if "message" in item:
        return item["name"], item["message"]
    what = item.get("attributes", {}).get("event_type") or item.get("state", "")
    return item.get("entity_id", ""), what


@pytest.fixture
async def activity(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, house: MockConfigEntry
) -> Activity:
    """Return *Activity* from now on."""
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    now = dt_util.utcnow()
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {"type": "logbook/event_stream", "start_time": now.isoformat()}
    )
    assert (await client.receive_json())["success"]
    return Activity(client, now)


STORY = {
    Behaviour.ANSWER: ["placed", "answered", "ended"],
    Behaviour.DECLINE: ["placed", "rejected"],
    Behaviour.IGNORE: ["placed", "unanswered"],
}


@pytest.mark.parametrize("behaviour", STORY)
async def test_call_to_a_contact(
    hass: HomeAssistant, simulator: Simulator, activity: Activity, behaviour: Behaviour
) -> None:
    """Each step of a call to a contact has one line, that of the contact's event."""
    simulator.phone(MARIA).behaviour = behaviour
    await fake_call(hass)
    await activity.check(*(("event.maria_call", kind) for kind in STORY[behaviour]))
    kinds = [kind for _, kind in await activity.stored("event.maria_call")]
    assert kinds == STORY[behaviour]
    assert await activity.stored("sensor.home_last_call") == []


@pytest.mark.parametrize(
    ("language", "name", "texts"),
    [
        ("en", "home Call", ["Placed", "Answered", "Ended"]),
        ("es", "home Llamada", ["Realizada", "Contestada", "Finalizada"]),
        ("pt-BR", "home Chamada", ["Realizada", "Atendida", "Encerrada"]),
        ("fr", "home Call", ["Placed", "Answered", "Ended"]),
    ],
)
async def test_call_to_a_number(
    hass: HomeAssistant,
    simulator: Simulator,
    activity: Activity,
    language: str,
    name: str,
    texts: list[str],
) -> None:
    """Each step of a call to a mere number has one line, in the house's language."""
    await hass.config.async_update(language=language)
    await hass.async_block_till_done()
    simulator.add_phone(ANA, behaviour=Behaviour.ANSWER)
    await fake_call(hass, number=ANA)
    await activity.check(*((name, text) for text in texts))


async def test_failed_call(
    hass: HomeAssistant, simulator: Simulator, activity: Activity
) -> None:
    """A call that fails has one line, whether to a contact or to a number."""
    simulator.inject(Fault(FaultKind.STATUS, status=500, route="fake", times=2))
    for number in (MARIA, ANA):
        with pytest.raises(HomeAssistantError):
            await fake_call(hass, number=number)
    await activity.check(("event.maria_call", "failed"), ("home Call", "Failed"))


async def test_number_as_a_name(
    hass: HomeAssistant,
    simulator: Simulator,
    activity: Activity,
    house: MockConfigEntry,
) -> None:
    """A line holds no number, also where the instance is named by its number."""
    hass.config_entries.async_update_entry(house, title=f"home +{MARIA}")
    await fake_call(hass, number=ANA)
    lines = await activity.live(1)
    assert {name for name, _ in lines} == {f"home …{MARIA[-4:]} Call"}


@pytest.mark.parametrize("caller", [ANA, MARIA])
async def test_incoming_call(
    simulator: Simulator, activity: Activity, caller: str
) -> None:
    """An incoming call has one line at the instance, and one at the contact."""
    simulator.choices.direction_field = True
    simulator.call_in(caller, "home", seconds=1000)
    of_contact = [("event.maria_call", "received")] if caller == MARIA else []
    await activity.check(("event.home_incoming_call", "received"), *of_contact)


async def test_escalation(
    hass: HomeAssistant, simulator: Simulator, activity: Activity
) -> None:
    """An escalation has the lines of its two entities, and none beside them."""
    keep_ringing(simulator)
    await begin(hass, tag="fire")
    await until(lambda: simulator.rings(MARIA))
    await acknowledge(hass)
    await activity.check(
        ("binary_sensor.home_escalation", "on"),
        ("event.home_escalation", "started"),
        ("event.maria_call", "placed"),
        ("binary_sensor.home_escalation", "off"),
        ("event.home_escalation", "acknowledged"),
    )

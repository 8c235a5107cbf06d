"""Tests of the diagnostics."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant

from .helpers.calls import call
from .helpers.common import (
    capture,
    make_entry,
    setup_integration,
    setup_live,
    until,
)
from .helpers.const import ANA, INSTANCE_TOKEN, JOAO, MARIA, NUMBER_MARK, SECRET_MARK
from .helpers.live_updates import until_heard
from .simulator import Behaviour, People, Simulator
from .simulator.frames import lid_digits
from custom_components.ryze.calls import outcomes
from custom_components.ryze.const import CONF_LIVE_UPDATES, DOMAIN

SECRETS = (SECRET_MARK, NUMBER_MARK, "5511", "villa-mark", "Profile-mark", "whatsapp")


@pytest.fixture
async def marked(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> MockConfigEntry:
    """Return an entry whose every part has a mark, after updates of all kinds."""
    simulator.add_instance(
        "villa-mark",
        token=f"villa-{SECRET_MARK}",
        id="id-villa-mark",
        profile_name="Profile-mark",
    )
    simulator.live.configure("villa-mark")
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="villa-mark",
        unique_id="id-villa-mark",
        data={
            "instance": "villa-mark",
            "token": f"villa-{SECRET_MARK}",
            "url": simulator.url,
        },
        options={CONF_LIVE_UPDATES: True},
    )
    await setup_live(hass, entry)
    listener = entry.runtime_data.listener
    simulator.set_state("villa-mark", "connected")
    await until(lambda: listener.counts["InstanceUpdate"])
    simulator.add_phone(MARIA, behaviour=Behaviour.ANSWER)
    await hass.services.async_call(
        DOMAIN, "fake_call", {"number": MARIA, "duration": 1}, blocking=True
    )
    simulator.call_in(ANA, "villa-mark")
    simulator.live.emit(
        "villa-mark",
        "call.update",
        {
            "number": ANA,
            "instance": "villa-mark",
            "title": "villa-mark",
            "token": f"villa-{SECRET_MARK}",
            "participants": {ANA: f"{ANA}@s.whatsapp.net", "devices": [f"{ANA}:1"]},
            "something": None,
        },
    )
    simulator.live.send("villa-mark", f"{ANA} is not JSON {{")
    simulator.live.emit("villa-mark", "message.exchange", {"text": "villa-mark"})
    await until(lambda: listener.counts["other"])
    await until(lambda: listener.counts["CallUpdate"] > 2)
    return entry


async def test_diagnostics(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, marked: MockConfigEntry
) -> None:
    """Diagnostics hold states, counts and shapes, and no secrets or names."""
    told: dict[str, Any] = await get_diagnostics_for_config_entry(
        hass, hass_client, marked
    )
    dump = json.dumps(told)
    assert [secret for secret in SECRETS if secret in dump] == []

    assert told["available"] is True
    assert told["entry"]["options"] == {"live_updates": True}
    assert told["state"]["link"] == "connected"
    assert told["state"]["live_updates"]["enabled"] is True
    assert told["rate_limit"]["remaining"] in range(90, 100)
    updates = told["live_updates"]
    assert (updates["live"], updates["connections"]) == (True, 1)
    assert updates["not_enabled"] is False
    assert updates["reports_outcomes"] is True
    assert updates["frames"]["InstanceUpdate"] == 1
    assert updates["frames"]["call.update"] == 1
    # Shapes name all keys, even those whose values are hidden elsewhere.
    assert updates["not_understood"] == {
        "call.update": {
            "number": "str",
            "instance": "str",
            "title": "str",
            "token": "str",
            "participants": {"?": "str", "devices": ["str"]},
            "something": "null",
        },
        "not JSON": None,
    }


async def test_contacts(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
) -> None:
    """Diagnostics hold the ids of contacts, and neither names nor numbers."""
    people = {"Contact-mark": MARIA, "Second contact-mark": JOAO.replace("9", "", 1)}
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, contacts=people)
    await setup_integration(hass, entry)
    told: dict[str, Any] = await get_diagnostics_for_config_entry(
        hass, hass_client, entry
    )
    dump = json.dumps(told)
    secrets = (*SECRETS, "ontact-mark", *people.values())
    assert [secret for secret in secrets if secret in dump] == []
    contacts = told["entry"]["subentries"]
    assert [item["subentry_id"] for item in contacts] == list(entry.subentries)
    assert {item["subentry_type"] for item in contacts} == {"contact"}


async def test_unreachable_api(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
) -> None:
    """Diagnostics can be downloaded while RyzeAPI is unreachable."""
    await simulator.stop()
    await setup_integration(hass, entry)
    told: dict[str, Any] = await get_diagnostics_for_config_entry(
        hass, hass_client, entry
    )
    assert told["available"] is False
    assert told["state"] is None
    assert told["rate_limit"] == {"remaining": None, "reset_in": None}
    assert told["live_updates"]["live"] is False


async def test_matches(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    people: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Diagnostics tell by what updates found their calls, and hold no identity."""
    monkeypatch.setattr(outcomes, "DECLINE_HOLD", 0.1)
    simulator.choices.id_matches = False
    simulator.choices.people = People.LID
    simulator.second = 0.1
    for behaviour, outcome in (
        (Behaviour.ANSWER, "answered"),
        (Behaviour.DECLINE, "rejected"),
        (Behaviour.IGNORE, "unanswered"),
    ):
        simulator.phone(MARIA).behaviour = behaviour
        (row,) = await call(hass, wait=20, duration=2)
        assert row["outcome"] == outcome
    events = capture(hass)
    simulator.call_in(JOAO, seconds=0.1)
    await until(lambda: events)
    simulator.live.emit("home", "call.update", {"type": "accepted", "callId": "A1"})
    await until_heard(simulator, people)

    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, people)
    updates = diagnostics["live_updates"]
    matches = updates["matches"]
    assert matches["adopted by LID"] == 3
    assert matches["nothing"] == 1
    assert "adopted by number" not in matches
    assert "id" in matches
    assert "incoming" in matches
    told = json.dumps(updates)
    for number in (MARIA, JOAO, simulator.instances["home"].number):
        assert number not in told
        assert lid_digits(number) not in told

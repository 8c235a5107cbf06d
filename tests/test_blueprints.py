"""Tests of the blueprints, in automations that are made from them."""

import asyncio
from datetime import timedelta
import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import selector
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict

from .common import until
from .const import ANA, JOAO, MARIA
from .simulator import Behaviour, Simulator
from .speech import Voice, setup_engine, speech

ROOT = Path(__file__).parent.parent
FOLDER = Path("blueprints/automation/ryze")
NAMES = sorted(path.stem for path in (ROOT / FOLDER).iterdir())

AUTOMATION = "automation.test"
BELL = "event.bell"
BOTH = ["notify.maria", "notify.joao"]
FIRST = "2026-10-01T08:00:00.000+00:00"
SECOND = "2026-10-01T09:00:00.000+00:00"
# What Home Assistant warns of, unless an automation expects it.
ALREADY_RUNNING = "Already running"


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a folder that has the blueprints and is gone after the test."""
    copytree(ROOT / FOLDER, Path(hass_tmp_config_dir) / FOLDER)
    return hass_tmp_config_dir


async def automate(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Make an automation from a blueprint."""
    use = {"path": f"ryze/{name}.yaml", "input": inputs}
    config = {"alias": "Test", "use_blueprint": use}
    await async_setup_component(hass, AUTOMATION_DOMAIN, {AUTOMATION_DOMAIN: config})
    await hass.async_block_till_done()
    assert look(hass, "mode") == "single"


def look(hass: HomeAssistant, attribute: str) -> Any:
    """Return an attribute of the automation, which is on."""
    state = hass.states.get(AUTOMATION)
    assert state
    assert state.state == "on"
    return state.attributes[attribute]


def numbers(events: list[Event]) -> list[str]:
    """Return whom events are about."""
    return [event.data["number"] for event in events]


async def go_through(hass: HomeAssistant, entity_id: str, *states: str) -> None:
    """Let an entity have one state after the other."""
    for state in states:
        hass.states.async_set(entity_id, state)
        await hass.async_block_till_done()


# The files.


@pytest.mark.parametrize("name", NAMES)
async def test_blueprint(hass: HomeAssistant, name: str) -> None:
    """A blueprint fits Home Assistant, says what it is, and where it comes from."""
    blueprints = async_get_blueprints(hass)
    blueprint = await blueprints.async_get_blueprint(f"ryze/{name}.yaml")
    assert blueprint.validate() is None
    about = blueprint.metadata
    assert about["author"] == "OWNER"
    assert about["source_url"] == (
        f"https://github.com/OWNER/ha-ryze/blob/main/{FOLDER}/{name}.yaml"
    )
    floor = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    assert about["homeassistant"] == {"min_version": floor}

    for field in blueprint.inputs.values():
        assert field["name"]
        assert field["description"]
        assert selector(field["selector"])
    for field in (f for f in blueprint.inputs.values() if "default" in f):
        # What stands in a form must be accepted from it.
        check = selector(field["selector"])
        assert check(field["default"]) == field["default"]  # type: ignore[operator]


@pytest.mark.parametrize("name", NAMES)
async def test_text(hass: HomeAssistant, name: str) -> None:
    """Home Assistant shows line breaks as they are, so none is within a sentence."""
    path = ROOT / FOLDER / f"{name}.yaml"
    data = await hass.async_add_executor_job(load_yaml_dict, path)
    blueprint = Blueprint(data, schema=BLUEPRINT_SCHEMA)
    lines = [line for line in blueprint.metadata["description"].split("\n") if line]
    assert [line for line in lines if not line.endswith((".", "**"))] == []
    headings = [line for line in lines if line.startswith("**")]
    assert len(headings) == 3
    for heading in headings:
        # A heading begins a paragraph; its list follows at once.
        assert f"\n\n{heading}\n- " in blueprint.metadata["description"]


@pytest.mark.parametrize(
    ("url", "fetched", "filename"),
    [
        (
            f"https://github.com/OWNER/ha-ryze/blob/main/{FOLDER}",
            f"https://raw.githubusercontent.com/OWNER/ha-ryze/main/{FOLDER}",
            "OWNER",
        ),
        (
            f"https://raw.githubusercontent.com/OWNER/ha-ryze/main/{FOLDER}",
            f"https://raw.githubusercontent.com/OWNER/ha-ryze/main/{FOLDER}",
            "OWNER",
        ),
        ("https://example.com/files", "https://example.com/files", "example.com"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
async def test_import(
    hass: HomeAssistant,
    aioclient_mock: AiohttpClientMocker,
    name: str,
    url: str,
    fetched: str,
    filename: str,
) -> None:
    """A blueprint can be imported by its address, and saved."""
    text = await hass.async_add_executor_job((ROOT / FOLDER / f"{name}.yaml").read_text)
    aioclient_mock.get(f"{fetched}/{name}.yaml", text=text)
    imported = await fetch_blueprint_from_url(hass, f"{url}/{name}.yaml")
    assert imported.suggested_filename == f"{filename}/{name}"
    assert imported.raw_data == text
    assert imported.blueprint.metadata["source_url"] == f"{url}/{name}.yaml"
    assert imported.blueprint.validate() is None

    # Home Assistant writes it in its own way.
    blueprints = async_get_blueprints(hass)
    path = f"{imported.suggested_filename}.yaml"
    await blueprints.async_add_blueprint(imported.blueprint, path)
    await blueprints.async_reset_cache()
    saved = await blueprints.async_get_blueprint(path)
    assert saved.data == imported.blueprint.data


# The doorbell.


@pytest.mark.parametrize(
    ("entity_id", "states"),
    [
        (BELL, ["unknown", FIRST]),
        (BELL, [FIRST, SECOND]),
        (BELL, [FIRST, "unavailable", FIRST, SECOND]),
        ("button.bell", ["unknown", FIRST]),
        ("button.bell", [FIRST, SECOND]),
        ("input_button.bell", ["unknown", FIRST]),
        ("input_button.bell", [FIRST, SECOND]),
        ("binary_sensor.bell", ["unknown", "on"]),
        ("binary_sensor.bell", ["off", "on"]),
        ("binary_sensor.bell", ["on", "unavailable", "off", "on"]),
    ],
)
@pytest.mark.usefixtures("people")
async def test_ring(
    hass: HomeAssistant, simulator: Simulator, entity_id: str, states: list[str]
) -> None:
    """Whatever the doorbell is, each contact's phone rings once."""
    placed = async_capture_events(hass, "ryze_call_placed")
    await automate(hass, "doorbell", doorbell=[entity_id], contacts=BOTH, quiet_time=0)
    await go_through(hass, entity_id, *states)
    assert {call.number for call in simulator.calls} == {MARIA, JOAO}
    assert [(call.type, call.duration) for call in simulator.calls] == [
        ("fake", 15),
        ("fake", 15),
    ]
    assert [event.data["tag"] for event in placed] == ["doorbell", "doorbell"]


@pytest.mark.parametrize(
    ("entity_id", "states"),
    [
        # Home Assistant starts, with or without the entity's last state.
        (BELL, [FIRST]),
        (BELL, ["unavailable", FIRST]),
        (BELL, ["unavailable", "unknown"]),
        ("input_button.bell", [FIRST]),
        ("binary_sensor.bell", ["on"]),
        ("binary_sensor.bell", ["unavailable", "on"]),
        ("binary_sensor.bell", ["unknown", "off"]),
        # The doorbell is out of reach.
        (BELL, [FIRST, "unavailable", FIRST]),
        (BELL, [FIRST, "unavailable", SECOND]),
        (BELL, [FIRST, "unknown"]),
        ("button.bell", [FIRST, "unavailable", FIRST]),
        ("binary_sensor.bell", ["off", "unavailable", "on"]),
        ("binary_sensor.bell", ["off", "unknown"]),
        # It is let go.
        ("binary_sensor.bell", ["on", "off"]),
    ],
)
@pytest.mark.usefixtures("people")
async def test_no_ring(
    hass: HomeAssistant, simulator: Simulator, entity_id: str, states: list[str]
) -> None:
    """Nothing but a press makes phones ring."""
    await automate(hass, "doorbell", doorbell=[entity_id], contacts=BOTH, quiet_time=0)
    await go_through(hass, entity_id, *states)
    assert look(hass, "last_triggered") is None
    assert simulator.calls == []

    # And a press still does.
    await go_through(hass, entity_id, "unknown", "on")
    assert simulator.rings(MARIA) == 1


@pytest.mark.usefixtures("people")
async def test_no_ring_by_reload(hass: HomeAssistant, simulator: Simulator) -> None:
    """A doorbell that is removed, and added again, is not pressed."""
    await automate(hass, "doorbell", doorbell=[BELL], contacts=BOTH)
    await go_through(hass, BELL, FIRST)
    hass.states.async_remove(BELL)
    await hass.async_block_till_done()
    await go_through(hass, BELL, SECOND)
    # Nor is it where only something else about it has changed.
    hass.states.async_set(BELL, SECOND, {"friendly_name": "Bell"})
    await hass.async_block_till_done()
    assert look(hass, "last_triggered") is None
    assert simulator.calls == []


@pytest.mark.usefixtures("people")
async def test_several_doorbells(hass: HomeAssistant, simulator: Simulator) -> None:
    """Each of them rings, with the duration and the contact that were chosen."""
    await async_setup_component(hass, "input_button", {"input_button": {"front": {}}})
    await automate(
        hass,
        "doorbell",
        doorbell=["input_button.front", "binary_sensor.back"],
        contacts=["notify.joao"],
        duration=3,
        quiet_time=0,
    )
    await go_through(hass, "binary_sensor.back", "off", "on")
    assert [(call.number, call.duration) for call in simulator.calls] == [(JOAO, 3)]
    await hass.services.async_call(
        "input_button", "press", {"entity_id": "input_button.front"}, blocking=True
    )
    await hass.async_block_till_done()
    assert simulator.rings(JOAO) == 2
    assert simulator.rings(MARIA) == 0


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Somebody is at the door", "Somebody is at the door"),
        ("{{ states('sensor.who') }} is there", "Ana is there"),
        # No number, though a template would make it one.
        ("1.50", "1.50"),
    ],
)
@pytest.mark.usefixtures("people")
async def test_speak(
    hass: HomeAssistant, simulator: Simulator, message: str, said: str
) -> None:
    """With something to say, whoever answers hears it."""
    placed = async_capture_events(hass, "ryze_call_placed")
    await setup_engine(hass, Voice())
    hass.states.async_set("sensor.who", "Ana")
    await automate(
        hass, "doorbell", doorbell=[BELL], contacts=BOTH, message=message, quiet_time=0
    )
    await go_through(hass, BELL, FIRST, SECOND)
    assert {call.number for call in simulator.calls} == {MARIA, JOAO}
    assert [call.audio for call in simulator.calls] == [speech(said), speech(said)]
    assert [event.data["tag"] for event in placed] == ["doorbell", "doorbell"]


@pytest.mark.parametrize("message", ["", " \n", None])
@pytest.mark.usefixtures("people")
async def test_nothing_to_say(
    hass: HomeAssistant, simulator: Simulator, message: str | None
) -> None:
    """A text that is as good as empty lets the phones only ring."""
    await automate(
        hass, "doorbell", doorbell=[BELL], contacts=BOTH, message=message, quiet_time=0
    )
    await go_through(hass, BELL, FIRST, SECOND)
    assert [call.type for call in simulator.calls] == ["fake", "fake"]


@pytest.mark.usefixtures("people")
async def test_only_if(hass: HomeAssistant, simulator: Simulator) -> None:
    """Phones ring only where all conditions are met."""
    home = {"condition": "state", "entity_id": "person.ana", "state": "not_home"}
    ring = "{{ trigger.to_state.attributes.event_type == 'ring' }}"
    await automate(
        hass,
        "doorbell",
        doorbell=[BELL],
        contacts=BOTH,
        conditions=[home, {"condition": "template", "value_template": ring}],
        quiet_time=0,
    )
    hass.states.async_set(BELL, "unknown")
    for minute, (where, what) in enumerate(
        [("home", "ring"), ("not_home", "motion"), ("home", "motion")]
    ):
        hass.states.async_set("person.ana", where)
        hass.states.async_set(BELL, f"2026-10-01T08:0{minute}", {"event_type": what})
        await hass.async_block_till_done()
    assert look(hass, "last_triggered") is None

    hass.states.async_set("person.ana", "not_home")
    hass.states.async_set(BELL, SECOND, {"event_type": "ring"})
    await hass.async_block_till_done()
    assert simulator.rings(MARIA) == 1


@pytest.mark.parametrize(
    ("behaviour", "event"),
    [
        (Behaviour.MANUAL, "ryze_call_placed"),
        (Behaviour.NO_WHATSAPP, "ryze_call_failed"),
    ],
)
@pytest.mark.usefixtures("people")
async def test_quiet(
    hass: HomeAssistant,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    behaviour: Behaviour,
    event: str,
) -> None:
    """After a ring it is quiet for a while, even if somebody could not be called."""
    simulator.add_phone(JOAO, behaviour=behaviour)
    told = async_capture_events(hass, event)
    await automate(hass, "doorbell", doorbell=[BELL], contacts=BOTH)
    hass.states.async_set(BELL, FIRST)
    hass.states.async_set(BELL, SECOND)
    await until(lambda: simulator.rings(MARIA) and JOAO in numbers(told))
    pressed = look(hass, "last_triggered")
    await asyncio.sleep(0.1)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=25))
    for minute in range(5):
        await asyncio.sleep(0)
        hass.states.async_set(BELL, f"2026-10-01T10:0{minute}")
    assert look(hass, "current") == 1
    assert look(hass, "last_triggered") == pressed

    # Not by `until`, whose own time would be up as well.
    while look(hass, "current"):
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
        await asyncio.sleep(0.01)
    assert simulator.rings(MARIA) == 1
    assert ALREADY_RUNNING not in caplog.text
    hass.states.async_set(BELL, FIRST)
    await until(lambda: simulator.rings(MARIA) == 2)


@pytest.mark.usefixtures("people")
async def test_nobody_can_be_called(hass: HomeAssistant, simulator: Simulator) -> None:
    """A press that nobody was told of does not keep the next one from being told."""
    simulator.instances["home"].state = "disconnected"
    await automate(hass, "doorbell", doorbell=[BELL], contacts=BOTH)
    await go_through(hass, BELL, FIRST, SECOND)
    assert look(hass, "last_triggered")
    assert look(hass, "current") == 0

    simulator.instances["home"].state = "connected"
    hass.states.async_set(BELL, FIRST)
    await until(lambda: simulator.rings(MARIA) and simulator.rings(JOAO))


@pytest.mark.usefixtures("people")
async def test_speech_fails(hass: HomeAssistant, simulator: Simulator) -> None:
    """Without speech no phone rings, rather than that it is silent when answered."""
    voice = Voice()
    voice.error = HomeAssistantError("no voice")
    await setup_engine(hass, voice)
    await automate(hass, "doorbell", doorbell=[BELL], contacts=BOTH, message="Hello")
    await go_through(hass, BELL, FIRST, SECOND)
    assert [message for message, *_ in voice.requests] == ["Hello"]
    assert look(hass, "current") == 0
    assert simulator.calls == []


# The gate.


async def automate_gate(hass: HomeAssistant, contacts: Any) -> list[Event]:
    """Return a list that fills with who opened the gate."""
    opened: list[Event] = async_capture_events(hass, "gate_opened")
    contact = {"by": "{{ trigger.event.data.contact }}"}
    action = {"event": "gate_opened", "event_data_template": contact}
    await automate(hass, "gate", contacts=contacts, actions=[action])
    return opened


@pytest.mark.parametrize(
    ("contacts", "caller", "by"),
    [
        (BOTH, MARIA, "notify.maria"),
        (BOTH, JOAO, "notify.joao"),
        (["notify.maria"], MARIA, "notify.maria"),
        # A list of one, as it may be written in YAML.
        ("notify.maria", MARIA, "notify.maria"),
    ],
)
@pytest.mark.usefixtures("people")
async def test_gate_opens(
    hass: HomeAssistant, simulator: Simulator, contacts: Any, caller: str, by: str
) -> None:
    """A contact who was chosen calls, and the gate opens once."""
    opened = await automate_gate(hass, contacts)
    call = simulator.call_in(caller)
    await until(lambda: opened)
    simulator.hang_up(call.id)
    await hass.async_block_till_done()
    assert [event.data for event in opened] == [{"by": by}]

    simulator.call_in(caller)
    await until(lambda: len(opened) == 2)


@pytest.mark.parametrize(
    ("caller", "hidden", "contact"),
    [
        (ANA, False, None),
        (JOAO, False, "notify.joao"),
        (MARIA, True, None),
    ],
)
@pytest.mark.usefixtures("people")
async def test_gate_stays_shut(
    hass: HomeAssistant,
    simulator: Simulator,
    caller: str,
    hidden: bool,
    contact: str | None,
) -> None:
    """Nobody else opens it, nor does a contact who hides the number."""
    received = async_capture_events(hass, "ryze_call_received")
    opened = await automate_gate(hass, ["notify.maria"])
    simulator.choices.peer_as_lid = hidden
    simulator.call_in(caller)
    await until(lambda: received)
    await hass.async_block_till_done()
    assert [event.data["contact"] for event in received] == [contact]
    assert look(hass, "last_triggered") is None
    assert opened == []

    simulator.choices.peer_as_lid = False
    simulator.call_in(MARIA)
    await until(lambda: opened)


@pytest.mark.usefixtures("people")
async def test_gate_and_other_calls(hass: HomeAssistant, simulator: Simulator) -> None:
    """A chosen contact who is called, and answers, does not open the gate."""
    simulator.add_phone(MARIA, behaviour=Behaviour.ANSWER)
    answered = async_capture_events(hass, "ryze_call_answered")
    opened = await automate_gate(hass, BOTH)
    await hass.services.async_call(
        "ryze", "fake_call", {"contact": "notify.maria", "duration": 1}, blocking=True
    )
    await until(lambda: answered)
    await hass.async_block_till_done()
    assert answered[0].data["contact"] == "notify.maria"
    assert look(hass, "last_triggered") is None
    assert opened == []


@pytest.mark.parametrize(
    ("contacts", "data"),
    [
        # Another contact's id that is part of a chosen one's.
        ("notify.maria", {"contact": "notify.mar"}),
        ("notify.maria, notify.joao", {"contact": "notify.maria"}),
        (["notify.maria"], {"contact": ["notify.maria"]}),
        (["notify.maria"], {"contact": ""}),
        (["notify.maria"], {}),
        ([], {"contact": None}),
        ([None], {"contact": None}),
        (["None"], {"contact": None}),
        (None, {"contact": None}),
        (None, {"contact": "notify.maria"}),
    ],
)
async def test_gate_in_doubt(
    hass: HomeAssistant, contacts: Any, data: dict[str, Any]
) -> None:
    """Whatever is odd keeps the gate shut."""
    opened = await automate_gate(hass, contacts)
    hass.bus.async_fire("ryze_call_received", data)
    await hass.async_block_till_done()
    assert look(hass, "last_triggered") is None
    assert opened == []


async def test_gate_without_a_call(hass: HomeAssistant) -> None:
    """*Run actions* opens the gate; an action that minds the condition does not."""
    opened = async_capture_events(hass, "gate_opened")
    await automate(hass, "gate", contacts=BOTH, actions=[{"event": "gate_opened"}])
    data = {"entity_id": AUTOMATION}
    await hass.services.async_call(
        AUTOMATION_DOMAIN, "trigger", data | {"skip_condition": False}, blocking=True
    )
    assert opened == []
    await hass.services.async_call(AUTOMATION_DOMAIN, "trigger", data, blocking=True)
    assert len(opened) == 1


async def test_gate_is_busy(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """Calls do nothing while the actions run."""
    opened = async_capture_events(hass, "gate_opened")
    actions = [{"event": "gate_opened"}, {"delay": 60}]
    await automate(hass, "gate", contacts=BOTH, actions=actions)
    for _ in range(3):
        hass.bus.async_fire("ryze_call_received", {"contact": "notify.maria"})
    await until(lambda: look(hass, "current") == 1)
    assert len(opened) == 1
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await until(lambda: look(hass, "current") == 0)
    assert ALREADY_RUNNING not in caplog.text
    hass.bus.async_fire("ryze_call_received", {"contact": "notify.maria"})
    await until(lambda: len(opened) == 2)

"""Tests that run every YAML example of the README and of docs in Home Assistant."""

from collections.abc import Awaitable, Callable, Mapping
import re
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from homeassistant.components.rest_command import (
    DEFAULT_TIMEOUT,
    DOMAIN as REST_COMMAND_DOMAIN,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml

from .helpers import escalations as helper
from .helpers.common import state_of, until
from .helpers.const import ANA, JOAO, MARIA
from .helpers.contacts import add
from .helpers.escalations import begin, hurry, keep_ringing, outcomes
from .helpers.speech import Voice, setup_engine, speech
from .readme.examples import Example, automate, give, run, trigger
from .readme.pages import PAGES, README, blocks, code, prose, table
from .simulator import PUBLIC_CHIME, Behaviour, Fault, FaultKind, Simulator
from .simulator.chime import chime
from custom_components.ryze.api.client import CONNECTION_RETRY_DELAYS
from custom_components.ryze.escalation.run import Escalation

REST_COMMAND = "docs/rest-command.md"
# This token has no mark, because rest_command shows it in its debug log.
OLD_TOKEN = "token-in-yaml"
NUMBER = "5511999999999"
# The tag of the README's escalation.
TAG = "fire"

type RestCommand = Callable[[str], Awaitable[Example]]

_SHOWN: set[tuple[str, str]] = set()


def shows(page: str, *first_lines: str) -> pytest.MarkDecorator:
    """Give a test examples of a page, each named by its first line."""
    names = [(page, line) for line in first_lines]
    _SHOWN.update(names)
    return pytest.mark.parametrize("shown", [names], indirect=True, ids=[page])


@pytest.fixture
def shown(request: pytest.FixtureRequest, simulator: Simulator) -> list[Example]:
    """Return examples as Home Assistant reads them, with addresses of the simulator."""
    texts = {block.name: block.text for block in blocks()}
    found: list[Example] = []
    for name in request.param:
        text = texts[name]
        text = text.replace("https://ryzeapi.cloud", simulator.url)
        text = text.replace("https://example.com/alarm.mp3", PUBLIC_CHIME)
        text = text.replace("!secret ryze_token", OLD_TOKEN)
        found.append(dict(parse_yaml(text)))  # type: ignore[arg-type]
    return found


@pytest.fixture(autouse=True)
async def household(
    hass: HomeAssistant,
    people: MockConfigEntry,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Set up all contacts of the examples, text-to-speech, and quick escalations."""
    await add(hass, people, "Ana", ANA)
    await setup_engine(hass, Voice())
    hurry(simulator, monkeypatch)


def called(simulator: Simulator) -> list[tuple[str, str]]:
    """Return the numbers and types of all calls."""
    return [(call.number, call.type) for call in simulator.calls]


def test_every_example_has_a_test() -> None:
    """Every example has a test, and every test has its example."""
    found = blocks()
    yaml = [block.name for block in found if block.language == "yaml"]
    assert sorted(yaml) == sorted(_SHOWN)
    # An example in any other language would be overlooked.
    assert {block.language for block in found} <= {"bash", "yaml"}


def test_contacts_of_the_examples(hass: HomeAssistant) -> None:
    """The contacts that the examples name exist here."""
    text = " ".join(block.text for block in blocks()) + " ".join(map(prose, PAGES))
    named = set(re.findall(r"(?<!action: )\bnotify\.(?!py\b)\w+", text))
    assert named == {"notify.maria", "notify.joao", "notify.ana"}
    assert named <= set(hass.states.async_entity_ids("notify"))


# README.md.


@shows(README, "alias: Tell Maria about water in the basement")
async def test_message_from_an_automation(
    hass: HomeAssistant, simulator: Simulator, shown: list[Example]
) -> None:
    """The automation calls Maria when it gets wet, and not when it dries."""
    (example,) = shown
    await automate(hass, example)
    await trigger(hass, example)
    assert called(simulator) == [(MARIA, "audio")]
    message = example["actions"][0]["data"]["message"]
    assert simulator.calls[0].audio == speech(message)
    # Nobody is called when it dries.
    hass.states.async_set(example["triggers"][0]["entity_id"], "off")
    await hass.async_block_till_done()
    assert simulator.rings(MARIA) == 1


@shows(README, "alias: Ring me when the doorbell rings")
async def test_fake_call_from_an_automation(
    hass: HomeAssistant, simulator: Simulator, shown: list[Example]
) -> None:
    """The automation rings the number for the duration."""
    (example,) = shown
    await automate(hass, example)
    await trigger(hass, example)
    data = example["actions"][0]["data"]
    (call,) = simulator.calls
    assert call.number == re.sub(r"\D", "", data["number"])
    assert (call.type, call.duration) == ("fake", data["duration"])
    assert simulator.rings(call.number) == 1


@shows(README, "action: ryze.audio_call", "calls:")
async def test_response_of_a_call(
    hass: HomeAssistant, simulator: Simulator, shown: list[Example]
) -> None:
    """The response of a call is that in the README, for each recipient."""
    example, response = shown
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    simulator.phone(JOAO).behaviour = Behaviour.DECLINE
    answer = await run(hass, example, give(example["response_variable"]))
    ids = {call.number: call.id for call in simulator.calls}
    maria, joao = answer["calls"]
    (row,) = response["calls"]
    assert row | {"number": MARIA, "call_id": ids[MARIA]} == maria
    assert (
        row
        | {
            "contact": "notify.joao",
            "number": JOAO,
            "call_id": ids[JOAO],
            "outcome": "rejected",
        }
        == joao
    )
    assert all(isinstance(row[key], str) for key in ("number", "call_id"))
    message = example["data"]["message"]
    assert [call.audio for call in simulator.calls] == [speech(message)] * 2


@shows(README, "action: ryze.fake_call")
async def test_call_to_check_the_set_up(
    hass: HomeAssistant, simulator: Simulator, shown: list[Example]
) -> None:
    """The call that checks the set-up reports its answer."""
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    answer = await run(hass, shown[0] | {"response_variable": "r"}, give("r"))
    assert outcomes(answer) == [("notify.maria", "answered")]


@shows(README, "action: ryze.escalate")
async def test_escalation(
    hass: HomeAssistant,
    simulator: Simulator,
    shown: list[Example],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The escalation calls people until one answers, and responds as documented."""
    # The ring time has to be long enough for Ana to answer on a busy machine.
    monkeypatch.setattr(helper, "SPEED", 25)
    (example,) = shown
    simulator.phone(JOAO).behaviour = Behaviour.DECLINE
    simulator.phone(ANA).behaviour = Behaviour.ANSWER
    answer = await run(hass, example, give(example["response_variable"]))
    assert outcomes(answer) == [
        ("notify.maria", "unknown"),
        ("notify.joao", "rejected"),
        ("notify.ana", "answered"),
    ]
    assert (answer["result"], answer["acknowledged_by"]) == (
        "acknowledged",
        "notify.ana",
    )
    assert (answer["tag"], answer["reports_outcomes"]) == (TAG, True)
    assert simulator.calls[-1].audio == speech(example["data"]["message"])
    documented = [code(names) for names, _ in table("Until somebody answers", 1)]
    assert set(answer) == {name for names in documented for name in names}


@pytest.fixture
async def escalations(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> list[Escalation]:
    """Return two running escalations: one with the README's tag, and another."""
    monkeypatch.setattr(helper, "SPEED", 1)
    keep_ringing(simulator)
    found = [await begin(hass, tag=tag) for tag in (TAG, "other")]
    await until(lambda: len(simulator.calls) == 2)
    return found


@shows(README, "action: ryze.escalate", "type: button")
async def test_acknowledge_on_a_card(
    hass: HomeAssistant, shown: list[Example], escalations: list[Escalation]
) -> None:
    """A tap on the card ends the escalation with its tag, and no other."""
    escalate, card = shown
    assert escalate["data"]["tag"] == TAG
    assert card["tap_action"]["action"] == "perform-action"
    domain, action = card["tap_action"]["perform_action"].split(".")
    await hass.services.async_call(
        domain, action, card["tap_action"]["data"], blocking=True
    )
    assert [item.result for item in escalations] == ["acknowledged", "running"]


@shows(README, "type: grid")
async def test_dashboard(
    hass: HomeAssistant, shown: list[Example], escalations: list[Escalation]
) -> None:
    """The section shows entities that exist, and its button appears while it can help."""
    _, alert, button, told, story = shown[0]["cards"]
    hidden = button["visibility"][0]["entity"]
    ids = {alert["entity"], button["entity"], told["entity"], hidden}
    ids |= set(story["target"]["entity_id"])
    assert ids <= set(hass.states.async_entity_ids())
    assert set(told["state_content"]) <= {"state", *attributes(hass, told["entity"])}
    assert hass.states.is_state(hidden, button["visibility"][0]["state"])
    await hass.services.async_call(
        "button", "press", {"entity_id": button["entity"]}, blocking=True
    )
    await until(lambda: hass.states.is_state(hidden, "off"))
    assert attributes(hass, told["entity"])["event_type"] == "acknowledged"


def attributes(hass: HomeAssistant, entity_id: str) -> Mapping[str, Any]:
    """Return the attributes of an entity."""
    return state_of(hass, entity_id).attributes


@shows(README, "action: notify.mobile_app_phone", "alias: I have it")
async def test_acknowledge_in_a_notification(
    hass: HomeAssistant, shown: list[Example], escalations: list[Escalation]
) -> None:
    """A tap in the notification ends the escalation with the tag, and no other."""
    notification, automation = shown
    sent = async_mock_service(hass, "notify", "mobile_app_phone")
    await run(hass, notification)
    (button,) = sent[0].data["data"]["actions"]
    await automate(hass, automation)
    for action in ("SOMETHING_ELSE", button["action"]):
        assert [item.result for item in escalations] == ["running", "running"]
        hass.bus.async_fire("mobile_app_notification_action", {"action": action})
        await hass.async_block_till_done()
    assert [item.result for item in escalations] == ["acknowledged", "running"]


# docs/rest-command.md.


@shows(
    REST_COMMAND,
    "rest_command:",
    "alias: Ring Maria when the doorbell rings (before)",
    "alias: Ring Maria when the doorbell rings (after)",
)
async def test_rest_command_and_its_replacement(
    hass: HomeAssistant, simulator: Simulator, shown: list[Example]
) -> None:
    """The old automation and the new one ring phones in the same way."""
    requests, before, after = shown
    simulator.account_token = OLD_TOKEN
    assert await async_setup_component(hass, REST_COMMAND_DOMAIN, requests)
    await automate(hass, before, after)
    await trigger(hass, before)
    number = before["actions"][0]["data"]["number"]
    duration = after["actions"][0]["data"]["duration"]
    calls = {call.number: call for call in simulator.calls}
    assert calls.keys() == {number, MARIA}
    assert {(call.type, call.duration) for call in calls.values()} == {
        ("fake", duration)
    }


@shows(REST_COMMAND, "alias: Call, and light the porch whatever becomes of the call")
@pytest.mark.parametrize("state", ["connected", "disconnected"])
async def test_automation_goes_on(
    hass: HomeAssistant, simulator: Simulator, shown: list[Example], state: str
) -> None:
    """The automation goes on after the call, whether the call fails or not."""
    (example,) = shown
    simulator.instances["home"].state = state
    lit = async_mock_service(hass, "light", "turn_on")
    await automate(hass, example)
    await trigger(hass, example)
    assert called(simulator) == [(MARIA, "audio")] * (state == "connected")
    assert [call.data["entity_id"] for call in lit] == [["light.porch"]]


@shows(REST_COMMAND, "alias: Ask João when Maria does not answer")
@pytest.mark.parametrize(
    ("behaviour", "asked"),
    [
        (Behaviour.ANSWER, [MARIA]),
        (Behaviour.DECLINE, [MARIA, JOAO]),
        (Behaviour.IGNORE, [MARIA, JOAO]),
        (Behaviour.NO_WHATSAPP, [JOAO]),
    ],
)
async def test_second_person(
    hass: HomeAssistant,
    simulator: Simulator,
    shown: list[Example],
    behaviour: Behaviour,
    asked: list[str],
) -> None:
    """The second person is called unless the first one answers."""
    (example,) = shown
    simulator.ring_time = 0.1
    simulator.phone(MARIA).behaviour = behaviour
    await automate(hass, example)
    await trigger(hass, example)
    assert called(simulator) == [(number, "audio") for number in asked]


@pytest.fixture
async def rest_command(
    hass: HomeAssistant, simulator: Simulator, shown: list[Example]
) -> RestCommand:
    """Return a function that calls by rest_command as the page shows it."""
    simulator.account_token = OLD_TOKEN
    assert await async_setup_component(hass, REST_COMMAND_DOMAIN, shown[0])

    async def send(name: str) -> Example:
        answer = await hass.services.async_call(
            REST_COMMAND_DOMAIN,
            name,
            {"number": NUMBER},
            blocking=True,
            return_response=True,
        )
        assert answer
        return dict(answer)

    return send


@shows(REST_COMMAND, "rest_command:")
async def test_calls_by_rest_command(
    simulator: Simulator, rest_command: RestCommand, caplog: pytest.LogCaptureFixture
) -> None:
    """The requests ring and play; the response has the id, and the log the token."""
    answers = [await rest_command(name) for name in ("ring", "play_alarm")]
    assert called(simulator) == [(NUMBER, "fake"), (NUMBER, "audio")]
    assert simulator.calls[1].audio == chime()
    ids = [answer["content"]["callId"] for answer in answers]
    assert ids == [call.id for call in simulator.calls]
    assert OLD_TOKEN in caplog.text


@shows(REST_COMMAND, "rest_command:")
async def test_refusal_by_rest_command(
    simulator: Simulator, rest_command: RestCommand, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused request is no error, but a warning that holds the number."""
    simulator.instances["home"].state = "disconnected"
    answer = await rest_command("ring")
    assert answer["status"] >= 400
    warnings = [item for item in caplog.records if item.levelname == "WARNING"]
    assert NUMBER in warnings[-1].getMessage()


@shows(REST_COMMAND, "rest_command:")
async def test_repetition_by_rest_command(
    simulator: Simulator, rest_command: RestCommand
) -> None:
    """A request that is repeated after a lost answer rings twice."""
    simulator.inject(Fault(FaultKind.CUT_AFTER, route="fake"))
    with pytest.raises(HomeAssistantError):
        await rest_command("ring")
    await rest_command("ring")
    assert simulator.rings(NUMBER) == 2


@shows(REST_COMMAND, "alias: Ring Maria when the doorbell rings (before)")
async def test_automation_with_a_removed_rest_command(
    hass: HomeAssistant, shown: list[Example], issue_registry: ir.IssueRegistry
) -> None:
    """An automation that still uses rest_command creates an issue when it runs."""
    await automate(hass, *shown)
    assert not issue_registry.issues
    await trigger(hass, shown[0])
    (issue,) = issue_registry.issues.values()
    assert issue.translation_placeholders
    assert issue.translation_placeholders["service"] == "rest_command.ring"


@shows(REST_COMMAND, "rest_command:")
async def test_unreachable_api_by_rest_command(
    simulator: Simulator, rest_command: RestCommand
) -> None:
    """rest_command tries once; ours tries as often as the page says."""
    await simulator.stop()
    with pytest.raises(HomeAssistantError):
        await rest_command("ring")
    text = prose(REST_COMMAND)
    assert f"takes longer than {DEFAULT_TIMEOUT} seconds" in text
    assert (len(CONNECTION_RETRY_DELAYS), "again four times" in text) == (4, True)

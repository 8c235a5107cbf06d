"""Tests of the notify entities: a message is spoken in a call to a contact."""

import asyncio
from datetime import datetime
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from homeassistant.components.tts.const import TtsAudioType
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .helpers.common import capture, make_entry, setup_integration, state_of, until
from .helpers.const import ACCOUNT_TOKEN, ANA, INSTANCE_TOKEN, JOAO, MARIA, OTHER_TOKEN
from .helpers.contacts import change, contact_of, remove
from .helpers.speech import Voice, setup_engine, speech
from .simulator import Behaviour, Fault, FaultKind, Shape, Simulator
from custom_components.ryze.const import DOMAIN

DOOR = "Somebody is at the door"
FIRE = "There is a fire"


class SlowVoice(Voice):
    """An engine that speaks when a test lets it."""

    def __init__(self) -> None:
        """Speak at once, until a test clears `go`."""
        super().__init__()
        self.go = asyncio.Event()
        self.go.set()

    @override
    async def async_speak(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Return the audio of a message as soon as `go` is set."""
        audio = await super().async_speak(message, language, options)
        await self.go.wait()
        return audio


@pytest.fixture
def voice() -> SlowVoice:
    """Return the voice of the engine."""
    return SlowVoice()


@pytest.fixture
async def engine(hass: HomeAssistant, voice: SlowVoice) -> MockConfigEntry:
    """Return the entry of the one text-to-speech engine."""
    return await setup_engine(hass, voice)


async def send(
    hass: HomeAssistant,
    *entity_ids: str,
    message: str = DOOR,
    context: Context | None = None,
    **data: Any,
) -> None:
    """Send a message."""
    await hass.services.async_call(
        "notify",
        "send_message",
        {"entity_id": list(entity_ids), "message": message} | data,
        blocking=True,
        context=context,
    )


async def send_in_vain(hass: HomeAssistant, key: str) -> None:
    """Send a message to Maria, and check the error that the action raises."""
    with pytest.raises(HomeAssistantError) as raised:
        await send(hass, "notify.maria")
    assert raised.value.translation_domain == DOMAIN
    assert raised.value.translation_key == key
    assert state_of(hass, "notify.maria").state != "unavailable"


@pytest.mark.usefixtures("people", "engine")
async def test_message(hass: HomeAssistant, simulator: Simulator) -> None:
    """A message is spoken in an audio call, and the state shows the time."""
    assert state_of(hass, "notify.maria").attributes == {
        "friendly_name": "Maria",
        "supported_features": 1,
    }
    events = capture(hass)
    context = Context()
    await send(hass, "notify.maria", context=context)
    (call,) = simulator.calls
    assert (call.instance, call.number, call.type) == ("home", MARIA, "audio")
    assert call.audio == speech(DOOR)
    (event,) = events
    assert event.event_type == "ryze_call_placed"
    assert event.context is context
    assert event.data["contact"] == "notify.maria"
    assert (event.data["type"], event.data["duration"]) == ("audio", None)
    assert datetime.fromisoformat(state_of(hass, "notify.maria").state)
    assert state_of(hass, "event.maria_call").attributes["type"] == "audio"


@pytest.mark.usefixtures("people", "engine")
async def test_several_contacts(hass: HomeAssistant, simulator: Simulator) -> None:
    """Each contact hears the message that was sent to this contact."""
    await send(hass, "notify.maria", "notify.joao")
    await send(hass, "notify.joao", message=FIRE)
    heard = sorted((call.number, call.audio) for call in simulator.calls)
    assert heard == sorted(
        [(MARIA, speech(DOOR)), (JOAO, speech(DOOR)), (JOAO, speech(FIRE))]
    )


@pytest.mark.usefixtures("people", "engine")
async def test_answer(hass: HomeAssistant, simulator: Simulator) -> None:
    """The events of a message's call name the contact."""
    simulator.talk_time = 0.05
    simulator.add_phone(MARIA, behaviour=Behaviour.ANSWER)
    events = capture(hass)
    await send(hass, "notify.maria")
    await until(lambda: len(events) == 3)
    kinds = [str(event.event_type).removeprefix("ryze_call_") for event in events]
    assert kinds == ["placed", "answered", "ended"]
    assert {event.data["contact"] for event in events} == {"notify.maria"}


@pytest.mark.usefixtures("engine")
async def test_changes(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A message goes to the current number of a contact, and to no removed contact."""
    await change(hass, people, "Maria", to=("Maria Clara", ANA))
    await send(hass, "notify.maria")
    assert [call.number for call in simulator.calls] == [ANA]
    await remove(hass, people, "Maria Clara")
    await send(hass, "notify.maria", "notify.joao")
    assert [call.number for call in simulator.calls] == [ANA, JOAO]


@pytest.mark.usefixtures("people", "engine")
async def test_own_instance(hass: HomeAssistant, simulator: Simulator) -> None:
    """Each contact is called from the contact's own instance."""
    office = make_entry(simulator, "office", OTHER_TOKEN, contacts={"Ana": ANA})
    await setup_integration(hass, office)
    await send(hass, "notify.ana", "notify.maria")
    told = {(call.instance, call.number) for call in simulator.calls}
    assert told == {("office", ANA), ("home", MARIA)}


@pytest.mark.usefixtures("people", "engine")
async def test_group(hass: HomeAssistant, simulator: Simulator) -> None:
    """A group calls each of its contacts, with the context of the action."""
    group = MockConfigEntry(
        domain="group",
        title="Family",
        options={
            "name": "Family",
            "group_type": "notify",
            "entities": ["notify.maria", "notify.joao"],
            "hide_members": False,
        },
    )
    group.add_to_hass(hass)
    assert await hass.config_entries.async_setup(group.entry_id)
    await hass.async_block_till_done()
    events, context = capture(hass), Context()
    await send(hass, "notify.family", context=context)
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (1, 1)
    assert [event.context for event in events] == [context] * 2


@pytest.mark.usefixtures("people", "engine")
async def test_two_messages_at_a_time(
    hass: HomeAssistant, simulator: Simulator, voice: SlowVoice
) -> None:
    """Two messages are sent side by side, and each event has its message's context."""
    voice.go.clear()
    release = asyncio.Event()
    simulator.inject(
        Fault(FaultKind.DELAY_ANSWER, release=release, times=2, route="audio")
    )
    events, contexts = capture(hass), [Context(), Context()]
    sending = [
        hass.async_create_task(
            send(hass, "notify.maria", message=message, context=context)
        )
        for message, context in zip((DOOR, FIRE), contexts, strict=True)
    ]
    await until(lambda: len(voice.requests) == 2)
    voice.go.set()
    await until(lambda: len(simulator.calls) == 2)
    assert not any(task.done() for task in sending)
    release.set()
    await asyncio.gather(*sending)
    causes = {event.data["call_id"]: event.context for event in events}
    heard = {call.audio: causes[call.id] for call in simulator.calls}
    assert heard == {speech(DOOR): contexts[0], speech(FIRE): contexts[1]}


# Failures.


@pytest.mark.parametrize(
    ("fault", "key", "rings"),
    [
        (Fault(FaultKind.STATUS, status=400, route="audio"), "invalid_request", 0),
        (Fault(FaultKind.STATUS, status=401, route="audio"), "auth", 0),
        (Fault(FaultKind.STATUS, status=404, route="audio"), "not_found", 0),
        (Fault(FaultKind.STATUS, status=429, route="audio"), "rate_limit", 0),
        (Fault(FaultKind.STATUS, status=500, route="audio"), "server", 0),
        (Fault(FaultKind.CUT_AFTER, route="audio"), "outcome_unknown", 1),
    ],
)
@pytest.mark.usefixtures("people", "engine")
async def test_call_fails(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, key: str, rings: int
) -> None:
    """A message that fails raises the reason, and the next message is spoken."""
    simulator.inject(fault)
    events = capture(hass)
    await send_in_vain(hass, key)
    assert state_of(hass, "notify.maria").state == "unknown"
    assert [event.data["error"] for event in events] == [key]
    assert simulator.rings(MARIA) == rings
    await send(hass, "notify.maria")
    assert simulator.rings(MARIA) == rings + 1
    assert simulator.calls[-1].audio == speech(DOOR)


@pytest.mark.usefixtures("people", "engine")
async def test_one_of_two_fails(hass: HomeAssistant, simulator: Simulator) -> None:
    """A failed call to one contact leaves the call to the other contact alone."""
    simulator.add_phone(MARIA, behaviour=Behaviour.NO_WHATSAPP)
    with pytest.raises(HomeAssistantError) as raised:
        await send(hass, "notify.maria", "notify.joao")
    assert raised.value.translation_key == "server"
    assert (simulator.rings(MARIA), simulator.rings(JOAO)) == (0, 1)
    assert state_of(hass, "notify.joao").state != "unknown"


@pytest.mark.usefixtures("quick_retries", "engine")
async def test_api_away_from_the_start(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A message raises until RyzeAPI is there for the first time."""
    await simulator.stop()
    entry = make_entry(simulator, "home", INSTANCE_TOKEN, contacts={"Maria": MARIA})
    await setup_integration(hass, entry)
    assert state_of(hass, "notify.maria").state == "unknown"
    await send_in_vain(hass, "connection")
    await simulator.start()
    await send(hass, "notify.maria")
    assert simulator.calls[0].audio == speech(DOOR)


@pytest.mark.usefixtures("people", "engine")
async def test_not_linked(hass: HomeAssistant, simulator: Simulator) -> None:
    """A message raises while the instance is not linked to WhatsApp."""
    simulator.set_state("home", "loggedout")
    await send_in_vain(hass, "not_connected")


@pytest.mark.usefixtures("people")
async def test_no_speech(hass: HomeAssistant, simulator: Simulator) -> None:
    """A message without a text-to-speech engine raises, and nobody is called."""
    events = capture(hass)
    with pytest.raises(ServiceValidationError) as raised:
        await send(hass, "notify.maria")
    assert raised.value.translation_key == "no_tts"
    assert (simulator.calls, events) == ([], [])


@pytest.mark.usefixtures("people", "engine")
async def test_speech_fails(
    hass: HomeAssistant, simulator: Simulator, voice: SlowVoice
) -> None:
    """A message whose speech fails raises, and places no silent call."""
    voice.error = ZeroDivisionError("the engine is out of order")
    await send_in_vain(hass, "tts_failed")
    assert simulator.calls == []
    voice.error = None
    await send(hass, "notify.maria", message=FIRE)
    assert simulator.calls[0].audio == speech(FIRE)


@pytest.mark.usefixtures("people", "engine")
async def test_empty_message(hass: HomeAssistant, simulator: Simulator) -> None:
    """A message without words is refused."""
    with pytest.raises(ServiceValidationError) as raised:
        await send(hass, "notify.maria", message=" \n")
    assert raised.value.translation_key == "empty_message"
    assert simulator.calls == []


@pytest.mark.usefixtures("engine")
async def test_remove_while_it_speaks(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry, voice: SlowVoice
) -> None:
    """A message is spoken although its contact is removed meanwhile."""
    voice.go.clear()
    events = capture(hass)
    sending = hass.async_create_task(send(hass, "notify.maria"))
    await until(lambda: voice.requests)
    contact = contact_of(people, "Maria")
    hass.config_entries.async_remove_subentry(people, contact.subentry_id)
    await until(lambda: hass.states.get("notify.maria") is None)
    voice.go.set()
    await sending
    assert simulator.rings(MARIA) == 1
    assert [event.data["contact"] for event in events] == [None]
    assert hass.states.get("notify.maria") is None


@pytest.mark.usefixtures("engine")
async def test_unload(
    hass: HomeAssistant, simulator: Simulator, people: MockConfigEntry
) -> None:
    """A message calls nobody while the entry is unloaded, and calls after the load."""
    await send(hass, "notify.maria")
    at = state_of(hass, "notify.maria").state
    await hass.config_entries.async_unload(people.entry_id)
    assert state_of(hass, "notify.maria").attributes["restored"] is True
    await send(hass, "notify.maria")
    assert len(simulator.calls) == 1
    await hass.config_entries.async_setup(people.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, "notify.maria").state == at
    await send(hass, "notify.maria")
    assert len(simulator.calls) == 2


@pytest.mark.usefixtures("people", "engine")
async def test_title(hass: HomeAssistant, simulator: Simulator) -> None:
    """A title is spoken before the message."""
    await send(hass, "notify.maria", message="Please check.", title="Smoke")
    assert simulator.calls[0].audio == speech("Smoke. Please check.")


@pytest.mark.parametrize("then", ["unload", "reload"])
@pytest.mark.usefixtures("engine")
async def test_entry_changes_meanwhile(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    voice: SlowVoice,
    then: str,
) -> None:
    """A message is spoken although its entry is reloaded or unloaded meanwhile."""
    events = capture(hass)
    voice.go.clear()
    sending = hass.async_create_task(send(hass, "notify.maria"), eager_start=True)
    await until(lambda: voice.requests)
    await getattr(hass.config_entries, f"async_{then}")(people.entry_id)
    voice.go.set()
    await sending
    assert simulator.rings(MARIA) == 1
    assert [str(event.event_type) for event in events] == ["ryze_call_placed"]


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.usefixtures("engine")
async def test_answer_after_a_reload(
    hass: HomeAssistant,
    simulator: Simulator,
    people: MockConfigEntry,
    voice: SlowVoice,
    shape: Shape,
) -> None:
    """A call that outlives a reload with a new token keeps its events."""
    simulator.choices.shape = shape
    events = capture(hass)
    voice.go.clear()
    sending = hass.async_create_task(send(hass, "notify.maria"), eager_start=True)
    await until(lambda: voice.requests)
    data = people.data | {"token": ACCOUNT_TOKEN}
    hass.config_entries.async_update_entry(people, data=data)
    await hass.config_entries.async_reload(people.entry_id)
    await until(lambda: people.runtime_data.listener.live)
    simulator.instances["home"].token = "another"
    voice.go.set()
    await sending
    simulator.answer(simulator.calls[0].id)
    await until(lambda: len(events) > 1)
    names = [str(event.event_type) for event in events]
    assert names == ["ryze_call_placed", "ryze_call_answered"]
    assert state_of(hass, "event.maria_call").attributes["event_type"] == "answered"
    assert state_of(hass, "sensor.home_last_call").attributes["outcome"] == "answered"

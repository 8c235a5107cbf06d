"""The check of the demo: the steps of a person, through the same APIs."""

import asyncio
from base64 import b64encode
from collections.abc import Callable

from .home import (
    DOORBELL,
    INSTANCE,
    JOAO,
    MARIA,
    async_config_flow,
    async_set_up,
    async_speak,
)
from .home_assistant import DemoError, HomeAssistant, WebSocket
from tests.simulator import PUBLIC_CHIME, Behaviour, Simulator
from tests.simulator.chime import chime

MEDIA_FOLDER = "media-source://media_source/local"

TIMEOUT = 60
"""Seconds until a wait counts as endless."""

type Say = Callable[[str], None]


def expect(what: str, seen: object, wanted: object) -> None:
    """Raise an error if a value differs from the expected one."""
    if seen != wanted:
        raise DemoError(f"{what}: expected {wanted!r}, saw {seen!r}")


async def async_check(
    home_assistant: HomeAssistant, simulator: Simulator, say: Say
) -> None:
    """Set the demo up, use every feature, and compare phones and events."""
    config = await home_assistant.get("/api/config")
    say(f"Home Assistant {config['version']} runs with the configuration of the demo")

    await _check_flow(home_assistant, simulator, say)
    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    async with home_assistant.websocket() as websocket:
        # The pages of Home Assistant stay empty if this command fails.
        services = (await websocket.command("get_services"))["result"]["ryze"]
        expect(
            "actions",
            sorted(services),
            ["acknowledge", "audio_call", "escalate", "fake_call"],
        )
        say("All actions have their forms")

        for name in ("placed", "failed"):
            await websocket.command("subscribe_events", event_type=f"ryze_call_{name}")
        await _check_fake_call(websocket, simulator, say)
        await _check_audio_call(websocket, simulator, say)
        await _check_contacts(home_assistant, websocket, simulator, say)
        await _check_events(websocket, simulator, say)
        await _check_media(home_assistant, websocket, say)
        await _check_blueprints(home_assistant, websocket, simulator, say)
    await _check_speech(home_assistant, say)


async def _check_flow(
    home_assistant: HomeAssistant, simulator: Simulator, say: Say
) -> None:
    """Set the instance up, first with a wrong token."""
    result = await async_config_flow(
        home_assistant,
        {"handler": "ryze"},
        {"token": "wrong-token", "url": simulator.url},
    )
    expect("errors of a wrong token", result["errors"], {"token": "invalid_auth"})
    await async_set_up(home_assistant, simulator)
    (entry,) = await home_assistant.entries("ryze")
    expect("state of the entry", entry["state"], "loaded")
    say("The config flow refused a wrong token and took the right one")


async def _call(
    websocket: WebSocket, service: str, **data: object
) -> list[dict[str, object]]:
    """Run an action and return the rows of its response."""
    answer = await websocket.command(
        "call_service",
        domain="ryze",
        service=service,
        service_data=data,
        return_response=True,
    )
    if not answer["success"]:
        raise DemoError(f"ryze.{service} failed: {answer['error']}")
    rows: list[dict[str, object]] = answer["result"]["response"]["calls"]
    return rows


async def _check_fake_call(
    websocket: WebSocket, simulator: Simulator, say: Say
) -> None:
    """Place a fake call."""
    # Brazil's national spelling, because the demo's country is Brazil.
    (row,) = await _call(
        websocket, "fake_call", number="(11) 99999-0001", duration=2, tag="a"
    )
    (rung,) = simulator.calls
    expect("number", (row["number"], rung.number), (MARIA, MARIA))
    expect("call id", row["call_id"], rung.id)
    expect("duration", rung.duration, 2)
    expect("rings of Maria's phone", simulator.rings(MARIA), 1)
    say(f"ryze.fake_call rang Maria's phone once, call id {rung.id}")


async def _check_audio_call(
    websocket: WebSocket, simulator: Simulator, say: Say
) -> None:
    """Place audio calls with audio in the request and with audio at a URL."""
    rows = await _call(
        websocket,
        "audio_call",
        number=[MARIA, JOAO],
        media_base64=b64encode(chime()).decode(),
    )
    expect("numbers", [row["number"] for row in rows], [MARIA, JOAO])
    for played in simulator.calls[1:]:
        expect("audio", played.audio, chime())
    expect("rings", (simulator.rings(MARIA), simulator.rings(JOAO)), (2, 1))
    say(f"ryze.audio_call rang two phones with {len(chime()):,} bytes of audio")

    await _call(websocket, "audio_call", number=JOAO, media_url=PUBLIC_CHIME)
    expect("audio from a URL", simulator.calls[-1].audio, chime())
    say("ryze.audio_call had RyzeAPI fetch the audio from a URL")


async def _check_contacts(
    home_assistant: HomeAssistant, websocket: WebSocket, simulator: Simulator, say: Say
) -> None:
    """Ring a contact, speak a message to her, and play her a file."""
    rings = simulator.rings(MARIA)
    await act(websocket, "button.press", "button.maria_ring")
    expect("rings of Maria's phone", simulator.rings(MARIA), rings + 1)
    message = "Somebody is at the door."
    await act(websocket, "notify.send_message", "notify.maria", message=message)
    spoken = await async_speak(home_assistant, message)
    expect("speech on the phone", simulator.calls[-1].audio == spoken, True)
    (row,) = await _call(
        websocket,
        "audio_call",
        entity_id="notify.maria",
        media={
            "media_content_id": f"{MEDIA_FOLDER}/{DOORBELL}",
            "media_content_type": "audio/x-wav",
        },
        wait=10,
    )
    expect("file on the phone", simulator.calls[-1].audio == chime(), True)
    expect("row", (row["contact"], row["outcome"]), ("notify.maria", "answered"))
    say("Maria's button rang, her message was spoken, and her file was played")


async def act(
    websocket: WebSocket, action: str, entity_id: str, **data: object
) -> None:
    """Run an action of an entity."""
    domain, service = action.split(".")
    answer = await websocket.command(
        "call_service",
        domain=domain,
        service=service,
        service_data=data,
        target={"entity_id": entity_id},
    )
    if not answer["success"]:
        raise DemoError(f"{action} failed: {answer['error']}")


async def _check_blueprints(
    home_assistant: HomeAssistant, websocket: WebSocket, simulator: Simulator, say: Say
) -> None:
    """Press the doorbell, and call the gate."""
    calls = len(simulator.calls)
    await act(websocket, "input_button.press", "input_button.doorbell")
    await until(lambda: len(simulator.calls) > calls)
    rung = simulator.calls[-1]
    expect("doorbell", (rung.number, bool(rung.audio)), (MARIA, True))

    gate = "/api/states/input_boolean.gate"
    expect("gate before the call", (await home_assistant.get(gate))["state"], "off")
    simulator.call_in(JOAO, INSTANCE)
    async with asyncio.timeout(TIMEOUT):
        while (await home_assistant.get(gate))["state"] != "on":  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    say("The doorbell called Maria, and João's call opened the gate")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    async with asyncio.timeout(TIMEOUT):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def _check_events(websocket: WebSocket, simulator: Simulator, say: Say) -> None:
    """Compare the events with the calls at the phones."""
    # All earlier events arrive before the answer to this command.
    await websocket.command("ping")
    placed = [
        (event["event_type"], event["data"]["call_id"]) for event in websocket.events
    ]
    expect(
        "events", placed, [("ryze_call_placed", call.id) for call in simulator.calls]
    )
    say(f"{len(placed)} calls led to as many events ryze_call_placed")


async def _check_media(
    home_assistant: HomeAssistant, websocket: WebSocket, say: Say
) -> None:
    """Find the file in the media browser, and play the file."""
    browsed = await websocket.command(
        "media_source/browse_media", media_content_id=MEDIA_FOLDER
    )
    if not browsed["success"]:
        raise DemoError(f"The media cannot be browsed: {browsed['error']}")
    titles = [child["title"] for child in browsed["result"]["children"]]
    expect("media", titles, [DOORBELL])

    resolved = await websocket.command(
        "media_source/resolve_media", media_content_id=f"{MEDIA_FOLDER}/{DOORBELL}"
    )
    if not resolved["success"]:
        raise DemoError(f"{DOORBELL} cannot be played: {resolved['error']}")
    played = await home_assistant.fetch(resolved["result"]["url"])
    expect("media of the chime", played == chime(), True)
    say(f"The media browser shows {DOORBELL}, which plays {len(played):,} bytes")


async def _check_speech(home_assistant: HomeAssistant, say: Say) -> None:
    """Let Home Assistant speak two messages."""
    short = await async_speak(home_assistant, "Somebody is at the door.")
    long = await async_speak(
        home_assistant,
        "The washing machine is done, and the gate to the garden is still open.",
    )
    if not 5_000 < len(short) < len(long) / 1.5 < 100_000:
        raise DemoError(f"Speech of {len(short):,} and {len(long):,} bytes")
    say(f"Home Assistant spoke two messages: {len(short):,} and {len(long):,} bytes")

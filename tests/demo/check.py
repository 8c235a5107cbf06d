"""The demo without a person: what one would do, through the same APIs."""

from base64 import b64encode
from collections.abc import Callable

from .home import JOAO, MARIA, async_config_flow, async_set_up
from .home_assistant import DemoError, HomeAssistant
from tests.simulator import Behaviour, Simulator
from tests.simulator.chime import chime


def expect(what: str, seen: object, wanted: object) -> None:
    """Raise where something is not as it should be."""
    if seen != wanted:
        raise DemoError(f"{what}: expected {wanted!r}, saw {seen!r}")


async def async_check(
    home_assistant: HomeAssistant, simulator: Simulator, say: Callable[[str], None]
) -> None:
    """Set the instance up, place calls, and look at the phones and the events."""
    config = await home_assistant.get("/api/config")
    say(f"Home Assistant {config['version']} runs with the configuration of the demo")

    url = simulator.url
    result = await async_config_flow(
        home_assistant, {"handler": "ryze"}, {"token": "wrong-token", "url": url}
    )
    expect("errors of a wrong token", result["errors"], {"token": "invalid_auth"})
    await async_set_up(home_assistant, simulator)
    (entry,) = await home_assistant.entries("ryze")
    expect("state of the entry", entry["state"], "loaded")
    say("The config flow refused a wrong token and took the right one")

    simulator.phone(MARIA).behaviour = Behaviour.ANSWER
    async with home_assistant.websocket() as websocket:
        # The pages of Home Assistant stay empty where this fails.
        services = (await websocket.command("get_services"))["result"]["ryze"]
        expect("actions", sorted(services), ["audio_call", "fake_call"])
        say("Both actions have their forms")

        for name in ("placed", "failed"):
            await websocket.command("subscribe_events", event_type=f"ryze_call_{name}")

        async def call(service: str, **data: object) -> list[dict[str, object]]:
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

        # Written as people in Brazil do, whose country the demo is set to.
        (row,) = await call("fake_call", number="(11) 99999-0001", duration=2, tag="a")
        (rung,) = simulator.calls
        expect("number", (row["number"], rung.number), (MARIA, MARIA))
        expect("call id", row["call_id"], rung.id)
        expect("duration", rung.duration, 2)
        expect("rings of Maria's phone", simulator.rings(MARIA), 1)
        say(f"ryze.fake_call rang Maria's phone once, call id {rung.id}")

        rows = await call(
            "audio_call",
            number=[MARIA, JOAO],
            media_base64=b64encode(chime()).decode(),
        )
        expect("numbers", [row["number"] for row in rows], [MARIA, JOAO])
        for played in simulator.calls[1:]:
            expect("audio", played.audio, chime())
        expect("rings", (simulator.rings(MARIA), simulator.rings(JOAO)), (2, 1))
        say(f"ryze.audio_call rang two phones with {len(chime()):,} bytes of audio")

        (row,) = await call(
            "audio_call", number=JOAO, media_url=f"{url}/_simulator/chime.wav"
        )
        expect("audio from a URL", simulator.calls[-1].audio, chime())
        say("ryze.audio_call had RyzeAPI fetch the audio from a URL")

        # Whatever was fired before it has arrived when this is answered.
        await websocket.command("ping")
        placed = [
            (event["event_type"], event["data"]["call_id"])
            for event in websocket.events
        ]
        expect(
            "events",
            placed,
            [("ryze_call_placed", call.id) for call in simulator.calls],
        )
        say(f"{len(placed)} calls, {len(placed)} events ryze_call_placed, no other")
    say("Everything worked.")

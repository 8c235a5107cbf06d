"""Live updates: the time until an entity and an automation know of an answer.

python -m tests.bench.update FOLDER URL
"""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack
import json
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final, cast

from aiohttp import ClientSession, ClientWebSocketResponse

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, ServiceCall, callback
from homeassistant.helpers.event import async_track_state_change_event

from .api import OTHER
from .home import PERSON, add_instance, home, people, run_process
from .measure import rounds
from .process import Child, serve, start
from .report import Column, Table, p99
from custom_components.ryze.const import DOMAIN
from tests.helpers.common import until
from tests.helpers.const import OTHER_TOKEN

ROUNDS: Final = 200
_WARM_UP: Final = 5
# No command disturbs the process while an update is on its way.
_PAUSE: Final = 0.01

_SOCKET: Final = "frame, a WebSocket client alone"
_ENTITY: Final = "frame, the event entity"
_ACTION: Final = "frame, an automation's first action"
_BUS: Final = "bus event, an automation's first action"

_EVENT_ENTITY: Final = "event.person_0_call"

_COLUMNS: Final = (
    Column("what", "from, to"),
    Column("median_ms", "median ms", 2),
    Column("p99_ms", "p99 ms", 2),
)


async def run(part: float) -> Table:
    """Answer calls, and measure the times until the listeners hear of the answers."""
    table = Table("update", "From a live update to its effects", _COLUMNS)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="ryze-bench-"))
        api = await stack.enter_async_context(start("tests.bench.api"))
        url = await api.ask("url")
        listener = await stack.enter_async_context(start(__name__, folder, url))
        await listener.ask("fire")
        for _ in range(_WARM_UP):
            await _round(api, listener)
        results = [await _round(api, listener) for _ in range(rounds(ROUNDS, part))]
    for what in results[0]:
        times = [result[what] for result in results]
        table.rows.append(
            {
                "what": what,
                "median_ms": median(times) * 1000,
                "p99_ms": p99(times) * 1000,
            }
        )
    return table


async def _round(api: Child, listener: Child) -> dict[str, float]:
    """Return the seconds of one answer to each listener."""
    told_other = await api.ask("tell")
    await asyncio.sleep(_PAUSE)
    (socket,) = await listener.ask("heard", "socket")

    call_id = await listener.ask("place")
    told = await api.ask("answer", call_id)
    await asyncio.sleep(_PAUSE)
    entity, action = await listener.ask("heard", "entity", "action")
    await api.ask("hang_up", call_id)
    await listener.ask("heard", "ended")

    return {
        _SOCKET: socket - told_other,
        _ENTITY: entity - told,
        _ACTION: action - told,
        _BUS: await listener.ask("fire"),
    }


class Watch:
    """The times of events."""

    def __init__(self) -> None:
        """Start without events."""
        self._times: defaultdict[str, asyncio.Queue[float]] = defaultdict(asyncio.Queue)

    def note(self, what: str) -> None:
        """Note an event at the present time."""
        self._times[what].put_nowait(perf_counter())

    async def heard(self, *names: str) -> list[float]:
        """Return the times of events, after all of them have happened."""
        return [await self._times[name].get() for name in names]


def _automation(event: str, what: str) -> dict[str, Any]:
    """Return an automation that reports an event."""
    return {
        "alias": event,
        "triggers": {"trigger": "event", "event_type": event},
        "actions": {"action": "bench.note", "data": {"what": what}},
    }


def _listen(hass: HomeAssistant, watch: Watch) -> None:
    """Note the events of the entity, the automations and the bus."""

    @callback
    def note(call: ServiceCall) -> None:
        watch.note(call.data["what"])

    @callback
    def changed(event: Event[Any]) -> None:
        if event.data["new_state"].attributes["event_type"] == "answered":
            watch.note("entity")

    @callback
    def ended(event: Event) -> None:
        watch.note("ended")

    hass.services.async_register("bench", "note", note)
    async_track_state_change_event(hass, _EVENT_ENTITY, changed)
    hass.bus.async_listen(f"{DOMAIN}_call_ended", ended)


async def _read(socket: ClientWebSocketResponse, watch: Watch) -> None:
    """Note frames as a client without other work does."""
    async for message in socket:
        json.loads(message.data)
        watch.note("socket")


async def _place(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Place a call, and wait until the phone rings."""
    counts = entry.runtime_data.listener.counts
    updates = counts["CallUpdate"]
    answer = await hass.services.async_call(
        DOMAIN,
        "fake_call",
        {"entity_id": PERSON, "duration": 60},
        blocking=True,
        return_response=True,
    )
    await until(lambda: counts["CallUpdate"] > updates)
    assert answer
    call_id: str = cast(list[Any], answer["calls"])[0]["call_id"]
    return call_id


async def main(folder: str, url: str) -> None:
    """Listen, and serve the parent's commands."""
    automations = [
        _automation(f"{DOMAIN}_call_answered", "action"),
        _automation("bench_fired", "fired"),
    ]
    async with (
        home(Path(folder), {"automation": automations}) as hass,
        ClientSession(headers={"token": OTHER_TOKEN}) as session,
        session.ws_connect(f"{url}/ws/{OTHER}") as socket,
    ):
        watch = Watch()
        _listen(hass, watch)
        entry = await add_instance(hass, url, people(1), live_updates=True)
        await until(lambda: entry.runtime_data.listener.live)
        reader = asyncio.create_task(_read(socket, watch))

        async def place() -> str:
            return await _place(hass, entry)

        async def fire() -> float:
            start = perf_counter()
            hass.bus.async_fire("bench_fired")
            (end,) = await watch.heard("fired")
            return end - start

        await serve({"place": place, "heard": watch.heard, "fire": fire})
        reader.cancel()


if __name__ == "__main__":
    run_process(main)

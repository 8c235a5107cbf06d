"""Troubles during the load: faults, lost connections, reloads, and new contacts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import json
from random import Random
import time
from typing import Any, Final

from .home import PEOPLE, Home
from .ledger import Span
from .load import Load
from tests.demo.home import FLOWS, INSTANCE
from tests.simulator import Fault, FaultKind, Shape

# The average number of seconds between two troubles of a kind.
_BETWEEN: Final = {
    "_fault": 4,
    "_hang": 120,
    "_exhaust": 90,
    "_restart": 120,
    "_flap": 10,
    "_garbage": 3,
    "_relink": 60,
    "_reload": 150,
    "_incoming": 2,
    "_guest": 20,
}

_FAULTS: Final = (
    Fault(FaultKind.CUT_BEFORE),
    Fault(FaultKind.CUT_AFTER),
    Fault(FaultKind.CUT_HEADERS),
    Fault(FaultKind.CUT_BODY),
    Fault(FaultKind.GARBAGE),
    Fault(FaultKind.DELAY, delay=2),
    Fault(FaultKind.DELAY_ANSWER, delay=3),
    Fault(FaultKind.RAW, body=b"{}"),
    Fault(FaultKind.RAW, body=b"\xff not JSON"),
    Fault(FaultKind.STATUS, status=500),
    Fault(FaultKind.STATUS, status=429),
)
_TOO_LARGE: Final = "x" * 300_000
_GARBAGE: Final = (
    "",
    "not JSON",
    "[]",
    '{"event": "call.update"}',
    '{"event": "call.update", "data": {"type": "unheard of"}}',
    '{"event": "instance.state", "data": {"state": "unheard of"}}',
    '{"event": "message.exchange", "data": {}}',
    b"\x00\x01",
)


class Trouble:
    """A source of random troubles of all kinds, side by side."""

    def __init__(self, home: Home, load: Load, random: Random) -> None:
        """Initialize."""
        self._home = home
        self._simulator = home.simulator
        self._load = load
        self._random = random
        self._guests = 0
        self.counts: dict[str, int] = dict.fromkeys(_BETWEEN, 0)

    async def run(self) -> None:
        """Make trouble until cancelled; each trouble in progress then still ends."""
        async with asyncio.TaskGroup() as group:
            for name, seconds in _BETWEEN.items():
                group.create_task(self._repeat(name, seconds))

    async def _repeat(self, name: str, seconds: float) -> None:
        """Repeat one kind of trouble."""
        trouble: Callable[[], Awaitable[None]] = getattr(self, name)
        while True:
            await asyncio.sleep(self._random.uniform(0, 2 * seconds))
            await asyncio.shield(asyncio.ensure_future(trouble()))
            self.counts[name] += 1

    # Faults of requests

    async def _fault(self) -> None:
        """Let a call request fail."""
        fault = self._random.choice(_FAULTS)
        self._simulator.inject(
            Fault(
                fault.kind,
                route=self._random.choice(("fake", "audio")),
                status=fault.status,
                body=fault.body,
                delay=fault.delay,
            )
        )

    async def _hang(self) -> None:
        """Leave a request unanswered; the integration gives up after 90 seconds."""
        self._simulator.inject(Fault(FaultKind.HANG, route="fake"))

    async def _exhaust(self) -> None:
        """Use up the token's requests for a few seconds."""
        token = self._simulator.instances[INSTANCE].token
        self._simulator.rate_limit.set(token, remaining=0, resets_in=3)

    async def _restart(self) -> None:
        """Stop the simulator for a moment."""
        async with self._silence(self._home.ledger.silences), self._lost_socket():
            await self._simulator.stop()
            await asyncio.sleep(2)
            await self._simulator.start()

    # Troubles of live updates

    async def _flap(self) -> None:
        """Break the WebSocket, and change the format of the updates."""
        live = self._simulator.live
        async with self._silence(self._home.ledger.silences), self._lost_socket():
            self._random.choice(
                (
                    lambda: live.close(INSTANCE),
                    lambda: live.close(INSTANCE, 1011),
                    lambda: live.send(INSTANCE, _TOO_LARGE),
                    live.stop,
                )
            )()
        choices = self._simulator.choices
        choices.shape = self._random.choice(tuple(Shape))
        choices.duplicates = self._random.choice((1, 2))
        choices.noise = self._random.random() < 0.5
        choices.direction_field = self._random.random() < 0.5

    async def _garbage(self) -> None:
        """Send frames that the integration cannot understand."""
        for frame in self._random.choices(_GARBAGE, k=5):
            self._simulator.live.send(INSTANCE, frame)
        strange = json.dumps({"event": self._word(), "data": {self._word(): 1}})
        self._simulator.live.send(INSTANCE, strange)

    def _word(self) -> str:
        """Return a random word."""
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz", k=12))

    async def _relink(self) -> None:
        """Disconnect the instance from WhatsApp for a moment."""
        async with self._silence(self._home.ledger.silences):
            self._simulator.reconnect(INSTANCE)
            await asyncio.sleep(0.5)

    async def _incoming(self) -> None:
        """Call the instance from a new number or from a contact's."""
        number = self._load.stranger()
        if self._random.random() < 0.3:
            number = self._random.choice(list(PEOPLE.values()))
        self._simulator.call_in(number, INSTANCE, seconds=2)

    # Troubles of the entry

    async def _reload(self) -> None:
        """Reload the entry during the load."""
        async with self._silence(self._home.ledger.reloads), self._lost_socket():
            await self._home.home_assistant.post(
                f"/api/config/config_entries/entry/{self._home.entry_id}/reload", {}
            )

    @asynccontextmanager
    async def _silence(self, spans: list[Span]) -> AsyncIterator[None]:
        """Record a period without updates."""
        # Updates just before the break are lost too, if the client had not read them.
        start = time.time() - 5
        # The end is unknown until the period is over.
        spans.append(Span(start, float("inf")))
        place = len(spans) - 1
        yield
        spans[place] = Span(start, time.time() + 1)

    @asynccontextmanager
    async def _lost_socket(self) -> AsyncIterator[None]:
        """At the end, wait until the integration has opened another WebSocket."""
        clients = self._simulator.live._clients
        before = set(clients.get(INSTANCE, ()))
        yield
        while not set(clients.get(INSTANCE, ())) - before:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    async def _guest(self) -> None:
        """Add a contact, call it, rename it, call it again, and remove it."""
        self._guests += 1
        # Three names are reused, because Home Assistant remembers the entities of each
        # new name.
        name = f"guest_{self._guests % 3}"
        number = self._load.stranger()
        contact = await self._contact_flow({}, name, number)
        if contact.get("type") != "create_entry":
            raise RuntimeError(f"The contact could not be added: {contact}")
        # Home Assistant adds the contact's entities a moment later.
        await asyncio.sleep(1)
        await self._call_guest(name, number)
        subentry_id = await self._subentry_id(name)
        renamed = await self._contact_flow(
            {"subentry_id": subentry_id}, f"Renamed {name}", number
        )
        if renamed.get("reason") != "reconfigure_successful":
            raise RuntimeError(f"The contact could not be renamed: {renamed}")
        await self._call_guest(name, number)
        await self._home.wire.command(
            "config_entries/subentries/delete",
            entry_id=self._home.entry_id,
            subentry_id=subentry_id,
        )

    async def _call_guest(self, name: str, number: str) -> None:
        """Call a contact by an action, and by its button."""
        await self._load.ask(
            "ryze.fake_call",
            (number,),
            tagged=True,
            entity_id=f"notify.{name}",
            duration=1,
            wait=self._random.choice((0, 5)),
        )
        await self._load.ask(
            "button.press", (number,), tagged=False, entity_id=f"button.{name}_ring"
        )

    async def _contact_flow(
        self, more: dict[str, str], name: str, number: str
    ) -> dict[str, Any]:
        """Fill in the form of a contact, and return the last answer."""
        post = self._home.home_assistant.post
        url = f"{FLOWS}/subentries/flow"
        handler = [self._home.entry_id, "contact"]
        flow = await post(url, {"handler": handler, **more})
        url = f"{url}/{flow['flow_id']}"
        result: dict[str, Any] = await post(url, {"name": name, "number": f"+{number}"})
        if result.get("type") == "menu":
            result = await post(url, {"next_step_id": "save"})
        return result

    async def _subentry_id(self, name: str) -> str:
        """Return the id of a contact's subentry."""
        answer = await self._home.wire.command(
            "config_entries/subentries/list", entry_id=self._home.entry_id
        )
        (found,) = (s for s in answer["result"] if s["title"] == name)
        subentry_id: str = found["subentry_id"]
        return subentry_id

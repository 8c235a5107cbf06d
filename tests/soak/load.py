"""The load: actions of people and automations, several per second."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
import time
from typing import Any, Final

from .home import MEDIA, PEOPLE, SIREN, Home
from .ledger import Asked
from tests.demo.home import DOORBELL
from tests.simulator import PUBLIC_CHIME, Behaviour
from tests.simulator.chime import chime

# The number of actions per second, and the most actions at the same time.
RATE: Final = 4.0
MAX_OPEN: Final = 100

WAIT: Final = 15
_BEHAVIOURS: Final = (Behaviour.ANSWER, Behaviour.DECLINE, Behaviour.IGNORE)
_MESSAGES: Final = (
    "Somebody is at the door.",
    "The washing machine is done.",
    "There is water in the basement.",
)


class Load:
    """A source of random actions, which records each action and its answer."""

    def __init__(self, home: Home, random: Random) -> None:
        """Initialize."""
        self._home = home
        self._random = random
        self._asked = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._clip = b64encode(chime()[:16_000]).decode()
        self._kinds: dict[Callable[[], Awaitable[None]], int] = {
            self._fake_call: 40,
            self._audio_call: 20,
            self._press: 20,
            self._notify: 15,
            self._escalate: 3,
        }

    async def run(self) -> None:
        """Start actions until cancelled; actions in progress then continue."""
        kinds, weights = list(self._kinds), list(self._kinds.values())
        while True:
            await asyncio.sleep(self._random.expovariate(RATE))
            if len(self._tasks) >= MAX_OPEN:
                continue
            (kind,) = self._random.choices(kinds, weights)
            task = asyncio.create_task(self._do(kind))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _do(self, kind: Callable[[], Awaitable[None]]) -> None:
        """Run one action."""
        await kind()

    async def finish(self, seconds: float) -> None:
        """Wait for the answers to all actions in progress."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def ask(
        self, action: str, numbers: tuple[str, ...], *, tagged: bool, **data: Any
    ) -> Asked:
        """Run an action and record its answer."""
        self._asked += 1
        tag = f"soak-{self._asked}" if tagged else None
        asked = Asked(
            action=action.partition(".")[2], numbers=numbers, at=time.time(), tag=tag
        )
        self._home.ledger.asked.append(asked)
        respond = tagged and self._random.random() < 0.7
        more = {"tag": tag} if tagged else {}
        answer = await self._home.wire.act(action, respond=respond, **data, **more)
        asked.answered_at = time.time()
        if answer["success"]:
            result = answer["result"]
            asked.context = result["context"]["id"]
            asked.rows = (result["response"] or {}).get("calls", []) if respond else []
        else:
            error = answer["error"]
            asked.error = error.get("translation_key") or error["code"]
        return asked

    def stranger(self) -> str:
        """Return a new number."""
        self._asked += 1
        number = f"55119{80_000_000 + self._asked}"
        behaviour = self._random.choice(_BEHAVIOURS)
        self._home.simulator.add_phone(number, behaviour=behaviour)
        return number

    def _somebody(self) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Return random recipients, and the fields for them."""
        people = self._random.sample(list(PEOPLE), self._random.choice((0, 1, 1, 1, 2)))
        strangers = [self.stranger()]
        if people and self._random.random() < 0.7:
            strangers = []
        fields = {
            "entity_id": [f"notify.{name}" for name in people],
            "number": [f"+{number}" for number in strangers],
            "wait": self._random.choice((0, 0, WAIT)),
        }
        return (*(PEOPLE[name] for name in people), *strangers), fields

    def _somebody_at_home(self) -> str:
        """Return the name of a random contact."""
        return self._random.choice(list(PEOPLE))

    def _message(self) -> str:
        """Return a message, rarely a new one."""
        if self._random.random() < 0.03:
            return f"This is message number {self._asked}."
        return self._random.choice(_MESSAGES)

    def _audio(self) -> dict[str, Any]:
        """Return a random field with audio."""
        kinds: list[dict[str, Any]] = [
            {"message": self._message()},
            {"media": {"media_content_id": f"{MEDIA}/{DOORBELL}"}},
            {"media": {"media_content_id": f"{MEDIA}/{SIREN}"}},
            {"media_base64": self._clip},
            {"media_url": PUBLIC_CHIME},
        ]
        return self._random.choices(kinds, (4, 3, 1, 3, 1))[0]

    async def _fake_call(self) -> None:
        """Place fake calls."""
        numbers, fields = self._somebody()
        fields["duration"] = self._random.randint(1, 3)
        await self.ask("ryze.fake_call", numbers, tagged=True, **fields)

    async def _audio_call(self) -> None:
        """Place audio calls."""
        numbers, fields = self._somebody()
        await self.ask(
            "ryze.audio_call", numbers, tagged=True, **fields, **self._audio()
        )

    async def _press(self) -> None:
        """Press a contact's button, which places a fake call of 8 seconds."""
        name = self._somebody_at_home()
        await self.ask(
            "button.press",
            (PEOPLE[name],),
            tagged=False,
            entity_id=f"button.{name}_ring",
        )

    async def _notify(self) -> None:
        """Send a message to a contact."""
        name = self._somebody_at_home()
        await self.ask(
            "notify.send_message",
            (PEOPLE[name],),
            tagged=False,
            entity_id=f"notify.{name}",
            message=self._message(),
        )

    async def _escalate(self) -> None:
        """Run an escalation, with one of several possible ends."""
        names, fields = self._random.choice(
            (
                (("joao", "ana", "maria"), {"rounds": 1}),
                (("joao",), {"rounds": 1, "accept": "answered_or_rejected"}),
                (("joao",), {"rounds": 2}),
                (("ana",), {"rounds": 10, "deadline": 3}),
                (("ana",), {"rounds": 10, "pause": 1}),
            )
        )
        if self._random.random() < 0.3:
            fields |= self._audio()
        background = "pause" in fields or self._random.random() < 0.5
        asked = await self.ask(
            "ryze.escalate",
            tuple(PEOPLE[name] for name in names),
            tagged=True,
            entity_id=[f"notify.{name}" for name in names],
            **{"background": background, "duration": 1, "ring_time": 10, "pause": 0}
            | fields,
        )
        if "pause" in fields and not asked.error:
            await self._acknowledge(asked)

    async def _acknowledge(self, asked: Asked) -> None:
        """Acknowledge an escalation later, by its tag or by the instance's button."""
        await asyncio.sleep(self._random.uniform(0, 6))
        if self._random.random() < 0.8:
            await self._home.wire.act("ryze.acknowledge", respond=False, tag=asked.tag)
        else:
            await self._home.wire.act(
                "button.press", respond=False, entity_id="button.home_acknowledge"
            )

    async def stop_escalations(self) -> None:
        """Acknowledge all running escalations."""
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await self._home.wire.act("ryze.acknowledge", respond=False)

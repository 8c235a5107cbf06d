"""The simulator in its own process.

python -m tests.bench.api
"""

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import ClassVar, Final, override
from unittest.mock import patch

from aiohttp import web

from .process import serve
from .sink import INSTANCE
from tests.helpers.const import INSTANCE_TOKEN, MARIA, OTHER_TOKEN
from tests.simulator import Behaviour, Simulator

# The instance of a plain WebSocket client, which the integration is compared with.
OTHER: Final = "other"


class Socket(web.WebSocketResponse):
    """A WebSocket that notes the times at which it sends frames."""

    sent: ClassVar[asyncio.Queue[float]] = asyncio.Queue()

    @override
    async def send_str(self, data: str, compress: int | None = None) -> None:
        """Send a frame."""
        self.sent.put_nowait(perf_counter())
        await super().send_str(data, compress)


class Api:
    """The commands to the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        """Prepare two instances, and phones that only ring."""
        self._simulator = simulator
        simulator.add_instance(INSTANCE, token=INSTANCE_TOKEN)
        simulator.add_instance(OTHER, token=OTHER_TOKEN)
        for name in simulator.instances:
            simulator.live.configure(name, events=("call.update", "instance.state"))
        simulator.default_behaviour = Behaviour.MANUAL
        simulator.rate_limit.limit = 10**6

    async def url(self) -> str:
        """Return the simulator's base URL."""
        return self._simulator.url

    async def answer(self, call_id: str) -> float:
        """Answer a call, and return the time of its frame."""
        return await self._sent(lambda: self._simulator.answer(call_id))

    async def hang_up(self, call_id: str) -> None:
        """End a call."""
        self._simulator.hang_up(call_id)

    async def tell(self) -> float:
        """Send the other instance an update, and return the time of the frame."""
        data = {"type": "accepted", "callId": "3EB0C431", "from": MARIA, "to": MARIA}
        live = self._simulator.live
        return await self._sent(lambda: live.emit(OTHER, "call.update", data))

    async def _sent(self, tell: Callable[[], None]) -> float:
        """Run an action, and return the time of the frame that the action sends."""
        while not Socket.sent.empty():
            Socket.sent.get_nowait()
        tell()
        return await Socket.sent.get()

    async def allow(self, requests: int, seconds: float) -> None:
        """Set a rate limit and the seconds until its reset."""
        limit = self._simulator.rate_limit
        limit.limit, limit.window = requests, seconds
        limit.set(INSTANCE_TOKEN, remaining=requests, resets_in=seconds)

    async def count(self) -> dict[str, int]:
        """Return the counts since the last command of this name, and reset them."""
        simulator = self._simulator
        requests = [r for r in simulator.requests if r.route in ("fake", "audio")]
        counts = {
            "requests": len(requests),
            "refused": sum(request.status == 429 for request in requests),
            "rings": sum(phone.rings for phone in simulator.phones.values()),
            "twice": sum(phone.rings > 1 for phone in simulator.phones.values()),
        }
        simulator.drop_calls()
        simulator.calls.clear()
        simulator.requests.clear()
        simulator.phones.clear()
        return counts


async def main() -> None:
    """Serve until the parent closes the connection."""
    with patch.object(web, "WebSocketResponse", Socket):
        async with Simulator() as simulator:
            api = Api(simulator)
            await serve(
                {
                    "url": api.url,
                    "answer": api.answer,
                    "hang_up": api.hang_up,
                    "tell": api.tell,
                    "allow": api.allow,
                    "count": api.count,
                }
            )


if __name__ == "__main__":
    asyncio.run(main())

"""A way to send a file as a call's audio, in its own process.

python -m tests.bench.sender bare|ordinary|ours URL FOLDER

The files are in the folder's `media`.
"""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
import json
from pathlib import Path
from time import perf_counter, process_time
from typing import Final

from aiohttp import ClientSession

from .home import add_instance, home, run_process
from .measure import LongestStall, PeakMemory
from .process import serve
from .sink import INSTANCE
from custom_components.ryze.const import DOMAIN
from tests.helpers.const import INSTANCE_TOKEN, MARIA

_ROUTE: Final = f"/api/call/audio/{INSTANCE}"
# In practice no connection is left when the next call comes.
_HEADERS: Final = {"token": INSTANCE_TOKEN, "Connection": "close"}
# Divisible by three, so that the base64 of the pieces adds up to the base64 of the
# whole.
_PIECE: Final = 96 * 1024

type Send = Callable[[Path], Awaitable[None]]


@asynccontextmanager
async def bare(url: str, folder: Path) -> AsyncIterator[Send]:
    """Stream the file without error handling, threads and Home Assistant.

    Reading blocks the event loop, which stalls on a network drive. This way is
    therefore not for use, but Python has no quicker one.
    """
    head = json.dumps({"number": MARIA}).encode()[:-1] + b', "mediaBase64": "'
    tail = b'"}'

    async def body(file: Path) -> AsyncIterator[bytes]:
        yield head
        with file.open("rb", buffering=0) as source:
            while piece := source.read(_PIECE):
                yield b64encode(piece)
        yield tail

    async with ClientSession() as session:

        async def send(file: Path) -> None:
            audio_size = file.stat().st_size  # noqa: ASYNC240
            size = len(head) + (audio_size + 2) // 3 * 4 + len(tail)
            async with session.post(
                url + _ROUTE,
                data=body(file),
                headers=_HEADERS
                | {"Content-Type": "application/json", "Content-Length": str(size)},
            ) as response:
                assert (await response.json())["success"]

        yield send


@asynccontextmanager
async def ordinary(url: str, folder: Path) -> AsyncIterator[Send]:
    """Read, encode and send the whole file at once, which is the ordinary way."""
    async with ClientSession() as session:

        async def send(file: Path) -> None:
            loop = asyncio.get_running_loop()
            audio = await loop.run_in_executor(None, file.read_bytes)
            content = {"number": MARIA, "mediaBase64": b64encode(audio).decode()}
            async with session.post(
                url + _ROUTE, json=content, headers=_HEADERS
            ) as response:
                assert (await response.json())["success"]

        yield send


@asynccontextmanager
async def ours(url: str, folder: Path) -> AsyncIterator[Send]:
    """Send the file with our action."""
    async with home(folder) as hass:
        await add_instance(hass, url)

        async def send(file: Path) -> None:
            answer = await hass.services.async_call(
                DOMAIN,
                "audio_call",
                {
                    "number": MARIA,
                    "media": {
                        "media_content_id": f"media-source://media_source/local/{file.name}",
                        "media_content_type": "audio/mpeg",
                    },
                },
                blocking=True,
                return_response=True,
            )
            assert answer

        yield send


WAYS: Final[Mapping[str, Callable[[str, Path], AbstractAsyncContextManager[Send]]]] = {
    "bare": bare,
    "ordinary": ordinary,
    "ours": ours,
}


async def main(way: str, url: str, folder: str) -> None:
    """Serve the parent's commands."""
    async with WAYS[way](url, Path(folder)) as send:

        async def timed(path: str) -> tuple[float, float]:
            file = Path(path)
            start, cpu_start = perf_counter(), process_time()
            await send(file)
            return perf_counter() - start, process_time() - cpu_start

        async def watched(path: str) -> tuple[int, float]:
            # Watching takes time, so timed rounds are not watched.
            with PeakMemory() as memory:
                async with LongestStall() as stall:
                    await send(Path(path))
            return memory.bytes, stall.seconds

        await serve({"timed": timed, "watched": watched})


if __name__ == "__main__":
    run_process(main)

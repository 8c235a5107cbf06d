"""Processes of their own for what is measured, and for what it talks to.

They are told what to do, and answer, in lines of JSON.
"""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
import json
import os
import sys
from typing import Any, Final

_TIMEOUT: Final = 60


class ChildError(Exception):
    """A process has ended by itself; what it said is on the terminal."""


class Child:
    """A process that was started."""

    def __init__(self, process: Process) -> None:
        """Initialize."""
        self._process = process

    async def ask(self, command: str, *arguments: object) -> Any:
        """Have it do something and return its answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{json.dumps([command, *arguments])}\n".encode())
        async with asyncio.timeout(_TIMEOUT):
            line = await self._process.stdout.readline()
        if not line:
            raise ChildError
        return json.loads(line)


@asynccontextmanager
async def start(module: str, *arguments: str) -> AsyncIterator[Child]:
    """Run a module that `serve`s, until it is not needed any longer."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        stdin=PIPE,
        stdout=PIPE,
        # Where each thread has an arena of its own, memory that is free again cannot
        # be given back, and later rounds would seem to need none.
        env=os.environ | {"MALLOC_ARENA_MAX": "1"},
    )
    try:
        yield Child(process)
        # It ends when there is nobody left to tell it anything.
        assert process.stdin
        process.stdin.close()
        async with asyncio.timeout(_TIMEOUT):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def serve(commands: Mapping[str, Callable[..., Awaitable[object]]]) -> None:
    """Do what the parent says, until it says nothing more."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command, *arguments = json.loads(line)
        answer = await commands[command](*arguments)
        print(json.dumps(answer), flush=True)  # noqa: T201

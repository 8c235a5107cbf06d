"""Proof that a task waited, by its timers instead of a clock."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest


def watch_waits(
    monkeypatch: pytest.MonkeyPatch, task_name: str, on_wait: Callable[[float], object]
) -> None:
    """Report each wait of the tasks of a name, with its seconds, when it is over.

    A wait that ends early, because its reason is gone, is not reported.
    """
    loop = asyncio.get_running_loop()
    call_at = loop.call_at

    def watched_call_at(
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        task = asyncio.current_task()
        if task is None or task.get_name() != task_name:
            return call_at(when, callback, *args, context=context)
        seconds = when - loop.time()

        def report(*args: Any) -> None:
            on_wait(seconds)
            callback(*args)

        return call_at(when, report, *args, context=context)

    monkeypatch.setattr(loop, "call_at", watched_call_at)

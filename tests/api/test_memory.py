"""Tests of the memory that the client releases."""

import asyncio
import gc
import weakref

from custom_components.ryze.api import Audio, RyzeClient
from tests.helpers.const import MARIA
from tests.simulator import Fault, FaultKind, Simulator
from tests.simulator.chime import chime


async def test_audio_after_a_retry(
    simulator: Simulator, client: RyzeClient, quick_retries: None
) -> None:
    """After a repeated call its audio is released, without the garbage collector."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"}
    fault = Fault(FaultKind.STATUS, route="audio", status=429, headers=headers)
    simulator.inject(fault)
    audio = Audio.from_bytes(chime())
    gone = weakref.ref(audio)
    gc.disable()
    try:
        await client.audio_call("home", MARIA, audio, asyncio.Event())
        del audio
        assert gone() is None
    finally:
        gc.enable()

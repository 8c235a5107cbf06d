"""Placing both kinds of calls with the client."""

from asyncio import Event
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.ryze.api import (
    Audio,
    RyzeClient,
)
from tests.helpers.const import MARIA
from tests.simulator.chime import chime

type Place = Callable[[RyzeClient], Awaitable[Any]]


async def place_fake(client: RyzeClient) -> None:
    """Place a fake call to Maria."""
    await client.fake_call("home", MARIA, 1, Event())


async def place_audio(client: RyzeClient) -> None:
    """Place an audio call to Maria."""
    await client.audio_call("home", MARIA, Audio.from_bytes(chime()[:5000]), Event())


BOTH = pytest.mark.parametrize("place", [place_fake, place_audio])

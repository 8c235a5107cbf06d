"""Tests of the figures in the README's sentences."""

import json
import re

import pytest

from .pages import README, ROOT, prose
from custom_components.ryze.api.client import CONNECTION_RETRY_DELAYS, MAX_RESET_WAIT
from custom_components.ryze.audio.file import MAX_AUDIO_SIZE
from custom_components.ryze.audio.media import TIMEOUT
from custom_components.ryze.calls.call import DEFAULT_DURATION
from custom_components.ryze.calls.outcomes import INFERENCE_MARGIN
from custom_components.ryze.coordinator import POLL_OTHERWISE, POLL_WHILE_LIVE
from custom_components.ryze.escalation.plan import MAX_INTERRUPTION

WORDS = {
    "two": 2,
    "eight": 8,
    "ten": 10,
    "a minute": 60,
    "an hour": 3600,
}


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        (r"Rings her phone for (\w+) seconds", DEFAULT_DURATION),
        (r"without news (\w+) seconds after its ringing", INFERENCE_MARGIN),
        (r"If the limit ends within (a \w+), the integration waits", MAX_RESET_WAIT),
        (r"state of the instance every (\w+) minutes", POLL_WHILE_LIVE.seconds / 60),
        (r"or every (\w+) while live updates are down", POLL_OTHERWISE.seconds / 60),
        (r"restarts of Home Assistant of up to (an \w+)", MAX_INTERRUPTION),
    ],
)
def test_words(sentence: str, value: float) -> None:
    """A number in words equals the value in the code."""
    assert [WORDS[word] for word in re.findall(sentence, prose(README))] == [value]


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        (r"up to (\d+) MiB", MAX_AUDIO_SIZE / 2**20),
        (r"took longer than (\d+) seconds", TIMEOUT),
    ],
)
def test_figures(sentence: str, value: float) -> None:
    """A figure equals the value in the code, wherever the README has it."""
    assert {float(found) for found in re.findall(sentence, prose(README))} == {value}


def test_retry_delays() -> None:
    """The README lists the delays before a call is tried again."""
    *first, last = [f"{delay:.0f}" for delay in CONNECTION_RETRY_DELAYS]
    assert f"tried again after {', '.join(first)} and {last} seconds" in prose(README)


def test_required_home_assistant() -> None:
    """The README and the Marketplace require the same Home Assistant."""
    floor = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    assert f"Home Assistant {floor.removesuffix('.0')} or newer" in prose(README)

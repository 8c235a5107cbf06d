"""Fixtures of the tests of calls."""

import pytest

from custom_components.ryze.calls import tracker
from tests.simulator import Simulator


@pytest.fixture
def quick_updates(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let phones ring, and the tracker wait for reordered updates, only for a moment."""
    simulator.second = 0.2
    monkeypatch.setattr(tracker, "REORDER", 0.1)

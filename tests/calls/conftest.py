"""Fixtures of the tests of calls."""

import pytest

from custom_components.ryze.calls import outcomes as outcomes_module
from tests.simulator import Simulator


@pytest.fixture
def quick_updates(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let phones ring, and the tracker wait for reordered updates, only for a moment."""
    simulator.second = 0.2
    monkeypatch.setattr(outcomes_module, "REORDER", 0.1)
    monkeypatch.setattr(outcomes_module, "DECLINE_HOLD", 0.1)

"""The rounds of the long run, and its summary."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
import os
import time
from typing import Any, Final

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import Event, HomeAssistant

from .runs import SCALE, TRIED
from tests.helpers.common import capture, make_entry, setup_integration
from tests.helpers.const import INSTANCE_TOKEN, JOAO, MARIA
from tests.helpers.escalations import hurry
from tests.simulator import Behaviour, Simulator

# The longest duration of the long run, in seconds.
SECONDS: Final = float(os.environ.get("RYZE_FUZZ_SECONDS", "inf"))

# The tests whose inputs the argument --examples of scripts/fuzz counts.
_FRAMES: Final = {
    "test_frames.py::test_parser",
    "test_frames.py::test_memory",
    "test_answers.py::test_requests",
    "test_answers.py::test_memory",
    "test_sockets.py::test_answers",
    "test_live_updates.py::test_anything",
}

_totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
_seconds: defaultdict[str, float] = defaultdict(float)
_started = time.monotonic()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize a test with the number of its rounds in the long run."""
    rounds: int = getattr(metafunc.function, "rounds", 1)
    if rounds > 1:
        metafunc.parametrize("fuzz_round", range(rounds), indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the rounds: every test has its first round before any second round."""
    if SCALE:
        items.sort(key=_place)


def _place(item: pytest.Item) -> float:
    """Return a round's position in the long run, from 0 to 1."""
    rounds: int = getattr(getattr(item, "function", None), "rounds", 1)
    callspec: Any = getattr(item, "callspec", None)
    return (callspec.params.get("fuzz_round", 0) if callspec else 0) / rounds


@cache
def _end() -> float:
    """Return the end of the long run, which begins with the first round."""
    return time.monotonic() + SECONDS


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Skip a round after the end of the long run."""
    if time.monotonic() > _end():
        pytest.skip("The time is up")


@pytest.fixture(autouse=True)
def fuzz_round(record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Record the number of a round's inputs."""
    TRIED.clear()
    yield
    record_property("tried", dict(TRIED))


@pytest.fixture
async def family(
    hass: HomeAssistant, simulator: Simulator, quick_retries: None
) -> MockConfigEntry:
    """Return the entry of the instance "home" in Brazil, with Maria and João."""
    entry = make_entry(
        simulator, "home", INSTANCE_TOKEN, contacts={"Maria": MARIA, "João": JOAO}
    )
    await setup_integration(hass, entry)
    return entry


@pytest.fixture
def declining_phones(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let phones decline at once, and time pass a hundred times as fast."""
    hurry(simulator, monkeypatch)
    simulator.default_behaviour = Behaviour.DECLINE


@pytest.fixture
def events(hass: HomeAssistant) -> list[Event]:
    """Return a list that fills with the events of calls."""
    return capture(hass)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up the inputs and the duration of a round."""
    name = report.nodeid.rpartition("/")[2].partition("[")[0]
    if report.when == "call":
        _seconds[name] += report.duration
    for key, value in report.user_properties:
        if key == "tried" and isinstance(value, dict):
            _totals[name].update(value)
            _totals[name]["rounds"] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of inputs."""
    if not SCALE:
        return
    write = terminalreporter.write_line
    write("")
    write(f"{'target':<58}{'rounds':>7}{'examples':>10}{'inputs':>11}{'inputs/s':>10}")
    total: Counter[str] = Counter()
    for name, count in sorted(_totals.items()):
        total += count
        write(_line(name, count, _seconds[name]))
    seconds = time.monotonic() - _started
    frames = sum((_totals[name] for name in _FRAMES & _totals.keys()), Counter[str]())
    write(_line("frames and answers alone", frames, seconds))
    write(_line(f"all, in {seconds / 60:.1f} minutes", total, seconds))


def _line(name: str, count: Counter[str], seconds: float) -> str:
    """Return a line of the table."""
    rate = count["inputs"] / max(seconds, 0.001)
    return (
        f"{name:<58}{count['rounds']:>7}{count['examples']:>10}"
        f"{count['inputs']:>11}{rate:>10.0f}"
    )

"""The number of examples: few in the test run, many with scripts/fuzz."""

from collections import Counter
from collections.abc import Awaitable, Callable
from functools import wraps
import inspect
import os
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

# The length of the long run as a multiple of its default; 0 in the test run.
SCALE: Final = float(os.environ.get("RYZE_FUZZ_SCALE", "0"))

# The number of examples in a round. Hypothesis remembers all examples of a round, so a
# single large round would need ever more memory and time.
ROUND: Final = 1000

# The number of inputs since the round began.
TRIED: Final[Counter[str]] = Counter()


def target[**P](
    *, short: int, long: int, per_round: int = ROUND
) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Return a decorator, to be used below `given`, that limits a test's examples.

    The test may return the number of its inputs; by default an example is one input.
    """
    examples = min(per_round, long) if SCALE else short

    def decorate(test: Callable[P, Any]) -> Callable[P, Any]:
        return _in_rounds(limit(examples)(_counted(test)), long / examples)

    return decorate


def lives(
    machine: type[RuleBasedStateMachine],
    *,
    short: int,
    long: int,
    per_round: int = ROUND,
) -> Callable[[], None]:
    """Return a test that runs a state machine and counts its steps as inputs."""
    examples = min(per_round, long) if SCALE else short

    def test() -> None:
        run_state_machine_as_test(machine, settings=limit(examples))

    test.__doc__ = machine.__doc__
    return _in_rounds(test, long / examples)


def _in_rounds[**P](test: Callable[P, Any], rounds: float) -> Callable[P, Any]:
    """Store the number of a test's rounds in the long run."""
    test.__dict__["rounds"] = max(1, round(rounds * SCALE))
    return test


def limit(examples: int) -> settings:
    """Return the settings of a test with a number of examples."""
    phases = [Phase.explicit, Phase.generate, Phase.shrink]
    return settings(
        max_examples=examples,
        deadline=None,
        phases=phases if SCALE else [*phases, Phase.reuse],
        # Each round of the long run must differ from the others.
        derandomize=settings().derandomize and not SCALE,
        print_blob=True,
        suppress_health_check=[
            HealthCheck.data_too_large,
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
        ],
    )


def note(examples: int, inputs: int | None) -> None:
    """Count examples and inputs."""
    TRIED["examples"] += examples
    TRIED["inputs"] += 1 if inputs is None else inputs


def _counted[**P](test: Callable[P, Any]) -> Callable[P, Any]:
    """Return a test that counts its inputs."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        note(1, test(*args, **kwargs))

    @wraps(test)
    async def async_run(*args: P.args, **kwargs: P.kwargs) -> None:
        outcome: Awaitable[int | None] = test(*args, **kwargs)
        note(1, await outcome)

    return async_run if inspect.iscoroutinefunction(test) else run

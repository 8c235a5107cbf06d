"""The fixtures, where there is a browser to drive."""

from importlib.util import find_spec

if find_spec("playwright") is None:
    # The environment of the other tests.
    collect_ignore_glob = ["test_*.py"]
else:
    from .fixtures import (  # noqa: F401
        clean,
        home,
        home_assistant,
        nothing,
        person,
        pytest_runtest_makereport,
        simulator,
        words,
    )

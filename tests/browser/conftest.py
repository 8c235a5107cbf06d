"""The fixtures of the browser tests, where Playwright is installed."""

from importlib.util import find_spec

if find_spec("playwright") is None:
    # The environment of the other tests has no Playwright.
    collect_ignore_glob = ["test_*.py"]
else:
    from .fixtures import (  # noqa: F401
        clean,
        home,
        home_assistant,
        no_instance,
        person,
        pytest_runtest_makereport,
        simulator,
        words,
    )

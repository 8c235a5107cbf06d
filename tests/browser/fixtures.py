"""Fixtures of the browser tests: one Home Assistant, and one person per language."""

from collections.abc import AsyncIterator, Generator
from functools import partial
from pathlib import Path
import re
import shutil

from playwright.async_api import async_playwright
import pytest
import pytest_asyncio

from .person import HEIGHT, WIDTH, Person
from .words import Words
from tests.demo.__main__ import free_ports, make_simulator
from tests.demo.home import INSTANCE, async_set_up, write_configuration
from tests.demo.home_assistant import HomeAssistant
from tests.demo.speech import SpeechServer
from tests.simulator import Simulator

# The last arguments keep Chromium from contacting servers that the tests do not use.
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
)

FAILED = pytest.StashKey[bool]()

session_fixture = partial(pytest_asyncio.fixture, scope="session", loop_scope="session")


@session_fixture()
async def simulator() -> AsyncIterator[Simulator]:
    """Run a simulator with phones and a second instance."""
    _, port = free_ports()
    async with make_simulator(port) as simulator:
        simulator.add_instance("office", token="demo-office-token", id="demo-office")
        simulator.rate_limit.limit = 1_000_000
        yield simulator


@session_fixture()
async def home_assistant(
    simulator: Simulator, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[HomeAssistant]:
    """Run Home Assistant, and fail if its log has a token or an error of ours."""
    config: Path = tmp_path_factory.mktemp("home-assistant")
    port, _ = free_ports()
    async with SpeechServer() as speech:
        write_configuration(config, port, simulator, speech)
        async with HomeAssistant(config, port) as home_assistant:
            yield home_assistant
    log = home_assistant.log.read_text()
    assert not re.search(r"demo-\w+-token", log)
    errors = [line for line in log.splitlines() if " ERROR " in line and "ryze" in line]
    # The tests stop RyzeAPI, and Home Assistant logs the first poll that fails.
    assert [line for line in errors if "Error fetching" not in line] == []


@session_fixture(params=["en", "pt-BR", "es"])
async def words(
    request: pytest.FixtureRequest,
    home_assistant: HomeAssistant,
    simulator: Simulator,
) -> Words:
    """Return the words of a language, after switching Home Assistant to the language.

    Every instance is removed, because entities keep their names from their first setup.
    """
    async with home_assistant.websocket() as websocket:
        answer = await websocket.command("config/core/update", language=request.param)
    assert answer["success"]
    await _forget(home_assistant, simulator)
    return Words(request.param)


@session_fixture()
async def person(
    words: Words, home_assistant: HomeAssistant, simulator: Simulator
) -> AsyncIterator[Person]:
    """Return a person at a browser in this language."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=BROWSER_ARGUMENTS
        )
        context = await browser.new_context(
            locale=words.language, viewport={"width": WIDTH, "height": HEIGHT}
        )
        yield await Person.arrive(context, words, home_assistant, f"{simulator.url}/")
        await browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the tests that failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def clean(
    request: pytest.FixtureRequest, person: Person, simulator: Simulator
) -> AsyncIterator[None]:
    """End all calls after each test, and fail if a page reported an error."""
    yield
    simulator.drop_calls()
    if request.node.stash.get(FAILED, False):
        await person.start_over(f"failed-{request.node.originalname}")
    errors, person.errors = person.errors, []
    assert errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def no_instance(home_assistant: HomeAssistant, simulator: Simulator) -> None:
    """Remove every instance, and the configuration of live updates."""
    await _forget(home_assistant, simulator)


async def _forget(home_assistant: HomeAssistant, simulator: Simulator) -> None:
    """Remove every instance from Home Assistant, and reset live updates."""
    simulator.instances[INSTANCE].websocket = None
    for entry in await home_assistant.entries("ryze"):
        async with home_assistant._session.delete(
            f"{home_assistant.url}/api/config/config_entries/entry/{entry['entry_id']}",
            headers=home_assistant._headers,
            raise_for_status=True,
        ):
            pass


@pytest_asyncio.fixture(loop_scope="session")
async def home(home_assistant: HomeAssistant, simulator: Simulator) -> None:
    """Set up an instance with contacts."""
    if not await home_assistant.entries("ryze"):
        await async_set_up(home_assistant, simulator)

"""Tests of the benchmarks' tools, without measuring."""

from collections.abc import AsyncIterator

from aiohttp import ClientSession, ServerDisconnectedError
import pytest

from .measure import rounds
from .process import Child, ChildError, start
from .report import Column, Table, p99, render
from .sink import INSTANCE
from tests.helpers.const import INSTANCE_TOKEN, MARIA, OTHER_TOKEN

ROUTE = f"/api/call/fake/{INSTANCE}"
BODY = b'{"number": "%b"}' % MARIA.encode()

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
async def sink() -> AsyncIterator[Child]:
    """Run the server that only reads."""
    async with start("tests.bench.sink") as child:
        yield child


@pytest.mark.parametrize(
    ("headers", "kept"), [({}, True), ({"Connection": "close"}, False)]
)
async def test_sink(sink: Child, headers: dict[str, str], kept: bool) -> None:
    """The sink accepts calls, and keeps a connection if the client wants."""
    url = await sink.ask("listen")
    await sink.ask("look")
    ids = set()
    async with ClientSession(headers=headers | {"token": INSTANCE_TOKEN}) as session:
        for _ in range(2):
            async with session.post(url + ROUTE, data=BODY) as answer:
                ids.add((await answer.json())["callId"])
        connections = session.connector
        assert connections
        assert bool(connections._conns) is kept
    assert len(ids) == 2
    (first, second) = await sink.ask("bodies")
    assert first == second
    assert first[0] == len(BODY)


async def test_sink_is_for_the_token(sink: Child) -> None:
    """The sink drops a request without the right token."""
    url = await sink.ask("listen")
    async with ClientSession(headers={"token": OTHER_TOKEN}) as session:
        with pytest.raises(ServerDisconnectedError):
            await session.post(url + ROUTE, data=BODY)


async def test_process_that_fails() -> None:
    """A failing child process raises an error in its parent."""
    async with start("tests.bench.sink") as child:
        with pytest.raises(ChildError):
            await child.ask("sing")


@pytest.mark.parametrize(
    ("number", "part", "expected"), [(200, 1, 200), (200, 0.1, 20), (20, 0.01, 2)]
)
def test_rounds(number: int, part: float, expected: int) -> None:
    """A fraction of the rounds is never too small for statistics."""
    assert rounds(number, part) == expected
    assert p99([1.0] * expected) == 1


def test_render() -> None:
    """A table is Markdown with numbers aligned to the right."""
    columns = (Column("way", "way"), Column("ms", "median ms", 2))
    rows: list[dict[str, str | float]] = [
        {"way": "ours", "ms": 1.234},
        {"way": "theirs", "ms": 12},
    ]
    assert render({"cores": 2}, [Table("bench", "A table", columns, rows)]) == (
        "cores 2\n"
        "\n"
        "A table\n"
        "\n"
        "| way    | median ms |\n"
        "| ------ | --------: |\n"
        "| ours   |      1.23 |\n"
        "| theirs |     12.00 |"
    )

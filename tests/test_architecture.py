"""Tests of the rooms of the package, and of the direction of its imports."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

from custom_components import ryze

FOLDER: Final = Path(ryze.__file__).parent
ROOMS: Final = ("api", "audio", "calls", "escalation")

# The modules at the top that each room may import, beside the rooms named here.
MAY_IMPORT: Final = {
    "api": set[str](),
    "audio": {"api", "const", "errors", "urls"},
    "calls": {"api", "const", "contacts", "coordinator", "errors", "phone_numbers"},
    "escalation": {"api", "audio", "calls", "const", "errors", "phone_numbers"},
}


def names() -> dict[str, Path]:
    """Return the files of the package by the names of their modules."""
    return {
        ".".join(path.relative_to(FOLDER).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in FOLDER.rglob("*.py")
        if path != FOLDER / "__init__.py"
    }


def imports(name: str, path: Path) -> set[str]:
    """Return the modules of the package that a module imports."""
    parents = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            room = parents[: len(parents) - node.level + 1]
            found.add(".".join([*room, *(node.module or "").split(".")]).strip("."))
    return found


GRAPH: Final = {name: imports(name, path) for name, path in names().items()}


def test_every_import_is_seen() -> None:
    """All imports within the package are relative, and lead to one of its modules."""
    for path in names().values():
        assert "custom_components.ryze" not in path.read_text()
    assert GRAPH["calls.placing"] >= {"api", "calls.tracker", "contacts"}
    assert set().union(*GRAPH.values()) <= GRAPH.keys()


def test_no_circle() -> None:
    """No module imports itself, directly or through others."""
    order = list(TopologicalSorter(GRAPH).static_order())
    assert len(order) == len(GRAPH)


@pytest.mark.parametrize("name", sorted(GRAPH))
def test_no_import_for_types_alone(name: str) -> None:
    """No import hides a circle from Python."""
    assert "TYPE_CHECKING" not in names()[name].read_text()


@pytest.mark.parametrize("name", sorted(GRAPH))
def test_one_door(name: str) -> None:
    """Modules outside a room import only the room itself, and none of its modules."""
    own = name.partition(".")[0]
    through_walls = {
        target
        for target in GRAPH[name]
        if "." in target and target.partition(".")[0] != own
    }
    assert through_walls == set()


@pytest.mark.parametrize("room", ROOMS)
def test_rooms(room: str) -> None:
    """A room imports only the rooms and modules that it may."""
    targets = {
        target
        for name, found in GRAPH.items()
        if name.partition(".")[0] == room
        for target in found
        if target.partition(".")[0] != room
    }
    assert targets <= MAY_IMPORT[room]


def test_client_knows_no_home_assistant() -> None:
    """The client of RyzeAPI does not mention Home Assistant."""
    for name, path in names().items():
        if name.partition(".")[0] == "api":
            assert "homeassistant" not in path.read_text()


def test_sizes() -> None:
    """No file of the package has more than 320 lines."""
    sizes = {name: path.read_text().count("\n") for name, path in names().items()}
    assert {name: size for name, size in sizes.items() if size > 320} == {}

"""Tests that the integration keeps what quality_scale.yaml says of it.

Nobody else looks at that file: Home Assistant passes over it in custom integrations.
"""

import ast
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from inspect import get_annotations
import json
from pathlib import Path
import tomllib
from types import ModuleType
from typing import Any, get_type_hints

from aiohttp import ClientSession
import phonenumbers
import pytest

from homeassistant.const import EntityCategory
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util.yaml import load_yaml_dict

from .helpers.const import JOAO, MARIA
from .readme.pages import README, ROOT, headings
from custom_components import ryze
from custom_components.ryze import (
    PLATFORMS,
    config_flow,
    coordinator,
    diagnostics,
    entity,
    repairs,
    services,
)
from custom_components.ryze.api import RyzeClient
from custom_components.ryze.config_flow import RyzeConfigFlow
from custom_components.ryze.coordinator import RyzeCoordinator
from custom_components.ryze.data import RyzeConfigEntry

FOLDER = Path(ryze.__file__).parent

EXEMPT = {
    *("docs-conditions", "docs-triggers", "docs-supported-devices"),
    *("discovery", "discovery-update-info", "test-before-setup", "async-dependency"),
}

# Rules that only a person can judge, and the tests of their behaviour.
BY_PEOPLE = {
    "action-exceptions",  # tests/test_services.py
    "config-flow-test-coverage",  # tests/flows/
    "dependency-transparency",
    "dynamic-devices",  # tests/test_contacts.py
    "entity-unavailable",  # tests/test_coordinator.py
    "log-when-unavailable",  # tests/test_coordinator.py
    "stale-devices",  # tests/test_contacts.py
}

# The headings of the README that a rule asks for.
DOCS = {
    "docs-actions": ["Actions", "Until somebody answers"],
    "docs-configuration-parameters": ["Set up"],
    "docs-data-update": ["Entities"],
    "docs-examples": ["The first automation", "Blueprints"],
    "docs-high-level-description": ["Ryze for Home Assistant"],
    "docs-installation-instructions": ["What you need", "Install"],
    "docs-installation-parameters": ["Set up"],
    "docs-known-limitations": ["Known limitations"],
    "docs-removal-instructions": ["Remove"],
    "docs-supported-functions": ["Contacts", "Entities", "Events"],
    "docs-troubleshooting": ["When something is wrong"],
    "docs-use-cases": ["The first automation", "Until somebody answers"],
}

LEDGER: dict[str, Any] = load_yaml_dict(str(FOLDER / "quality_scale.yaml"))["rules"]


def modules() -> list[ModuleType]:
    """Return the modules of the integration, without those of the client."""
    paths = [path.relative_to(FOLDER) for path in sorted(FOLDER.rglob("[!_]*.py"))]
    names = [
        ".".join(path.with_suffix("").parts) for path in paths if path.parts[0] != "api"
    ]
    return [ryze, *(import_module(f"{ryze.__name__}.{name}") for name in names)]


def platforms() -> list[ModuleType]:
    """Return the modules of the platforms."""
    return [import_module(f"{ryze.__name__}.{platform}") for platform in PLATFORMS]


def tree(module: ModuleType) -> ast.Module:
    """Return the syntax tree of a module."""
    assert module.__file__
    return ast.parse(Path(module.__file__).read_text())


def calls(node: ast.AST) -> list[str]:
    """Return the names of the functions that a part of a module calls."""
    found = [item.func for item in ast.walk(node) if isinstance(item, ast.Call)]
    return [getattr(func, "attr", getattr(func, "id", "")) for func in found]


def function(module: ModuleType, name: str) -> ast.AST:
    """Return a function or method of a module."""
    nodes = (ast.FunctionDef, ast.AsyncFunctionDef)
    return next(
        node
        for node in ast.walk(tree(module))
        if isinstance(node, nodes) and node.name == name
    )


def loads(name: str) -> Any:
    """Return a JSON file of the integration."""
    return json.loads((FOLDER / name).read_text())


def project() -> dict[str, Any]:
    """Return the settings of the tools."""
    tools: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    return tools


def entity_classes() -> list[type]:
    """Return the classes that the platforms define."""
    return [
        item
        for module in platforms()
        for item in vars(module).values()
        if isinstance(item, type) and item.__module__ == module.__name__
    ]


def errors_are_translated() -> bool:
    """Return whether every error that a user sees has a translated text."""
    errors = [
        {keyword.arg for keyword in node.keywords}
        for module in modules()
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and isinstance(kind := getattr(module, node.func.id, None), type)
        and issubclass(kind, HomeAssistantError)
        # Home Assistant's own error for a missing right has its own text everywhere.
        and not issubclass(kind, Unauthorized)
    ]
    wanted = {"translation_domain", "translation_key"}
    return bool(errors) and all(keywords >= wanted for keywords in errors)


def listens_once_added() -> bool:
    """Return whether entities listen only while Home Assistant has them."""
    listening = {"async_add_listener", "async_listen", "async_subscribe"}
    added = [
        (module, node)
        for module in (entity, *platforms())
        for node in ast.walk(tree(module))
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "async_added_to_hass"
    ]
    inside = [name for _, node in added for name in calls(node) if name in listening]
    everywhere = [
        name
        for module in (entity, *platforms())
        for name in calls(tree(module))
        if name in listening
    ]
    removing = [name for _, node in added for name in calls(node)]
    return inside == everywhere and removing.count("async_on_remove") == len(inside) > 0


def is_typed() -> bool:
    """Return whether mypy checks everything, and finds types everywhere."""
    entries = [
        get_annotations(module.async_setup_entry)["entry"]
        for module in (ryze, *platforms())
    ]
    packages = [FOLDER, Path(phonenumbers.__file__).parent]
    return (
        project()["mypy"]["strict"] is True
        and all((package / "py.typed").is_file() for package in packages)
        and all(entry is RyzeConfigEntry for entry in entries)
    )


CHECKS: dict[str, Callable[[], bool]] = {
    "action-setup": lambda: (
        "async_setup_services" in calls(function(ryze, "async_setup"))
        and [item for item in modules() if "async_register" in calls(tree(item))]
        == [services]
    ),
    "appropriate-polling": lambda: timedelta(minutes=1) <= coordinator.POLL_OTHERWISE,
    "brands": (FOLDER / "brand" / "icon.png").is_file,
    "common-modules": lambda: (
        issubclass(RyzeCoordinator, DataUpdateCoordinator)
        and all(
            issubclass(item, (entity.RyzeEntity, entity.ContactEntity))
            for item in entity_classes()
        )
    ),
    "config-entry-unloading": lambda: hasattr(ryze, "async_unload_entry"),
    "config-flow": lambda: loads("manifest.json")["config_flow"] is True,
    "diagnostics": lambda: hasattr(diagnostics, "async_get_config_entry_diagnostics"),
    "entity-event-setup": listens_once_added,
    "exception-translations": errors_are_translated,
    "inject-websession": lambda: (
        get_type_hints(RyzeClient.__init__)["session"] is ClientSession
        and not any("ClientSession" in calls(tree(module)) for module in modules())
    ),
    "integration-owner": lambda: len(loads("manifest.json")["codeowners"]) > 0,
    "parallel-updates": lambda: all(
        hasattr(module, "PARALLEL_UPDATES") for module in platforms()
    ),
    "reauthentication-flow": lambda: hasattr(RyzeConfigFlow, "async_step_reauth"),
    "reconfiguration-flow": lambda: hasattr(RyzeConfigFlow, "async_step_reconfigure"),
    "repair-issues": lambda: (
        "async_create_issue" in calls(tree(repairs))
        and hasattr(repairs, "async_create_fix_flow")
    ),
    "runtime-data": lambda: (
        "RyzeRuntimeData" in calls(function(ryze, "async_setup_entry"))
        and "runtime_data" in ast.dump(function(ryze, "async_setup_entry"))
    ),
    "strict-typing": is_typed,
    "test-before-configure": lambda: (
        "async_list_instances" in calls(function(config_flow, "async_step_user"))
    ),
    "test-coverage": lambda: project()["coverage"]["report"]["fail_under"] >= 95,
    "unique-config-entry": lambda: (
        "_abort_if_unique_id_configured"
        in calls(function(config_flow, "_async_create"))
    ),
}

# Checks of the entities of an instance with two contacts.
ENTITY_CHECKS: dict[str, Callable[[list[er.RegistryEntry]], bool]] = {
    "devices": lambda items: all(item.device_id for item in items),
    "entity-category": lambda items: (
        EntityCategory.DIAGNOSTIC in {item.entity_category for item in items}
    ),
    "entity-device-class": lambda items: (
        {"connectivity", "timestamp"} <= {item.original_device_class for item in items}
    ),
    "entity-disabled-by-default": lambda items: any(item.disabled_by for item in items),
    "entity-translations": lambda items: all(item.translation_key for item in items),
    "entity-unique-id": lambda items: (
        not any(MARIA in item.unique_id or JOAO in item.unique_id for item in items)
    ),
    "has-entity-name": lambda items: all(item.has_entity_name for item in items),
    "icon-translations": lambda items: all(
        item.translation_key in loads("icons.json")["entity"][item.domain]
        and item.original_icon is None
        for item in items
    ),
}


def test_rules() -> None:
    """Every rule of Home Assistant is in the ledger, and judged in one way."""
    judged = [*EXEMPT, *BY_PEOPLE, *CHECKS, *ENTITY_CHECKS, *DOCS]
    assert len(judged) == 54
    assert sorted(judged) == sorted(LEDGER)


def test_states() -> None:
    """No rule is left to do, and an exempt one has a reason."""
    comments = {rule: item for rule, item in LEDGER.items() if isinstance(item, dict)}
    states = LEDGER | {rule: item["status"] for rule, item in comments.items()}
    assert {rule for rule, state in states.items() if state == "exempt"} == EXEMPT
    assert set(states.values()) == {"done", "exempt"}
    assert all(len(item["comment"]) > 20 for item in comments.values())


@pytest.mark.parametrize("rule", CHECKS)
def test_code(rule: str) -> None:
    """The code keeps the rule."""
    assert CHECKS[rule]()


@pytest.mark.usefixtures("people")
async def test_entities(entity_registry: er.EntityRegistry) -> None:
    """The entities keep their rules."""
    items = list(entity_registry.entities.values())
    assert len(items) > len(PLATFORMS)
    assert [rule for rule, keeps in ENTITY_CHECKS.items() if not keeps(items)] == []


@pytest.mark.parametrize("rule", DOCS)
def test_docs(rule: str) -> None:
    """The README has the sections that the rule asks for."""
    assert set(DOCS[rule]) <= set(headings(README))

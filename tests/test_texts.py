"""Tests that texts, icons, forms and code are in step."""

import json
from pathlib import Path
import re
from typing import Any

import pytest

from homeassistant.util.yaml import load_yaml_dict

from custom_components import ryze
from custom_components.ryze.services import AUDIO_CALL_FIELDS, FAKE_CALL_FIELDS

FOLDER = Path(ryze.__file__).parent
SCHEMAS = {"audio_call": AUDIO_CALL_FIELDS, "fake_call": FAKE_CALL_FIELDS}


def load(name: str) -> dict[str, Any]:
    """Return a JSON file of the integration."""
    content: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return content


def form(service: str) -> dict[str, Any]:
    """Return the fields of an action's form, and its sections."""
    content: dict[str, Any] = load_yaml_dict(str(FOLDER / "services.yaml"))
    fields: dict[str, Any] = content[service]["fields"]
    return fields


def test_exceptions() -> None:
    """Every error has a text, and every text an error."""
    raised = set()
    for path in FOLDER.rglob("*.py"):
        source = path.read_text()
        raised.update(re.findall(r"Error\(\s*\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"translated\(\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"_seconds\(\s*\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"_refusal\(\s*\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"translation_key=\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"^    key = \"([a-z_0-9]+)\"", source, re.MULTILINE))
    assert raised == set(load("translations/en.json")["exceptions"])


@pytest.mark.parametrize("service", sorted(SCHEMAS))
def test_services(service: str) -> None:
    """Form, texts, icons and schema of an action know the same fields."""
    fields = form(service)
    sections = {name for name, field in fields.items() if "fields" in field}
    names = set(fields) - sections
    for section in sections:
        names |= set(fields[section]["fields"])
    texts = load("translations/en.json")["services"][service]
    assert names == set(texts["fields"]) == {str(key) for key in SCHEMAS[service]}
    assert sections == set(texts["sections"])
    assert all(
        set(text) == {"name", "description"} for text in texts["fields"].values()
    )
    icons = load("icons.json")["services"][service]
    assert sections == set(icons["sections"])


def test_files_are_sorted() -> None:
    """Keys are in order, so that two people add to different places."""
    for name in ("icons.json", "translations/en.json"):
        text = (FOLDER / name).read_text()
        content = json.loads(text)
        assert (
            text
            == json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        )


def test_no_addresses_in_texts() -> None:
    """Home Assistant wants addresses to be handed over as placeholders."""
    for path in (FOLDER / "translations").glob("*.json"):
        assert "://" not in path.read_text()


def test_manifest() -> None:
    """The manifest is in Home Assistant's order and at the version of the project."""
    manifest = load("manifest.json")
    rest = list(manifest)[2:]
    assert list(manifest)[:2] == ["domain", "name"]
    assert rest == sorted(rest)
    project = (FOLDER.parents[1] / "pyproject.toml").read_text()
    assert f'version = "{manifest["version"]}"' in project
    for requirement in manifest["requirements"]:
        for name in ("test", "demo"):
            pinned = (FOLDER.parents[1] / "requirements" / f"{name}.txt").read_text()
            assert f"{requirement}\n" in pinned

"""Tests that texts, icons, forms and code match."""

import json
from pathlib import Path
import re
from typing import Any

import pytest

from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import validate_selector
from homeassistant.util.yaml import load_yaml_dict

from custom_components import ryze
from custom_components.ryze import PLATFORMS
from custom_components.ryze.api import LinkState, RyzeError
from custom_components.ryze.audio import file as audio_file, media
from custom_components.ryze.calls import CallEvent, CallType, NotLoadedError, Outcome
from custom_components.ryze.missing_contacts import (
    CONTACT_MISSING,
    CONTACT_MISSING_TAG,
)
from custom_components.ryze.repairs import LIVE_UPDATES_OFF, LOGGED_OUT
from custom_components.ryze.schemas import (
    ACKNOWLEDGE_FIELDS,
    AUDIO_CALL_FIELDS,
    ESCALATE_FIELDS,
    FAKE_CALL_FIELDS,
)

FOLDER = Path(ryze.__file__).parent
SCHEMAS = {
    "acknowledge": ACKNOWLEDGE_FIELDS,
    "audio_call": AUDIO_CALL_FIELDS,
    "escalate": ESCALATE_FIELDS,
    "fake_call": FAKE_CALL_FIELDS,
}


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
    raised = {NotLoadedError.key, *(kind.key for kind in RyzeError.__subclasses__())}
    for path in FOLDER.rglob("*.py"):
        source = path.read_text()
        raised.update(re.findall(r"Error\(\s*\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"translated\(\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"finish\(\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"_checked\(\w+, \"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"\bwhole_number\(\s*\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"Problem\([\w]+, \"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"refusal\(\s*\"([a-z_0-9]+)\"", source))
        raised.update(re.findall(r"translation_key=\"([a-z_0-9]+)\"", source))
    assert raised == set(load("translations/en.json")["exceptions"])


@pytest.mark.parametrize("service", sorted(SCHEMAS))
def test_services(service: str) -> None:
    """Form, texts, icons and schema of an action have the same fields."""
    fields = form(service)
    sections = {name for name, field in fields.items() if "fields" in field}
    flat = {name: field for name, field in fields.items() if name not in sections}
    for section in sections:
        flat |= fields[section]["fields"]
    for field in flat.values():
        validate_selector(field["selector"])
    texts = load("translations/en.json")["services"][service]
    assert set(flat) == set(texts["fields"]) == {str(key) for key in SCHEMAS[service]}
    assert sections == set(texts.get("sections", {}))
    assert all(
        set(text) == {"name", "description"} for text in texts["fields"].values()
    )
    icons = load("icons.json")["services"][service]
    assert sections == set(icons.get("sections", {}))


@pytest.mark.usefixtures("people")
async def test_entities(entity_registry: er.EntityRegistry) -> None:
    """Every entity has a name and an icon, and every name and icon an entity."""
    entities: dict[str, set[str | None]] = {}
    for entity in entity_registry.entities.values():
        entities.setdefault(entity.domain, set()).add(entity.translation_key)
    assert entities.keys() == {str(platform) for platform in PLATFORMS}
    texts = load("translations/en.json")["entity"]
    icons = load("icons.json")["entity"]
    assert {domain: set(keys) for domain, keys in icons.items()} == entities
    # Notify entities have the name of their contact.
    assert entities.pop("notify") == {"message"}
    assert {domain: set(keys) for domain, keys in texts.items()} == entities
    for keys in texts.values():
        assert all(text["name"] for text in keys.values())
    for keys in icons.values():
        assert all(icon["default"].startswith("mdi:") for icon in keys.values())


def test_states() -> None:
    """Every value of an attribute has a text."""
    texts = load("translations/en.json")["entity"]
    attributes = {
        key: text["state_attributes"]
        for keys in texts.values()
        for key, text in keys.items()
        if "state_attributes" in text
    }
    assert set(attributes["whatsapp"]["link"]["state"]) == set(LinkState)
    errors = {kind.key for kind in RyzeError.__subclasses__()}
    for key in ("call", "last_call"):
        assert set(attributes[key]["error"]["state"]) == errors
    last_call = attributes["last_call"]
    assert set(last_call["outcome"]["state"]) == set(Outcome)
    assert set(last_call["type"]["state"]) == set(CallType) - {CallType.INCOMING}
    call = attributes["call"]
    assert set(call["event_type"]["state"]) == set(CallEvent)
    assert set(call["type"]["state"]) == set(CallType)
    incoming_call = attributes["incoming_call"]
    assert set(incoming_call["event_type"]["state"]) == {CallEvent.RECEIVED}


def test_platforms() -> None:
    """Each platform declares how many of its entities may be busy at a time."""
    for platform in PLATFORMS:
        source = (FOLDER / f"{platform}.py").read_text()
        assert "\nPARALLEL_UPDATES = 0\n" in source


@pytest.mark.parametrize("flow", ["config", "options", "contact"])
def test_flows(flow: str) -> None:
    """Each field of a form has a name and a description, and each step a title."""
    texts = load("translations/en.json")
    for step in (texts | texts["config_subentries"])[flow]["step"].values():
        assert step["title"]
        if "menu_options" in step:
            assert set(step["menu_options"]) in (
                {"change", "save"},
                {"change", "first", "second"},
            )
        else:
            assert set(step["data"]) == set(step["data_description"])


def test_issues() -> None:
    """Each issue has a description, or a dialog with its texts."""
    issues = load("translations/en.json")["issues"]
    fixable = {LIVE_UPDATES_OFF}
    assert set(issues) - fixable == {LOGGED_OUT, CONTACT_MISSING, CONTACT_MISSING_TAG}
    for key in issues.keys() - fixable:
        assert set(issues[key]) == {"title", "description"}
    assert set(issues[LIVE_UPDATES_OFF]) == {"title", "fix_flow"}
    fix_flow = issues[LIVE_UPDATES_OFF]["fix_flow"]
    assert set(fix_flow["abort"]) == {"entry_gone"}
    assert set(fix_flow["error"]) == {
        "cannot_connect",
        "invalid_auth",
        "rate_limited",
        "unknown",
    }
    assert set(fix_flow["step"]) == {"confirm"}


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        ("tts_timeout", f"{media.TIMEOUT:g} seconds"),
        ("media_timeout", f"{media.TIMEOUT:g} seconds"),
        ("audio_too_large", f"{audio_file.MAX_AUDIO_SIZE / 2**20:g} MiB"),
    ],
)
def test_limits_in_texts(key: str, limit: str) -> None:
    """Texts name the limits that the code has."""
    assert limit in load("translations/en.json")["exceptions"][key]["message"]


def test_files_are_sorted() -> None:
    """The keys of JSON files are sorted."""
    for name in ("icons.json", "translations/en.json"):
        text = (FOLDER / name).read_text()
        content = json.loads(text)
        assert (
            text
            == json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        )


def test_no_addresses_in_texts() -> None:
    """Texts contain no addresses, as Home Assistant demands placeholders for them."""
    for path in (FOLDER / "translations").glob("*.json"):
        assert "://" not in path.read_text()


def test_manifest() -> None:
    """The manifest has Home Assistant's order of keys, and the project's version."""
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

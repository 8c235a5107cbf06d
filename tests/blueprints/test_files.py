"""Tests of the blueprint files."""

import json

import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.components.blueprint.schemas import BLUEPRINT_SCHEMA
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import selector
from homeassistant.util.yaml import load_yaml_dict

from tests.helpers.blueprints import FOLDER, ROOT

NAMES = sorted(path.stem for path in (ROOT / FOLDER).iterdir())


@pytest.mark.parametrize("name", NAMES)
async def test_blueprint(hass: HomeAssistant, name: str) -> None:
    """A blueprint is valid, and names its author, source, inputs and defaults."""
    blueprints = async_get_blueprints(hass)
    blueprint = await blueprints.async_get_blueprint(f"ryze/{name}.yaml")
    assert blueprint.validate() is None
    about = blueprint.metadata
    assert about["author"] == "OWNER"
    assert about["source_url"] == (
        f"https://github.com/OWNER/ha-ryze/blob/main/{FOLDER}/{name}.yaml"
    )
    floor = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    assert about["homeassistant"] == {"min_version": floor}

    for field in blueprint.inputs.values():
        assert field["name"]
        assert field["description"]
        assert selector(field["selector"])
    for field in (f for f in blueprint.inputs.values() if "default" in f):
        # A form must accept the default that it shows.
        check = selector(field["selector"])
        assert check(field["default"]) == field["default"]  # type: ignore[operator]


@pytest.mark.parametrize("name", NAMES)
async def test_text(hass: HomeAssistant, name: str) -> None:
    """A description has no line break within a sentence, as Home Assistant keeps it."""
    path = ROOT / FOLDER / f"{name}.yaml"
    data = await hass.async_add_executor_job(load_yaml_dict, path)
    blueprint = Blueprint(data, schema=BLUEPRINT_SCHEMA)
    lines = [line for line in blueprint.metadata["description"].split("\n") if line]
    assert [line for line in lines if not line.endswith((".", "**"))] == []
    headings = [line for line in lines if line.startswith("**")]
    assert len(headings) == 3
    for heading in headings:
        # A heading begins a paragraph, and its list follows without a blank line.
        assert f"\n\n{heading}\n- " in blueprint.metadata["description"]


@pytest.mark.parametrize(
    ("url", "fetched", "filename"),
    [
        (
            f"https://github.com/OWNER/ha-ryze/blob/main/{FOLDER}",
            f"https://raw.githubusercontent.com/OWNER/ha-ryze/main/{FOLDER}",
            "OWNER",
        ),
        (
            f"https://raw.githubusercontent.com/OWNER/ha-ryze/main/{FOLDER}",
            f"https://raw.githubusercontent.com/OWNER/ha-ryze/main/{FOLDER}",
            "OWNER",
        ),
        ("https://example.com/files", "https://example.com/files", "example.com"),
    ],
)
@pytest.mark.parametrize("name", NAMES)
async def test_import(
    hass: HomeAssistant,
    aioclient_mock: AiohttpClientMocker,
    name: str,
    url: str,
    fetched: str,
    filename: str,
) -> None:
    """A blueprint can be imported by its address, and saved."""
    text = await hass.async_add_executor_job((ROOT / FOLDER / f"{name}.yaml").read_text)
    aioclient_mock.get(f"{fetched}/{name}.yaml", text=text)
    imported = await fetch_blueprint_from_url(hass, f"{url}/{name}.yaml")
    assert imported.suggested_filename == f"{filename}/{name}"
    assert imported.raw_data == text
    assert imported.blueprint.metadata["source_url"] == f"{url}/{name}.yaml"
    assert imported.blueprint.validate() is None

    # Home Assistant formats the saved file in its own way.
    blueprints = async_get_blueprints(hass)
    path = f"{imported.suggested_filename}.yaml"
    await blueprints.async_add_blueprint(imported.blueprint, path)
    await blueprints.async_reset_cache()
    saved = await blueprints.async_get_blueprint(path)
    assert saved.data == imported.blueprint.data

"""Tests of the published files, by rules of hassfest, HACS and the Marketplace."""

import ast
from collections.abc import Iterator
from importlib import metadata
import json
import os
from pathlib import Path
import re
import subprocess
from typing import Any
from urllib.parse import urlsplit

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from PIL import Image
import pytest

import homeassistant
from homeassistant.const import Platform, __version__ as HA_VERSION

from .readme.pages import README, ROOT, anchors, code, links, prose
from custom_components.ryze.const import DOMAIN

FOLDER = ROOT / "custom_components" / DOMAIN
BRAND = FOLDER / "brand"
CORE = Path(homeassistant.__file__).parent
CATALOGUES = CORE / "generated"
SCRIPTS = [*sorted((ROOT / "scripts").iterdir()), ROOT / ".ci" / "run"]
REQUIREMENTS = sorted((ROOT / "requirements").iterdir())
PAGES = ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text())
HACS: dict[str, Any] = json.loads((ROOT / "hacs.json").read_text())

OWNER = MANIFEST["codeowners"][0].removeprefix("@")
REPOSITORY = f"{OWNER}/ha-ryze"

# Integrations that hassfest allows to import without an entry in the manifest.
FREE_COMPONENTS = {
    *map(str, Platform),
    *("automation", "media_source", "script", "system_health"),
}

# The hosts that files may name.
HOSTS = {
    *("github.com", "ryzeapi.cloud", "docs.ryzeapi.cloud", "example.com"),
    *("keepachangelog.com", "semver.org", "www.w3.org"),
}


def texts() -> Iterator[tuple[Path, str]]:
    """Yield the text files of the repository with their contents."""
    for top in ROOT.iterdir():
        # Tools create the other files whose names start with a dot.
        if not top.name.startswith(".") or top.name in (".ci", ".github"):
            for path in [top, *top.rglob("*")]:
                if path.is_file() and path.suffix not in (".pyc", ".png"):
                    yield path.relative_to(ROOT), path.read_text(errors="replace")


# The manifests, by the rules of hassfest and HACS.


def test_manifest() -> None:
    """The manifest has the keys that HACS needs and that hassfest knows."""
    needed = {"codeowners", "documentation", "domain", "issue_tracker", "name"}
    further = {"after_dependencies", "categories", "config_flow", "connectivity"}
    further |= {"integration_type", "iot_class", "requirements"}
    assert set(MANIFEST) == needed | further | {"version"}
    assert MANIFEST["domain"] == DOMAIN == FOLDER.name
    assert MANIFEST["integration_type"] == "service"
    assert MANIFEST["iot_class"] in ("cloud_push", "cloud_polling")
    assert MANIFEST["config_flow"] is True
    assert MANIFEST["codeowners"] == [f"@{OWNER}"]
    assert MANIFEST["documentation"] == f"https://github.com/{REPOSITORY}"
    assert MANIFEST["issue_tracker"] == f"https://github.com/{REPOSITORY}/issues"


def test_version() -> None:
    """The version can be compared, and is in the changelog."""
    strategies = [AwesomeVersionStrategy.SEMVER]
    version = AwesomeVersion(MANIFEST["version"], ensure_strategy=strategies)
    assert f"\n## [{version}] - " in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("key", ["categories", "connectivity"])
@pytest.mark.skipif(
    not (CATALOGUES / "integration_categories.json").exists(),
    reason="Home Assistant 2026.10 does not know them",
)
def test_catalogue(key: str) -> None:
    """The categories of the manifest exist in Home Assistant."""
    catalogue = json.loads((CATALOGUES / f"integration_{key}.json").read_text())
    known = {entry["slug"] for entry in catalogue} | {
        f"{entry['slug']}.{part['slug']}"
        for entry in catalogue
        for part in entry.get("subcategories", [])
    }
    assert MANIFEST[key]
    assert set(MANIFEST[key]) <= known


def components() -> set[str]:
    """Return the integrations of Home Assistant that ours imports."""
    trees = [ast.parse(path.read_text()) for path in FOLDER.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = [
        f"{node.module}.{name.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    ]
    found = [re.match(r"homeassistant\.components\.(\w+)", name) for name in names]
    return {match[1] for match in found if match}


def test_dependencies() -> None:
    """Imported integrations of Home Assistant exist, and are declared."""
    imported = components()
    declared = set(MANIFEST["after_dependencies"])
    assert declared <= imported
    assert all((CORE / "components" / name).is_dir() for name in declared)
    own = {path.stem for path in FOLDER.iterdir()}
    assert imported - declared - FREE_COMPONENTS - own == set()


@pytest.mark.parametrize("requirement", MANIFEST["requirements"])
def test_requirements(requirement: str) -> None:
    """A requirement is pinned to the version that Home Assistant uses, if it does."""
    name, _, version = requirement.partition("==")
    assert AwesomeVersion(version).valid
    assert metadata.version(name) == version
    others = [
        CORE / "package_constraints.txt",
        *CORE.glob("components/*/manifest.json"),
    ]
    pinned = re.compile(rf"\b{name}==[\w.]+")
    found = {pin for path in others for pin in pinned.findall(path.read_text())}
    assert found <= {requirement}
    assert len(others) > 1000


def test_hacs() -> None:
    """HACS requires the same Home Assistant as the README and the tests."""
    assert set(HACS) == {"name", "homeassistant"}
    assert AwesomeVersion(HACS["homeassistant"]).valid
    month = HACS["homeassistant"].rpartition(".")[0]
    assert f"- Home Assistant {month} or newer." in (ROOT / README).read_text()
    assert f"\nhomeassistant=={month}." in (ROOT / "requirements/test.txt").read_text()
    assert AwesomeVersion(HA_VERSION) >= HACS["homeassistant"]


def test_newest() -> None:
    """Tests and demo use the same newest Home Assistant and the same requirements."""
    names = ("test", "newest", "demo")
    pins = {name: pinned(ROOT / f"requirements/{name}.txt") for name in names}
    assert pins["newest"]["homeassistant"] == pins["demo"]["homeassistant"]
    newest = AwesomeVersion(pins["newest"]["homeassistant"])
    assert newest > pins["test"]["homeassistant"]
    assert pins["test"].keys() <= pins["newest"].keys()
    for name in ("phonenumberslite", "pytest-homeassistant-custom-component", "ruff"):
        assert pins["newest"][name] == pins["test"][name]


def pinned(path: Path) -> dict[str, str]:
    """Return the versions of a requirements file, which has nothing else."""
    lines = [line for line in path.read_text().splitlines() if "#" not in line]
    return dict(line.split("==") for line in lines)


# The pictures, by the rules of the repository of brands.


@pytest.mark.parametrize(
    ("name", "smallest", "largest"),
    [
        ("icon.png", 256, 256),
        ("icon@2x.png", 512, 512),
        ("logo.png", 128, 256),
        ("logo@2x.png", 256, 512),
        ("dark_logo.png", 128, 256),
        ("dark_logo@2x.png", 256, 512),
    ],
)
def test_brand(name: str, smallest: int, largest: int) -> None:
    """A picture has the right size and format, and hardly any margin."""
    with Image.open(BRAND / name) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGBA")
        assert smallest <= min(picture.size) <= largest
        assert "logo" in name or picture.width == picture.height
        box = picture.getchannel("A").getbbox()
        assert box
        left, top, right, bottom = box
        margins = (left, top, picture.width - right, picture.height - bottom)
        assert max(margins) <= min(picture.size) / 20


def test_brands() -> None:
    """There are no other pictures."""
    names = {"icon", "logo", "dark_logo"}
    expected = {f"{name}{size}.png" for name in names for size in ("", "@2x")}
    assert {path.name for path in BRAND.iterdir()} == expected


# The repository.


def test_top_level() -> None:
    """The files that others look for are at the top of the repository."""
    needed = {"custom_components", "tests", "docs", "blueprints", "scripts", ".github"}
    needed |= {"hacs.json", "pyproject.toml", "LICENSE", README, *PAGES}
    assert needed <= {path.name for path in ROOT.iterdir()}
    assert [path.name for path in (ROOT / "custom_components").glob("*/")] == [DOMAIN]
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")


def test_owner() -> None:
    """A search for the owner's placeholder finds every place that names the owner."""
    # A real name of an owner may be part of other words, so only the placeholder counts.
    placeholder = "owner".upper()
    spellings = (
        rf"@{placeholder}|{placeholder}/ha-ryze|(?:author: |\(c\) \d+ ){placeholder}"
    )
    others = []
    owners = set()
    for path, text in texts():
        owners.update(re.findall(r"([\w-]+)/ha-ryze", text))
        rest = re.sub(spellings, "", text) if path.parts[0] != "tests" else ""
        others += [str(path)] * (placeholder in rest)
    assert others == []
    assert owners == {OWNER}
    assert (ROOT / ".github/CODEOWNERS").read_text() == f"* @{OWNER}\n"


def test_addresses() -> None:
    """No file names a host that is not allowed, or a folder of a developer."""
    folder = re.compile(r"(?<![\w./}~-])/(?:home|root|Users|work|workspace|opt)/\w")
    hosts, folders = set(), []
    for path, text in texts():
        folders += [(str(path), found) for found in folder.findall(text)]
        outside = text if path.parts[0] != "tests" else ""
        hosts |= {
            urlsplit(url).hostname for url in re.findall(r"https?://[\w.]+", outside)
        }
    assert folders == []
    assert hosts <= HOSTS


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_requirements_without_an_index(path: Path) -> None:
    """Requirements files pin packages, and choose no package index."""
    assert len(pinned(path)) > 100
    assert re.findall(r"^\s*-|://|--", path.read_text(), re.MULTILINE) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts(path: Path) -> None:
    """A script can be run, has a description, and stops at the first error."""
    assert os.access(path, os.X_OK)
    text = path.read_text()
    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert "\nset -euo pipefail\n" in text
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0


@pytest.mark.parametrize("page", PAGES)
def test_pages(page: str) -> None:
    """The links of a page lead somewhere, and the scripts that it names can be run."""
    for target in links(page):
        path, _, anchor = target.partition("#")
        assert "://" in path or (ROOT / path).is_file()
        assert not anchor or anchor in anchors(path or page)
    for command in code(prose(page)):
        script, *options = command.split()
        runs = script.startswith("scripts/")
        assert not runs or os.access(ROOT / script, os.X_OK)
        wanted = [option for option in options if runs and option.startswith("--")]
        assert [
            name for name in wanted if name not in (ROOT / script).read_text()
        ] == []

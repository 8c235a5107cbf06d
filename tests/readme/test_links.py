"""Tests of the links, commands and file names on the pages."""

import os

import pytest

from .pages import PAGES, README, ROOT, anchors, blocks, code, links, prose, table
from custom_components.ryze.const import DOCS_URL

BLUEPRINTS = "blueprints/automation/ryze"


@pytest.mark.parametrize("page", PAGES)
def test_links(page: str) -> None:
    """The targets of all links and pictures exist."""
    targets = [target for target in links(page) if "://" not in target]
    missing = []
    for target in targets:
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        known = anchors(str(file.resolve().relative_to(ROOT))) if anchor else {""}
        missing += [target] * (not file.exists() or anchor not in known)
    assert missing == []
    assert page != README or targets


def test_links_elsewhere() -> None:
    """The README links to the same page about tokens as the config flow."""
    elsewhere = {link for link in links(README) if "://" in link}
    assert elsewhere == {"https://docs.ryzeapi.cloud", DOCS_URL}


def test_commands() -> None:
    """All commands are executable scripts, and the scripts know the options."""
    inline = [item for page in PAGES for item in code(prose(page))]
    shell = [block for block in blocks() if block.language == "bash"]
    shown = {line for block in shell for line in block.text.splitlines()}
    commands = shown | {item for item in inline if item.startswith("scripts/")}
    assert {"scripts/demo", "scripts/demo --check", "scripts/test"} <= commands
    for command in commands:
        script, *options = command.split()
        assert os.access(ROOT / script, os.X_OK)
        text = (ROOT / script).read_text()
        assert [option for option in options if option not in text] == []


def test_blueprints() -> None:
    """The README has the address of each blueprint."""
    addresses = [code(address) for *_, address in table("Blueprints")]
    files = sorted(path.name for path in (ROOT / BLUEPRINTS).iterdir())
    start = f"https://github.com/OWNER/ha-ryze/blob/main/{BLUEPRINTS}"
    assert sorted(addresses) == [[f"{start}/{name}"] for name in files]


def test_files() -> None:
    """All named files exist, and the page on the architecture names every module."""
    named = {item for page in PAGES for item in code(prose(page))}
    paths = {item for item in named if item.startswith(("tests/", "docs/"))}
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
    modules = {path.name for path in (ROOT / "custom_components/ryze").glob("*.py")}
    assert modules - set(code(prose("docs/architecture.md"))) == set()

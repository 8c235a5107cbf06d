"""Tests of the workflows and issue forms of GitHub."""

import json
import os
from pathlib import Path
import re
import subprocess
from typing import Any

import pytest

from homeassistant.util.yaml import load_yaml_dict

from .readme.pages import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").iterdir())
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*_*.yml"))
VERSION: str = json.loads((ROOT / "custom_components/ryze/manifest.json").read_text())[
    "version"
]

RELEASE = GITHUB / "workflows/release.yml"
OLD_NEWS = "# Changelog\n\n## [0.9.0] - 2026-01-01\n\nOld.\n"
NEWS = OLD_NEWS.replace("##", f"## [{VERSION}] - 2026-11-30\n\nIt rings.\n\n##")


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    """Return the jobs of a workflow."""
    jobs: dict[str, dict[str, Any]] = load_yaml_dict(str(path))["jobs"]
    return jobs


def steps(path: Path) -> list[dict[str, Any]]:
    """Return the steps of all jobs of a workflow."""
    return [step for job in jobs(path).values() for step in job.get("steps", [])]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows(path: Path) -> None:
    """A workflow has only the permissions that it needs, and a time limit."""
    workflow = load_yaml_dict(str(path))
    assert workflow["permissions"] == {}
    assert set(workflow["concurrency"]) == {"group", "cancel-in-progress"}
    for name, job in jobs(path).items():
        allowed = "write" if name == "release" else "read"
        assert job["permissions"] == {"contents": allowed}
        # A called workflow has time limits of its own.
        assert "uses" in job or job["timeout-minutes"] <= 60


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_steps(path: Path) -> None:
    """Each step runs a pinned action, keeps no token, and runs no text from outside."""
    uses = re.findall(r"\buses: (?!\./)(.*)", path.read_text())
    pinned = re.compile(r"[\w./-]+@[0-9a-f]{40} # .+")
    assert uses
    assert [item for item in uses if not pinned.fullmatch(item)] == []
    checkouts = [step for step in steps(path) if "checkout@" in step.get("uses", "")]
    assert checkouts
    assert not any(step["with"]["persist-credentials"] for step in checkouts)
    assert [step for step in steps(path) if "${{" in step.get("run", "")] == []


def test_same_checks_as_everywhere() -> None:
    """GitHub runs the checks that everybody can run."""
    runs = [step["run"] for step in steps(GITHUB / "workflows/test.yml")[1:]]
    assert runs == [".ci/run"]


@pytest.mark.parametrize(
    ("tag", "changelog", "notes", "said"),
    [
        (f"v{VERSION}", NEWS, "\nIt rings.\n\n", ""),
        (f"v{VERSION}", OLD_NEWS, "", "::error::CHANGELOG.md says nothing of"),
        (VERSION, NEWS, "", "::error::The tag is"),
        ("v0.9.0", NEWS, "", "::error::The tag is"),
    ],
)
def test_release(
    tmp_path: Path, tag: str, changelog: str, notes: str, said: str
) -> None:
    """A release needs the version of the manifest as tag, and a changelog entry."""
    tool = tmp_path / "gh"
    tool.write_text('#!/bin/sh\necho "$@" > asked\ncp notes.md released\n')
    tool.chmod(0o755)
    (tmp_path / "custom_components").symlink_to(ROOT / "custom_components")
    (tmp_path / "CHANGELOG.md").write_text(changelog)
    (tmp_path / "released").touch()
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", steps(RELEASE)[-1]["run"]],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "TAG": tag},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (1 if said else 0)
    assert done.stdout.startswith(said)
    assert (tmp_path / "asked").exists() is (not said)
    assert (tmp_path / "released").read_text() == notes


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_forms(path: Path) -> None:
    """A form asks each thing once, and warns of tokens and phone numbers."""
    form = load_yaml_dict(str(path))
    assert {"name", "description", "body"} <= set(form)
    fields = [item for item in form["body"] if item["type"] != "markdown"]
    assert len({field["id"] for field in fields}) == len(fields)
    labels = [field["attributes"].get("label") for field in fields]
    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert re.search(r"tokens?\b[^.]+\bphone numbers?", path.read_text())


def test_bug_report() -> None:
    """The form for bugs requires the data that are needed to find a bug."""
    form = load_yaml_dict(str(GITHUB / "ISSUE_TEMPLATE/bug_report.yml"))
    required = {
        field["id"]
        for field in form["body"]
        if field.get("validations", {}).get("required")
    }
    assert required >= {
        "diagnostics",
        "expected",
        "happened",
        "home_assistant",
        "version",
    }

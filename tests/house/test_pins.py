"""One list of pins, and one version, wherever they are named."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import coursekit
import coursework

PIN = re.compile(r"(?P<name>[a-z0-9]+(?:-[a-z0-9]+)*)==(?P<version>[0-9][\w.!+]*)(?: ; (?P<marker>\S.*))?")


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def pins(root: Path) -> list[str]:
    return (root / "requirements.txt").read_text().splitlines()


def test_every_line_is_one_exact_pin(pins: list[str]) -> None:
    """So no host, no option, no file and no range can stand in it."""
    assert len(pins) > 100, "the whole tree is pinned, not only what we name"
    odd = [line for line in pins if not PIN.fullmatch(line)]
    assert odd == []
    assert not [line for line in pins if "://" in line or " @ " in line]


def test_pins_are_sorted_and_stated_once(pins: list[str]) -> None:
    found = [match for match in map(PIN.fullmatch, pins) if match]
    assert [match["name"] for match in found] == sorted(match["name"] for match in found)
    again = {match["name"] for match in found if not match["marker"]}
    assert len([match for match in found if match["name"] in again]) == len(again)


def test_whatever_the_project_asks_for_is_pinned(project: dict[str, Any], pins: list[str]) -> None:
    pinned = {match["name"] for match in map(PIN.fullmatch, pins) if match}
    asked = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        asked += extra
    names = {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in asked}  # type: ignore[index]
    assert names - pinned == set(), "run `make lock`"


def test_one_version(root: Path, project: dict[str, Any]) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    versions = {project["version"], coursework.__version__, coursekit.__version__, citation["version"]}
    assert len(versions) == 1, versions
    changes = (root / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[{re.escape(project['version'])}\]", changes, flags=re.M)


def test_the_oldest_python_is_stated_alike(root: Path, project: dict[str, Any]) -> None:
    from coursekit.bootstrap import MINIMUM

    oldest = "{}.{}".format(*MINIMUM)
    assert project["requires-python"] == f">={oldest}"
    assert f"--python-version {oldest}" in (root / "Makefile").read_text()
    ruff = tomllib.loads((root / "ruff.toml").read_text())
    assert ruff["target-version"] == f"py{oldest.replace('.', '')}"


def test_the_citation_can_be_cited(root: Path, project: dict[str, Any]) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert all(citation[field] for field in ("title", "message", "authors", "abstract"))
    assert " AND ".join(citation["license"]) == project["license"]
    for name in project["license-files"]:
        assert (root / name).read_text().strip()

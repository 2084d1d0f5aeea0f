"""The learners' wheel: `coursework` alone, built from the one pyproject.toml."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

DISTRIBUTION = "coursework"
_PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
description = "Data, methods, charts and checks for learners"
requires-python = "{requires_python}"
dependencies = {dependencies}

[project.optional-dependencies]
data = {data}
learner = {learner}

[tool.hatch.build.targets.wheel]
packages = ["coursework"]
"""


def build_wheel(root: Path, out: Path) -> Path:
    """Build the learners' wheel into the folder `out` and return its path.

    The same sources give the same bytes. Raises RuntimeError with the builder's
    last words if it fails.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name)
        shutil.copytree(root / "coursework", tree / "coursework", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        project = read_project(root)
        (tree / "pyproject.toml").write_text(
            _PROJECT.format(
                name=DISTRIBUTION,
                version=project["version"],
                requires_python=project["requires-python"],
                dependencies=_toml_list(project["dependencies"]),
                data=_toml_list(project["optional-dependencies"]["data"]),
                learner=_toml_list(project["optional-dependencies"]["learner"]),
            ),
            encoding="utf-8",
        )
        done = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tree / "dist")],
            cwd=tree,
            capture_output=True,
            text=True,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1580601600"},
        )
        if done.returncode:
            raise RuntimeError(f"the learners' wheel was not built: {done.stderr.strip().splitlines()[-1:]}")
        built = next((tree / "dist").glob("*.whl"))
        target = out / built.name
        if not target.is_file() or target.read_bytes() != built.read_bytes():
            shutil.copyfile(built, target)
        return target


def learner_requirements(root: Path, wheel: str) -> str:
    """The requirements file of a release: the wheel and the pins of what learners use directly."""
    project = read_project(root)
    wanted = {_name(line) for line in (*project["dependencies"], *project["optional-dependencies"]["learner"])}
    pins = [
        line
        for line in (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line and _name(line) in wanted
    ]
    return "\n".join([f"./{wheel}", *pins]) + "\n"


def read_project(root: Path) -> dict[str, Any]:
    """The `[project]` table of the root's pyproject.toml."""
    project: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def _name(requirement: str) -> str:
    for stop in "=<>!~[; ":
        requirement = requirement.split(stop)[0]
    return requirement.lower().replace("_", "-")


def _toml_list(items: list[str]) -> str:
    return "[" + ", ".join(f'"{item}"' for item in items) + "]"

"""One sample class, released, handed in and graded by the real nbgrader, for all tests of grading."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coursekit.cli.app import _app
from coursekit.grading import Course
from tests.course import SLUG, copy_course


@dataclass(frozen=True)
class GradedClass:
    """The home of a course, what `grade` printed, and the results it wrote."""

    home: Path
    said: Result
    results: Path

    @property
    def course(self) -> Course:
        return Course(self.home)


def run(home: Path, *arguments: str) -> Result:
    """Run `coursekit ...` in a folder."""
    before = Path.cwd()
    os.chdir(home)
    try:
        return CliRunner().invoke(_app, list(arguments), prog_name="coursekit")
    finally:
        os.chdir(before)


@pytest.fixture(scope="session")
def graded_class(root: Path, tmp_path_factory: pytest.TempPathFactory) -> GradedClass:
    home = copy_course(root, tmp_path_factory.mktemp("course") / "home")
    for arguments in (("release", SLUG, "--due", "2026-03-31 23:59 UTC"), ("simulate-class", SLUG)):
        done = run(home, *arguments)
        assert done.exit_code == 0, done.output
    results = home / "marks.json"
    said = run(home, "grade", SLUG, "--results", str(results))
    return GradedClass(home, said, results)

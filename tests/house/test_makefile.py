"""The two commands: what `make` lists, in which order it works, and when it stops."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROMISED = {"help", "course", "serve", "test", "test-all", "bench", "lint", "lock", "screenshots", "clean"}
TOOL = """#!/bin/sh
echo "$(basename $0) $*" >>{log}
case "$*" in {word}*) echo "{word} had trouble"; exit {code} ;; esac
exit 0
"""


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "-C", str(folder), *arguments], capture_output=True, text=True)


def targets(makefile: str) -> dict[str, list[str]]:
    """Return each target with what it needs first."""
    rules = re.findall(r"^([a-z][a-z-]*):([^=#\n]*)", makefile, flags=re.M)
    return {name: needed.split() for name, needed in rules}


class Workshop:
    """A copy of the Makefile whose tools only write down how they were called."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.log = folder / "calls.log"
        shutil.copy(root / "Makefile", folder)
        (folder / "coursekit").mkdir()
        (folder / "coursekit" / "bootstrap.py").write_text("")
        (folder / ".venv" / "bin").mkdir(parents=True)
        (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
        for name in ("coursekit", "jupyter-book", "pytest", "ruff", "mypy", "lint-imports", "typos"):
            self.tool(name)

    def tool(self, name: str, word: str = "nothing", code: int = 0) -> None:
        """Write a tool; called with `word` first it ends with `code`."""
        path = self.folder / ".venv" / "bin" / name
        path.write_text(TOOL.format(log=self.log, word=word, code=code))
        path.chmod(0o755)

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def workshop(tmp_path: Path, root: Path) -> Workshop:
    return Workshop(tmp_path, root)


def test_help_lists_every_target(root: Path) -> None:
    listed = set(re.findall(r"^make ([a-z-]+) +\S", make(root, "help").stdout, flags=re.M))
    assert listed >= PROMISED
    rules = targets((root / "Makefile").read_text())
    needed = {step for steps in rules.values() for step in steps}
    unexplained = set(rules) - listed - needed
    assert not unexplained, "a target that nothing needs and `make help` does not list"
    assert make(root).stdout == make(root, "help").stdout


def test_every_target_is_phony(root: Path) -> None:
    makefile = (root / "Makefile").read_text()
    declared = re.search(r"^\.PHONY:((?:.*\\\n)*.*)$", makefile, flags=re.M)
    assert declared
    assert set(declared[1].replace("\\", " ").split()) == set(targets(makefile))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("no-such-python", "no-such-python was not found: install Python 3.11 or newer"),
        ("false", "false is no Python 3: install Python 3.11 or newer"),
        ("true", "true made no .venv: is it a Python?"),
    ],
)
def test_what_is_no_python_gets_a_sentence(workshop: Workshop, program: str, said: str) -> None:
    (workshop.folder / ".venv" / "bin" / "python").unlink()
    done = make(workshop.folder, f"PYTHON={program}", "course")
    assert done.returncode == 2
    assert said in done.stdout
    assert workshop.calls() == []


def test_course_works_in_order(workshop: Workshop) -> None:
    assert make(workshop.folder, "course").returncode == 0
    assert [call.split()[1] for call in workshop.calls()] == [
        *("data", "build", "release", "simulate-class", "grade", "feedback", "report")
    ]


def test_a_due_date_is_set_in_a_new_course_only(workshop: Workshop) -> None:
    make(workshop.folder, "course", "DUE=2031-05-01")
    assert "coursekit release tool-or-craft --due 2031-05-01" in workshop.calls()
    workshop.log.unlink()
    (workshop.folder / "course").mkdir()
    (workshop.folder / "course" / "gradebook.db").write_text("")
    make(workshop.folder, "course", "DUE=2031-05-01")
    assert "coursekit release tool-or-craft" in [call.rstrip() for call in workshop.calls()]


def test_submissions_in_trouble_do_not_end_the_course(workshop: Workshop) -> None:
    workshop.tool("coursekit", "grade", 1)
    assert make(workshop.folder, "course").returncode == 0
    assert workshop.calls()[-1].startswith("coursekit report")


@pytest.mark.parametrize("step", ["data", "release", "simulate-class", "feedback", "report"])
@pytest.mark.parametrize("code", [1, 2])
def test_any_other_trouble_ends_it(workshop: Workshop, step: str, code: int) -> None:
    workshop.tool("coursekit", step, code)
    assert make(workshop.folder, "course").returncode == 2
    assert workshop.calls()[-1].startswith(f"coursekit {step}")


def test_a_grader_that_cannot_start_ends_it(workshop: Workshop) -> None:
    workshop.tool("coursekit", "grade", 2)
    assert make(workshop.folder, "course").returncode == 2
    assert workshop.calls()[-1].startswith("coursekit grade")


def test_the_book_is_quiet_unless_it_fails(workshop: Workshop) -> None:
    workshop.tool("jupyter-book", "build", 1)
    done = make(workshop.folder, "course")
    assert done.returncode == 2
    assert "build had trouble" in done.stdout and "_build/book.log" in done.stdout
    workshop.tool("jupyter-book", "build", 0)
    done = make(workshop.folder, "course")
    assert done.returncode == 0
    assert "build had trouble" not in done.stdout


def test_no_slow_test_is_no_failure(workshop: Workshop) -> None:
    workshop.tool("pytest", "-n", 5)
    assert make(workshop.folder, "test-slow").returncode == 0
    assert make(workshop.folder, "test").returncode == 2
    workshop.tool("pytest", "-n", 1)
    assert make(workshop.folder, "test-slow").returncode == 2


def test_lint_asks_all_tools_and_stops_at_the_first_that_objects(workshop: Workshop) -> None:
    assert make(workshop.folder, "lint").returncode == 0
    assert [call.split()[0] for call in workshop.calls()] == ["ruff", "ruff", "mypy", "lint-imports", "typos"]
    for tool, word in [
        ("ruff", "check"),
        ("ruff", "format"),
        ("mypy", ""),
        ("lint-imports", ""),
        ("typos", ""),
    ]:
        workshop.tool(tool, word, 1)
        assert make(workshop.folder, "lint").returncode == 2, tool
        workshop.tool(tool)


def test_a_python_that_is_not_there(workshop: Workshop) -> None:
    done = make(workshop.folder, "course", "PYTHON=python3.99")
    assert done.returncode == 2
    assert "python3.99 was not found: install Python 3.11 or newer" in done.stdout
    assert workshop.calls() == []


def test_clean_keeps_marks_unless_told(workshop: Workshop) -> None:
    for name in ("_build", "course"):
        (workshop.folder / name).mkdir()
        (workshop.folder / name / "file").write_text("")
    done = make(workshop.folder, "clean")
    assert "Removing _build" in done.stdout
    assert not (workshop.folder / "_build").exists()
    assert (workshop.folder / "course" / "file").exists()
    done = make(workshop.folder, "clean-course")
    assert done.returncode == 2 and "CONFIRM=yes" in done.stdout
    assert (workshop.folder / "course" / "file").exists()
    assert make(workshop.folder, "clean-course", "CONFIRM=yes").returncode == 0
    assert not (workshop.folder / "course").exists()

"""A release stands on its own: in an empty environment, far from the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.course import SLUG, cell_of, copy_course, read_notebook
from tests.grading.conftest import run


@pytest.mark.slow
def test_the_release_works_in_an_empty_environment(root: Path, tmp_path: Path) -> None:
    home = copy_course(root, tmp_path / "home")
    assert run(home, "release", SLUG).exit_code == 0
    # Moved away, so that nothing of the course can be found above it.
    folder = (home / "course" / "release" / SLUG).rename(tmp_path / "handed-out")
    subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
    python = folder / ".venv" / "bin" / "python"
    # The three lines of the folder's README.md.
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    subprocess.run(
        [python, "-m", "jupyter", "execute", "--inplace", f"{SLUG}.ipynb"],
        cwd=folder,
        check=True,
        capture_output=True,
        env=environment,
    )
    notebook = read_notebook(folder / f"{SLUG}.ipynb")
    assert "Not answered yet" in cell_of(notebook, "full-cost").outputs[0].data["text/html"]
    absent = subprocess.run(
        [python, "-c", "import coursekit"], cwd=folder, capture_output=True, text=True, env=environment
    )
    assert "No module named 'coursekit'" in absent.stderr
    assert nbformat.validate(notebook) is None


def test_the_releases_pins_are_the_courses(root: Path, tmp_path: Path) -> None:
    home = copy_course(root, tmp_path / "home")
    assert run(home, "release", SLUG).exit_code == 0
    wheel, *pins = (home / "course" / "release" / SLUG / "requirements.txt").read_text().splitlines()
    assert (home / "course" / "release" / SLUG / wheel).is_file()
    assert set(pins) <= set((root / "requirements.txt").read_text().splitlines())
    assert {"pandas", "altair", "ipywidgets", "jupyterlab"} <= {pin.split("==")[0] for pin in pins}

"""A course of its own for a test: the repository's sources in another folder, nothing released yet."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

SLUG = "tool-or-craft"
_SOURCES = ("assignments", "coursework", "datasets")
_FILES = ("nbgrader_config.py", "pyproject.toml", "requirements.txt")


def copy_course(root: Path, home: Path) -> Path:
    """Copy what an instructor's commands need into `home` and return it."""
    home.mkdir(parents=True, exist_ok=True)
    for name in _SOURCES:
        shutil.copytree(root / name, home / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copyfile(root / name, home / name)
    return home


def read_notebook(path: Path) -> NotebookNode:
    """The notebook in a file."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def cell_of(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell with this nbgrader id."""
    found = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
    assert len(found) == 1, f"{len(found)} cells {grade_id}"
    return found[0]

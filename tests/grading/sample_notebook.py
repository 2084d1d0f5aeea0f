"""A small assignment in nbgrader's form, and its answers, for the tests of rebuilding."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from coursekit.grading.notebooks import checksum, grade_id

STUB = "def mean(x):\n    ..."
CHECK = "assert mean([1, 3]) == 2\n### BEGIN HIDDEN TESTS\nassert mean([5]) == 5\n### END HIDDEN TESTS"


def cell(kind: str, name: str, text: str, cell_type: str = "code", points: float = 0) -> dict[str, Any]:
    flags: dict[str, Any] = {
        "grade": kind in ("check", "manual"),
        "solution": kind in ("answer", "manual"),
        "locked": kind in ("check", "locked", "task"),
        "task": kind == "task",
        "grade_id": name,
        "schema_version": 3,
        "cell_type": cell_type,
    }
    if flags["grade"] or flags["task"]:
        flags["points"] = points
    made: dict[str, Any] = {"id": name, "cell_type": cell_type, "metadata": {"nbgrader": flags}, "source": text}
    if cell_type == "code":
        made |= {"outputs": [], "execution_count": None}
    flags["checksum"] = checksum(made)
    return made


def own(text: str, cell_type: str = "code", **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"id": "x", "cell_type": cell_type, "metadata": {}, "source": text}
    return made | ({"outputs": [], "execution_count": 3} if cell_type == "code" else {}) | changes


def notebook(*cells: dict[str, Any], **changes: Any) -> dict[str, Any]:
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return deepcopy({"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5} | changes)


INTRO = cell("locked", "intro", "# Means", "markdown")
SET_UP = cell("locked", "set-up", "import math")
MEAN = cell("answer", "mean", STUB)
MEAN_CHECK = cell("check", "mean-check", CHECK, points=2)
ESSAY = cell("manual", "essay", "Your answer", "markdown", points=3)
TASK = cell("task", "task", "Draw a chart.", "markdown", points=1)
LAST = cell("check", "last-check", "assert mean([]) is None", points=1)
SOURCE = notebook(INTRO, own("a plain cell"), SET_UP, MEAN, MEAN_CHECK, ESSAY, TASK, LAST)
NAMES = [grade_id(one) for one in SOURCE["cells"] if grade_id(one)]


def answered(one: dict[str, Any], text: str, **changes: Any) -> dict[str, Any]:
    return deepcopy(one) | {"source": text} | changes


RIGHT = answered(MEAN, "def mean(x):\n    return sum(x) / len(x) if x else None")
WORDS = answered(ESSAY, "A mean hides the spread.")

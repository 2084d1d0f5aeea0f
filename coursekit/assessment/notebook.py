"""Build nbgrader's source version of an assignment from the author's sources.

The author's text notebook says where an exercise stands by a code cell that
holds nothing but `# exercise: <id>`. Each such cell becomes the question, the
cell for the answer and, if a check marks it, the graded cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import jupytext
import nbformat
import pandas as pd
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from coursekit.assessment.authoring import Assignment, AuthorError, Exercise, Reflection
from coursekit.assessment.hidden import check_cell
from coursekit.assessment.secret import Secret
from coursekit.assessment.sources import imports_for, solution_cell
from coursekit.assessment.worlds import accepted_seeds

_MARKER = re.compile(r"#\s*exercise:\s*(\S+)\s*")
_ANSWER_HERE = "*Write here.*"


def source_notebook(assignment: Assignment, secret: Secret, data: Mapping[str, pd.DataFrame]) -> NotebookNode:
    """The notebook with solutions and hidden checks, as nbgrader's `source/` wants it.

    `data` are the learners' tables; hidden data are made from them.

    Raises AuthorError if the text notebook cannot be read, marks an exercise that
    the answers file lacks, or leaves one out.
    """
    text = _read(assignment)
    exercises = {exercise.id: exercise for exercise in assignment.exercises}
    cells: list[NotebookNode] = []
    placed: list[str] = []
    for number, cell in enumerate(text.cells, 1):
        marker = _MARKER.fullmatch(cell.source.strip()) if cell.cell_type == "code" else None
        if marker is None:
            _check_syntax(assignment, cell, number)
            cells.append(_plain(cell, f"cell-{number}"))
            continue
        name = marker.group(1)
        if name not in exercises:
            raise AuthorError(
                f"{assignment.notebook}: cell {number} marks the exercise {name!r}, "
                f"which {assignment.answers.name} does not have"
            )
        if name in placed:
            raise AuthorError(f"{assignment.notebook}: the exercise {name!r} is marked twice")
        placed.append(name)
        exercise = exercises[name]
        if isinstance(exercise, Reflection):
            cells += _reflection_cells(exercise)
        else:
            imports_for([exercise.right], assignment.answers)
            seeds = accepted_seeds(assignment, exercise, secret, data)
            cells += _exercise_cells(assignment, exercise, secret.canary, seeds)
    missing = [name for name in exercises if name not in placed]
    if missing:
        raise AuthorError(f"{assignment.notebook}: no cell marks the exercise {', '.join(missing)}")
    notebook = nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
    )
    nbformat.validate(notebook)
    return notebook


def points_in_words(points: float) -> str:
    """For example "1 point", "2.5 points"."""
    return f"{points:g} point" if points == 1 else f"{points:g} points"


def _read(assignment: Assignment) -> NotebookNode:
    try:
        return jupytext.read(assignment.notebook, fmt="md:myst")
    except Exception as error:
        reason = str(error).split("\n")[0]
        raise AuthorError(f"{assignment.notebook} is no MyST notebook: {reason}") from None


def _check_syntax(assignment: Assignment, cell: NotebookNode, number: int) -> None:
    if cell.cell_type != "code" or cell.source.lstrip().startswith(("%", "!")):
        return
    try:
        compile(cell.source, f"cell {number}", "exec")
    except SyntaxError as error:
        # The author edits a text file, so the line is that of the file.
        text = assignment.notebook.read_text(encoding="utf-8")
        line = text[: max(text.find(cell.source), 0)].count("\n") + (error.lineno or 1)
        raise AuthorError(f"{assignment.notebook}: cell {number} is broken Python, line {line}: {error.msg}") from None


def _exercise_cells(assignment: Assignment, exercise: Exercise, canary: str, seeds: list[int]) -> list[NotebookNode]:
    question = (
        f"### {exercise.title} ({points_in_words(exercise.points)})\n\n"
        f"Exercise `{exercise.id}`. Complete the function `{exercise.name}({', '.join(exercise.takes)})` below; "
        "its description says what it should return. Then run the check."
    )
    return [
        _cell(new_markdown_cell, question, f"{exercise.id}-question", locked=True),
        _cell(
            new_code_cell,
            solution_cell(exercise.right, canary),
            f"{exercise.id}-answer",
            solution=True,
        ),
        _cell(
            new_code_cell,
            check_cell(assignment, exercise, canary, seeds),
            exercise.id,
            grade=True,
            locked=True,
            points=exercise.points,
        ),
    ]


def _reflection_cells(exercise: Reflection) -> list[NotebookNode]:
    rubric = "\n".join(f"| {criterion} | {earns} |" for criterion, earns in exercise.rubric.items())
    question = (
        f"### {exercise.title} ({points_in_words(exercise.points)})\n\n"
        f"Exercise `{exercise.id}`. {exercise.question}\n\n"
        "A person reads it and marks it along this rubric.\n\n"
        f"| criterion (points) | what earns them |\n|---|---|\n{rubric}"
    )
    return [
        _cell(new_markdown_cell, question, f"{exercise.id}-question", locked=True),
        _cell(new_markdown_cell, _ANSWER_HERE, exercise.id, grade=True, solution=True, points=exercise.points),
    ]


def _cell(make: Any, source: str, grade_id: str, **roles: Any) -> NotebookNode:
    metadata = {
        "schema_version": 3,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "grade_id": grade_id,
        **roles,
    }
    cell: NotebookNode = make(source, id=grade_id, metadata={"nbgrader": metadata})
    return cell


def _plain(cell: NotebookNode, name: str) -> NotebookNode:
    make: Any = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    fresh: NotebookNode = make(cell.source, id=name)
    return fresh

"""Run the solved notebook once before it is released: what fails there would fail for every learner."""

from __future__ import annotations

import copy
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from coursekit.assessment.authoring import Assignment, AuthorError

_SECONDS = 120  # for one cell


def try_out(assignment: Assignment, notebook: NotebookNode, folder: Path) -> None:
    """Run the source version in its folder, in a real kernel.

    Raises AuthorError with the first cell that fails, or the first check that
    does not give the solution all its points.
    """
    notebook = copy.deepcopy(notebook)
    client = NotebookClient(
        notebook,
        timeout=_SECONDS,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise AuthorError(
            f"{assignment.notebook}: the solved notebook stops with {error.ename}: {error.evalue} "
            f"(in the cell that begins {_first_line(_failed(notebook))!r})"
        ) from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise AuthorError(f"{assignment.notebook}: the solved notebook does not run: {error}") from None
    points = {exercise.id: exercise.points for exercise in assignment.autograded}
    for cell in notebook.cells:
        if cell.id in points:
            given = [output.data["text/plain"] for output in cell.outputs if output.output_type == "execute_result"]
            if given != [f"{points[cell.id]:g}"]:
                raise AuthorError(
                    f"{assignment.answers}: {cell.id}: the right answer gets {', '.join(given) or 'no'} "
                    f"of {points[cell.id]:g} points in its own check"
                )


def _failed(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return cell
    return notebook.cells[0]


def _first_line(cell: NotebookNode) -> str:
    return str(cell.source).split("\n")[0]

"""Keep keys out of what goes back to learners."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor


class StripKeys(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Cut hidden checks out of a marked notebook, also where a traceback quotes them."""

    def preprocess(self, notebook: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Change the notebook in place; it is a copy that becomes a feedback page."""
        notebook, resources = ClearHiddenTests(enforce_metadata=False).preprocess(notebook, resources)
        for cell in notebook.cells:
            if cell.get("metadata", {}).get("nbgrader", {}).get("grade"):
                for output in cell.get("outputs", []):
                    if output.output_type == "error":
                        # IPython shows the lines around the error, and those are the hidden ones.
                        output.traceback = [f"{output.ename}: {output.evalue}"]
        _head(notebook, resources)
        return notebook, resources


def _head(notebook: NotebookNode, resources: dict[str, Any]) -> None:
    """Say at the top whose page it is, and what still waits for a person: nbgrader shows that as 0."""
    about = resources.get("nbgrader", {})
    learner, assignment, name = about.get("student"), about.get("assignment"), about.get("notebook")
    if not (learner and assignment and name and about.get("db_url")):
        return
    with Gradebook(about["db_url"]) as gradebook:
        submission = gradebook.find_submission_notebook(name, assignment, learner)
        waits = [grade.name for grade in submission.grades if grade.manual_score is None and grade.auto_score is None]
    text = f"**{learner}**, {assignment}."
    if waits:
        text += f" Not marked yet: {', '.join(waits)}; its points are shown as 0 until a person has read it."
    notebook.cells.insert(0, new_markdown_cell(text))

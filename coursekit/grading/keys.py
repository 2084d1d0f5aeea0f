"""Keep keys out of what goes back to learners."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
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
        return notebook, resources

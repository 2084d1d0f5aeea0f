"""The directive `exercises`: what an assignment asks, and how it is marked.

    ```{exercises} tool-or-craft
    ```

Titles and points come from the assignment's source, objectives from the
`chapter` directive above on the same page: each is stated once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from coursekit.book import markup
from coursekit.book.chapter import Chapter, chapter_of, duration, objective_target

logger = logging.getLogger(__name__)

MARKED = {"autograded": "by checks", "manual": "by an instructor, with a rubric"}
# Points stand second, so that a phone shows them without scrolling.
_HEADER = ("Exercise", "Points", "Objective", "Marked")


class Exercises(SphinxDirective):
    """Renders the table of the exercises of the assignment that its argument names."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Return the nodes; after a warning none, so that a flaw cannot look finished."""
        slug = self.arguments[0]
        # Imported here, because reading assignments loads jupytext, which most builds do without.
        from coursekit.assessment import AuthorError, load_assignment

        try:
            assignment = load_assignment(slug, Path(self.env.srcdir))
        except AuthorError as error:
            return self._refuse(f"The assignment {slug!r} cannot be read: {error}")
        for path in sorted((Path(self.env.srcdir) / "assignments" / slug).glob("*.*")):
            self.env.note_dependency(str(path))
        chapter = chapter_of(self.env.temp_data, slug)
        if chapter is None:
            return self._refuse(f"The page has no chapter directive with the slug {slug!r} above the exercises.")
        rows: list[tuple[markup.Cell, ...]] = [
            (
                exercise.title,
                f"{exercise.points:g}",
                self._objective(exercise, chapter),
                MARKED[exercise.kind],
            )
            for exercise in assignment.exercises
        ]
        rows.append(("Together", f"{assignment.points:g}", "", ""))
        caption = f"Exercises of “{assignment.title}”: about {duration(assignment.minutes)}."
        table = markup.table(caption, _HEADER, rows, numbers=(1,))
        table["classes"].append("ck-exercises")
        return [table]

    def _objective(self, exercise: Any, chapter: Chapter) -> list[nodes.Node]:
        stated = {objective.id: objective for objective in chapter.objectives}
        objective = stated.get(exercise.objective)
        if objective is None:
            self._refuse(
                f"The exercise {exercise.id!r} has the objective {exercise.objective!r}, which the chapter "
                f"does not state; it states {', '.join(stated)}."
            )
            return []
        inline, messages = self.parse_inline(objective.text)
        if any(isinstance(part, (nodes.reference, pending_xref)) for part in inline):
            return [*inline, *messages]  # a link cannot hold another one
        link = nodes.reference("", "", *inline, internal=True, refid=objective_target(objective.id))
        return [link, *messages]

    def _refuse(self, problem: str) -> list[nodes.Node]:
        logger.warning("exercises: %s", problem, location=self.get_location(), type="coursekit", subtype="exercises")
        return []


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("exercises", Exercises)

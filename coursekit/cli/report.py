"""`coursekit report`."""

from __future__ import annotations

import click

from coursekit.cli.console import console, expected, require_root
from coursekit.grading import Course, CourseError
from coursekit.grading.grade import read_results
from coursekit.reports.marks import marks_table, mistakes_table


@click.command(
    epilog="""\b
Example:
  coursekit report tool-or-craft
""",
)
@click.argument("slug", metavar="ASSIGNMENT")
def command(slug: str) -> None:
    """Show the marks of an assignment and the mistakes behind them."""
    root = require_root()
    with expected(CourseError):
        course = Course(root)
        learners = read_results(course, slug)
        if not learners:
            raise CourseError(f"nobody handed in {slug!r} yet")
    console.print(marks_table(slug, learners))
    mistakes = mistakes_table(learners)
    if mistakes.row_count:
        console.print(mistakes)
    book = root / "_build" / "html" / "index.html"
    console.print("To open:")
    for what, path in (
        ("the book", book),
        ("the learners' version", course.release(slug)),
        ("the feedback", course.feedback(slug, "").parent),
    ):
        if path.exists():
            console.print(f"  {what:<22} {path.relative_to(root) if path.is_relative_to(root) else path}")

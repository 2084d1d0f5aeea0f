"""`coursekit simulate-class`."""

from __future__ import annotations

import click

from coursekit.assessment import AuthorError, load_assignment
from coursekit.assessment.sample import hand_in, sample_class
from coursekit.cli.console import console, expected, require_root
from coursekit.grading import Course, CourseError


@click.command(
    epilog="""\b
Example:
  coursekit simulate-class tool-or-craft

The assignment must be released with a due date. Real submissions are not touched.
""",
)
@click.argument("slug")
def command(slug: str) -> None:
    """Hand in a sample class of twelve: right, wrong, blank, crashing and late notebooks."""
    root = require_root()
    with expected(AuthorError, CourseError):
        assignment = load_assignment(slug, root)
        course = Course(root)
        course.require_assignment(slug)
        due = course.due(slug)
        if due is None:
            raise CourseError(f'{slug} has no due date; set one: coursekit release {slug} --due "2027-01-31 23:59 UTC"')
        written = hand_in(assignment, course.release(slug), lambda learner: course.submission(slug, learner), due)
        console.print(f"{len(sample_class())} learners handed in {slug}: {len(written)} written, the rest unchanged")
        for learner in written:
            console.print(f"  {learner.id}  {learner.story}")

"""`coursekit release`."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import click

from coursekit.assessment import AuthorError, load_assignment
from coursekit.assessment.authoring import list_assignments
from coursekit.assessment.leaks import leaks
from coursekit.assessment.notebook import points_in_words
from coursekit.assessment.release import write_source
from coursekit.assessment.secret import Secret, course_secret
from coursekit.cli.console import console, expected, require_root
from coursekit.grading import Course, CourseError


@click.command(
    epilog="""\b
Examples:
  coursekit release
  coursekit release tool-or-craft --due "2027-01-31 23:59 UTC"

A due date without a time zone is taken as UTC. Without --due the due date stays as it is.
""",
)
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option("--due", default=None, metavar="TIME", help="When it is due; later work is marked late.")
def command(slugs: tuple[str, ...], due: str | None) -> None:
    """Make the learners' version of the named assignments, or of all, in course/release/."""
    root = require_root()
    with expected(AuthorError, CourseError, ValueError, RuntimeError):
        when = _time(due) if due is not None else None
        # All sources are read before anything is written, so that an error leaves no half release.
        assignments = [load_assignment(slug, root) for slug in slugs or list_assignments(root)]
        course = Course(root)
        secret = course_secret(course.folder)
        for assignment in assignments:
            _release(course, assignment.slug, secret, root, when)


def _release(course: Course, slug: str, secret: Secret, root: Path, due: dt.datetime | None) -> None:
    assignment = load_assignment(slug, root)
    released = course.release(slug)
    changed = write_source(assignment, course.source(slug), secret, root)
    if changed or not released.is_dir():
        course.generate_release(slug)
        found = leaks(released, secret, [assignment])
        if found:
            shutil.rmtree(released)
            raise AuthorError(f"the learners' version was taken back, it would give an answer away: {found[0]}")
    if due is not None:
        course.set_due(slug, due)
    where = released.relative_to(root) if released.is_relative_to(root) else released
    console.print(
        f"{where}: {'written' if changed else 'unchanged'} "
        f"({len(assignment.exercises)} exercises, {points_in_words(assignment.points)}; {_due(course, slug)})"
    )


def _time(text: str) -> dt.datetime:
    """A date with a time of day; nothing is guessed, since marks may hang on it."""
    plain = re.sub(r"\s*UTC$", "+00:00", text.strip())
    try:
        when = dt.datetime.fromisoformat(plain) if ":" in plain else None
    except ValueError:
        when = None
    if when is None or len(plain) < len("2027-01-31 23:59"):
        raise ValueError(
            f"{text!r} is no date with a time; write it like 2027-01-31 23:59 UTC or 2027-01-31T23:59+01:00"
        )
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)


def _due(course: Course, slug: str) -> str:
    due = course.due(slug)
    if due is None:
        return "no due date"
    past = ", which is past" if due < dt.datetime.now(dt.UTC) else ""
    return f"due {due:%Y-%m-%d %H:%M} UTC{past}"

"""`coursekit grade`."""

from __future__ import annotations

from pathlib import Path

import click

import coursekit
from coursekit.cli.console import DONE, EXCEPTIONS, console, errors, expected, progress
from coursekit.grading import Course, CourseError, grade
from coursekit.reports.marks import marks_table


@click.command(
    epilog="""\b
Examples:
  coursekit grade tool-or-craft
  coursekit grade tool-or-craft --student learner-03 --force
  coursekit grade week-2 --course ~/courses/statistics --results marks.json

\b
In this edition nbgrader's own executor runs what learners wrote, with your rights.
Exit codes: 0 every submission graded, 1 some were not (each is named), 2 could not start.
""",
)
@click.argument("slug", metavar="ASSIGNMENT")
@click.option(
    "--course",
    "home",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Folder with nbgrader_config.py, or nbgrader's course directory; default: here.",
)
@click.option("--student", "students", multiple=True, metavar="ID", help="Grade this learner only; may be repeated.")
@click.option("--force", is_flag=True, help="Grade again what did not change.")
@click.option("--quiet", is_flag=True, help="Do not show the table of marks.")
@click.option("--results", type=click.Path(path_type=Path, dir_okay=False), help="Also write the results as JSON.")
def command(slug: str, home: Path, students: tuple[str, ...], force: bool, quiet: bool, results: Path | None) -> None:
    """Grade what was handed in and write nbgrader's gradebook."""
    with expected(CourseError):
        if results is not None and not results.absolute().parent.is_dir():
            raise CourseError(f"the folder {results.absolute().parent} for the results does not exist; make it first")
        course = Course(home)
        course.require_assignment(slug)
        count = len(students or course.learners(slug))
        with progress("graded", count) as step:
            done = grade(course, slug, students, force=force, version=coursekit.__version__, progress=step)
        if results is not None:
            done.write(results)
    if not quiet:
        console.print(marks_table(slug, done.learners))
    failed = f", {len(done.troubled)} not graded" if done.troubled else ""
    fresh = len(done.learners) - len(done.unchanged) - len(done.troubled)
    console.print(f"{fresh} graded now, {len(done.unchanged)} unchanged since the last run{failed}")
    for path in course.misplaced():
        errors.print(f"[bold red]not graded[/] {path}: move it into {path.parent / slug}", markup=True)
    for learner in done.troubled:
        errors.print(f"[bold red]{learner.status}[/] {learner.learner}: {learner.reason}", markup=True)
    raise SystemExit(EXCEPTIONS if done.troubled else DONE)

"""`coursekit feedback`."""

from __future__ import annotations

import click

from coursekit.cli.console import DONE, EXCEPTIONS, console, errors, expected, progress, require_root
from coursekit.grading import Course, CourseError
from coursekit.grading.grade import read_results


@click.command(
    epilog="""\b
Example:
  coursekit feedback tool-or-craft

Run it again after marking by hand: pages are made anew when the marks changed.
""",
)
@click.argument("slug", metavar="ASSIGNMENT")
@click.option("--force", is_flag=True, help="Write all pages again.")
def command(slug: str, force: bool) -> None:
    """Write one page of feedback for each learner, in course/feedback/."""
    root = require_root()
    with expected(CourseError):
        course = Course(root)
        course.require_assignment(slug)
        learners = [name for name in course.learners(slug) if course.autograded(slug, name).is_dir()]
        if not learners:
            raise CourseError(f"nothing of {slug!r} is graded yet; grade first: coursekit grade {slug}")
        waiting = learners if force else [name for name in learners if not course.feedback_is_current(slug, name)]
        failed: dict[str, str] = {}
        with progress("feedback", len(waiting)) as step:
            for learner in waiting:
                reason = course.generate_feedback(slug, learner)
                if reason:
                    failed[learner] = reason
                step(learner)
    done = len(waiting) - len(failed)
    console.print(f"feedback: {done} written, {len(learners) - len(waiting)} unchanged")
    results = read_results(course, slug)
    unread = [result.learner for result in results if result.to_mark]
    if unread:
        console.print(f"{len(unread)} learners have an answer that waits for a person; their pages say so")
    without = [result.learner for result in results if result.learner not in learners]
    if without:
        console.print(f"no page for {', '.join(without)}: not graded")
    for learner, reason in failed.items():
        errors.print(f"[bold red]no feedback[/] {learner}: {reason}")
    raise SystemExit(EXCEPTIONS if failed else DONE)

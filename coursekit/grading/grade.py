"""Grade an assignment: who changed since the last run, marks, and a status for each.

In this edition nbgrader's own executor runs the submissions. Its checks run in
the learner's kernel, so the results say `assurance: in-kernel`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.utils import parse_utc

from coursekit.grading.course import Course, CourseError
from coursekit.grading.results import ExerciseResult, LearnerResult, Results

CHECK_MIME = "application/vnd.coursekit.check+json"
_STAMP = ".graded"


def grade(
    course: Course,
    assignment: str,
    learners: Sequence[str] | None = None,
    *,
    force: bool = False,
    version: str = "",
    progress: Callable[[str], None] = lambda learner: None,
) -> Results:
    """Grade submissions and write nbgrader's gradebook.

    Parameters
    ----------
    learners
        Whom to grade; by default everybody who handed in.
    force
        Grade again what did not change since the last run.
    progress
        Called with each learner's id once that one is done.

    Raises
    ------
    CourseError
        If the assignment or a named learner is unknown, or nobody handed in.
    """
    course.require_assignment(assignment)
    everybody = course.learners(assignment)
    chosen = list(learners) if learners else everybody
    unknown = [learner for learner in chosen if learner not in everybody]
    if unknown:
        raise CourseError(f"no submission of {assignment!r} by {', '.join(unknown)}")
    if not chosen:
        raise CourseError(f"nobody handed in {assignment!r}: {course.submission(assignment, '<learner>')} is empty")

    started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    results: list[LearnerResult] = []
    unchanged: list[str] = []
    source = _digest(course.source(assignment))
    for learner in chosen:
        stamp = course.autograded(assignment, learner) / _STAMP
        wanted = f"{source} {_digest(course.submission(assignment, learner))}"
        if not force and stamp.is_file() and stamp.read_text() == wanted:
            unchanged.append(learner)
            results.append(_read_back(course, assignment, learner, 0.0))
            progress(f"{learner} is unchanged")
        else:
            results.append(_grade_one(course, assignment, learner, stamp, wanted))
            progress(learner)
    return Results(
        assignment=assignment,
        started=started,
        version=version,
        learners=tuple(results),
        unchanged=tuple(unchanged),
    )


def read_results(course: Course, assignment: str) -> list[LearnerResult]:
    """The marks that the gradebook holds now, for everybody who handed in."""
    course.require_assignment(assignment)
    return [_state(course, assignment, learner) for learner in course.learners(assignment)]


def _grade_one(course: Course, assignment: str, learner: str, stamp: Path, wanted: str) -> LearnerResult:
    clock = time.monotonic()
    broken = _unreadable(course, assignment, learner)
    if broken:
        return LearnerResult(learner, "unreadable", time.monotonic() - clock, broken)
    reason = course.autograde(assignment, learner)
    seconds = time.monotonic() - clock
    if reason is not None:
        return LearnerResult(learner, "grader-failed", seconds, reason)
    stamp.write_text(wanted)
    return _read_back(course, assignment, learner, seconds)


def _state(course: Course, assignment: str, learner: str) -> LearnerResult:
    """What is known of a submission without grading it."""
    broken = _unreadable(course, assignment, learner)
    if broken:
        return LearnerResult(learner, "unreadable", 0.0, broken)
    if not any(course.autograded(assignment, learner).glob("*.ipynb")):
        return LearnerResult(learner, "not-graded", 0.0, "not graded yet; run coursekit grade")
    return _read_back(course, assignment, learner, 0.0)


def _unreadable(course: Course, assignment: str, learner: str) -> str:
    """Why the submission cannot be graded for a cause on the learner's side, or nothing."""
    folder = course.submission(assignment, learner)
    found = {path.name for path in folder.glob("*.ipynb")}
    wanted = {path.name for path in course.source(assignment).glob("*.ipynb")}
    if not found:
        return "no notebook was handed in"
    if wanted and not wanted & found:
        return f"there is no {', '.join(sorted(wanted))}; found {', '.join(sorted(found))}: rename it"
    stamp = folder / "timestamp.txt"
    if stamp.is_file():
        try:
            parse_utc(stamp.read_text(encoding="utf-8").strip())
        except (ValueError, OverflowError):
            return "timestamp.txt holds no time; write it like 2027-01-31 18:00:00 UTC"
    for path in sorted(folder / name for name in found):
        try:
            nbformat.read(path, as_version=4)
        except Exception as error:
            return f"{path.name} is no notebook: {str(error).splitlines()[0][:120]}"
    return ""


def _read_back(course: Course, assignment: str, learner: str, seconds: float) -> LearnerResult:
    shown = _shown(course.autograded(assignment, learner))
    with course.gradebook() as gradebook:
        try:
            submission = gradebook.find_submission(assignment, learner)
        except MissingEntry:
            return LearnerResult(learner, "not-graded", seconds, "not graded yet; run coursekit grade")
        exercises = []
        for notebook in submission.notebooks:
            for grade in sorted(notebook.grades, key=lambda grade: grade.cell.id):
                verdict = shown.get(grade.name, {})
                waits = grade.manual_score is None and (grade.auto_score is None or grade.needs_manual_grade)
                exercises.append(
                    ExerciseResult(
                        grade.name,
                        None if waits else float(grade.score),
                        float(grade.max_score),
                        verdict.get("verdict"),
                        verdict.get("mistake"),
                    )
                )
        late = float(submission.total_seconds_late or 0.0)
    order = _order(course.source(assignment))
    exercises.sort(key=lambda result: order.get(result.exercise, len(order)))
    return LearnerResult(learner, "graded", seconds, "", late, tuple(exercises))


def _shown(folder: Path) -> dict[str, dict[str, str]]:
    """What the checks of a marked notebook said, by exercise."""
    found: dict[str, dict[str, str]] = {}
    for path in folder.glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                said = output.get("data", {}).get(CHECK_MIME)
                if isinstance(said, dict) and cell.metadata.get("nbgrader", {}).get("grade"):
                    found[cell.metadata.nbgrader.grade_id] = said
    return found


def _order(source: Path) -> dict[str, int]:
    ids = [
        cell.metadata.get("nbgrader", {}).get("grade_id")
        for path in sorted(source.glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
    ]
    return {name: position for position, name in enumerate(ids) if name}


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
        digest.update(json.dumps(str(path.relative_to(folder))).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()

"""Marks in the terminal: one row for each learner, one column for each exercise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.table import Table

from coursekit.grading.results import LearnerResult

# Narrow enough for a terminal of 80 columns with six exercises.
_LOOK: dict[str, Any] = {
    "box": box.SIMPLE_HEAD,
    "title_justify": "left",
    "title_style": "bold",
    "caption_justify": "left",
    "pad_edge": False,
    "padding": (0, 1, 0, 0),
}


def marks_table(assignment: str, learners: Sequence[LearnerResult]) -> Table:
    """Points by learner and exercise; "?" waits for a person."""
    caption = "? waits for a person" if any(learner.to_mark for learner in learners) else None
    table = Table(title=f"Marks of {assignment}", caption=caption, **_LOOK)
    exercises = {result.exercise: result.maximum for learner in learners for result in learner.exercises}
    table.add_column("learner", no_wrap=True)
    for name, maximum in exercises.items():
        table.add_column(f"{name.replace('-', chr(10))}\n/{maximum:g}", justify="right", no_wrap=True)
    table.add_column(f"sum\n/{sum(exercises.values()):g}", justify="right", no_wrap=True)
    table.add_column("note")
    for learner in learners:
        points = {result.exercise: result.points for result in learner.exercises}
        cells = ["" if name not in points else _points(points[name]) for name in exercises]
        table.add_row(learner.learner, *cells, _sum(learner), _note(learner))
    return table


def mistakes_table(learners: Sequence[LearnerResult]) -> Table:
    """How many learners made which named mistake, most frequent first."""
    made = Counter(
        (result.exercise, result.mistake) for learner in learners for result in learner.exercises if result.mistake
    )
    table = Table(title="Mistakes that were recognised", **_LOOK)
    table.add_column("exercise")
    table.add_column("mistake")
    table.add_column("learners", justify="right")
    for (exercise, mistake), count in sorted(made.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(exercise, mistake, str(count))
    return table


def _sum(learner: LearnerResult) -> str:
    if not learner.exercises:
        return "\N{EN DASH}"
    return f"{learner.points:g}+?" if learner.to_mark else f"{learner.points:g}"


def _points(points: float | None) -> str:
    return "?" if points is None else f"{points:g}"


def _note(learner: LearnerResult) -> str:
    notes: list[str] = []
    if learner.status != "graded":
        notes.append(learner.status)
    if learner.late_seconds:
        notes.append(f"late by {_duration(learner.late_seconds)}")
    return "; ".join(notes)


def _duration(seconds: float) -> str:
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {rest // 60} min" if rest >= 60 else f"{hours} h"

"""A sample class: twelve submissions whose marks are known beforehand.

Each is a real notebook, made from the learners' version as a learner would
fill it in. They serve the first look at the kit and its tests.
"""

from __future__ import annotations

import copy
import datetime as dt
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pandas as pd
from nbformat import NotebookNode

from coursekit.assessment.authoring import Assignment, Exercise
from coursekit.assessment.sources import renamed
from coursework.loading import load

Tables = Mapping[str, pd.DataFrame]
Write = Callable[[Exercise, Tables], str]
RIGHT, BLANK = "right", "blank"
_REFLECTION = (
    "The raw gap favours the suite, but its users are the better craftsmen. Within each band it solves fewer "
    "conversations, so I would not buy 400 seats. I would first let agents of one band switch by lot for a month."
)


@dataclass(frozen=True)
class SampleLearner:
    """One made-up learner: what stands in each answer, and when it came in.

    `answers` maps an exercise to "right", "blank", "alternative", the name of a
    mistake, or a function of exercise and tables that gives the cell's text. What is
    not named is as `otherwise` says.
    """

    id: str
    story: str
    otherwise: str = RIGHT
    answers: Mapping[str, str | Write] | None = None
    late: dt.timedelta = dt.timedelta(hours=-20)
    reflection: bool = True

    def answer(self, exercise: Exercise) -> str | Write:
        """What this learner writes for an exercise."""
        return (self.answers or {}).get(exercise.id, self.otherwise)

    def expected(self, exercise: Exercise) -> float:
        """The points that the check must give."""
        answer = self.answer(exercise)
        return exercise.points if answer in (RIGHT, "alternative", warns) else 0.0


def crashes(exercise: Exercise, _: Tables) -> str:
    """A cell that raises before the answer is defined."""
    return f"1 / 0\n\n{renamed(exercise.right, exercise.name)}"


def fails_inside(exercise: Exercise, _: Tables) -> str:
    """An answer that raises when it is called."""
    return f"{_signature(exercise)}\n    return conversation['resolvd'].mean()"


def hard_coded(exercise: Exercise, tables: Tables) -> str:
    """The right number of the public data, written down."""
    number = exercise.right(*[tables[name] for name in exercise.takes])
    return f"{_signature(exercise)}\n    return {number:.4f}"


def in_percent(exercise: Exercise, _: Tables) -> str:
    """The right value, a hundred times too large."""
    body = renamed(exercise.right, "_right")
    takes = ", ".join(exercise.takes)
    return f"{body}\n\n\n{_signature(exercise)}\n    return 100 * _right({takes})"


def warns(exercise: Exercise, _: Tables) -> str:
    """A right answer that prints and warns; that must cost nothing."""
    body = renamed(exercise.right, "_right")
    takes = ", ".join(exercise.takes)
    return (
        f"import sys\nimport warnings\n\n\n{body}\n\n\n{_signature(exercise)}\n"
        f"    print('computing')\n    print('careful', file=sys.stderr)\n    warnings.warn('this is old')\n"
        f"    return _right({takes})"
    )


def broken_syntax(exercise: Exercise, _: Tables) -> str:
    """A cell that Python cannot read."""
    return f"{_signature(exercise)}\n    return conversation["


def sample_class() -> list[SampleLearner]:
    """The twelve; 01, 02 and 05 are right, wrong by a named mistake, and crashing."""
    return [
        SampleLearner("learner-01", "everything right"),
        SampleLearner("learner-02", "takes the raw gap for the standardised", answers={"standardised-gap": "raw"}),
        SampleLearner("learner-03", "everything right, in other idioms", otherwise="alternative"),
        SampleLearner("learner-04", "hands in the untouched notebook", otherwise=BLANK, reflection=False),
        SampleLearner("learner-05", "a cell crashes before the answer", answers={"strata": crashes}),
        SampleLearner(
            "learner-06",
            "a mistake in every exercise",
            answers={
                "raw-gap": "reversed",
                "strata": "wrong-margin",
                "standardised-gap": "unweighted",
                "full-cost": "no-rework",
            },
        ),
        SampleLearner(
            "learner-07",
            "stops after the first two",
            otherwise=BLANK,
            answers={"raw-gap": RIGHT, "strata": RIGHT},
        ),
        SampleLearner("learner-08", "writes the number down", answers={"raw-gap": hard_coded}),
        SampleLearner("learner-09", "answers in percent", answers={"raw-gap": in_percent, "full-cost": "licence-only"}),
        SampleLearner("learner-10", "right, with prints and warnings", answers={"raw-gap": warns, "full-cost": warns}),
        SampleLearner("learner-11", "right, two days late", late=dt.timedelta(days=2)),
        SampleLearner(
            "learner-12",
            "broken syntax and a misspelt column, three hours late",
            answers={"raw-gap": broken_syntax, "standardised-gap": fails_inside},
            late=dt.timedelta(hours=3),
        ),
    ]


def fill_in(release: NotebookNode, assignment: Assignment, learner: SampleLearner, tables: Tables) -> NotebookNode:
    """The learners' notebook as this learner hands it in."""
    notebook = copy.deepcopy(release)
    exercises = {f"{exercise.id}-answer": exercise for exercise in assignment.autograded}
    manual = {exercise.id for exercise in assignment.exercises} - {exercise.id for exercise in assignment.autograded}
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in exercises:
            text = _write(exercises[grade_id], learner.answer(exercises[grade_id]), tables)
            if text is not None:
                cell.source = text
        elif grade_id in manual and learner.reflection:
            cell.source = _REFLECTION
    return notebook


def hand_in(
    assignment: Assignment, release: Path, submitted: Callable[[str], Path], due: dt.datetime
) -> list[SampleLearner]:
    """Write the class's submissions where nbgrader expects them; those that are there stay.

    `submitted` gives the folder of a learner's submission. Returns who was written.
    """
    notebook = nbformat.read(release / f"{assignment.slug}.ipynb", as_version=4)
    tables = load(assignment.dataset, release / "datasets" / assignment.dataset)
    written = []
    # All are filled in before any is written, so that an error leaves no half class.
    texts = {
        learner.id: nbformat.writes(fill_in(notebook, assignment, learner, tables)) + "\n" for learner in sample_class()
    }
    for learner in sample_class():
        folder = submitted(learner.id)
        path = folder / f"{assignment.slug}.ipynb"
        text = texts[learner.id]
        stamp = f"{(due + learner.late).astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC\n"
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        (folder / "timestamp.txt").write_text(stamp, encoding="ascii")
        written.append(learner)
    return written


def _write(exercise: Exercise, answer: str | Write, tables: Tables) -> str | None:
    if callable(answer):
        return answer(exercise, tables)
    if answer == BLANK:
        return None
    if answer == RIGHT:
        return renamed(exercise.right, exercise.name)
    if answer == "alternative":
        return renamed((exercise.alternatives or [exercise.right])[0], exercise.name)
    mistakes = {mistake.name: mistake.compute for mistake in exercise.mistakes}
    return renamed(mistakes[answer], exercise.name)


def _signature(exercise: Exercise) -> str:
    return f"def {exercise.name}{inspect.signature(exercise.right)}:"

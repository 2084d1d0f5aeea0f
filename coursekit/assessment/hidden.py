"""The hidden check of an exercise, generated from the author's answers.

The text is self-contained: right answer, mistakes, the maker of other data and
its seeds are in it, so a grader needs no file of the author's. It stands
between nbgrader's markers, which cut it out of what learners get.
"""

from __future__ import annotations

import textwrap
from pprint import pformat

from coursekit.assessment.authoring import Assignment, Exercise
from coursekit.assessment.sources import imports_for, renamed
from coursework.checks.forms import to_json

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"


def check_cell(assignment: Assignment, exercise: Exercise, canary: str, seeds: list[int]) -> str:
    """The graded cell: the visible check, then the hidden one as the last expression."""
    return "\n".join(
        [
            f'check("{exercise.id}", {exercise.name})',
            f"{BEGIN} {canary}",
            hidden_check(assignment, exercise, seeds),
            END,
        ]
    )


def hidden_check(assignment: Assignment, exercise: Exercise, seeds: list[int]) -> str:
    """The code that marks the exercise; its last expression is the answer with the points."""
    functions = {
        "right": exercise.right,
        **{f"mistake_{number}": mistake.compute for number, mistake in enumerate(exercise.mistakes, 1)},
        "other_data": assignment.other_data,
    }
    mistakes = [
        f"({mistake.name!r}, {_text(mistake.hint)!r}, mistake_{number})"
        for number, mistake in enumerate(exercise.mistakes, 1)
    ]
    settings = {
        "dataset": assignment.dataset,
        "takes": exercise.takes,
        "form": to_json(exercise.form),
        "points": exercise.points,
        "tolerance": exercise.tolerance,
        "seeds": seeds,
    }
    body = [
        *imports_for(list(functions.values()), assignment.answers),
        "from coursework.checks.marking import mark",
        *(renamed(function, name) for name, function in functions.items()),
        f"return mark({exercise.id!r}, value, right=right, other_data=other_data,",
        f"    mistakes=[{', '.join(mistakes)}],",
        f"    **{pformat(settings, sort_dicts=False, width=100)})",
    ]
    # A function of its own, so that no name of the key stays in the notebook's namespace.
    return "\n".join(
        [
            "def _marked(value):",
            textwrap.indent("\n".join(body), "    "),
            "",
            f"_marked({exercise.name})",
        ]
    )


def _text(hint: str) -> str:
    return " ".join(hint.split())

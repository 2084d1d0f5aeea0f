"""Mark an answer against a key that the caller brings along.

The hidden part of a graded cell calls `mark` with the right answer, the named
mistakes and seeds of other data; nothing of these is in this package. The
answer is compared on the learner's own data and on other data of the same
structure, so a number that was written down instead of computed fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from coursework.checks.answer import Answer
from coursework.checks.forms import Form, from_json
from coursework.checks.visible import Asked, FormProblem, look_at_form
from coursework.loading import load

Compute = Callable[..., Any]


def mark(
    exercise: str,
    value: Any,
    *,
    dataset: str,
    takes: Sequence[str],
    form: Mapping[str, Any],
    points: float,
    tolerance: float,
    right: Compute,
    mistakes: Sequence[tuple[str, str, Compute]],
    other_data: Callable[[Mapping[str, pd.DataFrame], int], Mapping[str, pd.DataFrame]],
    seeds: Sequence[int],
) -> Answer:
    """Mark `value`, the learner's function, and return the answer with its points.

    Parameters
    ----------
    form
        The form of the value, as `coursework.checks.forms.to_json` wrote it.
    tolerance
        The largest absolute difference to a right number, in the number's unit.
    mistakes
        Named mistakes as (name, hint, function of the same tables).
    other_data
        Makes tables of the same structure from the learner's tables and a seed.
    """
    asked = Asked(exercise, points, tuple(takes), from_json(form), dataset)
    own = load(dataset)
    worlds: list[Mapping[str, pd.DataFrame]] = [own, *(other_data(own, seed) for seed in seeds)]
    try:
        found = [look_at_form(value, asked, world) for world in worlds]
    except FormProblem as problem:
        return problem.answer

    def agrees(compute: Compute) -> list[bool]:
        return [
            _close(numbers, _compute(compute, asked, world), tolerance)
            for numbers, world in zip(found, worlds, strict=True)
        ]

    on_worlds = agrees(right)
    if all(on_worlds):
        return Answer(exercise, "right", points, points, "The value is right, on your data and on other data.")
    for name, hint, compute in mistakes:
        if all(agrees(compute)):
            return Answer(exercise, "mistake", 0, points, hint, mistake=name)
    if on_worlds[0]:
        message = (
            "The value is right on your data, but not on other data of the same kind. "
            "Does your function use the tables that it is given, and nothing else?"
        )
        return Answer(exercise, "mistake", 0, points, message, mistake="hard-coded")
    return Answer(exercise, "wrong", 0, points, "The form is as asked, but the value is not right.")


def _compute(compute: Compute, asked: Asked, world: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    form: Form = asked.form
    return form.read(compute(*[world[table].copy() for table in asked.takes]))


def _close(found: Mapping[str, float], wanted: Mapping[str, float], tolerance: float) -> bool:
    return all(abs(found[name] - wanted[name]) <= tolerance for name in wanted)

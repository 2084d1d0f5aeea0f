"""Choose the hidden data of an exercise: only such as tell its mistakes apart from the right answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pandas as pd

from coursekit.assessment.authoring import Assignment, AuthorError, Exercise
from coursekit.assessment.secret import Secret

WORLDS = 2  # other data sets per exercise
_TRIES = 60


def accepted_seeds(
    assignment: Assignment, exercise: Exercise, secret: Secret, data: Mapping[str, pd.DataFrame]
) -> list[int]:
    """The first seeds of the course's own stream whose data keep every mistake off the right answer.

    Raises AuthorError if hardly any do: then the tolerance is too wide for the exercise.
    """
    stream = secret.seeds(f"{assignment.slug}/{exercise.id}", _TRIES)
    try:
        accepted = list(_accepted(assignment, exercise, data, stream))
    except Exception as error:
        raise AuthorError(f"{assignment.answers}: {exercise.id}: {type(error).__name__}: {error}") from None
    if len(accepted) < WORLDS:
        _, mistake = nearest(exercise, data)
        raise AuthorError(
            f"{assignment.answers}: {exercise.id}: the mistake {mistake!r} lies within twice the tolerance "
            f"({exercise.tolerance:g}) of the right answer; make the tolerance smaller, or look whether the "
            "mistake is one"
        )
    return accepted


def nearest(exercise: Exercise, data: Mapping[str, pd.DataFrame]) -> tuple[float, str]:
    """The distance from the right answer to the nearest mistake, in the answer's unit, and its name.

    For an answer of several numbers it is the largest of their differences, since
    one wrong number makes the answer wrong. Without mistakes it is infinite.
    """
    tables = [data[name] for name in exercise.takes]
    right = exercise.form.read(exercise.right(*tables))
    found = [(math.inf, "")]
    for mistake in exercise.mistakes:
        try:
            wrong = exercise.form.read(mistake.compute(*tables))
        except Exception as error:
            raise ValueError(f"the mistake {mistake.name!r}: {error}") from error
        found.append((max(abs(wrong[name] - right[name]) for name in right), mistake.name))
    return min(found)


def _accepted(
    assignment: Assignment, exercise: Exercise, data: Mapping[str, pd.DataFrame], stream: list[int]
) -> Iterator[int]:
    found = 0
    for seed in stream:
        if found == WORLDS:
            return
        if nearest(exercise, assignment.other_data(data, seed))[0] > 2 * exercise.tolerance:
            found += 1
            yield seed

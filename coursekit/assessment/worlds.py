"""Choose the hidden data of an exercise: only such as tell its mistakes apart from the right answer."""

from __future__ import annotations

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
    accepted = list(_accepted(assignment, exercise, data, stream))
    if len(accepted) < WORLDS:
        raise AuthorError(
            f"{assignment.answers}: {exercise.id}: its mistakes lie within twice the tolerance "
            f"({exercise.tolerance:g}) of the right answer on nearly all data; make the tolerance smaller"
        )
    return accepted


def distance(exercise: Exercise, data: Mapping[str, pd.DataFrame]) -> float:
    """The distance from the right answer to the nearest mistake, in the answer's unit.

    For an answer of several numbers it is the largest of their differences, since
    one wrong number makes the answer wrong.
    """
    tables = [data[name] for name in exercise.takes]
    right = exercise.form.read(exercise.right(*tables))
    return min(
        max(abs(wrong[name] - right[name]) for name in right)
        for wrong in (exercise.form.read(mistake.compute(*tables)) for mistake in exercise.mistakes)
    )


def _accepted(
    assignment: Assignment, exercise: Exercise, data: Mapping[str, pd.DataFrame], stream: list[int]
) -> Iterator[int]:
    found = 0
    for seed in stream:
        if found == WORLDS:
            return
        if distance(exercise, assignment.other_data(data, seed)) > 2 * exercise.tolerance:
            found += 1
            yield seed

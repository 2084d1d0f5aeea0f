"""The check that a learner runs: `check("raw-gap", raw_gap)`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from coursework.checks.answer import Answer
from coursework.checks.calling import CallFailed, call
from coursework.checks.forms import Form, FormError, from_json
from coursework.loading import load

PACK = "check-pack.json"


class CheckPackMissing(LookupError):
    """The file that tells the checks what is asked lies not where the notebook is."""


class UnknownExercise(LookupError):
    """No exercise of that name in this assignment."""


@dataclass(frozen=True)
class Asked:
    """What a check pack says of one exercise; it holds no answer."""

    exercise: str
    points: float
    takes: tuple[str, ...]
    form: Form
    dataset: str


def check(exercise: str, value: Any) -> Answer:
    """Look at the form of your answer and say what is missing.

    Parameters
    ----------
    exercise
        The name of the exercise, for example ``"raw-gap"``.
    value
        Your answer: the function that the exercise asks for.

    Returns
    -------
    Answer
        Shows as a box in a notebook. A wrong answer never raises.

    Raises
    ------
    CheckPackMissing, UnknownExercise
        If the notebook does not lie in the folder of its assignment, or no
        exercise has this name.
    """
    asked = _find(exercise)
    try:
        look_at_form(value, asked, load(asked.dataset))
    except FormProblem as problem:
        return problem.answer
    return Answer(
        exercise,
        "unmarked",
        asked.points,
        asked.points,
        "Whether the value is right is seen when your work is marked.",
    )


class FormProblem(Exception):
    """Carries the answer to a value whose form is not as asked."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message)
        self.answer = answer


def look_at_form(value: Any, asked: Asked, tables: Any) -> dict[str, float]:
    """Call the learner's function on `tables` and read its answer as plain numbers.

    Raises FormProblem, with the answer for the learner, if there is nothing to read.
    """

    def problem(verdict: Any, message: str) -> FormProblem:
        return FormProblem(Answer(asked.exercise, verdict, 0, asked.points, message))

    signature = f"({', '.join(asked.takes)})"
    if value is None:
        raise problem("blank", "Write your answer in the cell above, then run it and this cell again.")
    if not callable(value):
        raise problem("form", f"A function of {signature} is expected here. Give its name, without brackets.")
    name = getattr(value, "__name__", "your function")
    try:
        returned = call(value, [tables[table] for table in asked.takes])
    except CallFailed as failed:
        raise problem(
            "raised",
            f"{name}{signature} ended with {failed}.\nCall it in a cell of your own to see the line.",
        ) from None
    if returned is None or returned is Ellipsis:
        raise problem("blank", f"{name}{signature} returns nothing so far. It should return {asked.form.words()}.")
    try:
        return asked.form.read(returned)
    except FormError as error:
        raise problem("form", f"{name}{signature} returned something other than what was asked. {error}") from None


def _find(exercise: str) -> Asked:
    path = Path.cwd() / PACK
    if not path.is_file():
        raise CheckPackMissing(
            f"There is no {PACK} in {path.parent}. Start the notebook from the folder of its assignment, "
            "or copy the file there again."
        )
    pack = _read(path, path.stat().st_mtime_ns)
    if exercise not in pack:
        raise UnknownExercise(f"This assignment has no exercise {exercise!r}; it has {', '.join(pack)}.")
    return pack[exercise]


@cache
def _read(path: Path, _modified: int) -> dict[str, Asked]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: Asked(name, float(item["points"]), tuple(item["takes"]), from_json(item["form"]), data["dataset"])
            for name, item in data["exercises"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckPackMissing(f"{path} is damaged ({type(error).__name__}). Copy the file there again.") from None

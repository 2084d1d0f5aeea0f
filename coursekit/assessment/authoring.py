"""What an author writes: the answers file of an assignment.

    from coursekit.assessment import Exercises, Number

    ask = Exercises(dataset="tool-or-craft", title="Tool or craft", minutes=110)

    @ask.exercise("raw-gap", objective="raw-gap", points=1, form=Number("share"), tolerance=0.0005)
    def raw_gap(conversation):
        '''What the learner is asked, as the stub shows it.'''
        return ...

    @raw_gap.mistake("reversed", hint="Which tool's share stands first?")
    def reversed_gap(conversation):
        return ...

The function's name, parameters and docstring make the learner's stub; its
parameters name the tables it takes. Every fact stands here once.
"""

from __future__ import annotations

import difflib
import inspect
import re
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from coursework.checks.forms import Form
from coursework.datasets import DATASETS

Compute = Callable[..., Any]
OtherData = Callable[[Mapping[str, pd.DataFrame], int], Mapping[str, pd.DataFrame]]
Kind = str

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class AuthorError(ValueError):
    """Something in an author's sources is missing or contradicts itself; says what and where."""


@dataclass(frozen=True)
class Mistake:
    """A typical wrong way, what it computes, and the hint that answers it."""

    name: str
    hint: str
    compute: Compute


@dataclass
class Exercise:
    """An autograded exercise; `right` computes the answer from the tables it names."""

    id: str
    title: str
    objective: str
    points: float
    form: Form
    tolerance: float
    right: Compute
    mistakes: list[Mistake] = field(default_factory=list)
    alternatives: list[Compute] = field(default_factory=list)
    kind: Kind = "autograded"

    @property
    def takes(self) -> list[str]:
        """The tables that the answer takes, in order."""
        return list(inspect.signature(self.right).parameters)

    @property
    def name(self) -> str:
        """The name that the learner's answer has."""
        return self.right.__name__

    def mistake(self, name: str, *, hint: str) -> Callable[[Compute], Compute]:
        """Name a typical mistake; decorates the function that makes it."""
        if not hint.strip():
            raise AuthorError(f"{self.id}: the mistake {name!r} has no hint")
        if name in {mistake.name for mistake in self.mistakes}:
            raise AuthorError(f"{self.id}: the mistake {name!r} stands twice")

        def keep(compute: Compute) -> Compute:
            self._same_tables(compute)
            self.mistakes.append(Mistake(name, hint, compute))
            return compute

        return keep

    def alternative(self, compute: Compute) -> Compute:
        """Another right way to the same answer."""
        self._same_tables(compute)
        self.alternatives.append(compute)
        return compute

    def _same_tables(self, compute: Compute) -> None:
        found = list(inspect.signature(compute).parameters)
        if found != self.takes:
            raise AuthorError(f"{self.id}: {compute.__name__} takes {found}, the right answer takes {self.takes}")


@dataclass(frozen=True)
class Reflection:
    """A free text, marked by a person along a rubric (criterion -> what earns its points)."""

    id: str
    title: str
    objective: str
    points: float
    question: str
    rubric: Mapping[str, str]
    kind: Kind = "manual"


@dataclass(frozen=True)
class Assignment:
    """An assignment as its author wrote it."""

    slug: str
    folder: Path
    title: str
    dataset: str
    minutes: int
    exercises: tuple[Exercise | Reflection, ...]
    other_data: OtherData

    @property
    def points(self) -> float:
        """The sum of all points."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def autograded(self) -> list[Exercise]:
        """The exercises that a check marks."""
        return [exercise for exercise in self.exercises if isinstance(exercise, Exercise)]

    @property
    def notebook(self) -> Path:
        """The author's text notebook."""
        return self.folder / f"{self.slug}.md"

    @property
    def answers(self) -> Path:
        """The author's answers file."""
        return self.folder / "answers.py"


class Exercises:
    """Collects the exercises of one answers file."""

    def __init__(self, *, dataset: str, title: str, minutes: int) -> None:
        if dataset not in DATASETS:
            raise AuthorError(f"there is no dataset {dataset!r}; these exist: {', '.join(sorted(DATASETS))}")
        self.dataset, self.title, self.minutes = dataset, title, minutes
        self.collected: list[Exercise | Reflection] = []
        self.make_other_data: OtherData | None = None

    def exercise(
        self, id: str, *, title: str, objective: str, points: float, form: Form, tolerance: float
    ) -> Callable[[Compute], Exercise]:
        """An autograded exercise; decorates the function that computes the right answer.

        `tolerance` is the largest absolute difference that still counts as right,
        in the answer's unit.
        """
        self._accept(id, objective, points)
        if not tolerance > 0:
            raise AuthorError(f"{id}: the tolerance must be above 0, it is {tolerance}")

        def keep(right: Compute) -> Exercise:
            exercise = Exercise(id, title, objective, points, form, tolerance, right)
            known = {table.name for table in DATASETS[self.dataset].tables}
            unknown = [name for name in exercise.takes if name not in known]
            if unknown or not exercise.takes:
                raise AuthorError(
                    f"{id}: {right.__name__} takes {', '.join(unknown) or 'nothing'}; "
                    f"the tables of {self.dataset} are {', '.join(sorted(known))}"
                )
            if not right.__doc__:
                raise AuthorError(f"{id}: {right.__name__} has no docstring, so the stub could not say what to do")
            self.collected.append(exercise)
            return exercise

        return keep

    def reflection(
        self, id: str, *, title: str, objective: str, points: float, question: str, rubric: Mapping[str, str]
    ) -> None:
        """A free text, marked by a person along the rubric."""
        self._accept(id, objective, points)
        if not rubric:
            raise AuthorError(f"{id}: the reflection has no rubric")
        self.collected.append(Reflection(id, title, objective, points, question, dict(rubric)))

    def other_data(self, make: OtherData) -> OtherData:
        """Decorates the function (tables, seed) that makes the hidden checks' data."""
        self.make_other_data = make
        return make

    def _accept(self, id: str, objective: str, points: float) -> None:
        if not _ID.fullmatch(id):
            raise AuthorError(f"{id!r} is no exercise id: small letters, digits and single hyphens only")
        if id in {exercise.id for exercise in self.collected}:
            raise AuthorError(f"the exercise {id!r} stands twice")
        if not objective:
            raise AuthorError(f"{id}: no objective is named")
        if not points > 0:
            raise AuthorError(f"{id}: the points must be above 0, they are {points}")


def load_assignment(slug: str, root: Path | None = None) -> Assignment:
    """Read the author's sources of an assignment.

    Parameters
    ----------
    slug
        The folder's name in `assignments/`.
    root
        The course's root; by default the working directory.

    Raises
    ------
    AuthorError
        If there is no such assignment, or its sources are not complete.
    """
    home = (root or Path.cwd()) / "assignments"
    folder = home / slug
    if not folder.is_dir():
        known = ", ".join(list_assignments(root)) or f"none in {home}"
        alike = difflib.get_close_matches(slug, list_assignments(root), n=1)
        advice = f" (did you mean {alike[0]}?)" if alike else ""
        raise AuthorError(f"there is no assignment {slug!r}; these exist: {known}{advice}")
    answers = folder / "answers.py"
    for needed in (answers, folder / f"{slug}.md"):
        if not needed.is_file():
            raise AuthorError(f"{needed} is missing")
    try:
        names = runpy.run_path(str(answers))
    except AuthorError as error:
        raise AuthorError(f"{answers}: {error}") from None
    except Exception as error:
        raise AuthorError(f"{answers} does not run: {type(error).__name__}: {error}") from None
    found = [value for value in names.values() if isinstance(value, Exercises)]
    if len(found) != 1:
        raise AuthorError(f"{answers} should make Exercises(...) once, it does so {len(found)} times")
    ask = found[0]
    if not ask.collected:
        raise AuthorError(f"{answers} holds no exercise")
    if ask.make_other_data is None:
        raise AuthorError(f"{answers} has no function marked @ask.other_data for the hidden checks")
    return Assignment(slug, folder, ask.title, ask.dataset, ask.minutes, tuple(ask.collected), ask.make_other_data)


def list_assignments(root: Path | None = None) -> list[str]:
    """The names of all assignments, sorted."""
    home = (root or Path.cwd()) / "assignments"
    return sorted(path.parent.name for path in home.glob("*/answers.py"))

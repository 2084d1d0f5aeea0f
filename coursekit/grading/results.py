"""What a grading run leaves: a status and marks for each learner."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from coursekit.files import replace_file

Status = Literal["graded", "unreadable", "grader-failed", "not-graded"]
SCHEMA = "coursekit-results-1"


@dataclass(frozen=True)
class ExerciseResult:
    """Points of one graded cell; `points` is None while a person has still to mark it."""

    exercise: str
    points: float | None
    maximum: float
    verdict: str | None = None
    mistake: str | None = None


@dataclass(frozen=True)
class LearnerResult:
    """What became of one submission. `reason` is empty for "graded"."""

    learner: str
    status: Status
    seconds: float
    reason: str = ""
    late_seconds: float = 0.0
    exercises: tuple[ExerciseResult, ...] = ()

    @property
    def points(self) -> float:
        """Points given so far."""
        return sum(result.points or 0.0 for result in self.exercises)

    @property
    def to_mark(self) -> list[str]:
        """Exercises that wait for a person."""
        return [result.exercise for result in self.exercises if result.points is None]


@dataclass(frozen=True)
class Results:
    """A run over one assignment.

    `assurance` says how far the marks can be trusted: "in-kernel" means that the
    checks ran where the learner's code ran.
    """

    assignment: str
    started: str
    version: str
    assurance: Literal["in-kernel"] = "in-kernel"
    box: bool = False
    learners: tuple[LearnerResult, ...] = ()
    unchanged: tuple[str, ...] = field(default=())

    @property
    def troubled(self) -> list[LearnerResult]:
        """Learners whose status is another than "graded"."""
        return [learner for learner in self.learners if learner.status != "graded"]

    def write(self, path: Path) -> None:
        """Write the results as JSON, whole or not at all."""
        text = json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2, ensure_ascii=False) + "\n"
        replace_file(path, text)

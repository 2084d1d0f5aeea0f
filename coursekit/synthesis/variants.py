"""Seeds for learners' own data: only such as leave every exercise as hard as the next learner's.

A seed is accepted if each right answer finds what was planted, and lies at least
twice the tolerance away from each mistake. The accepted seeds of a chapter are
kept in this package, which learners never get. Hidden data have seeds of their
own, drawn from the course's secret.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from coursekit.synthesis.plants import Plant, Tables, Value, distance, plants_of
from coursekit.synthesis.views import chapter

# Candidates come from here on; the public files have a seed below.
FIRST_SEED = 1_000
MARGIN = 2.0  # tolerances between the right answer and a mistake


@dataclass(frozen=True)
class Measured:
    """One exercise on one seed: the right answer, how far the nearest mistake lies, and whether it passes."""

    exercise: str
    value: Value
    nearest: float  # in tolerances
    mistake: str
    recovered: bool
    missed: bool | None  # whether the naive mistake does not find the plant; None if the exercise has none

    @property
    def reason(self) -> str:
        """Why the seed is not accepted, or "" if it is."""
        if not self.recovered:
            return f"{self.exercise}: what was planted is not found"
        if self.nearest < MARGIN:
            return f"{self.exercise}: too close to the mistake {self.mistake!r}"
        return ""


@dataclass(frozen=True)
class Search:
    """The outcome of a search: seeds with their measurements, and why the others were rejected."""

    slug: str
    accepted: Mapping[int, tuple[Measured, ...]]
    rejected: Mapping[str, int]
    tried: int


def measure(slug: str, seed: int) -> tuple[Measured, ...]:
    """Compute every exercise of a chapter on the data of one seed."""
    tables, truth = chapter(slug, seed)
    return tuple(_measured(plant, tables, truth) for plant in plants_of(slug))


def _measured(plant: Plant, tables: Tables, truth: Mapping[str, Any]) -> Measured:
    value = plant.right(tables)
    wrong = {name: mistake(tables) for name, mistake in plant.mistakes.items()}
    nearest, name = min((distance(value, answer), name) for name, answer in wrong.items())
    missed = plant.missed(wrong[plant.naive], truth) if plant.naive else None
    return Measured(plant.exercise, value, nearest / plant.tolerance, name, plant.recovered(value, truth), missed)


def search(slug: str, count: int, start: int = FIRST_SEED, tell: Callable[[str], None] = lambda line: None) -> Search:
    """Try seeds from `start` on until `count` are accepted.

    `tell` is called with each accepted seed. Raises ValueError if not even one in ten
    is: then a plant is too weak or a tolerance too wide.
    """
    accepted: dict[int, tuple[Measured, ...]] = {}
    rejected: dict[str, int] = {}
    for seed in range(start, start + 10 * count):
        measured = measure(slug, seed)
        reasons = [one.reason for one in measured if one.reason]
        for reason in reasons:
            rejected[reason] = rejected.get(reason, 0) + 1
        if not reasons:
            accepted[seed] = measured
            tell(str(seed))
        if len(accepted) == count:
            return Search(slug, accepted, rejected, seed - start + 1)
    why = ", ".join(
        f"{reason} ({times} times)" for reason, times in sorted(rejected.items(), key=lambda pair: -pair[1])
    )
    raise ValueError(f"only {len(accepted)} of {10 * count} seeds of {slug} are accepted; {why}")


@dataclass(frozen=True)
class Spread:
    """How an exercise varies over the accepted seeds: for each number of its answer mean and standard deviation."""

    exercise: str
    part: str  # the name of the number, "" if there is one only
    mean: float
    sd: float
    lowest: float
    highest: float
    nearest: float  # the smallest distance to a mistake over the seeds, in tolerances
    typical: float  # the median of that distance


def spreads(found: Search) -> Iterator[Spread]:
    """The report on difficulty: one line for each number that learners compute."""
    by_exercise: dict[str, list[Measured]] = {}
    for measured in found.accepted.values():
        for one in measured:
            by_exercise.setdefault(one.exercise, []).append(one)
    for exercise, all_of in by_exercise.items():
        near = [one.nearest for one in all_of]
        first = all_of[0].value
        for part in sorted(first) if isinstance(first, Mapping) else [""]:
            numbers = [_part(one.value, part) for one in all_of]
            sd = statistics.stdev(numbers) if len(numbers) > 1 else 0.0
            yield Spread(
                exercise,
                part,
                statistics.fmean(numbers),
                sd,
                min(numbers),
                max(numbers),
                min(near),
                statistics.median(near),
            )


def _part(value: Value, part: str) -> float:
    return float(value[part]) if isinstance(value, Mapping) else float(value)


def accepted_seeds(slug: str) -> tuple[int, ...]:
    """The accepted seeds of a chapter as kept; LookupError if it has none yet."""
    try:
        text = (resources.files(__package__) / "accepted" / f"{slug}.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LookupError(f"{slug} has no accepted seeds; find some with: coursekit data variants {slug}") from None
    return tuple(json.loads(text)["seeds"])


def as_json(found: Search) -> str:
    """What is kept of a search."""
    kept = {"seeds": list(found.accepted), "tried": found.tried, "rejected": dict(sorted(found.rejected.items()))}
    return json.dumps(kept, indent=2) + "\n"

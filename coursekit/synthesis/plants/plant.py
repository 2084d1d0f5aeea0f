"""What a plant is: an effect put into the data, the way to find it, and the ways to miss it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

Tables = Mapping[str, pd.DataFrame]
# One number, or several by name. A choice (a week, a channel) is given as the number that stands for it.
Value = float | Mapping[str, float]
Compute = Callable[[Tables], Value]


@dataclass(frozen=True)
class Plant:
    """The effect behind one exercise.

    `right` computes the answer from the chapter's tables, each of `mistakes`
    what a person gets who falls for that trap. `tolerance` is how far an answer
    may lie from the right one. `recovered` says whether the right answer finds
    what was planted (`truth` is the chapter's part of the truth), and `missed`,
    for a mistake's name and value, whether that mistake does not find it.
    """

    exercise: str
    right: Compute
    mistakes: Mapping[str, Compute]
    tolerance: float
    recovered: Callable[[Value, Mapping[str, Any]], bool]
    missed: Callable[[Value, Mapping[str, Any]], bool]
    unit: str = ""
    # The mistake whose failure is the point of the exercise; the others are slips.
    naive: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)


def distance(one: Value, other: Value) -> float:
    """How far apart two answers are: of several numbers the largest difference. Infinite if one is no number."""
    first, second = _named(one), _named(other)
    if first.keys() != second.keys():
        return math.inf
    gaps = [abs(first[name] - second[name]) for name in first]
    return math.inf if any(math.isnan(gap) for gap in gaps) else max(gaps)


def planted(truth: Mapping[str, Any], name: str) -> Any:
    """The planted value of that name, in whichever part of the truth it stands; KeyError if in none."""
    for part in truth.values():
        if isinstance(part, Mapping) and name in part:
            return part[name]
    raise KeyError(name)


def near(name: str, band: float) -> Callable[[Value, Mapping[str, Any]], bool]:
    """Whether a number lies within `band` of the planted value of that name."""
    return lambda value, truth: abs(float(value) - planted(truth, name)) <= band  # type: ignore[arg-type]


def off(name: str, band: float) -> Callable[[Value, Mapping[str, Any]], bool]:
    """Whether a number lies farther than `band` from the planted value of that name."""
    return lambda value, truth: abs(float(value) - planted(truth, name)) > band  # type: ignore[arg-type]


def _named(value: Value) -> dict[str, float]:
    if isinstance(value, Mapping):
        return {name: float(number) for name, number in value.items()}
    return {"": float(value)}

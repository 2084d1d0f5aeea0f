"""What the plants of chapter 8, and immortal time of chapter 6, answer for many seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from coursekit.synthesis.plants.plant import Plant, Value, distance

Made = tuple[Mapping[str, pd.DataFrame], Mapping[str, Any]]


def outcomes(plants: Sequence[Plant], make: Callable[[int], Made], seeds: Iterable[int]) -> dict[str, pd.DataFrame]:
    """For each exercise one row per seed.

    `right`, `truth`, `recovered`; for each mistake its value and `missed <name>`;
    `apart`: whether all mistakes lie at least twice the tolerance away.
    """
    rows: dict[str, list[dict[str, Any]]] = {plant.exercise: [] for plant in plants}
    for seed in seeds:
        tables, truth = make(seed)
        for plant in plants:
            rows[plant.exercise].append(_outcome(plant, tables, truth))
    return {exercise: pd.DataFrame(found) for exercise, found in rows.items()}


def _outcome(plant: Plant, tables: Mapping[str, pd.DataFrame], truth: Mapping[str, Any]) -> dict[str, Any]:
    right = plant.right(tables)
    wrong: dict[str, Value] = {name: mistake(tables) for name, mistake in plant.mistakes.items()}
    return {
        "right": right,
        "truth": truth,
        "recovered": plant.recovered(right, truth),
        "apart": all(distance(right, value) >= 2 * plant.tolerance for value in wrong.values()),
        **wrong,
        **{f"missed {name}": plant.missed(value, truth) for name, value in wrong.items()},
    }

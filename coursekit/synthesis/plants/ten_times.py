"""Chapter 7, the last exercise: does it cost ten times as much to win a customer as to keep one?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from coursekit.synthesis.plants.plant import Plant, Tables, Value, planted

BAND = 0.2  # of the planted ratio


def _slope(week: pd.DataFrame, accounts: str, spend: str) -> float:
    """Accounts more per thousand EUR more, by least squares."""
    known = week[[accounts, spend]].dropna().astype(float)
    slope, _ = np.polyfit(known[spend], known[accounts], 1)
    return float(slope)


def marginal_ratio(tables: Tables) -> float:
    """What one customer more costs to win, divided by what one more costs to keep."""
    week = tables["week"]
    return _slope(week, "kept_accounts", "keep_spend") / _slope(week, "new_accounts", "acq_spend")


def average_ratio(tables: Tables) -> float:
    """What the average new customer cost, divided by what the average kept one did."""
    week = tables["week"]
    won = week["acq_spend"].sum() / week["new_accounts"].sum()
    kept = week["keep_spend"].sum() / week["kept_accounts"].sum()
    return float(won / kept)


def _upside_down(tables: Tables) -> float:
    return 1.0 / marginal_ratio(tables)


def _average_to_marginal(tables: Tables) -> float:
    week = tables["week"]
    kept = week["keep_spend"].sum() / week["kept_accounts"].sum()
    return float(1.0 / _slope(week, "new_accounts", "acq_spend") / kept)


def _found(value: Value, truth: Mapping[str, Any]) -> bool:
    ratio = planted(truth, "marginal_ratio")
    return bool(abs(float(value) - ratio) <= BAND * ratio)  # type: ignore[arg-type]


PLANTS: tuple[Plant, ...] = (
    Plant(
        exercise="ten-times",
        right=marginal_ratio,
        mistakes={
            "average-cost": average_ratio,
            "upside-down": _upside_down,
            "marginal-by-average": _average_to_marginal,
        },
        tolerance=0.2,
        recovered=_found,
        missed=lambda value, truth: not _found(value, truth),
        unit="ratio of costs",
        naive="average-cost",
    ),
)

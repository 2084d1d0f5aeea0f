"""Chapter 6 (weeks): how long practice takes to show, how much it does, and what a campaign did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from coursekit.synthesis.plants.plant import Plant, Tables, Value, near, off, planted

YEAR = 52  # weeks
LAG = 4  # the lag that align-index asks for
LAGS = range(13)  # the lags that best-lag looks at
Z = 1.96  # half width of a 95 % interval in standard errors


def calendar(week: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The columns on a calendar of all weeks, lost ones as NaN; the index counts weeks from the first."""
    dates = pd.to_datetime(week["week"])
    number = ((dates - dates.min()).dt.days // 7).to_numpy()
    return week[list(columns)].astype(float).set_axis(number, axis=0).reindex(range(number.max() + 1))


def season_terms(times: np.ndarray) -> np.ndarray:
    """A constant, a trend per year, and two waves of a year and half a year, shape (weeks, 6)."""
    turn = 2.0 * np.pi * times / YEAR
    return np.column_stack(
        [np.ones(len(times)), times / YEAR, np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)]
    )


def without_season(values: pd.Series) -> pd.Series:
    """What is left of a series on the calendar after its trend and season, fitted by least squares, are taken away."""
    known = values.dropna()
    terms = season_terms(known.index.to_numpy(dtype=float))
    fitted, *_ = np.linalg.lstsq(terms, known.to_numpy(), rcond=None)
    return pd.Series(known.to_numpy() - terms @ fitted, index=known.index).reindex(values.index)


# Pairs of weeks


def aligned_pairs(tables: Tables) -> float:
    """Weeks for which the result is known, and the practice of four weeks before."""
    weeks = calendar(tables["week"], "practice", "result")
    return float((weeks["practice"].shift(LAG).notna() & weeks["result"].notna()).sum())


def _rows_for_weeks(tables: Tables) -> float:
    week = tables["week"]
    return float((week["practice"].shift(LAG).notna() & week["result"].notna()).sum())


def _lost_weeks_filled(tables: Tables) -> float:
    return float(len(calendar(tables["week"], "practice")) - LAG)


def _all_rows(tables: Tables) -> float:
    return float(len(tables["week"]))


# Trend


def yearly_trend(tables: Tables) -> float:
    """Change of the result in a year, in index points, season aside."""
    values = calendar(tables["week"], "result")["result"].dropna()
    fitted, *_ = np.linalg.lstsq(season_terms(values.index.to_numpy(dtype=float)), values.to_numpy(), rcond=None)
    return float(fitted[1])


def _straight_line(tables: Tables) -> float:
    values = calendar(tables["week"], "result")["result"].dropna()
    slope, _ = np.polyfit(values.index.to_numpy(dtype=float), values.to_numpy(), 1)
    return float(slope * YEAR)


def _halves(tables: Tables) -> float:
    values = calendar(tables["week"], "result")["result"]
    half = len(values) // 2
    return float(values.iloc[half:].mean() - values.iloc[:half].mean())


# Lag


def correlations(cause: pd.Series, effect: pd.Series) -> np.ndarray:
    """Correlation of the effect with the cause so many weeks before, for each of `LAGS`, shape (13,)."""
    return np.array([effect.corr(cause.shift(lag)) for lag in LAGS])


def best_lag(tables: Tables) -> float:
    """Weeks from practice to result: where the two correlate most once trend and season are gone."""
    weeks = calendar(tables["week"], "practice", "result").apply(without_season)
    return float(correlations(weeks["practice"], weeks["result"]).argmax())


def _raw_lag(tables: Tables) -> float:
    weeks = calendar(tables["week"], "practice", "result")
    return float(correlations(weeks["practice"], weeks["result"]).argmax())


def _wrong_way(tables: Tables) -> float:
    return -best_lag(tables)


# Effect


def _interval(cause: pd.Series, effect: pd.Series) -> dict[str, float]:
    """95 % interval of the slope of the effect on the cause."""
    pairs = pd.DataFrame({"cause": cause, "effect": effect}).dropna()
    x, y = pairs["cause"] - pairs["cause"].mean(), pairs["effect"] - pairs["effect"].mean()
    slope = float((x * y).sum() / (x**2).sum())
    error = float(np.sqrt(((y - slope * x) ** 2).sum() / (len(pairs) - 2) / (x**2).sum()))
    return {"low": slope - Z * error, "high": slope + Z * error}


def effect_interval(tables: Tables) -> dict[str, float]:
    """95 % interval of what one point of practice does to the result at the best lag, season aside."""
    weeks = calendar(tables["week"], "practice", "result").apply(without_season)
    return _interval(weeks["practice"].shift(int(best_lag(tables))), weeks["result"])


def _with_season(tables: Tables) -> dict[str, float]:
    weeks = calendar(tables["week"], "practice", "result")
    return _interval(weeks["practice"].shift(int(best_lag(tables))), weeks["result"])


def _same_week(tables: Tables) -> dict[str, float]:
    weeks = calendar(tables["week"], "practice", "result").apply(without_season)
    return _interval(weeks["practice"], weeks["result"])


# Campaign


def level_change(tables: Tables) -> float:
    """What the campaign added to the visits beside their trend, in thousand visits a week."""
    weeks = calendar(tables["week"], "visits", "campaign").dropna()
    terms = np.column_stack([np.ones(len(weeks)), weeks.index.to_numpy(dtype=float), weeks["campaign"]])
    fitted, *_ = np.linalg.lstsq(terms, weeks["visits"].to_numpy(), rcond=None)
    return float(fitted[2])


def _after_minus_before(tables: Tables) -> float:
    means = tables["week"].groupby(tables["week"]["campaign"].astype(bool))["visits"].mean()
    return float(means[True] - means[False])


def _eight_weeks(tables: Tables) -> float:
    week = tables["week"].sort_values("week")
    on = week["campaign"].astype(bool)
    return float(week.loc[on, "visits"].head(8).mean() - week.loc[~on, "visits"].tail(8).mean())


# What was planted is found, or not


def _holds_effect(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    return bool(value["low"] <= planted(truth, "effect") <= value["high"])


PLANTS: tuple[Plant, ...] = (
    Plant(
        exercise="align-index",
        right=aligned_pairs,
        mistakes={
            "rows-for-weeks": _rows_for_weeks,
            "lost-weeks-filled": _lost_weeks_filled,
            "all-rows": _all_rows,
        },
        tolerance=0.4,
        # Each lost week takes two pairs with it, and there are two or three.
        recovered=lambda value, truth: value in (60 - LAG - 4, 60 - LAG - 6),
        missed=lambda value, truth: value not in (60 - LAG - 4, 60 - LAG - 6),
        unit="pairs of weeks",
        naive="rows-for-weeks",
    ),
    Plant(
        exercise="deseasonalise",
        right=yearly_trend,
        mistakes={"straight-line": _straight_line, "half-against-half": _halves},
        tolerance=1.0,
        recovered=near("trend", 5.0),
        missed=off("trend", 5.0),
        unit="index points a year",
        naive="straight-line",
    ),
    Plant(
        exercise="best-lag",
        right=best_lag,
        mistakes={"season-left-in": _raw_lag, "wrong-way": _wrong_way},
        tolerance=0.4,
        recovered=near("lag", 0.5),
        missed=off("lag", 0.5),
        unit="weeks",
        naive="season-left-in",
    ),
    Plant(
        exercise="lag-interval",
        right=effect_interval,
        mistakes={"season-left-in": _with_season, "same-week": _same_week},
        tolerance=0.08,
        recovered=_holds_effect,
        missed=lambda value, truth: not _holds_effect(value, truth),
        unit="index points of result per point of practice",
        naive="season-left-in",
    ),
    Plant(
        exercise="before-after",
        right=level_change,
        mistakes={"after-minus-before": _after_minus_before, "eight-weeks-each-side": _eight_weeks},
        tolerance=0.8,
        recovered=near("level", 3.5),
        missed=off("level", 3.5),
        unit="thousand visits a week",
        naive="after-minus-before",
    ),
)

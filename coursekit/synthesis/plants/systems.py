"""Chapter 5: where work comes back, what passes the first time, where it waits, and which weeks are no noise.

Stages are counted from 1 in the order of `coursework.tables.FUNCTIONS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from coursekit.synthesis.plants.plant import Plant, Tables, Value, near, off, planted
from coursekit.synthesis.weeks import signals
from coursework.analysis.flow import simulate
from coursework.tables import FUNCTIONS

STAGES = len(FUNCTIONS)
DAY = 86_400.0  # seconds
# The budget of spend-budget buys this share of the daily arrivals as capacity: three cases at 17 a day.
BUDGET = 3 / 17
# Two quarters of working days, and a seed with which about as many cases arrive as are due.
HORIZON = 130.0
SEED = 21


# Steps from stage to stage


def _steps(event: pd.DataFrame, *, by_case: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Stage from which and stage to which each step went, 0 for the first stage, shape (steps,) each."""
    ordered = event.sort_values(["conv_id", "enter"] if by_case else ["enter"], kind="stable")
    stage = _codes(ordered)
    same = ordered["conv_id"].to_numpy()[1:] == ordered["conv_id"].to_numpy()[:-1]
    keep = same if by_case else np.ones(len(same), dtype=bool)
    return stage[:-1][keep], stage[1:][keep]


def _codes(event: pd.DataFrame) -> np.ndarray:
    return pd.Categorical(event["stage"], categories=list(FUNCTIONS), ordered=True).codes.astype(int)


def backward_share(tables: Tables) -> float:
    """Share of the steps between two different stages that lead to an earlier one."""
    here, there = _steps(tables["event"])
    return float((there < here).sum() / (there != here).sum())


def _repeats_as_feedback(tables: Tables) -> float:
    here, there = _steps(tables["event"])
    return float((there <= here).mean())


def _cases_mixed(tables: Tables) -> float:
    here, there = _steps(tables["event"], by_case=False)
    return float((there < here).sum() / (there != here).sum())


def _rework_as_feedback(tables: Tables) -> float:
    return float(tables["event"]["rework"].mean())


# What passes the first time


def pass_rates(event: pd.DataFrame) -> np.ndarray:
    """For each stage the share of first visits after which the case went on, or left for good, shape (4,).

    Visits that were not done when the data ended count for nothing.
    """
    ordered = event.sort_values(["conv_id", "enter"], kind="stable")
    stage = pd.Series(_codes(ordered), index=ordered.index)
    next_stage = stage.groupby(ordered["conv_id"]).shift(-1)
    first = ~ordered["rework"].astype(bool) & ordered["leave"].notna()
    passed = next_stage.isna() | (next_stage > stage)
    return passed[first].groupby(stage[first]).mean().reindex(range(STAGES)).to_numpy(dtype=float)


def first_time_yield(tables: Tables) -> float:
    """Share of cases that pass all four stages the first time, as the product of the stages' rates."""
    return float(pass_rates(tables["event"]).prod())


def _mean_rate(tables: Tables) -> float:
    return float(pass_rates(tables["event"]).mean())


def _worst_rate(tables: Tables) -> float:
    return float(pass_rates(tables["event"]).min())


def _visits_without_rework(tables: Tables) -> float:
    return float(1.0 - tables["event"]["rework"].mean())


# Cases in work


def _end(event: pd.DataFrame) -> pd.Timestamp:
    """The midnight after the last entry of the log."""
    moments: pd.Timestamp = event[["enter", "leave"]].max().max()
    return moments.ceil("D")


def _days(since: pd.Series, until: pd.Series) -> pd.Series:
    return (until - since).dt.total_seconds() / DAY


def _length(event: pd.DataFrame) -> float:
    """Days the log covers, from the midnight before the first case."""
    return (_end(event) - event["enter"].min().floor("D")).total_seconds() / DAY


def _stays(event: pd.DataFrame) -> pd.DataFrame:
    """One row per case: days in the system until it left or the log ended, and whether it is still inside."""
    cases = event.groupby("conv_id").agg(
        came=("enter", "min"), went=("leave", "max"), visits=("enter", "size"), done=("leave", "count")
    )
    inside = cases["done"] < cases["visits"]
    until = cases["went"].mask(inside, _end(event))
    return pd.DataFrame({"days": _days(cases["came"], until), "inside": inside})


def cases_in_work(tables: Tables) -> float:
    """Mean number of cases in work: arrivals a day times the days a case stays."""
    event = tables["event"]
    stays = _stays(event)
    return float(len(stays) / _length(event) * stays["days"].mean())


def _finished_only(tables: Tables) -> float:
    event = tables["event"]
    stays = _stays(event)
    finished = stays.loc[~stays["inside"], "days"]
    return float(len(finished) / _length(event) * finished.mean())


def _visit_for_case(tables: Tables) -> float:
    event = tables["event"]
    visit = _days(event["enter"], event["leave"]).mean()
    return float(event["conv_id"].nunique() / _length(event) * visit)


def _visits_as_arrivals(tables: Tables) -> float:
    event = tables["event"]
    return float(len(event) / _length(event) * _stays(event)["days"].mean())


# The narrow stage


def _waits(event: pd.DataFrame) -> np.ndarray:
    """Mean wait before each stage in days, of visits that had begun, shape (4,)."""
    wait = _days(event["enter"], event["start"]).groupby(_codes(event)).mean()
    return wait.reindex(range(STAGES)).to_numpy(dtype=float)


def narrow_stage(tables: Tables) -> float:
    """The stage before which cases wait longest."""
    return float(np.nanargmax(_waits(tables["event"])) + 1)


def _most_visits(tables: Tables) -> float:
    return float(np.bincount(_codes(tables["event"]), minlength=STAGES).argmax() + 1)


def _stage_before(tables: Tables) -> float:
    """Blames the stage whose cases pile up, not the one they wait for."""
    return narrow_stage(tables) - 1.0


# Weeks that are no noise


def _answered(tables: Tables) -> np.ndarray:
    week = tables["week"].sort_values("week")
    return week["answered_in_time"].dropna().to_numpy(dtype=float)


def count_signals(tables: Tables) -> float:
    """Weeks that ask for a reason."""
    return float(signals(_answered(tables)).sum())


def _big_moves(tables: Tables) -> float:
    values = _answered(tables)
    return float((np.abs(np.diff(values) / values[:-1]) > 0.10).sum())


def _below_mean(tables: Tables) -> float:
    values = _answered(tables)
    return float((values < values.mean()).sum())


def _one_deviation(tables: Tables) -> float:
    values = _answered(tables)
    return float((np.abs(values - values.mean()) > values.std(ddof=1)).sum())


# Where to spend


def measure(event: pd.DataFrame) -> dict[str, Any]:
    """What the simulator needs, measured on the log.

    `capacities`: visits a day each stage can work off, from the mean time of the
    work; `arrivals`: cases a day; `rework`: share of the cases leaving
    the last stage that came back to an earlier one; `repeats`: for each stage the
    share of visits done again there.
    """
    stage = _codes(event)
    work = _days(event["start"], event["leave"]).groupby(stage).mean().reindex(range(STAGES))
    done = np.bincount(stage[event["leave"].notna().to_numpy()], minlength=STAGES)
    here, there = _steps(event)
    repeats = np.bincount(here[here == there], minlength=STAGES) / done
    back = ((here == STAGES - 1) & (there < here)).sum()
    final = done[-1] * (1.0 - repeats[-1])
    return {
        "capacities": tuple((1.0 / work).tolist()),
        "arrivals": event["conv_id"].nunique() / _length(event),
        "rework": float(back / final),
        "repeats": tuple(repeats.tolist()),
    }


def finished_with(figures: Mapping[str, Any], shares: Sequence[float]) -> float:
    """Cases finished a day when the budget is split over the stages in these shares, shape (4,), sum 1."""
    more = BUDGET * figures["arrivals"]
    return _finished(
        tuple(capacity + more * share for capacity, share in zip(figures["capacities"], shares, strict=True)),
        figures["arrivals"],
        figures["rework"],
        figures["repeats"],
    )


@lru_cache(maxsize=64)  # the right answer and the mistakes ask for the same plans
def _finished(capacities: tuple[float, ...], arrivals: float, rework: float, repeats: tuple[float, ...]) -> float:
    run = simulate(capacities, arrivals=arrivals, rework=rework, repeats=repeats, days=HORIZON, seed=SEED)
    return run.finished_a_day


def _all_to(stage: int) -> list[float]:
    return [float(one == stage) for one in range(STAGES)]


def best_spending(tables: Tables) -> float:
    """Cases finished a day when the whole budget goes to the stage where it helps most."""
    figures = measure(tables["event"])
    return max(finished_with(figures, _all_to(stage)) for stage in range(STAGES))


def _a_little_for_all(tables: Tables) -> float:
    return finished_with(measure(tables["event"]), [1 / STAGES] * STAGES)


def _busiest(tables: Tables) -> float:
    return finished_with(measure(tables["event"]), _all_to(int(_most_visits(tables)) - 1))


def _before_the_queue(tables: Tables) -> float:
    return finished_with(measure(tables["event"]), _all_to(int(_stage_before(tables)) - 1))


# What was planted is found, or not


def _loses_nothing(value: Value, truth: Mapping[str, Any]) -> bool:
    # The narrow stage no longer holds the line back: what arrives is what leaves, but for chance.
    return float(value) > 0.965 * planted(truth, "arrivals")  # type: ignore[arg-type]


PLANTS: tuple[Plant, ...] = (
    Plant(
        exercise="handovers",
        right=backward_share,
        mistakes={
            "repeats-as-feedback": _repeats_as_feedback,
            "cases-mixed": _cases_mixed,
            "rework-as-feedback": _rework_as_feedback,
        },
        tolerance=0.005,
        recovered=near("backward_share", 0.015),
        missed=off("backward_share", 0.015),
        unit="share of steps",
        naive="repeats-as-feedback",
    ),
    Plant(
        exercise="first-time-yield",
        right=first_time_yield,
        mistakes={
            "mean-of-rates": _mean_rate,
            "worst-stage": _worst_rate,
            "visits-without-rework": _visits_without_rework,
        },
        tolerance=0.01,
        recovered=near("first_time_yield", 0.05),
        missed=off("first_time_yield", 0.05),
        unit="share of cases",
        naive="mean-of-rates",
    ),
    Plant(
        exercise="littles-law",
        right=cases_in_work,
        mistakes={
            "finished-only": _finished_only,
            "visit-for-case": _visit_for_case,
            "visits-as-arrivals": _visits_as_arrivals,
        },
        tolerance=1.0,
        recovered=near("in_work", 1.0),
        missed=off("in_work", 3.0),
        unit="cases",
        naive="finished-only",
    ),
    Plant(
        exercise="bottleneck",
        right=narrow_stage,
        mistakes={"most-visits": _most_visits, "stage-before": _stage_before},
        tolerance=0.4,
        recovered=near("narrow", 0.5),
        missed=off("narrow", 0.5),
        unit="stage, counted from 1",
        naive="most-visits",
    ),
    Plant(
        exercise="signals",
        right=count_signals,
        mistakes={
            "big-moves": _big_moves,
            "below-mean": _below_mean,
            "one-deviation": _one_deviation,
        },
        tolerance=0.4,
        recovered=near("signals", 0.5),
        missed=off("signals", 0.5),
        unit="weeks",
        naive="big-moves",
    ),
    Plant(
        exercise="spend-budget",
        right=best_spending,
        mistakes={
            "a-little-for-all": _a_little_for_all,
            "the-busiest": _busiest,
            "the-stage-before": _before_the_queue,
        },
        tolerance=0.2,
        recovered=_loses_nothing,
        missed=lambda value, truth: not _loses_nothing(value, truth),
        unit="cases finished a day",
        naive="a-little-for-all",
    ),
)

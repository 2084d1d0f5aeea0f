"""Chapter 7: what the visible part says of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from coursekit.synthesis.plants.plant import Plant, Tables, Value
from coursekit.synthesis.plants.ten_times import PLANTS as TEN_TIMES

END = pd.Timestamp("2025-12-01", tz="UTC")
LAST_DAYS = 5
SATISFIED = 4  # points
DAY = pd.Timedelta(days=1)


def _median(time: np.ndarray, happened: np.ndarray) -> float:
    """The Kaplan-Meier median of times of which some are censored, in their unit (Kaplan and Meier 1958)."""
    sample = stats.CensoredData(uncensored=time[happened], right=time[~happened])
    survival = stats.ecdf(sample).sf
    below = np.flatnonzero(survival.probabilities <= 0.5)
    return float(survival.quantiles[below[0]]) if len(below) else float("nan")


def _waits(tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    """Hours until the close, or the data's end, of the e-mail cases of the last five days, and whether they closed."""
    conversation = tables["conversation"]
    recent = conversation[(conversation["channel"] == "email") & (conversation["opened"] >= END - LAST_DAYS * DAY)]
    hours = (recent["closed"].fillna(END) - recent["opened"]).dt.total_seconds() / 3_600
    return hours.to_numpy(), recent["closed"].notna().to_numpy()


def median_wait(tables: Tables) -> Value:
    """The hours after which half of the e-mail cases are closed, by Kaplan and Meier."""
    return _median(*_waits(tables))


def _open_cases_dropped(tables: Tables) -> Value:
    hours, closed = _waits(tables)
    return float(np.median(hours[closed]))


def _open_cases_as_closed(tables: Tables) -> Value:
    return float(np.median(_waits(tables)[0]))


def ignored(tables: Tables) -> Value:
    """The share of conversations not answered within a day, on the phone and in social media, and their ratio."""
    return _ignored(tables, keep_silence=True)


def _ignored(tables: Tables, *, keep_silence: bool, by_end: bool = False) -> dict[str, float]:
    conversation = tables["conversation"]
    # Those of the last day had no full day to be answered in.
    seen = conversation[conversation["opened"] < (END if by_end else END - DAY)]
    if not keep_silence:
        seen = seen[seen["first_response"].notna()]
    wait = seen["first_response"] - seen["opened"]
    late = ~(wait <= DAY)
    share = late.groupby(seen["channel"].astype(str)).mean()
    return {"phone": float(share["phone"]), "social": float(share["social"])}


def _silence_dropped(tables: Tables) -> Value:
    return _ignored(tables, keep_silence=False)


def _silence_only(tables: Tables) -> Value:
    conversation = tables["conversation"]
    share = conversation["first_response"].isna().groupby(conversation["channel"].astype(str)).mean()
    return {"phone": float(share["phone"]), "social": float(share["social"])}


def _careers(tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    agent = tables["person"][tables["person"]["role"] == "agent"]
    days = (agent["leave"].fillna(END.tz_localize(None)) - agent["hire"]).dt.days
    return days.to_numpy(), agent["leave"].notna().to_numpy()


def tenure(tables: Tables) -> Value:
    """The days after which half of the agents have left, by Kaplan and Meier."""
    return _median(*_careers(tables))


def _leavers_only(tables: Tables) -> Value:
    days, left = _careers(tables)
    return float(np.median(days[left]))


def _as_if_all_left(tables: Tables) -> Value:
    return float(np.median(_careers(tables)[0]))


def silent_customers(tables: Tables) -> Value:
    """The lowest and the highest share of satisfied customers that the silent ones allow (Manski 1989)."""
    csat = tables["conversation"]["csat"]
    satisfied = (csat >= SATISFIED).fillna(False).sum()
    return {"low": float(satisfied / len(csat)), "high": float((satisfied + csat.isna().sum()) / len(csat))}


def _who_answered(tables: Tables) -> Value:
    share = float((tables["conversation"]["csat"].dropna() >= SATISFIED).mean())
    return {"low": share, "high": share}


def _sampling_error_only(tables: Tables) -> Value:
    answers = tables["conversation"]["csat"].dropna() >= SATISFIED
    share, half = float(answers.mean()), 1.96 * float(answers.std()) / len(answers) ** 0.5
    return {"low": share - half, "high": share + half}


def reweight(tables: Tables) -> Value:
    """The mean rating if all accounts rated: raters weighted by segment and by whether a case was left unsolved."""
    account = _with_unsolved(tables)
    cells = ["segment", "unsolved"]
    share = account.groupby(cells, observed=True).size() / len(account)
    mean = account.dropna(subset="rating").groupby(cells, observed=True)["rating"].mean().astype(float)
    known = share.reindex(mean.index)
    return float((mean * known).sum() / known.sum())


def _with_unsolved(tables: Tables) -> pd.DataFrame:
    unsolved = (~tables["conversation"]["resolved"]).groupby(tables["conversation"]["account_id"]).any()
    return tables["account"].assign(unsolved=tables["account"]["account_id"].map(unsolved))


def _unweighted(tables: Tables) -> Value:
    return float(tables["account"]["rating"].mean())


def _by_segment_only(tables: Tables) -> Value:
    account = tables["account"]
    share = account["segment"].value_counts(normalize=True)
    mean = account.dropna(subset="rating").groupby("segment", observed=True)["rating"].mean().astype(float)
    return float((mean * share.reindex(mean.index)).sum())


def _wait_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return abs(value - truth["desk"]["email_median_hours"]) < 5


def _wait_missed(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return value < truth["desk"]["email_median_hours"] - 2


def _ignored_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    return value["social"] > 3 * value["phone"] > 0


def _tenure_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return abs(value - truth["tenure"]["median_days"]) < 50


def _bounds_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    return value["low"] <= truth["desk"]["satisfied_share"] <= value["high"]


def _mean_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return abs(value - truth["desk"]["mean_rating"]) < 0.12


PLANTS = (
    Plant(
        "median-wait",
        median_wait,
        {"open-dropped": _open_cases_dropped, "open-as-closed": _open_cases_as_closed},
        0.2,
        _wait_found,
        _wait_missed,
        unit="hours",
        naive="open-dropped",
    ),
    Plant(
        "ignored",
        ignored,
        {"silence-dropped": _silence_dropped, "silence-only": _silence_only},
        0.001,
        _ignored_found,
        lambda value, truth: not _ignored_found(value, truth),
        naive="silence-dropped",
    ),
    Plant(
        "tenure",
        tenure,
        {"leavers-only": _leavers_only, "as-if-all-left": _as_if_all_left},
        2.0,
        _tenure_found,
        lambda value, truth: not _tenure_found(value, truth),
        unit="days",
        naive="leavers-only",
    ),
    Plant(
        "silent-customers",
        silent_customers,
        {"who-answered": _who_answered, "sampling-error-only": _sampling_error_only},
        0.002,
        _bounds_found,
        lambda value, truth: not _bounds_found(value, truth),
        naive="who-answered",
    ),
    Plant(
        "reweight",
        reweight,
        {"unweighted": _unweighted, "by-segment-only": _by_segment_only},
        0.005,
        _mean_found,
        lambda value, truth: not _mean_found(value, truth),
        naive="unweighted",
    ),
    *TEN_TIMES,
)

"""Chapter 4: the tool or the craft of those who hold it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from coursekit.synthesis.plants.plant import Plant, Tables, Value


def _shares(conversation: pd.DataFrame) -> pd.Series:
    return conversation.groupby("tool", observed=True)["resolved"].mean()


def raw_gap(tables: Tables) -> Value:
    """The suite's share of solutions less the inbox's."""
    share = _shares(tables["conversation"])
    return float(share["suite"] - share["inbox"])


def _average_of_agents(tables: Tables) -> Value:
    agents = tables["conversation"].groupby(["tool", "agent_id"], observed=True)["resolved"].mean()
    share = agents.groupby("tool", observed=True).mean()
    return float(share["suite"] - share["inbox"])


def _reversed(tables: Tables) -> Value:
    share = _shares(tables["conversation"])
    return float(share["inbox"] - share["suite"])


def _joined(tables: Tables) -> pd.DataFrame:
    return tables["conversation"].merge(tables["person"], left_on="agent_id", right_on="person_id")


def _gaps(joined: pd.DataFrame) -> pd.Series:
    share = joined.groupby(["craft", "tool"], observed=True)["resolved"].mean().unstack()
    return share["suite"] - share["inbox"]


def strata(tables: Tables) -> Value:
    """The gap within each craft band."""
    return {str(band): float(gap) for band, gap in _gaps(_joined(tables)).items()}


def _wrong_margin(tables: Tables) -> Value:
    count = _joined(tables).groupby(["craft", "tool"], observed=True)["resolved"].sum().unstack()
    share = count / count.sum()
    return {str(band): float(gap) for band, gap in (share["suite"] - share["inbox"]).items()}


def _strata_of_agents(tables: Tables) -> Value:
    agents = _joined(tables).groupby(["craft", "tool", "agent_id"], observed=True)["resolved"].mean()
    share = agents.groupby(["craft", "tool"], observed=True).mean().unstack()
    return {str(band): float(gap) for band, gap in (share["suite"] - share["inbox"]).items()}


def standardised_gap(tables: Tables) -> Value:
    """The gap with the same mix of bands on both sides, that of all conversations."""
    joined = _joined(tables)
    return float((_gaps(joined) * joined["craft"].value_counts(normalize=True)).sum())


def _unweighted(tables: Tables) -> Value:
    return float(_gaps(_joined(tables)).mean())


def _interval(joined: pd.DataFrame, by: list[str], errors: float = 1.96) -> dict[str, float]:
    """The standardised gap and so many standard errors either way; agents, not conversations, are the units."""
    agents = joined.groupby([*by, "tool", "agent_id"], observed=True)["resolved"].agg(["sum", "size"]).reset_index()
    gap = variance = 0.0
    for _, stratum in agents.groupby(by, observed=True) if by else [("", agents)]:
        weight = stratum["size"].sum() / agents["size"].sum()
        for tool, sign in (("suite", 1), ("inbox", -1)):
            own = stratum[stratum["tool"] == tool]
            share = own["sum"].sum() / own["size"].sum()
            residual = own["sum"] - share * own["size"]
            count = len(own)
            variance += weight**2 * (residual**2).sum() * count / (count - 1) / own["size"].sum() ** 2
            gap += sign * weight * share
    half = errors * np.sqrt(variance)
    return {"low": float(gap - half), "high": float(gap + half)}


def gap_interval(tables: Tables) -> Value:
    """A 95 % interval for the standardised gap that takes agents as the units."""
    return _interval(_joined(tables), ["craft"])


def _raw_interval(tables: Tables) -> Value:
    return _interval(_joined(tables), [])


def _one_standard_error(tables: Tables) -> Value:
    return _interval(_joined(tables), ["craft"], errors=1.0)


def hard_cases(tables: Tables) -> Value:
    """How far masters solve more than apprentices, by difficulty."""
    share = _joined(tables).groupby(["difficulty", "craft"], observed=True)["resolved"].mean().unstack()
    return {str(level): float(gap) for level, gap in (share["master"] - share["apprentice"]).items()}


def _average_over_mix(tables: Tables) -> Value:
    share = _joined(tables).groupby("craft", observed=True)["resolved"].mean()
    gap = float(share["master"] - share["apprentice"])
    return dict.fromkeys(("easy", "medium", "hard"), gap)


def _suite_only(tables: Tables) -> Value:
    joined = _joined(tables)
    return hard_cases(
        {"conversation": joined[joined["tool"] == "suite"][tables["conversation"].columns], **_person(tables)}
    )


def _person(tables: Tables) -> dict[str, pd.DataFrame]:
    return {"person": tables["person"]}


def full_cost(tables: Tables) -> Value:
    """What a solution costs with each tool, in EUR."""
    return _cost(tables, rework=True, months=3)


def _cost(tables: Tables, *, rework: bool, months: int) -> dict[str, float]:
    joined = _joined(tables)
    hours = (joined["minutes"] + (joined["rework_minutes"] if rework else 0)) / 60
    work = (hours * joined["wage"]).groupby(joined["tool"], observed=True).sum()
    seats = joined.groupby("tool", observed=True)["agent_id"].nunique()
    licences = seats * months * tables["tool"].set_index("tool")["licence"]
    cost = (work + licences) / joined.groupby("tool", observed=True)["resolved"].sum()
    return {str(tool): float(value) for tool, value in cost.items()}


def _no_rework(tables: Tables) -> Value:
    return _cost(tables, rework=False, months=3)


def _one_month(tables: Tables) -> Value:
    return _cost(tables, rework=True, months=1)


def _raw_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return value > 0


def _bands_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    return all(gap < 0 for gap in value.values())


def _gap_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return value < 0 and abs(value - truth["desk"]["standardised_gap"]) < 0.04


def _interval_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    return value["low"] <= truth["desk"]["standardised_gap"] <= value["high"] < 0


def _hard_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    return value["hard"] > value["medium"] > value["easy"] > 0


def _suite_dearer(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    return value["suite"] > value["inbox"]


PLANTS = (
    Plant(
        "full-cost",
        full_cost,
        {"no-rework": _no_rework, "one-month": _one_month},
        0.01,
        _suite_dearer,
        lambda value, truth: not _suite_dearer(value, truth),
    ),
    Plant(
        "raw-gap",
        raw_gap,
        {"reversed": _reversed, "average-of-agents": _average_of_agents},
        0.0001,
        _raw_found,
        lambda value, truth: not _raw_found(value, truth),
    ),
    Plant(
        "strata",
        strata,
        {"wrong-margin": _wrong_margin, "average-of-agents": _strata_of_agents},
        0.0001,
        _bands_found,
        lambda value, truth: not _bands_found(value, truth),
        naive="wrong-margin",
    ),
    Plant(
        "standardised-gap",
        standardised_gap,
        {"raw": raw_gap, "unweighted": _unweighted},
        0.0002,
        _gap_found,
        lambda value, truth: not _gap_found(value, truth),
        naive="raw",
    ),
    Plant(
        "gap-interval",
        gap_interval,
        {"raw": _raw_interval, "one-standard-error": _one_standard_error},
        0.0001,
        _interval_found,
        lambda value, truth: not _interval_found(value, truth),
        naive="raw",
    ),
    Plant(
        "hard-cases",
        hard_cases,
        {"average-over-mix": _average_over_mix, "suite-only": _suite_only},
        0.002,
        _hard_found,
        lambda value, truth: not _hard_found(value, truth),
        naive="average-over-mix",
    ),
)

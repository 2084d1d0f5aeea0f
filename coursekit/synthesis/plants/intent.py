"""Chapter 3: how well intent is read, how much of each there is, when it changed, what a target does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from coursekit.synthesis.plants.plant import Plant, Tables, Value
from coursework.tables import INTENTS

KAPPA, KAPPA_BAND = 0.449, 0.04
RULE = r"\b(?:offers?|upgrade|discount|free trial)\b"
_MONTHS_AT_EDGE = 2  # a change in the first or last two months could not be told from noise


def _both(tables: Tables) -> pd.DataFrame:
    label = tables["label"]
    return label.pivot(index="msg_id", columns="rater", values="intent")


def agreement(tables: Tables) -> Value:
    """The share of messages that both raters read alike."""
    return _alike(_both(tables))


def _alike(both: pd.DataFrame) -> float:
    return float((both["first"].astype(str) == both["second"].astype(str)).mean())


def _with_panel(tables: Tables) -> Value:
    both = _both(tables).dropna().astype(str)
    return float((both["first"] == both["panel"]).mean())


def _row_by_row(tables: Tables) -> Value:
    label = tables["label"]
    first, second = (
        label.loc[label["rater"] == rater, "intent"].astype(str).to_numpy() for rater in ("first", "second")
    )
    return float((np.sort(first) == np.sort(second)).mean())


def _chances(tables: Tables) -> tuple[float, float]:
    both = _both(tables)
    shares = [
        both[rater].astype(str).value_counts(normalize=True).reindex(INTENTS, fill_value=0)
        for rater in ("first", "second")
    ]
    return agreement_of(both), float((shares[0] * shares[1]).sum())


def agreement_of(both: pd.DataFrame) -> float:
    """The share of rows in which first and second are the same."""
    return float((both["first"].astype(str) == both["second"].astype(str)).mean())


def kappa(tables: Tables) -> Value:
    """Cohen's kappa of the two raters (Cohen 1960)."""
    seen, by_chance = _chances(tables)
    return (seen - by_chance) / (1 - by_chance)


def _even_chance(tables: Tables) -> Value:
    seen, _ = _chances(tables)
    return (seen - 1 / len(INTENTS)) / (1 - 1 / len(INTENTS))


def prevalence(tables: Tables) -> Value:
    """The share of messages that sell: the first rater's reading, corrected by the panel's."""
    both = _both(tables)
    panel = both.dropna()
    sells = (panel["panel"] == "sell").groupby(panel["first"].astype(str)).mean()
    read = both["first"].astype(str).value_counts(normalize=True)
    return float((read * sells.reindex(read.index, fill_value=0)).sum())


def _as_read(tables: Tables) -> Value:
    return float((_both(tables)["first"] == "sell").mean())


def _by_either(tables: Tables) -> Value:
    both = _both(tables)
    return float(((both["first"] == "sell") | (both["second"] == "sell")).mean())


def _judged(tables: Tables) -> tuple[pd.Series, pd.Series]:
    label = tables["label"]
    panel = label[label["rater"] == "panel"].merge(tables["message"], on="msg_id")
    return panel["text"].str.contains(RULE, case=False, regex=True), panel["intent"] == "sell"


def rule_quality(tables: Tables) -> Value:
    """Precision and recall of a rule by words for messages that sell, against the panel."""
    hit, sells = _judged(tables)
    return {"precision": float(sells[hit].mean()), "recall": float(hit[sells].mean())}


def _accuracy(tables: Tables) -> Value:
    hit, sells = _judged(tables)
    right = float((hit == sells).mean())
    return {"precision": right, "recall": right}


def _swapped(tables: Tables) -> Value:
    hit, sells = _judged(tables)
    return {"precision": float(hit[sells].mean()), "recall": float(sells[hit].mean())}


def _by_month(tables: Tables) -> pd.DataFrame:
    label = tables["label"]
    first = label[label["rater"] == "first"].merge(tables["message"][["msg_id", "ts"]], on="msg_id")
    month = first["ts"].dt.tz_localize(None).dt.to_period("M")
    return pd.crosstab(month, first["intent"].astype(str))


def mix_change(tables: Tables) -> Value:
    """The month from which the mix of intents was another, as months since the year 0."""
    counts = _by_month(tables)
    best = max(range(_MONTHS_AT_EDGE, len(counts) - _MONTHS_AT_EDGE + 1), key=lambda place: _apart(counts, place))
    return _number(counts, best)


def _apart(counts: pd.DataFrame, place: int) -> float:
    """How far the mixes before and after lie apart, for the numbers of messages."""
    before, after = counts.iloc[:place].sum(), counts.iloc[place:].sum()
    pooled = (before + after) / (before.sum() + after.sum())
    gap = before / before.sum() - after / after.sum()
    # Pearson's chi-squared statistic.
    return float((gap**2 / pooled).sum() / (1 / before.sum() + 1 / after.sum()))


def _number(counts: pd.DataFrame, place: int) -> float:
    month = counts.index[place]
    return float(12 * month.year + month.month)


def _volume(tables: Tables) -> Value:
    counts = _by_month(tables)
    return _number(counts, int(counts.sum(axis=1).argmax()))


def _largest_month(tables: Tables) -> Value:
    counts = _by_month(tables)
    return _number(counts, int(counts["sell"].argmax()))


def goodhart(tables: Tables) -> Value:
    """What the target did to the share of solutions: the change with it less the change without."""
    return _difference(tables, _solved)


def _solved(conversation: pd.DataFrame) -> pd.Series:
    return conversation["resolved"].astype(float)


def _difference(tables: Tables, of: Any, *, compare: bool = True) -> float:
    conversation = tables["conversation"].merge(tables["team"], on="team_id")
    value = of(conversation)
    day = conversation["opened"].dt.tz_localize(None)
    without = conversation["target_from"].isna()
    changes, weights = [], []
    for date in conversation["target_from"].dropna().unique():
        own = conversation["target_from"] == date
        after = day >= date
        change = value[own & after].mean() - value[own & ~after].mean()
        others = value[without & after].mean() - value[without & ~after].mean()
        changes.append(change - (others if compare else 0.0))
        weights.append((own & after).sum())
    return float(np.average(changes, weights=weights))


def _before_after(tables: Tables) -> Value:
    return _difference(tables, _solved, compare=False)


def _the_targeted_figure(tables: Tables) -> Value:
    """The change of the share answered within an hour: what the target asked for."""
    return _difference(
        tables, lambda rows: ((rows["first_response"] - rows["opened"]) <= pd.Timedelta(hours=1)).astype(float)
    )


def _agreement_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return abs(value - 0.62) < 0.04


def _kappa_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return abs(value - KAPPA) <= KAPPA_BAND


def _prevalence_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return abs(value - truth["intent"]["share"][INTENTS.index("sell")]) < 0.03


def _rule_found(value: Value, truth: Mapping[str, Any]) -> bool:
    """Most selling is dressed as help, so a rule by words misses most of it."""
    assert isinstance(value, Mapping)
    return value["recall"] < 0.6


def _month_found(value: Value, truth: Mapping[str, Any]) -> bool:
    year, month = map(int, truth["effects"]["mix_month"].split("-"))
    return value == 12 * year + month


def _target_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return value < 0 and abs(value - truth["desk"]["target_effect"]) < 0.055


PLANTS = (
    Plant(
        "agreement",
        agreement,
        {"with-panel": _with_panel, "row-by-row": _row_by_row},
        0.002,
        _agreement_found,
        lambda value, truth: not _agreement_found(value, truth),
        naive="with-panel",
    ),
    Plant(
        "kappa",
        kappa,
        {"agreement": agreement, "even-chance": _even_chance},
        0.002,
        _kappa_found,
        lambda value, truth: not _kappa_found(value, truth),
        naive="agreement",
    ),
    Plant(
        "prevalence",
        prevalence,
        {"as-read": _as_read, "by-either": _by_either},
        0.002,
        _prevalence_found,
        lambda value, truth: not _prevalence_found(value, truth),
        naive="as-read",
    ),
    Plant(
        "rule-quality",
        rule_quality,
        {"accuracy": _accuracy, "swapped": _swapped},
        0.002,
        _rule_found,
        lambda value, truth: not _rule_found(value, truth),
        naive="accuracy",
    ),
    Plant(
        "mix-change",
        mix_change,
        {"volume": _volume, "most-selling": _largest_month},
        0.4,
        _month_found,
        lambda value, truth: not _month_found(value, truth),
        naive="volume",
    ),
    Plant(
        "goodhart",
        goodhart,
        {"before-after": _before_after, "targeted-figure": _the_targeted_figure},
        0.002,
        _target_found,
        lambda value, truth: not _target_found(value, truth),
        naive="targeted-figure",
    ),
)

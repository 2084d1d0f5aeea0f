"""Organizations that did or did not buy a tool, and twenty small trials (chapter 8).

The panel serves two questions, and they must not spoil each other.

Earnings per head are the organization's level, which is a little higher in
larger ones, plus a growth that is the same for all, and luck. The luck lasts
four weeks; that of the next four is drawn anew. In the middle of the 24 weeks
some buy the tool:

- the quarter whose earnings fell most, from weeks 1-8 to weeks 9-12, buy out of
  alarm: more than half of them, by lot;
- of the rest the larger buy more often.

The tool costs its licence, and does to the earnings what is planted: nothing.

*Regression to the mean.* Those who fell most had bad luck in weeks 9-12, and it
ends: they rise from there with or without the tool. Among them the lot decided
who bought, so those of the same quarter who did not buy show what would have
happened (F. Galton 1886, "Regression towards mediocrity in hereditary stature").

*Difference in differences.* The fall is a contrast of the first twelve weeks
that says nothing of their mean, because the luck of all three parts of it is
alike. So over all organizations, with twelve weeks before and twelve after,
buyers and others have the same trend, but per head only: the buyers are larger,
and the same growth is more money for them. (Parallel trends hold on one scale:
J. Angrist and J.-S. Pischke 2009, "Mostly Harmless Econometrics", chapter 5.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coursework.tables import ARMS

ORGANIZATIONS, WEEKS, BOUGHT_AT, PATCH = 240, 24, 12, 4
LAST_WEEK = np.datetime64("2025-11-24")
# People in an organization: log-normal, with bounds.
SIZE_MEDIAN, SIZE_SD, SIZE_RANGE = 60.0, 0.65, (10, 400)
# In thousand EUR per person and week: earnings, and what is spent on other tools (both log-normal).
EARNED, EARNED_SD = 2.9, 0.08
TOOLS, TOOLS_SD = 0.030, 0.15
# Earnings per head rise with this power of the size.
LARGER_EARN = 0.16
FALLEN = 0.25

TRIALS = 20
# Customers per arm, and the share that returns untreated, as ranges of uniform draws.
CUSTOMERS, RETURNING = (950, 1_150), (0.17, 0.22)


@dataclass(frozen=True)
class PanelEffects:
    """What is planted in the panel.

    `revenue` is what the tool changes, as a share of the earnings. `growth` is
    that of all in 24 weeks, and `licence` the price of the tool, both in
    thousand EUR per head and week. `luck` and `noise` are standard deviations,
    of four weeks and of one week, as shares of the level. `alarmed` is the
    chance that one of the fallen buys, `small` and `large` that of the smallest
    and of the largest of the rest.
    """

    revenue: float = 0.0
    growth: float = 0.46
    luck: float = 0.08
    noise: float = 0.03
    licence: float = 0.012
    alarmed: float = 0.55
    small: float = 0.05
    large: float = 0.60


@dataclass(frozen=True)
class PanelTruth:
    """What was planted: the effect of the tool on its buyers' earnings, in two units.

    `revenue` is in EUR per head and week, `share` in per cent. The errors are
    the standard errors that luck leaves in the difference in differences (EUR
    per head and week), and in the comparison of those who fell most
    (percentage points).
    """

    revenue: float
    revenue_error: float
    share: float
    share_error: float


def make_panel(
    rng: np.random.Generator, effects: PanelEffects | None = None, organizations: int = ORGANIZATIONS
) -> tuple[pd.DataFrame, pd.DataFrame, PanelTruth]:
    """Make the panel.

    Returns
    -------
    org, tool_event, truth
        `org` (`org_id`, `size`), one row per organization, and `tool_event`
        (`org_id`, `week`, `adopted`, `spend`, `revenue`), one row per
        organization and week; money in thousand EUR.
    """
    effects = effects or PanelEffects()
    size = np.clip(SIZE_MEDIAN * rng.lognormal(0.0, SIZE_SD, organizations), *SIZE_RANGE).round().astype(int)
    level = EARNED * rng.lognormal(0.0, EARNED_SD, organizations) * (size / SIZE_MEDIAN) ** LARGER_EARN
    luck = np.repeat(rng.normal(0.0, effects.luck, (organizations, WEEKS // PATCH)), PATCH, axis=1)
    weekly = rng.normal(0.0, effects.noise, (organizations, WEEKS))
    growth = effects.growth * np.arange(WEEKS) / WEEKS
    per_head = level[:, None] * (1.0 + luck + weekly) + growth

    fallen = _fallen(per_head)
    buys = _buyers(rng, effects, size, fallen)
    adopted = buys[:, None] & (np.arange(WEEKS) >= BOUGHT_AT)
    revenue = per_head * np.where(adopted, 1.0 + effects.revenue, 1.0) * size[:, None]
    tools = TOOLS * rng.lognormal(0.0, TOOLS_SD, (organizations, WEEKS)) + effects.licence * adopted

    org_id = np.array([f"o{number:03d}" for number in range(1, organizations + 1)], dtype=object)
    week = LAST_WEEK + 7 * (np.arange(WEEKS) - WEEKS + 1)
    tool_event = pd.DataFrame(
        {
            "org_id": np.repeat(org_id, WEEKS),
            "week": np.tile(week.astype("datetime64[s]"), organizations),
            "adopted": adopted.ravel(),
            "spend": (tools * size[:, None]).ravel().round(2),
            "revenue": revenue.ravel().round(2),
        }
    )
    added = effects.revenue * per_head[buys, BOUGHT_AT:].mean() * 1000
    parts = BOUGHT_AT // PATCH
    change = np.sqrt(2 * (effects.luck**2 / parts + effects.noise**2 / BOUGHT_AT))
    # Of the bad four weeks' luck, one third is not told by the fall, and a quarter of what is told
    # remains among the lowest quarter (the variance of a normal variable cut off there).
    rise = np.sqrt(
        effects.luck**2 * (1 / parts + 1 / 3 + 0.25 * 2 / 3) + effects.noise**2 * (1 / BOUGHT_AT + 1 / PATCH)
    )
    truth = PanelTruth(
        revenue=round(float(added), 2),
        revenue_error=round(float(1000 * level.mean() * change * _unevenness(buys)), 2),
        share=round(100 * effects.revenue, 4),
        share_error=round(float(100 * rise * _unevenness(buys[fallen])), 3),
    )
    return pd.DataFrame({"org_id": org_id, "size": size}), tool_event, truth


def _fallen(per_head: np.ndarray) -> np.ndarray:
    """Which organizations are of the quarter that fell most, shape (organizations,)."""
    patch = slice(BOUGHT_AT - PATCH, BOUGHT_AT)
    fall = per_head[:, patch].mean(axis=1) / per_head[:, : BOUGHT_AT - PATCH].mean(axis=1)
    return _rank(fall) < round(FALLEN * len(fall))


def _buyers(rng: np.random.Generator, effects: PanelEffects, size: np.ndarray, fallen: np.ndarray) -> np.ndarray:
    """Who buys, shape (organizations,): by lot among the fallen, by size among the rest."""
    by_size = effects.small + (effects.large - effects.small) * _rank(size) / (len(size) - 1)
    return rng.random(len(size)) < np.where(fallen, effects.alarmed, by_size)


def _rank(values: np.ndarray) -> np.ndarray:
    """Each value's place, from 0 for the smallest; of equals the first comes first."""
    return values.argsort(kind="stable").argsort(kind="stable")


def _unevenness(group: np.ndarray) -> float:
    """What a difference of two groups' means has for each unit of standard deviation."""
    return float(np.sqrt(1.0 / max(group.sum(), 1) + 1.0 / max((~group).sum(), 1)))


@dataclass(frozen=True)
class TrialEffects:
    """How many of the trials have an effect, and between which bounds it lies, as a share."""

    real: int = 2
    lowest: float = 0.095
    highest: float = 0.110


@dataclass(frozen=True)
class TrialTruth:
    """The trials that have an effect, and what it is, in percentage points; all others have none."""

    effect: dict[str, float]


def make_trials(rng: np.random.Generator, effects: TrialEffects | None = None) -> tuple[pd.DataFrame, TrialTruth]:
    """Make the twenty trials of thank-you notes and rewards.

    Returns
    -------
    trial, truth
        `trial` has two rows for each trial, one per arm: `trial_id`, `arm`,
        `customers`, `returned`.
    """
    effects = effects or TrialEffects()
    real = np.sort(rng.permutation(TRIALS)[: effects.real])
    added = np.zeros(TRIALS)
    added[real] = rng.uniform(effects.lowest, effects.highest, effects.real).round(4)
    share = rng.uniform(*RETURNING, TRIALS)
    customers = rng.integers(*CUSTOMERS, (TRIALS, len(ARMS)))
    returned = rng.binomial(customers, np.stack([share, share + added], axis=1))

    name = np.array([f"trial-{number:02d}" for number in range(1, TRIALS + 1)], dtype=object)
    trial = pd.DataFrame(
        {
            "trial_id": np.repeat(name, len(ARMS)),
            "arm": np.tile(np.array(ARMS, dtype=object), TRIALS),
            "customers": customers.ravel(),
            "returned": returned.ravel(),
        }
    )
    return trial, TrialTruth(effect={str(name[one]): round(float(100 * added[one]), 2) for one in real})

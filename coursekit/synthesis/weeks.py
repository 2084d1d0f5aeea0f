"""Sixty weeks of an organization: practice and result, a campaign, answers in time, and what customers cost.

The columns of one question do not depend on those of another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

WEEKS = 60
YEAR = 52  # weeks
LAST_WEEK = np.datetime64("2025-11-24", "s")
LAGS = (3, 4, 5)

# Practice and result share a season with its peak in summer. The peak lies where a straight
# line through sixty weeks takes the season for growth.
PEAK_WEEK = 43
PRACTICE_SEASON = 14.0
RESULT_SEASON = 25.0
PRACTICE_SD = 3.5
EFFECT = 0.8
RESULT_SD = 1.8
TREND = (-14.0, -8.0)

VISITS_BASE = 40.0
VISITS_TREND = (0.7, 0.9)
VISITS_SD = 2.0
CAMPAIGN_WEEKS = (26, 35)

ANSWERED = (200, 300)
# Relative spread at which about 19 of 51 moves of mere noise are larger than a tenth.
ANSWERED_SD = 0.079
SPECIAL = 6.5  # standard deviations
# Limits of a process behaviour chart for single values: mean plus and minus 2.66 mean moving ranges.
# Source: D. J. Wheeler (2000), "Understanding Variation", 2nd ed.
RANGES = 2.66
RUN = 8

ACQ_SPEND = (40.0, 10.0)  # mean and standard deviation
KEEP_SPEND = (15.0, 4.0)
NEW_PER_SPEND = (0.9, 1.1)
MARGINAL_RATIO = (2.7, 3.3)
AVERAGE_RATIO = (9.5, 10.5)
ORGANIC = 20.0
NEW_SD = 2.0
KEPT_SD = 4.0


@dataclass(frozen=True)
class WeekEffects:
    """What is planted in the weeks; weeks are counted from 0.

    `lag`: weeks from practice to result. `trend`: change of the result in a year,
    in index points, season and practice aside. `peak`: the season's week of most.
    `campaign_week`: the first week of the campaign, which changes nothing.
    `visits_trend`: thousand visits a week. `special_week` and `special_sign`: the
    week, of the last 52, in which something did happen, and whether it went up (1)
    or down (-1). `marginal_ratio`: what one customer more costs to win, divided by
    what one more costs to keep; `average_ratio`: the same for the average customer.
    """

    lag: int
    trend: float
    peak: float
    campaign_week: int
    visits_trend: float
    answered: float
    special_week: int
    special_sign: int
    new_per_spend: float
    marginal_ratio: float
    average_ratio: float


@dataclass(frozen=True)
class WeeksTruth:
    """The planted effects, and how noise played with them.

    As in `WeekEffects`; further: `effect`, index points of the result per point of
    practice; `level`, what the campaign did to the visits, in thousands; `signals`,
    the number of weeks that are no noise; `false_signals`, weeks of noise that look
    like a signal all the same: outside the limits, or in a run of eight on one side
    of the mean. A seed with any makes no variant.
    """

    lag: int
    effect: float
    trend: float
    campaign_week: int
    level: float
    visits_trend: float
    special_week: int
    signals: int
    false_signals: int
    marginal_ratio: float
    average_ratio: float


def draw_weeks(rng: np.random.Generator) -> WeekEffects:
    """Draw the figures in which one set of weeks differs from another."""
    return WeekEffects(
        lag=int(rng.choice(LAGS)),
        trend=round(float(rng.uniform(*TREND)), 1),
        peak=PEAK_WEEK + float(rng.uniform(-2.0, 2.0)),
        campaign_week=int(rng.integers(*CAMPAIGN_WEEKS)),
        visits_trend=round(float(rng.uniform(*VISITS_TREND)), 2),
        answered=float(rng.integers(*ANSWERED)),
        special_week=int(rng.integers(6, YEAR - 6)),
        special_sign=int(rng.choice([-1, 1])),
        new_per_spend=round(float(rng.uniform(*NEW_PER_SPEND)), 2),
        marginal_ratio=round(float(rng.uniform(*MARGINAL_RATIO)), 2),
        average_ratio=round(float(rng.uniform(*AVERAGE_RATIO)), 2),
    )


def make_weeks(rng: np.random.Generator, effects: WeekEffects) -> tuple[pd.DataFrame, WeeksTruth]:
    """Make sixty weeks, Mondays up to 24 November 2025.

    Returns
    -------
    week, truth
        60 rows with the columns of the table `week`; `answered_in_time` is missing before the last 52 weeks.
    """
    practice, result = _practice_and_result(rng, effects)
    campaign, visits = _campaign(rng, effects)
    answered, false_signals = _answered(rng, effects)
    spend = _spend(rng, effects)
    week = pd.DataFrame(
        {
            "week": LAST_WEEK - np.arange(WEEKS - 1, -1, -1) * np.timedelta64(7, "D"),
            "answered_in_time": answered,
            "practice": practice.round(1),
            "result": result.round(1),
            "campaign": campaign,
            "visits": visits.round(1),
            **spend,
        }
    )
    truth = WeeksTruth(
        lag=effects.lag,
        effect=EFFECT,
        trend=effects.trend,
        campaign_week=effects.campaign_week,
        level=0.0,
        visits_trend=effects.visits_trend,
        special_week=effects.special_week,
        signals=1,
        false_signals=false_signals,
        marginal_ratio=effects.marginal_ratio,
        average_ratio=effects.average_ratio,
    )
    return week, truth


def lose_weeks(rng: np.random.Generator, week: pd.DataFrame) -> pd.DataFrame:
    """The weeks without two or three of them, so that rows apart are no longer weeks apart.

    The lost ones lie in the middle and not as far apart as any of the lags, so that each
    costs two pairs of weeks whatever the lag.
    """
    count = int(rng.integers(2, 4))
    edge = max(LAGS) + 1
    while True:
        lost = np.sort(rng.choice(np.arange(edge, len(week) - edge), count, replace=False))
        if np.diff(lost).min() > max(LAGS):
            return week.drop(index=week.index[lost]).reset_index(drop=True)


def signals(values: np.ndarray) -> np.ndarray:
    """Which weeks are no noise: outside the limits, or in a run of eight on one side of the mean, shape (weeks,)."""
    mean = values.mean()
    reach = RANGES * np.abs(np.diff(values)).mean()
    above = values > mean
    starts = np.flatnonzero(np.diff(above.astype(int), prepend=-1))
    lengths = np.diff(np.append(starts, len(above)))
    result: np.ndarray = (np.abs(values - mean) > reach) | np.repeat(lengths >= RUN, lengths)
    return result


def _practice_and_result(rng: np.random.Generator, effects: WeekEffects) -> tuple[np.ndarray, np.ndarray]:
    # Practice begins before the first week, for the first results to have a cause.
    times = np.arange(-max(LAGS), WEEKS)
    turn = 2.0 * np.pi * (times - effects.peak) / YEAR
    season = np.cos(turn) + 0.2 * np.cos(2.0 * turn)
    practice = PRACTICE_SEASON * season + rng.normal(0.0, PRACTICE_SD, len(times))
    seen = slice(max(LAGS), None)
    cause = practice[max(LAGS) - effects.lag : len(times) - effects.lag]
    result = (
        effects.trend * times[seen] / YEAR
        + RESULT_SEASON * season[seen]
        + EFFECT * cause
        + rng.normal(0.0, RESULT_SD, WEEKS)
    )
    return practice[seen] - practice[seen].mean() + 100.0, result - result.mean() + 100.0


def _campaign(rng: np.random.Generator, effects: WeekEffects) -> tuple[np.ndarray, np.ndarray]:
    times = np.arange(WEEKS)
    visits = VISITS_BASE + effects.visits_trend * times + rng.normal(0.0, VISITS_SD, WEEKS)
    return times >= effects.campaign_week, visits


def _answered(rng: np.random.Generator, effects: WeekEffects) -> tuple[np.ndarray, int]:
    """The weekly counts, and how many weeks of noise look like a signal."""
    spread = ANSWERED_SD * effects.answered
    values = effects.answered + rng.normal(0.0, spread, YEAR)
    values[effects.special_week] = effects.answered + effects.special_sign * SPECIAL * spread
    values = values.round()
    false = int(np.delete(signals(values), effects.special_week).sum())
    return np.concatenate([np.full(WEEKS - YEAR, np.nan), values]), false


def _spend(rng: np.random.Generator, effects: WeekEffects) -> dict[str, np.ndarray]:
    acq = np.clip(rng.normal(*ACQ_SPEND, WEEKS), 10.0, None).round(1)
    keep = np.clip(rng.normal(*KEEP_SPEND, WEEKS), 3.0, None).round(1)
    kept_per_spend = effects.new_per_spend * effects.marginal_ratio
    # The customers who come or stay anyway are set so that the average costs have their ratio.
    new_average = (ORGANIC + effects.new_per_spend * ACQ_SPEND[0]) / ACQ_SPEND[0]
    anyway = (new_average * effects.average_ratio - kept_per_spend) * KEEP_SPEND[0]
    new = ORGANIC + effects.new_per_spend * acq + rng.normal(0.0, NEW_SD, WEEKS)
    kept = anyway + kept_per_spend * keep + rng.normal(0.0, KEPT_SD, WEEKS)
    return {
        "acq_spend": acq,
        "new_accounts": np.clip(new.round(), 0, None).astype(np.int64),
        "keep_spend": keep,
        "kept_accounts": np.clip(kept.round(), 0, None).astype(np.int64),
    }

"""The work behind the conversations: one quarter of visits to four stages, with one narrow stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coursework.analysis.flow import draw_route, run_stages
from coursework.tables import FUNCTIONS

QUARTER_START = np.datetime64("2025-09-01T00:00:00", "s")
QUARTER_END = np.datetime64("2025-12-01T00:00:00", "s")
QUARTER_DAYS = 91
DAY = 86_400

# The scale of the figures that follow: with other arrivals the capacities change in proportion.
ARRIVALS = 17.0
NARROW_CAPACITY = 18.0
OTHER_CAPACITIES = (30.0, 24.0, 26.0)
REWORK = 0.15
# The first stage repeats most, so that it has the most visits whichever is narrow.
FIRST_REPEATS = 0.08
OTHER_REPEATS = (0.02, 0.04, 0.06)


@dataclass(frozen=True)
class FlowEffects:
    """What is planted in the work flow; stages are counted from 0 in the order of `FUNCTIONS`.

    `arrivals`: cases a day. `capacities`: for each stage the cases it can pass on
    in a day. `rework`: share of the cases leaving the last stage that come back to
    the first. `repeats`: for each stage the share of visits done again there.
    `narrow`: the stage with too little capacity.
    """

    arrivals: float
    capacities: tuple[float, ...]
    rework: float
    repeats: tuple[float, ...]
    narrow: int

    @property
    def visit_capacities(self) -> tuple[float, ...]:
        """For each stage the visits it can work off in a day, repeats included."""
        return tuple(capacity / (1.0 - again) for capacity, again in zip(self.capacities, self.repeats, strict=True))


@dataclass(frozen=True)
class FlowTruth:
    """The planted effects, and what follows from them.

    `narrow` counts stages from 1. `arrivals`: cases that entered, per day.
    `capacities`, `rework` and `repeats` as in `FlowEffects`.
    `pass_rates`: for each stage the chance that a case passes it the first time;
    `first_time_yield`: that it passes all four. `backward_share`: the expected
    share of the steps between two stages that lead back. `in_work`: the mean number
    of cases inside over the quarter; `finished_a_day`: cases that left for good, per day.
    """

    narrow: int
    arrivals: float
    capacities: tuple[float, ...]
    rework: float
    repeats: tuple[float, ...]
    pass_rates: tuple[float, ...]
    first_time_yield: float
    backward_share: float
    in_work: float
    finished_a_day: float


def draw_flow(rng: np.random.Generator, arrivals: float = ARRIVALS) -> FlowEffects:
    """Draw which stage is narrow, and what the others can do.

    Never the first: it has the most visits, and to be busiest and to be narrow
    have to be two things.

    Parameters
    ----------
    arrivals
        Cases that enter in a day on average.
    """
    narrow = int(rng.integers(1, len(FUNCTIONS)))
    others = rng.permutation(OTHER_CAPACITIES)
    capacities = np.insert(others, narrow, NARROW_CAPACITY) * (arrivals / ARRIVALS)
    repeats = (FIRST_REPEATS, *rng.permutation(OTHER_REPEATS).tolist())
    return FlowEffects(
        arrivals=arrivals,
        capacities=tuple(capacities.tolist()),
        rework=REWORK,
        repeats=repeats,
        narrow=narrow,
    )


def make_flow(
    rng: np.random.Generator, conv_id: np.ndarray, opened: np.ndarray, effects: FlowEffects
) -> tuple[pd.DataFrame, FlowTruth]:
    """Send one quarter's cases through the four functions.

    Parameters
    ----------
    conv_id
        The conversations that become cases, strings, shape (cases,).
    opened
        When each enters the first stage, datetime64[s] in UTC, within September to November 2025, shape (cases,).
    effects
        What is planted; `effects.arrivals` should be about cases / 91.

    Returns
    -------
    event, truth
        One row per visit, in the order of `enter`, with the columns of the table `event` but `source_msg_id`;
        `start` and `leave` are missing for what had not happened by 1 December, 0:00 UTC.

    Raises
    ------
    ValueError
        If a case enters outside the quarter.
    """
    seconds = (opened.astype("datetime64[s]") - QUARTER_START).astype(np.int64)
    if len(seconds) and not (seconds.min() >= 0 and seconds.max() < QUARTER_DAYS * DAY):
        raise ValueError("every case has to enter between 1 September and 30 November 2025.")
    arrived = seconds / DAY
    case, stage, work = _routes(rng, np.argsort(seconds, kind="stable"), effects)
    enter, start, leave = run_stages(arrived, case, stage, work, float(QUARTER_DAYS))

    last = np.append(case[1:] != case[:-1], True)[: len(case)]
    finish = np.full(len(arrived), np.nan)
    finish[case[last]] = leave[last]

    came = np.flatnonzero(np.isfinite(enter))
    order = came[np.argsort(enter[came], kind="stable")]
    event = pd.DataFrame(
        {
            "event_id": [f"e{number:05d}" for number in range(1, len(order) + 1)],
            "conv_id": conv_id[case[order]],
            "stage": pd.Categorical(np.array(FUNCTIONS)[stage[order]], categories=list(FUNCTIONS), ordered=True),
            "enter": _moments(enter[order]),
            "start": _moments(start[order]),
            "leave": _moments(leave[order]),
        }
    )
    event["rework"] = event.duplicated(["conv_id", "stage"])
    return event, _truth(effects, arrived, finish)


def _routes(
    rng: np.random.Generator, order: np.ndarray, effects: FlowEffects
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Case, stage and work in days of every visit, cases drawn in the given order, shape (visits,) each."""
    numbers = _numbers(rng)
    case: list[int] = []
    stage: list[int] = []
    work: list[float] = []
    for one in order.tolist():
        stages, lengths = draw_route(numbers, effects.rework, effects.repeats)
        case.extend([one] * len(stages))
        stage.extend(stages)
        work.extend(lengths)
    places = np.array(stage, dtype=np.int64)
    return np.array(case, dtype=np.int64), places, np.array(work) / np.array(effects.visit_capacities)[places]


def _numbers(rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from rng.random(4096).tolist()


def _moments(days: np.ndarray) -> pd.DatetimeIndex:
    """Days since the quarter began, as moments in whole seconds; NaN becomes missing."""
    known = np.isfinite(days)
    moments = np.full(len(days), np.datetime64("NaT"), dtype="datetime64[s]")
    # Rounded before it is cut: a case that came at a whole second keeps it.
    moments[known] = QUARTER_START + np.floor(np.round(days[known] * DAY, 3)).astype("timedelta64[s]")
    return pd.DatetimeIndex(moments).tz_localize("UTC")


def _truth(effects: FlowEffects, arrived: np.ndarray, finish: np.ndarray) -> FlowTruth:
    passed = 1.0 - np.array(effects.repeats)
    passed[-1] *= 1.0 - effects.rework
    forward = len(FUNCTIONS) - 1
    inside = np.where(np.isfinite(finish), finish, QUARTER_DAYS) - arrived
    return FlowTruth(
        narrow=effects.narrow + 1,
        arrivals=round(len(arrived) / QUARTER_DAYS, 4),
        capacities=effects.capacities,
        rework=effects.rework,
        repeats=effects.repeats,
        pass_rates=tuple(passed.round(6).tolist()),
        first_time_yield=round(float(passed.prod()), 6),
        backward_share=round(effects.rework / (forward + effects.rework), 6),
        in_work=round(float(inside.sum()) / QUARTER_DAYS, 3),
        finished_a_day=round(float(np.isfinite(finish).sum()) / QUARTER_DAYS, 4),
    )

"""Work that flows through stages: queues, capacities, and cases that come back.

Cases arrive, wait at each stage in the order in which they came, are worked on
one at a time, and move on. A case may have to be done again at the same stage
at once (a repeat), and after the last stage it may come back to the first
(rework). Time is counted in days that are all alike.

The chance in it comes from outside, as a sequence of numbers drawn evenly from
[0, 1), used in a fixed order: one for the gap before each arrival, the first that
comes too late included; then, case by case, two for each visit: where the case goes
next, and the work. So a case arrives at the same time and has the same route and the
same work whatever the capacities are, and two plans can be compared case by case.

Sources: for Little's law, J. D. C. Little (1961), "A proof for the queuing
formula L = lambda W", Operations Research 9(3), 383-387; for the constraint that
sets the pace of a whole line, E. M. Goldratt and J. Cox (1984), "The Goal".
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# The work a visit takes lies evenly between half and one and a half of the stage's mean.
LEAST_WORK = 0.5
_BLOCK = 4096


@dataclass(frozen=True)
class FlowSummary:
    """What a simulated line of stages did.

    `finished_a_day`: cases that left for good, per day. `in_work`: cases inside
    when time was up. `waiting`: for each stage the mean wait, in days, of the
    visits whose work began; NaN for a stage that no case reached.
    """

    finished_a_day: float
    in_work: int
    waiting: tuple[float, ...]


def run_stages(
    arrived: Floats, case: Integers, stage: Integers, work: Floats, days: float
) -> tuple[Floats, Floats, Floats]:
    """Send cases along their routes, through one queue per stage.

    Each stage works on one visit at a time, first come, first served.

    Parameters
    ----------
    arrived
        When each case arrives, in days, shape (cases,).
    case
        The case of each visit, an index into `arrived`, shape (visits,); the
        visits of a case stand together, in the order of its route.
    stage
        The stage of each visit, 0 for the first, shape (visits,).
    work
        The work each visit takes, in days, shape (visits,).
    days
        When the clock stops.

    Returns
    -------
    enter, start, leave
        When each visit came to the stage, was taken up and was done, in days,
        shape (visits,) each; NaN for what had not happened when the clock stopped.
    """
    visits = len(case)
    enter, start, leave = np.full(visits, np.nan), np.full(visits, np.nan), np.full(visits, np.nan)
    if visits == 0:
        return enter, start, leave
    begins = np.flatnonzero(np.diff(case, prepend=-1))
    last = np.append(case[1:] != case[:-1], True).tolist()
    places, lengths = stage.tolist(), work.tolist()
    free = [0.0] * (max(places) + 1)
    # Visits by the moment they come: each stage serves in that order, so a visit's times are known when it comes.
    coming = list(zip(arrived[case[begins]].tolist(), begins.tolist(), strict=True))
    heapq.heapify(coming)
    while coming:
        now, visit = heapq.heappop(coming)
        if now > days:
            break
        place = places[visit]
        taken = max(now, free[place])
        done = free[place] = taken + lengths[visit]
        enter[visit], start[visit], leave[visit] = now, taken, done
        if not last[visit]:
            heapq.heappush(coming, (done, visit + 1))
    start[start > days] = np.nan
    leave[leave > days] = np.nan
    return enter, start, leave


def draw_route(numbers: Iterator[float], rework: float, repeats: Sequence[float]) -> tuple[list[int], list[float]]:
    """Draw one case's way through the stages.

    Parameters
    ----------
    numbers
        Numbers in [0, 1); two are taken for each visit.
    rework
        Chance, in [0, 1), that a case comes back to the first stage after the last.
    repeats
        For each stage the chance, in [0, 1), that a visit has to be done again there.

    Returns
    -------
    stages, work
        One entry per visit: the stage, 0 for the first, and the work as a
        multiple of the stage's mean, in [0.5, 1.5).
    """
    stages: list[int] = []
    work: list[float] = []
    place, final = 0, len(repeats) - 1
    while True:
        next_step, length = next(numbers), next(numbers)
        stages.append(place)
        work.append(LEAST_WORK + length)
        if next_step < repeats[place]:
            continue
        if place < final:
            place += 1
        elif next_step < repeats[place] + (1.0 - repeats[place]) * rework:
            place = 0
        else:
            return stages, work


def simulate(
    capacities: Sequence[float],
    arrivals: float = 17.0,
    rework: float = 0.15,
    days: float = 130.0,
    seed: int = 0,
    *,
    repeats: Sequence[float] | None = None,
    uniforms: Iterable[float] | None = None,
) -> FlowSummary:
    """Simulate a line of stages that starts empty, and sum up what it did.

    Parameters
    ----------
    capacities
        For each stage the visits it can work off in a day, all > 0.
    arrivals
        Cases that arrive in a day on average, > 0, at moments that do not depend on each other.
    rework
        Share of the cases leaving the last stage that come back to the first, in [0, 1).
    days
        How long to simulate, > 0; 130 are 26 weeks of five days.
    seed
        Where the random numbers come from: the same seed gives the same cases.
    repeats
        For each stage the share of visits that have to be done again there, in [0, 1); by default none.
    uniforms
        Numbers in [0, 1) to use in place of the seed's.

    Returns
    -------
    FlowSummary

    Raises
    ------
    ValueError
        If a figure is out of its range, or `uniforms` has too few numbers.
    """
    again = [0.0] * len(capacities) if repeats is None else list(repeats)
    _check(capacities, arrivals, rework, days, again)
    numbers = _numbers(seed) if uniforms is None else iter(uniforms)
    arrived: list[float] = []
    case: list[int] = []
    stage: list[int] = []
    work: list[float] = []
    now = 0.0
    try:
        while True:
            now -= math.log(1.0 - next(numbers)) / arrivals
            if now > days:
                break
            arrived.append(now)
        for one in range(len(arrived)):
            stages, lengths = draw_route(numbers, rework, again)
            case.extend([one] * len(stages))
            stage.extend(stages)
            work.extend(length / capacities[place] for place, length in zip(stages, lengths, strict=True))
    except StopIteration:
        raise ValueError("uniforms has too few numbers: give more, or simulate fewer days.") from None
    cases, places = np.array(case, dtype=np.int64), np.array(stage, dtype=np.int64)
    enter, start, leave = run_stages(np.array(arrived), cases, places, np.array(work), days)
    final = np.append(cases[1:] != cases[:-1], True) if len(cases) else np.zeros(0, dtype=bool)
    finished = int(np.isfinite(leave[final]).sum())
    waits = [(start - enter)[(places == place) & np.isfinite(start)] for place in range(len(capacities))]
    return FlowSummary(
        finished_a_day=finished / days,
        in_work=len(arrived) - finished,
        waiting=tuple(float(wait.mean()) if len(wait) else math.nan for wait in waits),
    )


def _numbers(seed: int) -> Iterator[float]:
    rng = np.random.default_rng(seed)
    while True:
        yield from rng.random(_BLOCK).tolist()


def _check(capacities: Sequence[float], arrivals: float, rework: float, days: float, repeats: Sequence[float]) -> None:
    # Written so that NaN fails too.
    if not (len(capacities) and all(0.0 < capacity < math.inf for capacity in capacities)):
        raise ValueError("capacities must be numbers above 0, one for each stage.")
    if not (0.0 < arrivals < math.inf and 0.0 < days < math.inf):
        raise ValueError("arrivals and days must be above 0.")
    if len(repeats) != len(capacities):
        raise ValueError(f"repeats must have one share for each of the {len(capacities)} stages.")
    if not all(0.0 <= share < 1.0 for share in (rework, *repeats)):
        raise ValueError("rework and repeats are shares: give numbers from 0 up to, but not including, 1.")

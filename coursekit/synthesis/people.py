"""The organization's own people: teams, agents past and present, managers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coursekit.synthesis.clocks import ZONE_SHARE, ZONES
from coursekit.synthesis.plan import QUARTER_END, QUARTER_START, Plan
from coursekit.synthesis.streams import stream

TEAMS = 8
SHARE_WITH_SUITE = (0.20, 0.45, 0.75)  # per craft band: masters hold the tool more often
WAGE, WAGE_SD = np.array([22.0, 29.0, 41.0]), 1.2

# People are hired evenly over these days before the quarter, and half of them leave within a year.
HIRING_DAYS = 1_000
MEDIAN_TENURE_DAYS = 365.0
_DAY = np.timedelta64(1, "D")
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class People:
    """Teams and staff. Arrays about agents have shape (agents,): those employed when the quarter began.

    `former_*` are those who had left by then. Times are days.
    """

    craft: np.ndarray  # position in CRAFT
    suite: np.ndarray  # 1 for the suite, 0 for the inbox
    wage: np.ndarray  # EUR per hour
    team: np.ndarray
    zone: np.ndarray  # position in ZONES
    hire: np.ndarray
    leave: np.ndarray  # NaT for those who stayed
    former_hire: np.ndarray
    former_leave: np.ndarray
    manager_zone: np.ndarray
    manager_hire: np.ndarray
    believed: np.ndarray  # per manager: the share of conversations believed to satisfy
    switched: np.ndarray  # per team: day of the new tool, NaT if none
    target_from: np.ndarray  # per team: day of the target, NaT if none


def make_people(seed: int, organization: int, plan: Plan) -> People:
    """Draw the people of one organization."""
    rng = stream(seed, organization, "people")
    agents = plan.agents_in_all
    craft = np.repeat(np.arange(3), plan.agents)
    suite = np.concatenate(
        [
            rng.permutation(np.arange(count) < round(count * share))
            for count, share in zip(plan.agents, SHARE_WITH_SUITE, strict=True)
        ]
    ).astype("int64")
    order = rng.permutation(agents)
    craft, suite = craft[order], suite[order]
    wage = (WAGE[craft] + rng.normal(0.0, WAGE_SD, agents)).round(2)
    hire, leave, former_hire, former_leave = _careers(stream(seed, organization, "careers"), agents)
    rng = stream(seed, organization, "teams")
    return People(
        craft=craft,
        suite=suite,
        wage=wage,
        team=rng.permutation(np.arange(agents) % TEAMS),
        zone=rng.choice(len(ZONES), agents, p=ZONE_SHARE),
        hire=hire,
        leave=leave,
        former_hire=former_hire,
        former_leave=former_leave,
        manager_zone=rng.choice(len(ZONES), plan.managers, p=ZONE_SHARE),
        manager_hire=QUARTER_START - rng.integers(400, 3_000, plan.managers) * _DAY,
        # Managers speak to customers who speak up, and hear of successes.
        believed=np.clip(rng.normal(0.85, 0.04, plan.managers), 0.6, 0.99).round(2),
        switched=_half_of_teams(rng, 28, 63),
        target_from=_half_of_teams(rng, 40, 52),
    )


def _half_of_teams(rng: np.random.Generator, earliest: int, latest: int) -> np.ndarray:
    """A day of the quarter for half of the teams, drawn by lot; NaT for the others."""
    day = np.full(TEAMS, _NEVER)
    chosen = rng.permutation(TEAMS)[: TEAMS // 2]
    day[chosen] = QUARTER_START + rng.integers(earliest, latest, len(chosen)) * _DAY
    return day


def _careers(rng: np.random.Generator, agents: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hire and leave of those employed at the quarter's start, and of those who had left.

    Careers are drawn one like another until enough are still there, so that
    nothing but time decides who is among the former.
    """
    hire = np.empty(0, dtype="datetime64[D]")
    leave = hire.copy()
    while (leave > QUARTER_START).sum() < agents:
        count = 3 * agents
        days_ago = rng.integers(0, HIRING_DAYS, count)
        tenure = 1 + np.floor(rng.exponential(MEDIAN_TENURE_DAYS / np.log(2), count)).astype("int64")
        hire = np.append(hire, QUARTER_START - days_ago * _DAY)
        leave = np.append(leave, hire[-count:] + tenure * _DAY)
    there = leave > QUARTER_START
    last = np.flatnonzero(there)[agents - 1] + 1
    hire, leave, there = hire[:last], leave[:last], there[:last]
    still = leave[there]
    still[still >= QUARTER_END] = _NEVER
    return hire[there], still, hire[~there], leave[~there]

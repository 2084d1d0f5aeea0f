"""How long customers stay, and who of them joins the community (chapter 6).

A customer leaves at one rate before joining and, as planted, at `ratio` times
that rate afterwards. Whoever leaves early had little time to join: so those who
ever joined stayed longer even if joining does nothing. That is immortal time
(S. Suissa 2008, "Immortal time bias in pharmaco-epidemiology", American Journal
of Epidemiology 167(4), 492-499). Counting each customer's time as not joined
until the day of joining, and as joined from then on, removes it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST_START = np.datetime64("2024-01-01")
# The data end at midnight: what happens on this day is not known.
DATA_END = np.datetime64("2025-12-01")
DAYS_PER_MONTH = 30.44


@dataclass(frozen=True)
class LifetimeEffects:
    """Chances per month of leaving and of joining the community, and what joining does to leaving.

    `ratio` is the rate of leaving after joining over the rate before; 1 means
    that joining does nothing.
    """

    leaving: float = 0.050
    joining: float = 0.040
    ratio: float = 1.0


@dataclass(frozen=True)
class LifetimeTruth:
    """`ratio` of the rates of leaving, after joining over before, and the standard error of its logarithm."""

    ratio: float
    error: float


def make_lifetimes(
    rng: np.random.Generator, account_id: np.ndarray, effects: LifetimeEffects | None = None
) -> tuple[pd.DataFrame, LifetimeTruth]:
    """Make the contracts of these accounts, January 2024 to November 2025.

    Parameters
    ----------
    account_id
        Shape (accounts,). The figures of the chapter need 3,000 or more.

    Returns
    -------
    account, truth
        One row for each id, in the given order: `account_id`, `start`, `left`
        (NaT for those who are still customers), `joined_community` (NaT for
        those who never did). Dates; joining comes after the first day and
        before the last.
    """
    effects = effects or LifetimeEffects()
    accounts = len(account_id)
    span = int((DATA_END - FIRST_START).astype(int))
    # The last start is a month before the end, so that everyone is seen for a while.
    start = rng.integers(0, span - 30, accounts)
    leaving, joining = (-np.log1p(-rate) / DAYS_PER_MONTH for rate in (effects.leaving, effects.joining))
    joins = 1.0 + np.floor(rng.exponential(1.0 / joining, accounts))
    # One exponential clock, which runs `ratio` times as fast once the customer has joined.
    clock = rng.exponential(1.0 / leaving, accounts)
    stays = 1.0 + np.floor(np.where(clock <= joins, clock, joins + (clock - joins) / effects.ratio))

    seen = (span - start).astype(float)
    left, joined = stays < seen, joins < np.minimum(stays, seen)
    first = FIRST_START + start.astype("timedelta64[D]")
    account = pd.DataFrame(
        {
            "account_id": account_id,
            "start": first.astype("datetime64[s]"),
            "left": _on(first, stays, left),
            "joined_community": _on(first, joins, joined),
        }
    )
    after, before = int((left & joined).sum()), int((left & ~joined).sum())
    error = np.sqrt(1.0 / max(after, 1) + 1.0 / max(before, 1))
    return account, LifetimeTruth(ratio=effects.ratio, error=round(float(error), 4))


def _on(first: np.ndarray, days: np.ndarray, happened: np.ndarray) -> np.ndarray:
    """The day so many days after the first, or NaT where it did not happen."""
    day = first + np.where(happened, days, 0.0).astype("timedelta64[D]")
    return np.where(happened, day, np.datetime64("NaT")).astype("datetime64[s]")

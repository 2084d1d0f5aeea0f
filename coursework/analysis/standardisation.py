"""Compare two groups within strata, and after direct standardisation.

Direct standardisation weighs the rates within the strata by one common
("standard") distribution, so that two groups are compared as if both had that
mix. Source: N. Keiding and D. Clayton (2014), "Standardization and control for
confounding in observational studies: a historical perspective", Statistical
Science 29(4), 529-558.

The functions take a table of cells, one row per stratum and group, with the
columns `stratum`, `group`, `n` (a count or weight, > 0) and `successes`
(0 <= successes <= n). `tabulate` makes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def tabulate(frame: pd.DataFrame, *, outcome: str, group: str, stratum: str) -> pd.DataFrame:
    """Count a yes-or-no outcome in each stratum of each group.

    Parameters
    ----------
    frame
        One row per case; `outcome` is boolean.

    Returns
    -------
    DataFrame
        One row per stratum and group that occurs, columns `stratum`, `group`, `n`, `successes`.
    """
    counts = frame.groupby([stratum, group], observed=True)[outcome].agg(n="size", successes="sum")
    return counts.reset_index().rename(columns={stratum: "stratum", group: "group"})


def rates(cells: pd.DataFrame) -> pd.DataFrame:
    """Share of successes: one row per stratum, one column per group, values in [0, 1]."""
    shares = cells.assign(rate=cells["successes"] / cells["n"])
    return shares.pivot(index="stratum", columns="group", values="rate")


def crude_gap(cells: pd.DataFrame, treated: str, control: str) -> float:
    """Difference of the two groups' overall shares, `treated` minus `control`, in [-1, 1]."""
    totals = cells.groupby("group", observed=True)[["n", "successes"]].sum()
    shares = totals["successes"] / totals["n"]
    return float(shares[treated] - shares[control])


def gaps_within_strata(cells: pd.DataFrame, treated: str, control: str) -> pd.Series:
    """Difference of the shares within each stratum, indexed by stratum."""
    table = rates(cells)
    return table[treated] - table[control]


def standardised_gap(
    cells: pd.DataFrame, treated: str, control: str, weights: Mapping[str, float] | None = None
) -> float:
    """Difference of the two groups' shares after direct standardisation.

    Parameters
    ----------
    weights
        The standard distribution over the strata. By default the mix of all
        cases of both groups together. Weights need not sum to 1.

    Raises
    ------
    ValueError
        If a stratum lacks one of the groups: then nothing can be compared there.
    """
    gaps = gaps_within_strata(cells, treated, control)
    if gaps.isna().any():
        empty = ", ".join(str(name) for name in gaps.index[gaps.isna()])
        raise ValueError(f"no cases of one group in the stratum {empty}: the gap there is unknown")
    if weights is None:
        standard = cells.groupby("stratum", observed=True)["n"].sum()
    else:
        standard = pd.Series(dict(weights)).reindex(gaps.index)
    return float(np.average(gaps.to_numpy(), weights=standard.to_numpy(dtype=float)))


def reassign(cells: pd.DataFrame, treated: str, strength: float) -> pd.DataFrame:
    """Ask what a comparison would show had the groups been formed otherwise.

    The shares of success within the cells stay as observed. What changes is who
    works in which group: the log-odds of `treated` in each stratum are moved
    between the overall log-odds (`strength` 0: every stratum alike) and the
    observed ones (`strength` 1), or beyond. Each stratum keeps its size.

    Parameters
    ----------
    strength
        0 or more. 1 returns the observed cells up to rounding.

    Returns
    -------
    DataFrame
        Cells with fractional `n` and `successes`, and a column `rate`.
    """
    cells = cells.assign(rate=cells["successes"] / cells["n"])
    size = cells.groupby("stratum", observed=True)["n"].transform("sum")
    is_treated = cells["group"] == treated
    overall = _logit(cells.loc[is_treated, "n"].sum() / cells["n"].sum())
    observed = _logit(cells["n"].where(is_treated, size - cells["n"]) / size)
    share = 1.0 / (1.0 + np.exp(-(overall + strength * (observed - overall))))
    n = size * np.where(is_treated, share, 1.0 - share)
    return cells.assign(n=n, successes=n * cells["rate"])


def _logit(share: Any) -> Any:
    return np.log(share / (1.0 - share))

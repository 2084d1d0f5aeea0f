"""Chapter 6, immortal time: what joining the community does, found and missed.

The truth of the chapter has the part `lifetimes` (`LifetimeTruth`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from coursekit.synthesis.lifetimes import DATA_END
from coursekit.synthesis.plants.plant import Plant, Tables, Value

FAR = 2.5


def rate_ratio(tables: Tables) -> Value:
    """The rate of leaving after joining the community, over the rate before; every customer's time is split."""
    days = _days(tables)
    after = days["left"][days["joined"]].sum() / days["after"].sum()
    before = days["left"][~days["joined"]].sum() / days["before"].sum()
    return float(after / before)


def _days(tables: Tables) -> pd.DataFrame:
    """Per customer: days `before` and `after` joining, and whether they `joined` and `left`."""
    account = tables["account"]
    end = account["left"].fillna(pd.Timestamp(DATA_END))
    turn = account["joined_community"].fillna(end)
    return pd.DataFrame(
        {
            "before": (turn - account["start"]).dt.days,
            "after": (end - turn).dt.days,
            "joined": account["joined_community"].notna(),
            "left": account["left"].notna(),
        }
    )


def _ever_against_never(tables: Tables) -> Value:
    days = _days(tables)
    whole = (days["before"] + days["after"]).groupby(days["joined"]).sum()
    leavers = days["left"].groupby(days["joined"]).sum()
    rate = leavers / whole
    return float(rate[True] / rate[False])


def _shares_of_leavers(tables: Tables) -> Value:
    days = _days(tables)
    share = days["left"].groupby(days["joined"]).mean()
    return float(share[True] / share[False])


def _waiting_left_out(tables: Tables) -> Value:
    days = _days(tables)
    joined = days["joined"]
    after = days["left"][joined].sum() / days["after"].sum()
    never = days["left"][~joined].sum() / days["before"][~joined].sum()
    return float(after / never)


def _leavers_only(tables: Tables) -> Value:
    account = tables["account"]
    return rate_ratio({"account": account[account["left"].notna()]})


def _found(value: Value, truth: Mapping[str, Any]) -> bool:
    planted = truth["lifetimes"]
    return isinstance(value, float) and value > 0 and abs(np.log(value / planted["ratio"])) < FAR * planted["error"]


PLANTS = (
    Plant(
        exercise="immortal-time",
        right=rate_ratio,
        mistakes={
            "ever-against-never": _ever_against_never,
            "shares": _shares_of_leavers,
            "waiting-left-out": _waiting_left_out,
            "leavers-only": _leavers_only,
        },
        tolerance=0.02,
        recovered=_found,
        missed=lambda value, truth: not _found(value, truth),
        unit="ratio of rates",
        naive="ever-against-never",
        notes={
            "ever-against-never": "counts the time before joining as time in the community, and nobody leaves in it",
            "shares": "compares shares of people who were watched for different times",
            "waiting-left-out": "throws the time before joining away, which belongs to those not yet joined",
            "leavers-only": "leaves out all who stayed",
        },
    ),
)

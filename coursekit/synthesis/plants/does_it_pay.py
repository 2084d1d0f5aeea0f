"""Chapter 8: what pays, found and missed.

The truth of the chapter is a mapping with the parts `market`
(`MarketTruth`), `panel` (`PanelTruth`) and `trials` (`TrialTruth`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from coursekit.synthesis.panel import BOUGHT_AT, FALLEN, PATCH
from coursekit.synthesis.plants.plant import Plant, Tables, Value
from coursework.tables import TOUCH_CHANNELS

# How far chance may carry an answer from what was planted, in standard errors. Of four
# answers with one comparison group in common, one lies further in about one seed in twenty.
FAR = 2.5
SIGNIFICANT = 0.05


# --- attribution and hold-out ---


def last_touch(tables: Tables) -> Value:
    """Each channel's share of the purchases, credited to the channel seen last; those after no contact are left out."""
    return _credited(_in_time(_before_purchase(tables)), "last")


def _before_purchase(tables: Tables) -> pd.DataFrame:
    """The contacts of those who bought, in the order of the file."""
    account = tables["account"]
    buyers = account.loc[account["start"].notna(), "account_id"]
    touch = tables["touch"]
    return touch[touch["account_id"].isin(buyers)]


def _in_time(touch: pd.DataFrame) -> pd.DataFrame:
    return touch.sort_values("ts", kind="stable")


def _credited(touch: pd.DataFrame, place: Literal["first", "last"]) -> dict[str, float]:
    one = touch.drop_duplicates("account_id", keep=place)["channel"]
    return _by_channel(one.astype("str").value_counts(normalize=True))


def _by_channel(values: pd.Series) -> dict[str, float]:
    known = {str(name): float(value) for name, value in values.items()}
    return {name: known.get(name, 0.0) for name in TOUCH_CHANNELS}


def _first_touch(tables: Tables) -> Value:
    return _credited(_in_time(_before_purchase(tables)), "first")


def _last_row(tables: Tables) -> Value:
    return _credited(_before_purchase(tables), "last")


def _all_contacts(tables: Tables) -> Value:
    return _by_channel(_before_purchase(tables)["channel"].astype("str").value_counts(normalize=True))


def _also_without_purchase(tables: Tables) -> Value:
    return _credited(_in_time(tables["touch"]), "last")


def lifts(tables: Tables) -> dict[str, float]:
    """What each channel adds to the buying share, in percentage points: nothing kept, minus this channel kept."""
    share = _buying_shares(tables)
    return {name: 100 * (share["none"] - share[name]) for name in TOUCH_CHANNELS}


def _buying_shares(tables: Tables) -> dict[str, float]:
    """The share that bought, by the channel kept from them; "none" for those from whom nothing was."""
    account = tables["account"]
    held_out = account["held_out"].astype("object").where(account["held_out"].notna(), "none")
    shares = account["start"].notna().groupby(held_out).mean()
    return {str(name): float(share) for name, share in shares.items()}


def _seen_against_unseen(tables: Tables) -> Value:
    account, touch = tables["account"], tables["touch"]
    bought = account["start"].notna()
    place = pd.Index(account["account_id"]).get_indexer(touch["account_id"])
    gaps = {}
    for name in TOUCH_CHANNELS:
        saw = np.isin(np.arange(len(account)), place[(touch["channel"] == name).to_numpy(dtype=bool)])
        gaps[name] = 100 * float(bought[saw].mean() - bought[~saw].mean())
    return gaps


def _against_everyone_else(tables: Tables) -> Value:
    account = tables["account"]
    bought = account["start"].notna()
    gaps = {}
    for name in TOUCH_CHANNELS:
        kept = (account["held_out"] == name).fillna(False).astype(bool)
        gaps[name] = 100 * float(bought[~kept].mean() - bought[kept].mean())
    return gaps


def _empty_dropped(tables: Tables) -> Value:
    account = tables["account"].dropna(subset=["held_out"])
    return _against_everyone_else({"account": account})


def _in_per_cent_of_the_rest(tables: Tables) -> Value:
    share = _buying_shares(tables)
    return {name: 100 * (share["none"] / share[name] - 1.0) for name in TOUCH_CHANNELS}


def _lifts_found(value: Value, truth: Mapping[str, Any]) -> bool:
    """Whether every channel's lift lies as near to the planted one as chance allows."""
    market = truth["market"]
    return isinstance(value, Mapping) and all(
        abs(value[name] - market["lift"][name]) < FAR * market["error"][name] for name in TOUCH_CHANNELS
    )


def _credit_found(value: Value, truth: Mapping[str, Any]) -> bool:
    """Whether the follower, which causes nothing, is seen to get most of the credit."""
    return isinstance(value, Mapping) and 0.72 < value[truth["market"]["follower"]] < 0.88


# --- the decision ---


def decision(tables: Tables) -> Value:
    """The channel to drop, and what one customer more costs through the others together.

    `drop` is the channel's place in `TOUCH_CHANNELS`: the one that brings the
    fewest customers more for a euro. `price` is in EUR.
    """
    return _decided(_customers_more(tables), _spent(tables))


def _customers_more(tables: Tables) -> dict[str, float]:
    """How many bought because of each channel, of those from whom it was not kept."""
    account = tables["account"]
    reached = {name: len(account) - int((account["held_out"] == name).sum()) for name in TOUCH_CHANNELS}
    return {name: lift / 100 * reached[name] for name, lift in lifts(tables).items()}


def _spent(tables: Tables) -> dict[str, float]:
    touch = tables["touch"]
    return _by_channel(touch["cost"].groupby(touch["channel"].astype("str")).sum())


def _decided(customers: Mapping[str, float], spent: Mapping[str, float]) -> dict[str, float]:
    return _dropped(min(TOUCH_CHANNELS, key=lambda name: customers[name] / spent[name]), customers, spent)


def _dropped(drop: str, customers: Mapping[str, float], spent: Mapping[str, float]) -> dict[str, float]:
    kept = [name for name in TOUCH_CHANNELS if name != drop]
    more = sum(customers[name] for name in kept)
    price = sum(spent[name] for name in kept) / more if more > 0 else math.inf
    return {"drop": float(TOUCH_CHANNELS.index(drop)), "price": price}


def _decided_by_last_touch(tables: Tables) -> Value:
    last = _in_time(_before_purchase(tables)).drop_duplicates("account_id", keep="last")["channel"]
    return _decided(_by_channel(last.astype("str").value_counts()), _spent(tables))


def _decided_by_cost(tables: Tables) -> Value:
    spent = _spent(tables)
    return _dropped(max(TOUCH_CHANNELS, key=lambda name: spent[name]), _customers_more(tables), spent)


def _decided_by_buyers_reached(tables: Tables) -> Value:
    touch = _before_purchase(tables)
    return _decided(_by_channel(touch.groupby(touch["channel"].astype("str"))["account_id"].nunique()), _spent(tables))


def _decision_found(value: Value, truth: Mapping[str, Any]) -> bool:
    market = truth["market"]
    kept = [name for name in TOUCH_CHANNELS if name != market["follower"]]
    # The three lifts share one comparison group, so at worst their errors add up.
    error = sum(market["error"][name] for name in kept) / sum(market["lift"][name] for name in kept)
    return (
        isinstance(value, Mapping)
        and value["drop"] == TOUCH_CHANNELS.index(market["follower"])
        and abs(market["price"] / value["price"] - 1.0) < FAR * error
    )


# --- the panel ---


def difference_in_differences(tables: Tables) -> Value:
    """Buyers' change of earnings per head, weeks 13-24 against 1-12, minus the others'; EUR per head and week."""
    return _gap_of_changes(_mean_by_half(tables, per_head=True))


def _mean_by_half(tables: Tables, *, per_head: bool) -> pd.DataFrame:
    """Each organization's mean earnings before and after, in EUR a week; columns `before`, `after`, `buyer`."""
    panel = tables["tool_event"].merge(tables["org"], on="org_id")
    panel = panel.assign(money=1000 * panel["revenue"] / (panel["size"] if per_head else 1.0))
    weeks = np.sort(panel["week"].unique())
    panel["after"] = panel["week"] >= weeks[BOUGHT_AT]
    halves = panel.pivot_table(index="org_id", columns="after", values="money", aggfunc="mean")
    halves.columns = pd.Index(["before", "after"])
    return halves.assign(buyer=panel.groupby("org_id")["adopted"].any())


def _gap_of_changes(halves: pd.DataFrame) -> float:
    change = halves["after"] - halves["before"]
    return float(change[halves["buyer"]].mean() - change[~halves["buyer"]].mean())


def _buyers_before_and_after(tables: Tables) -> Value:
    halves = _mean_by_half(tables, per_head=True)
    return float((halves["after"] - halves["before"])[halves["buyer"]].mean())


def _not_per_head(tables: Tables) -> Value:
    return _gap_of_changes(_mean_by_half(tables, per_head=False))


def _after_only(tables: Tables) -> Value:
    halves = _mean_by_half(tables, per_head=True)
    return float(halves["after"][halves["buyer"]].mean() - halves["after"][~halves["buyer"]].mean())


def regression_to_the_mean(tables: Tables) -> Value:
    """The quarter that fell most: how much more the buyers rose than the others; percentage points.

    The fall is from weeks 1-8 to weeks 9-12, the rise from weeks 9-12 to 13-24,
    each as a share of the mean it begins with.
    """
    parts = _rises(tables)
    worst = parts["fall"] <= parts["fall"].quantile(FALLEN)
    return _gap_of_rises(parts, worst & parts["buyer"], worst & ~parts["buyer"])


def _rises(tables: Tables) -> pd.DataFrame:
    """Each organization's `fall` and `rise` in per cent, and whether it is a `buyer`."""
    panel = tables["tool_event"]
    weeks = np.sort(panel["week"].unique())
    number = np.searchsorted(weeks, panel["week"].to_numpy())
    part = np.select([number < BOUGHT_AT - PATCH, number < BOUGHT_AT], ["early", "patch"], "after")
    mean = panel.assign(part=part).pivot_table(index="org_id", columns="part", values="revenue", aggfunc="mean")
    return pd.DataFrame(
        {
            "fall": 100 * (mean["patch"] / mean["early"] - 1.0),
            "rise": 100 * (mean["after"] / mean["patch"] - 1.0),
            "buyer": panel.groupby("org_id")["adopted"].any(),
        }
    )


def _gap_of_rises(parts: pd.DataFrame, these: pd.Series, those: pd.Series) -> float:
    return float(parts.loc[these, "rise"].mean() - parts.loc[those, "rise"].mean())


def _fallen_buyers_only(tables: Tables) -> Value:
    parts = _rises(tables)
    worst = parts["fall"] <= parts["fall"].quantile(FALLEN)
    return float(parts.loc[worst & parts["buyer"], "rise"].mean())


def _fallen_buyers_against_all_others(tables: Tables) -> Value:
    parts = _rises(tables)
    worst = parts["fall"] <= parts["fall"].quantile(FALLEN)
    return _gap_of_rises(parts, worst & parts["buyer"], ~parts["buyer"])


def _did_found(value: Value, truth: Mapping[str, Any]) -> bool:
    return isinstance(value, float) and _near(value, truth["panel"], "revenue")


def _return_found(value: Value, truth: Mapping[str, Any]) -> bool:
    return isinstance(value, float) and _near(value, truth["panel"], "share")


def _near(value: float, planted: Mapping[str, float], name: str) -> bool:
    return abs(value - planted[name]) < FAR * planted[f"{name}_error"]


# --- many claims ---


def many_claims(tables: Tables) -> Value:
    """How many of the trials hold after Holm's correction, and the corrected p-value of the best that does not.

    S. Holm (1979), "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6(2), 65-70.
    """
    p = np.sort(p_values(tables["trial"]))
    corrected = np.minimum(1.0, np.maximum.accumulate(p * np.arange(len(p), 0, -1)))
    return _held(corrected)


def _held(p: np.ndarray) -> dict[str, float]:
    found = int((p < SIGNIFICANT).sum())
    return {"found": float(found), "next": float(p[found]) if found < len(p) else 1.0}


def p_values(trial: pd.DataFrame) -> np.ndarray:
    """Two-sided p-value of each trial, in the order of `trial_id`: test of two shares, normal approximation."""
    arms = trial.pivot(index="trial_id", columns="arm", values=["customers", "returned"]).sort_index()
    customers = arms["customers"][["control", "treated"]].to_numpy(dtype=float)
    returned = arms["returned"][["control", "treated"]].to_numpy(dtype=float)
    share, pooled = returned / customers, returned.sum(axis=1) / customers.sum(axis=1)
    error = np.sqrt(pooled * (1 - pooled) * (1 / customers).sum(axis=1))
    z = (share[:, 1] - share[:, 0]) / error
    return np.array([math.erfc(abs(one) / math.sqrt(2.0)) for one in z])


def _uncorrected(tables: Tables) -> Value:
    return _held(np.sort(p_values(tables["trial"])))


def _higher_is_found(tables: Tables) -> Value:
    trial = tables["trial"]
    share = (trial["returned"] / trial["customers"]).groupby([trial["trial_id"], trial["arm"]], observed=True).first()
    arms = share.unstack("arm")
    higher = (arms["treated"] > arms["control"]).to_numpy()
    p = p_values(trial)
    return {"found": float(higher.sum()), "next": float(p[~higher].min())}


def _holm_in_wrong_order(tables: Tables) -> Value:
    # The k-th smallest multiplied by k: the largest factor falls to the weakest trial.
    p = np.sort(p_values(tables["trial"]))
    return _held(np.minimum(1.0, p * np.arange(1, len(p) + 1)))


def _claims_found(value: Value, truth: Mapping[str, Any]) -> bool:
    return isinstance(value, Mapping) and value["found"] == len(truth["trials"]["effect"])


PLANTS = (
    Plant(
        exercise="attribution",
        right=last_touch,
        mistakes={
            "first-touch": _first_touch,
            "file-order": _last_row,
            "all-contacts": _all_contacts,
            "also-without-purchase": _also_without_purchase,
        },
        tolerance=0.01,
        recovered=_credit_found,
        missed=lambda value, truth: not _credit_found(value, truth),
        unit="share of credited purchases, by channel",
        naive="all-contacts",
        notes={
            "first-touch": "credits the channel seen first",
            "file-order": "takes the last row of each account, but the rows stand channel after channel",
            "all-contacts": "counts contacts, not purchases",
            "also-without-purchase": "counts people who bought nothing",
        },
    ),
    Plant(
        exercise="holdout-lift",
        right=lifts,
        mistakes={
            "seen-against-unseen": _seen_against_unseen,
            "everyone-else": _against_everyone_else,
            "empty-dropped": _empty_dropped,
            "per-cent": _in_per_cent_of_the_rest,
        },
        tolerance=0.2,
        recovered=_lifts_found,
        missed=lambda value, truth: not _lifts_found(value, truth),
        unit="percentage points, by channel",
        naive="seen-against-unseen",
        notes={
            "seen-against-unseen": "compares those who saw it with those who did not, and who sees it was about to buy",
            "everyone-else": "compares with people from whom another channel was kept",
            "empty-dropped": "loses those from whom nothing was kept: an empty cell is no group for groupby",
            "per-cent": "gives the relative change",
        },
    ),
    Plant(
        exercise="difference-in-differences",
        right=difference_in_differences,
        mistakes={
            "before-after": _buyers_before_and_after,
            "not-per-head": _not_per_head,
            "after-only": _after_only,
        },
        tolerance=5.0,
        recovered=_did_found,
        missed=lambda value, truth: not _did_found(value, truth),
        unit="EUR per head and week",
        naive="before-after",
        notes={
            "before-after": "credits the tool with what all organizations gained",
            "not-per-head": "compares sums of money of large buyers and small others",
            "after-only": "credits the tool with what larger organizations earned before they had it",
        },
    ),
    Plant(
        exercise="regression-to-the-mean",
        right=regression_to_the_mean,
        mistakes={
            "buyers-only": _fallen_buyers_only,
            "all-others": _fallen_buyers_against_all_others,
        },
        tolerance=0.5,
        recovered=_return_found,
        missed=lambda value, truth: not _return_found(value, truth),
        unit="percentage points",
        naive="buyers-only",
        notes={
            "buyers-only": "credits the tool with the end of bad luck",
            "all-others": "compares with organizations that had not fallen, and had nothing to recover from",
        },
    ),
    Plant(
        exercise="many-claims",
        right=many_claims,
        mistakes={
            "uncorrected": _uncorrected,
            "higher": _higher_is_found,
            "wrong-order": _holm_in_wrong_order,
        },
        tolerance=0.02,
        recovered=_claims_found,
        missed=lambda value, truth: not _claims_found(value, truth),
        unit="trials; p-value",
        naive="uncorrected",
        notes={
            "uncorrected": "forgets that one trial in twenty succeeds by chance",
            "higher": "counts every trial whose treated arm is ahead",
            "wrong-order": "multiplies the smallest p-value by the smallest factor",
        },
    ),
    Plant(
        exercise="decide",
        right=decision,
        mistakes={
            "last-touch": _decided_by_last_touch,
            "dearest": _decided_by_cost,
            "buyers-reached": _decided_by_buyers_reached,
        },
        tolerance=0.4,
        recovered=_decision_found,
        missed=lambda value, truth: not _decision_found(value, truth),
        unit="place of the channel; EUR per customer more",
        naive="last-touch",
        notes={
            "last-touch": "drops the channel with the fewest last contacts for its money",
            "dearest": "drops the channel that costs most, whatever it brings",
            "buyers-reached": "counts buyers who saw the channel and would have bought anyway",
        },
    ),
)

"""Chapter 2: did the form change the function, who is heard, and how far does a post travel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from coursekit.synthesis.labels import FUNCTION_RIGHT
from coursekit.synthesis.plants.plant import Plant, Tables, Value
from coursework.tables import FUNCTIONS

SHUFFLES = 250


def _coded(tables: Tables) -> pd.DataFrame:
    """The agents' coded messages with their team, and whether its tool had changed by then."""
    label = tables["label"][["msg_id", "function"]]
    message = tables["message"][["msg_id", "conv_id", "ts"]].merge(label, on="msg_id")
    conversation = tables["conversation"].loc[tables["conversation"]["team_id"].notna(), ["conv_id", "team_id"]]
    coded = message.merge(conversation, on="conv_id").merge(tables["team"], on="team_id")
    coded["after"] = coded["ts"].dt.tz_localize(None) >= coded["switched"]
    return coded


def listening(tables: Tables) -> Value:
    """Each team's share of messages that listen."""
    return _listening(tables, "index")


def _listening(tables: Tables, margin: Literal["index", "columns", "all"]) -> dict[str, float]:
    coded = _coded(tables)
    table = pd.crosstab(coded["team_id"], coded["function"].astype(str), normalize=margin)
    return {str(team): float(share) for team, share in table["listening"].items()}


def _wrong_margin(tables: Tables) -> Value:
    return _listening(tables, "columns")


def _share_of_all(tables: Tables) -> Value:
    return _listening(tables, "all")


def _switched(tables: Tables) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Function, team and after, as numbers, of the teams that changed their tool."""
    coded = _coded(tables)
    coded = coded[coded["switched"].notna()]
    return coded["function"].cat.codes.to_numpy(), pd.factorize(coded["team_id"])[0], coded["after"].to_numpy()


def _distance(function: np.ndarray, team: np.ndarray, after: np.ndarray) -> float:
    """The mean over teams of the total variation distance between the mixes before and after."""
    teams, kinds = int(team.max()) + 1, len(FUNCTIONS)
    cell = (team * 2 + after) * kinds + function
    counts = np.bincount(cell, minlength=teams * 2 * kinds).reshape(teams, 2, kinds)
    mix = counts / np.maximum(counts.sum(axis=2, keepdims=True), 1)
    return float(np.abs(mix[:, 1] - mix[:, 0]).sum(axis=1).mean() / 2)


def mix_distance(tables: Tables) -> Value:
    """How far the mix of functions moved, from 0 to 1."""
    return _distance(*_switched(tables))


def _not_halved(tables: Tables) -> Value:
    return 2 * _distance(*_switched(tables))


def _of_counts(tables: Tables) -> Value:
    function, _, after = _switched(tables)
    before, later = (np.bincount(function[after == when], minlength=len(FUNCTIONS)) for when in (False, True))
    return float(np.abs(later - before).sum() / 2 / len(function))


def permutation(tables: Tables) -> Value:
    """The share of shufflings within the teams that move the mix as far."""
    return _shuffled(*_switched(tables), within=True)


def _shuffled(function: np.ndarray, team: np.ndarray, after: np.ndarray, *, within: bool) -> float:
    rng = np.random.default_rng(1)
    seen = _distance(function, team, after)
    reached = 0
    for _ in range(SHUFFLES):
        if within:
            order = np.lexsort((rng.random(len(team)), team))
            shuffled = np.empty_like(after)
            shuffled[np.argsort(team, kind="stable")] = after[order]
        else:
            shuffled = rng.permutation(after)
        reached += _distance(function, team, shuffled) >= seen
    return (reached + 1) / (SHUFFLES + 1)


def _other_tail(tables: Tables) -> Value:
    return 1 - _shuffled(*_switched(tables), within=True)


def _distance_as_chance(tables: Tables) -> Value:
    return _distance(*_switched(tables))


def heard(tables: Tables) -> Value:
    """Of all suggestions, the shares that an agent answered and that led to work."""
    acknowledged, acted = _heard(tables)
    return {"acknowledged": float(acknowledged.mean()), "acted": float(acted.mean())}


def _heard(tables: Tables, anybody: bool = False) -> tuple[pd.Series, pd.Series]:
    label, message = tables["label"], tables["message"]
    opening = message[message["reply_to"].isna()]
    suggestion = opening[opening["msg_id"].isin(label.loc[label["intent"] == "suggest", "msg_id"])]
    role = message["person_id"].map(tables["person"].set_index("person_id")["role"])
    answers = message if anybody else message[role == "agent"]
    return (
        suggestion["msg_id"].isin(answers["reply_to"]),
        suggestion["msg_id"].isin(tables["event"]["source_msg_id"]),
    )


def _two_denominators(tables: Tables) -> Value:
    acknowledged, acted = _heard(tables)
    return {"acknowledged": float(acknowledged.mean()), "acted": float(acted[acknowledged].mean())}


def _by_anybody(tables: Tables) -> Value:
    acknowledged, acted = _heard(tables, anybody=True)
    return {"acknowledged": float(acknowledged.mean()), "acted": float(acted.mean())}


def _posts(tables: Tables) -> pd.DataFrame:
    conversation = tables["conversation"]
    social = conversation.loc[conversation["channel"] == "social", "conv_id"]
    return tables["message"][tables["message"]["conv_id"].isin(social)]


def spread(tables: Tables) -> Value:
    """By how many others a post, or a copy of it, is passed on, on average."""
    posts = _posts(tables)
    return float(posts["reply_to"].notna().sum() / len(posts))


def _one_viral_post(tables: Tables) -> Value:
    posts = _posts(tables)
    largest = posts["conv_id"].value_counts().iloc[0]
    return float((largest - 1) / largest)


def _only_passed_on(tables: Tables) -> Value:
    posts = _posts(tables)
    size = posts.groupby("conv_id")["conv_id"].transform("size")
    return float(posts.loc[size > 1, "reply_to"].notna().mean())


def streams(tables: Tables) -> Value:
    """The share of the community's messages sent from the account that does not fit the hour."""
    return _crossed(tables, local=True)


def _crossed(tables: Tables, *, local: bool) -> float:
    conversation = tables["conversation"]
    community = conversation.loc[conversation["team_id"].isna(), "conv_id"]
    message = tables["message"][tables["message"]["conv_id"].isin(community)]
    zone = message["person_id"].map(tables["person"].set_index("person_id")["tz"])
    office = pd.Series(False, index=message.index)
    for name in zone.unique():
        there = zone == name
        clock = message.loc[there, "ts"].dt.tz_convert(name if local else "UTC")
        office[there] = clock.dt.hour.between(9, 16) & (clock.dt.day_of_week < 5)
    return float(((message["sent_as"] == "personal") == office).mean())


def _utc_hours(tables: Tables) -> Value:
    return _crossed(tables, local=False)


def _personal_share(tables: Tables) -> Value:
    return float((tables["message"]["sent_as"] == "personal").mean())


def _mix_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    planted = np.array(truth["community"]["function_mix"])[:, FUNCTIONS.index("listening")]
    # A rater who errs by chance draws every share towards a quarter.
    expected = FUNCTION_RIGHT * planted + (1 - FUNCTION_RIGHT) / 3 * (1 - planted)
    return bool(np.abs(np.array([value[name] for name in sorted(value)]) - expected).max() < 0.08)


def _no_change(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return value < 0.08


def _by_chance(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return value > 0.05


def _heard_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    planted = truth["community"]
    return (
        abs(value["acknowledged"] - planted["acknowledged"]) < 0.09 and abs(value["acted"] - planted["acted_on"]) < 0.05
    )


def _spread_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return abs(value - truth["community"]["passed_on"]) < 0.08


def _streams_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    return abs(value - truth["community"]["cross_share"]) < 0.002


PLANTS = (
    Plant(
        "codebook-mix",
        listening,
        {"wrong-margin": _wrong_margin, "share-of-all": _share_of_all},
        0.001,
        _mix_found,
        lambda value, truth: not _mix_found(value, truth),
        naive="wrong-margin",
    ),
    Plant(
        "mix-distance",
        mix_distance,
        {"not-halved": _not_halved, "of-counts": _of_counts},
        0.002,
        _no_change,
        lambda value, truth: not _no_change(value, truth),
    ),
    Plant(
        "permutation",
        permutation,
        {"other-tail": _other_tail, "distance-as-chance": _distance_as_chance},
        0.03,
        _by_chance,
        lambda value, truth: not _by_chance(value, truth),
    ),
    Plant(
        "heard",
        heard,
        {"two-denominators": _two_denominators, "by-anybody": _by_anybody},
        0.002,
        _heard_found,
        lambda value, truth: not _heard_found(value, truth),
        naive="two-denominators",
    ),
    Plant(
        "spread",
        spread,
        {"one-viral-post": _one_viral_post, "only-passed-on": _only_passed_on},
        0.002,
        _spread_found,
        lambda value, truth: not _spread_found(value, truth),
        naive="one-viral-post",
    ),
    Plant(
        "streams",
        streams,
        {"utc-hours": _utc_hours, "personal-share": _personal_share},
        0.002,
        _streams_found,
        lambda value, truth: not _streams_found(value, truth),
        naive="utc-hours",
    ),
)

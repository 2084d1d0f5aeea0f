"""Chapter 1: what a conversation is, and what dirt and haste make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from coursekit.synthesis.plants.plant import Plant, Tables, Value

DAY = (8, 18)  # o'clock
NEAR = 0.7  # Jaccard similarity of the sets of words from which two messages count as one


def local_times(tables: Tables) -> Value:
    """The hour in which most is written, and the share written by day, on the writers' own clocks."""
    message, person = tables["message"], tables["person"]
    return _hours(message, _zones(message, person), utc=message["clock"] == "utc")


def _zones(message: pd.DataFrame, person: pd.DataFrame) -> pd.Series:
    return message["person_id"].map(person.set_index("person_id")["tz"])


def _hours(message: pd.DataFrame, zone: pd.Series, utc: pd.Series) -> dict[str, float]:
    hour = message["ts"].dt.hour.astype("int64").copy()
    for name in zone.unique():
        there = (zone == name) & utc
        hour[there] = message.loc[there, "ts"].dt.tz_convert(name).dt.hour
    return _day_of(hour)


def _day_of(hour: pd.Series) -> dict[str, float]:
    return {"peak": float(np.bincount(hour).argmax()), "daytime": float(hour.between(DAY[0], DAY[1] - 1).mean())}


def _utc_hours(tables: Tables) -> Value:
    return _day_of(tables["message"]["ts"].dt.hour)


def _clock_ignored(tables: Tables) -> Value:
    message = tables["message"]
    return _hours(message, _zones(message, tables["person"]), utc=pd.Series(True, index=message.index))


def repeats(tables: Tables) -> Value:
    """How many messages are stored again, word for word or nearly so: the same person's answers to the same message."""
    message = tables["message"].assign(person_id=tables["message"]["person_id"].str.lower())
    exact = message.duplicated(["person_id", "conv_id", "ts", "text"])
    rest = message[~exact]
    groups = rest.groupby(["person_id", "conv_id", "reply_to"], dropna=False)["text"]
    return float(exact.sum() + sum(_near(texts.tolist()) for _, texts in groups if len(texts) > 1))


def _near(texts: list[str]) -> int:
    """How many of the texts repeat an earlier one of them."""
    sets = [set(str(text).split()) for text in texts]
    count = 0
    for place, words in enumerate(sets):
        count += any(len(words) > 2 and len(words & other) >= NEAR * len(words | other) for other in sets[:place])
    return count


def _exact_only(tables: Tables) -> Value:
    return float(tables["message"].duplicated(["person_id", "conv_id", "ts", "text"]).sum())


def _same_text(tables: Tables) -> Value:
    return float(tables["message"].duplicated("text").sum())


def thread_sizes(tables: Tables) -> Value:
    """Messages per thread on average, and the share of threads nobody answers."""
    size = tables["message"].groupby("conv_id").size()
    return {"mean": float(size.mean()), "alone": float((size == 1).mean())}


def _size_biased(tables: Tables) -> Value:
    size = tables["message"].groupby("conv_id")["conv_id"].transform("size")
    return {"mean": float(size.mean()), "alone": float((size == 1).mean())}


def _direct_replies(tables: Tables) -> Value:
    message = tables["message"]
    opening = message[message["reply_to"].isna()]
    size = 1 + opening["msg_id"].map(message["reply_to"].value_counts()).fillna(0)
    return {"mean": float(size.mean()), "alone": float((size == 1).mean())}


def dialogue(tables: Tables) -> Value:
    """The share of threads in which who opened it writes again after somebody else."""
    message = _in_order(tables)
    opener = message.groupby("conv_id")["person_id"].transform("first")
    other = (message["person_id"] != opener).groupby(message["conv_id"]).cumsum() > 0
    back = (message["person_id"] == opener) & other
    return float(back.groupby(message["conv_id"]).any().mean())


def _in_order(tables: Tables) -> pd.DataFrame:
    message = tables["message"].assign(person_id=tables["message"]["person_id"].str.lower())
    opening = message["reply_to"].notna()
    return message.assign(later=opening).sort_values(["conv_id", "later", "ts"], kind="stable")


def _any_answer(tables: Tables) -> Value:
    return float((tables["message"].groupby("conv_id")["person_id"].nunique() > 1).mean())


def _answers_per_thread(tables: Tables) -> Value:
    message = tables["message"]
    return float(message["reply_to"].notna().sum() / len(message))


def reciprocity(tables: Tables) -> Value:
    """The share of ordered pairs (a answered b) for which b answered a as well."""
    pairs = _answers(tables, str.lower)
    return _both_ways(pairs.drop_duplicates())


def _answers(tables: Tables, name: Any = str) -> pd.DataFrame:
    message = tables["message"]
    person = message["person_id"].map(name)
    whom = message["reply_to"].map(pd.Series(person.to_numpy(), index=message["msg_id"]))
    pairs = pd.DataFrame({"who": person, "whom": whom}).dropna()
    return pairs[pairs["who"] != pairs["whom"]]


def _both_ways(pairs: pd.DataFrame) -> float:
    known = set(zip(pairs["who"], pairs["whom"], strict=True))
    return float(np.mean([(whom, who) in known for who, whom in zip(pairs["who"], pairs["whom"], strict=True)]))


def _messages_not_pairs(tables: Tables) -> Value:
    return _both_ways(_answers(tables, str.lower))


def _unordered(tables: Tables) -> Value:
    pairs = _answers(tables, str.lower).drop_duplicates()
    known = set(zip(pairs["who"], pairs["whom"], strict=True))
    undirected = {frozenset(pair) for pair in known}
    return sum((b, a) in known for a, b in known) / 2 / len(undirected)


def concentration(tables: Tables) -> Value:
    """The share of messages that the most active 1 % of people wrote."""
    return _top(tables["message"]["person_id"].str.lower().value_counts())


def _top(counts: pd.Series) -> float:
    return float(counts.iloc[: max(round(len(counts) * 0.01), 1)].sum() / counts.sum())


def _ids_as_written(tables: Tables) -> Value:
    return _top(tables["message"]["person_id"].value_counts())


def _of_people(tables: Tables) -> Value:
    """The share of people who wrote half of all messages."""
    counts = tables["message"]["person_id"].str.lower().value_counts()
    return float((counts.cumsum() < counts.sum() / 2).mean())


def _near_clean(name: str, margin: float) -> Any:
    def found(value: Value, truth: Mapping[str, Any]) -> bool:
        assert isinstance(value, float)
        return bool(abs(value - truth["clean"][name]) <= margin)

    return found


def _not(found: Any) -> Any:
    return lambda value, truth: not found(value, truth)


def _day_found(value: Value, truth: Mapping[str, Any]) -> bool:
    # The generator's people write most between 10 and 11; the hours beside it are nearly as full.
    assert isinstance(value, Mapping)
    return value["peak"] in (9, 10, 11) and value["daytime"] > 0.5


def _repeats_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, float)
    planted = truth["dirt"]["duplicates"] + truth["dirt"]["near-duplicates"]
    return abs(value - planted) <= 0.1 * planted


def _sizes_found(value: Value, truth: Mapping[str, Any]) -> bool:
    assert isinstance(value, Mapping)
    clean = truth["clean"]
    return abs(value["mean"] / clean["mean_size"] - 1) < 0.1 and abs(value["alone"] - clean["alone"]) < 0.06


PLANTS = (
    Plant(
        "local-times",
        local_times,
        {"utc": _utc_hours, "clock-ignored": _clock_ignored},
        0.002,
        _day_found,
        _not(_day_found),
        naive="utc",
    ),
    Plant(
        "duplicates",
        repeats,
        {"exact-only": _exact_only, "same-text": _same_text},
        3.0,
        _repeats_found,
        _not(_repeats_found),
        naive="exact-only",
    ),
    Plant(
        "thread-sizes",
        thread_sizes,
        {"size-biased": _size_biased, "direct-replies": _direct_replies},
        0.01,
        _sizes_found,
        _not(_sizes_found),
        naive="size-biased",
    ),
    Plant(
        "dialogue-share",
        dialogue,
        {"any-answer": _any_answer, "answers-per-thread": _answers_per_thread},
        0.005,
        _near_clean("dialogue", 0.03),
        _not(_near_clean("dialogue", 0.03)),
        naive="any-answer",
    ),
    Plant(
        "reciprocity",
        reciprocity,
        {"messages-not-pairs": _messages_not_pairs, "unordered": _unordered},
        0.005,
        _near_clean("reciprocity", 0.05),
        _not(_near_clean("reciprocity", 0.05)),
        naive="messages-not-pairs",
    ),
    Plant(
        "concentration",
        concentration,
        {"ids-as-written": _ids_as_written, "of-people": _of_people},
        0.001,
        _near_clean("top", 0.04),
        _not(_near_clean("top", 0.04)),
        naive="of-people",
    ),
)

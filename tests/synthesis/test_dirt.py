"""Dirt: as much as was asked for, of the kinds asked for, all of it in the log."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coursekit.synthesis.arrow import as_frame
from coursekit.synthesis.canonical import table
from coursekit.synthesis.clocks import ZONES, offsets
from coursekit.synthesis.dirt import KINDS, SHARES
from coursekit.synthesis.truth import dirt_log
from coursekit.synthesis.world import World
from coursework.tables import TABLES

SIZE = 12_000


@pytest.fixture(scope="module")
def dirty() -> World:
    return World(3, SIZE, KINDS)


@pytest.fixture(scope="module")
def message(dirty: World) -> pd.DataFrame:
    return as_frame(TABLES["message"], table(dirty, "message"))


@pytest.fixture(scope="module")
def log(dirty: World) -> pd.DataFrame:
    return dirt_log(dirty).to_pandas()


def test_without_dirt_there_is_none() -> None:
    world = World(3, SIZE)
    assert len(dirt_log(world)) == 0
    message = as_frame(TABLES["message"], table(world, "message"))
    assert (message["clock"] == "utc").all()
    assert message["reply_to"].dropna().isin(message["msg_id"]).all()
    when = message.set_index("msg_id")["ts"]
    replies = message.dropna(subset="reply_to")
    assert (replies["ts"].to_numpy() >= when[replies["reply_to"]].to_numpy()).all()


@pytest.mark.parametrize("kind", sorted(SHARES))
def test_each_kind_can_be_had_alone_and_is_logged(kind: str) -> None:
    world = World(3, SIZE, [kind])
    assert set(dirt_log(world)["kind"].to_pylist()) == {kind}


def test_an_unknown_kind_is_named_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="dust; these exist: duplicates, near-duplicates"):
        World(3, SIZE, ["dust"])


def test_there_is_as_much_of_each_kind_as_promised(log: pd.DataFrame, message: pd.DataFrame) -> None:
    found = log["kind"].value_counts() / len(message)
    for kind, share in {"duplicates": 0.015, "near-duplicates": 0.01, "orphans": 0.03, "bots": 0.01}.items():
        assert found[kind] == pytest.approx(share, rel=0.1), kind
    lost = message["reply_to"].notna() & ~message["reply_to"].isin(message["msg_id"])
    assert lost.sum() == (log["kind"] == "orphans").sum()


def test_what_the_log_calls_a_duplicate_is_one(log: pd.DataFrame, message: pd.DataFrame) -> None:
    rows = message.set_index("msg_id")
    for entry in log[log["kind"] == "duplicates"].itertuples():
        one, other = rows.loc[entry.msg_id], rows.loc[entry.made_from]
        assert one["text"] == other["text"] and one["conv_id"] == other["conv_id"]
        assert one["person_id"].lower() == other["person_id"].lower()


def test_the_log_says_what_stood_there_before(dirty: World, log: pd.DataFrame, message: pd.DataFrame) -> None:
    text = message.set_index("msg_id")["text"]
    html = log[log["kind"] == "html"]
    changed = [before not in text[name] for before, name in zip(html["before"], html["msg_id"], strict=True)]
    assert len(html) > 200
    for name in html["msg_id"]:
        # Stored again as HTML, or replaced by a later kind of dirt, but then that is in the log too.
        assert "<" in text[name] or (log["msg_id"] == name).sum() > 1
    assert any(changed)


def test_a_local_stamp_is_the_writers_wall_clock(dirty: World) -> None:
    rows = dirty.rows
    local = np.flatnonzero(rows.local)
    ahead = rows.second[local] - rows.moment[local]
    skewed = {entry.row for entry in dirty.soiled[1] if entry.kind == "skewed"}
    honest = np.array([place not in skewed for place in local])
    expected = offsets(dirty.zone[rows.person[local]], rows.moment[local])
    assert len(local) > 500 and (ahead == expected)[honest].all()


def test_some_stamps_fall_into_the_hour_that_was_there_twice() -> None:
    message = as_frame(TABLES["message"], table(World(50, dirt=KINDS), "message"))
    local = message.loc[message["clock"] == "local", "ts"].dt.tz_localize(None)
    twice = local.between("2025-10-26 02:00:00", "2025-10-26 02:59:59")
    assert twice.sum() >= 3
    with pytest.raises(ValueError, match=r"[Cc]annot infer|ambiguous"):
        local[twice].dt.tz_localize(ZONES[0], ambiguous="raise")


def test_surveys_and_open_cases_are_dirt_as_well() -> None:
    clean = as_frame(TABLES["conversation"], table(World(3, SIZE), "conversation"))
    dirty = as_frame(TABLES["conversation"], table(World(3, SIZE, KINDS), "conversation"))
    desk = clean["agent_id"].notna()
    assert clean.loc[desk, "csat"].notna().all() and dirty.loc[desk, "csat"].isna().mean() > 0.6
    assert clean.loc[desk, "closed"].notna().all() and dirty.loc[desk, "closed"].isna().any()
    assert clean["resolved"].equals(dirty["resolved"])

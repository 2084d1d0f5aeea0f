"""What chapter 4 says of its data in words is true of the data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from coursework import load
from coursework.analysis import crude_gap, gaps_within_strata, reassign, standardised_gap
from coursework.explore.allocation import cells_of
from coursework.loading import Tables


@pytest.fixture(scope="module")
def data(root: Path) -> Tables:
    return load("tool-or-craft", root / "datasets" / "tool-or-craft")


@pytest.fixture(scope="module")
def cases(data: Tables) -> pd.DataFrame:
    return data.conversation.merge(data.person, on="agent_id")


def test_the_suite_sits_with_the_masters_and_masters_resolve_most(cases: pd.DataFrame) -> None:
    suite = cases["tool"].eq("suite").groupby(cases["craft"], observed=True).mean()
    assert suite["apprentice"] < 0.3 < 0.6 < suite["master"]
    resolved = cases.groupby("craft", observed=True)["resolved"].mean()
    assert resolved["apprentice"] + 0.2 < resolved["master"]
    within_tool = cases.groupby(["tool", "craft"], observed=True)["resolved"].mean().unstack()
    assert (within_tool.diff(axis=1).iloc[:, 1:] > 0).all().all()  # with either tool the share rises with craft


def test_every_gap_is_larger_than_its_margin(data: Tables, cases: pd.DataFrame) -> None:
    n = cases.groupby(["craft", "tool"], observed=True).size().unstack()
    margin = 2 * 0.5 * (1 / n).sum(axis=1) ** 0.5
    part = n.sum(axis=1) / n.to_numpy().sum()
    cells = cells_of(data)
    gaps = gaps_within_strata(cells, "suite", "inbox")
    assert (gaps + margin < 0).all()
    assert standardised_gap(cells, "suite", "inbox") + ((part * margin) ** 2).sum() ** 0.5 < 0


def test_the_raw_gap_passes_zero_between_0_and_1(data: Tables) -> None:
    cells = cells_of(data)
    raw = [crude_gap(reassign(cells, "suite", strength / 10), "suite", "inbox") for strength in range(21)]
    assert raw[0] < 0 < raw[10]
    assert raw == sorted(raw)


def test_hard_cases_go_to_masters_and_hide_their_lead(cases: pd.DataFrame) -> None:
    hard = cases["difficulty"].eq("hard").groupby(cases["craft"], observed=True).mean()
    assert hard.is_monotonic_increasing
    share = cases.pivot_table(index="difficulty", columns="craft", values="resolved", observed=True)
    lead = share["master"] - share["apprentice"]
    overall = cases.groupby("craft", observed=True)["resolved"].mean()
    assert (lead > overall["master"] - overall["apprentice"]).all()


def test_the_masters_lead_by_tool_and_difficulty(data: Tables, cases: pd.DataFrame) -> None:
    groups = cases.groupby(["tool", "difficulty", "craft"], observed=True)["resolved"]
    solved, n = groups.mean().unstack(), groups.size().unstack()
    lead = (solved["master"] - solved["apprentice"]).unstack()
    margin = ((1 / n["master"] + 1 / n["apprentice"]) ** 0.5).unstack()
    assert (lead.idxmin(axis=1) == "easy").all()
    assert ((lead["hard"] - lead["medium"]).abs() < (margin["hard"] ** 2 + margin["medium"] ** 2) ** 0.5).all()

    with_one_tool = cases.groupby(["tool", "craft"], observed=True)["resolved"].mean().unstack()
    gaps = gaps_within_strata(cells_of(data), "suite", "inbox")
    assert (with_one_tool["master"] - with_one_tool["apprentice"]).min() > 2 * gaps.abs().max()


def test_within_a_band_both_tools_meet_the_same_cases(cases: pd.DataFrame) -> None:
    mix = pd.crosstab([cases["craft"], cases["tool"]], cases["difficulty"], normalize="index")
    for band in ("apprentice", "journeyman", "master"):
        assert (mix.loc[(band, "suite")] - mix.loc[(band, "inbox")]).abs().max() < 0.05


def test_work_is_most_of_the_cost(data: Tables, cases: pd.DataFrame) -> None:
    work = cases["minutes"].mul(cases["wage"]).div(60).groupby(cases["tool"], observed=True).sum()
    rework = cases["rework_minutes"].mul(cases["wage"]).div(60).groupby(cases["tool"], observed=True).sum()
    seats = cases.groupby("tool", observed=True)["agent_id"].nunique()
    licence = seats * 3 * data.tool.set_index("tool")["licence"]
    assert (work / (work + rework + licence) > 0.5).all()
    assert (rework > 0).all()

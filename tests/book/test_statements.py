"""What chapter 4 says of its data in words is true of the data."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from coursework import load
from coursework.analysis import crude_gap, gaps_within_strata, reassign, standardised_gap, tabulate
from coursework.explore.allocation import cells_of
from coursework.loading import Tables


@pytest.fixture(scope="module")
def data(root: Path) -> Tables:
    return load("tool-or-craft", root / "datasets" / "tool-or-craft")


@pytest.fixture(scope="module")
def prose(root: Path) -> str:
    """The chapter's text; a figure that it quotes is looked for in it as computed here."""
    return " ".join((root / "book" / "tool-or-craft.md").read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def cases(data: Tables) -> pd.DataFrame:
    return data.conversation.merge(data.person, left_on="agent_id", right_on="person_id")


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


def test_at_2_nine_of_ten_masters_and_few_apprentices_have_the_suite(data: Tables) -> None:
    cells = reassign(cells_of(data), "suite", 2)
    n = cells.pivot(index="stratum", columns="group", values="n")
    share = n["suite"] / n.sum(axis=1)
    assert share["apprentice"] < 0.1
    assert round(10 * share["master"]) == 9


def leads(cases: pd.DataFrame, *by: str) -> pd.Series:
    """The masters' resolved share less the apprentices', in each group of `by`."""
    share = cases.groupby([*by, "craft"], observed=True)["resolved"].mean().unstack()
    return share["master"] - share["apprentice"]


def test_hard_cases_go_to_masters_and_hide_their_lead(cases: pd.DataFrame, prose: str) -> None:
    hard = cases["difficulty"].eq("hard").groupby(cases["craft"], observed=True).mean()
    assert hard.is_monotonic_increasing
    share = cases.groupby("craft", observed=True)["resolved"].mean()
    given = share["master"] - share["apprentice"]
    assert f"{share['master']:.2f} \N{MINUS SIGN} {share['apprentice']:.2f} = {given:.2f}" in prose
    lead = leads(cases, "difficulty")
    assert given - 0.05 < lead["easy"] < given < lead["medium"] < lead["hard"]
    mix = cases["difficulty"].value_counts(normalize=True)
    assert round(100 * ((lead * mix).sum() - given)) == 8
    assert "it hides about eight points" in prose
    for _, own in cases.groupby("tool", observed=True):
        share = own.groupby("craft", observed=True)["resolved"].mean()
        assert (leads(own, "difficulty") * mix).sum() > share["master"] - share["apprentice"] + 0.05


def test_the_masters_lead_grows_with_difficulty(cases: pd.DataFrame, prose: str) -> None:
    lead = leads(cases, "tool", "difficulty").unstack()
    assert (lead.diff(axis=1).iloc[:, 1:] > 0).all().all()
    growth = lead["hard"] - lead["easy"]
    assert f"grows by {growth['inbox']:.2f} with the inbox and by {growth['suite']:.2f} with the suite" in prose

    n = cases.groupby(["tool", "difficulty", "craft"], observed=True).size().unstack()
    squared = (1 / n["master"] + 1 / n["apprentice"]).unstack()  # of the margins
    margin = (squared["hard"] + squared["easy"]) ** 0.5
    assert f"{margin['inbox']:.2f} with the inbox, {margin['suite']:.2f} with the suite" in prose
    assert (growth > margin).all()
    for low, high in (("easy", "medium"), ("medium", "hard")):
        beyond = lead[high] - lead[low] > (squared[high] + squared[low]) ** 0.5
        assert beyond["inbox"]
        assert not beyond["suite"]


def test_the_odds_agree_that_masters_lead_most_on_hard_cases(cases: pd.DataFrame, prose: str) -> None:
    groups = cases.groupby(["tool", "difficulty", "craft"], observed=True)["resolved"]
    solved, n = groups.mean().unstack(), groups.size().unstack()
    odds = solved / (1 - solved)
    ratio = (odds["master"] / odds["apprentice"]).unstack()
    assert (ratio["hard"] > 2 * ratio["easy"]).all()
    easy = cases[cases["difficulty"].eq("easy") & cases["craft"].eq("apprentice")]
    assert 0.45 < easy["resolved"].mean() < 0.55  # "about half"
    tool, difficulty = ratio.stack().idxmax()
    few = n.loc[(tool, difficulty), "apprentice"]
    resolved = round(few * solved.loc[(tool, difficulty), "apprentice"])
    assert f"It rests on {few} conversations that apprentices handled, and {resolved} that they resolved" in prose


def test_the_masters_lead_is_more_than_twice_the_largest_gap_between_the_tools(
    data: Tables, cases: pd.DataFrame
) -> None:
    with_one_tool = cases.groupby(["tool", "craft"], observed=True)["resolved"].mean().unstack()
    gaps = gaps_within_strata(cells_of(data), "suite", "inbox")
    assert (with_one_tool["master"] - with_one_tool["apprentice"]).min() > 2 * gaps.abs().max()


def test_within_a_band_both_tools_meet_the_same_cases(cases: pd.DataFrame) -> None:
    mix = pd.crosstab([cases["craft"], cases["tool"]], cases["difficulty"], normalize="index")
    for band in ("apprentice", "journeyman", "master"):
        assert (mix.loc[(band, "suite")] - mix.loc[(band, "inbox")]).abs().max() < 0.05


def test_difficulty_adds_little_to_craft_and_does_not_replace_it(cases: pd.DataFrame) -> None:
    both = cases.assign(both=cases["craft"].astype(str) + cases["difficulty"].astype(str))
    gap = {
        stratum: standardised_gap(tabulate(both, outcome="resolved", group="tool", stratum=stratum), "suite", "inbox")
        for stratum in ("craft", "both", "difficulty")
    }
    assert abs(gap["both"] - gap["craft"]) < 0.005
    assert gap["difficulty"] > 0 > gap["craft"]


def test_work_is_most_of_the_cost(data: Tables, cases: pd.DataFrame) -> None:
    work = cases["minutes"].mul(cases["wage"]).div(60).groupby(cases["tool"], observed=True).sum()
    rework = cases["rework_minutes"].mul(cases["wage"]).div(60).groupby(cases["tool"], observed=True).sum()
    seats = cases.groupby("tool", observed=True)["agent_id"].nunique()
    licence = seats * 3 * data.tool.set_index("tool")["licence"]
    assert (work / (work + rework + licence) > 0.5).all()
    assert (rework > 0).all()

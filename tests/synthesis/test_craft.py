"""What is planted in the data of chapter 4 is there, for many seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from coursekit.synthesis import make_craft
from coursework.analysis import crude_gap, gaps_within_strata, standardised_gap
from coursework.explore.allocation import cells_of
from coursework.tables import CRAFT

SEEDS = 200


@pytest.fixture(scope="module")
def plant() -> pd.DataFrame:
    rows = []
    for seed in range(SEEDS):
        tables, truth = make_craft(seed)
        tables["person"]["craft"] = pd.Categorical(tables["person"]["craft"], CRAFT, ordered=True)
        cells = cells_of(tables)  # type: ignore[arg-type]  # any mapping of tables does
        within = gaps_within_strata(cells, "suite", "inbox")
        rows.append(
            {
                "raw": crude_gap(cells, "suite", "inbox"),
                "worst_within": within.max(),
                "standardised": standardised_gap(cells, "suite", "inbox"),
                "unweighted": within.mean(),
                "truth": truth.standardised_gap,
            }
        )
    return pd.DataFrame(rows)


def test_the_sign_flips_for_every_seed(plant: pd.DataFrame) -> None:
    assert (plant["raw"] > 0).all()
    assert (plant["standardised"] < 0).all()
    # Chance alone may lift one small band above zero now and then.
    assert (plant["worst_within"] < 0).mean() >= 0.99


def test_the_proper_method_finds_the_truth_and_the_naive_one_does_not(plant: pd.DataFrame) -> None:
    miss = plant["standardised"] - plant["truth"]
    assert abs(miss.mean()) < 3 * miss.std() / np.sqrt(SEEDS)  # unbiased
    assert miss.std() < 0.015
    assert (plant["raw"] - plant["truth"]).min() > 0.08


def test_the_effect_is_as_strong_as_designed(plant: pd.DataFrame) -> None:
    assert plant["raw"].mean() == pytest.approx(0.046, abs=0.005)
    assert plant["standardised"].mean() == pytest.approx(-0.093, abs=0.004)


def test_the_same_seed_gives_the_same_tables() -> None:
    first, again = make_craft(11), make_craft(11)
    for name in first[0]:
        pd.testing.assert_frame_equal(first[0][name], again[0][name])
    assert first[1] == again[1]
    assert not make_craft(12)[0]["conversation"].equals(first[0]["conversation"])

"""The method of chapter 4, against a published example and against its own logic."""

from __future__ import annotations

import pandas as pd
import pytest

from coursework.analysis import (
    crude_gap,
    gaps_within_strata,
    rates,
    reassign,
    standardised_gap,
    tabulate,
)

# Kidney stones: treatment of small and large stones, open surgery (a) and percutaneous (b).
# Counts from C. R. Charig et al. (1986), British Medical Journal 292, 879-882.
KIDNEY = pd.DataFrame(
    {
        "stratum": ["small", "small", "large", "large"],
        "group": ["a", "b", "a", "b"],
        "n": [87, 270, 263, 80],
        "successes": [81, 234, 192, 55],
    }
)


def test_the_kidney_stones_reverse() -> None:
    assert crude_gap(KIDNEY, "a", "b") == pytest.approx(273 / 350 - 289 / 350)
    within = gaps_within_strata(KIDNEY, "a", "b")
    assert within["small"] == pytest.approx(81 / 87 - 234 / 270)
    assert within["large"] == pytest.approx(192 / 263 - 55 / 80)
    # 357 small and 343 large stones are the standard: 83.3 % against 77.9 % (rounded as in textbooks).
    by_hand = (357 * 81 / 87 + 343 * 192 / 263) / 700 - (357 * 234 / 270 + 343 * 55 / 80) / 700
    assert standardised_gap(KIDNEY, "a", "b") == pytest.approx(by_hand)
    assert round(by_hand, 3) == 0.054


def test_other_weights_give_the_gap_of_that_population() -> None:
    only_small = standardised_gap(KIDNEY, "a", "b", {"small": 5, "large": 0})
    assert only_small == pytest.approx(gaps_within_strata(KIDNEY, "a", "b")["small"])


def test_an_empty_cell_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="no cases of one group in the stratum large"):
        standardised_gap(KIDNEY.iloc[:3], "a", "b")


def test_counting() -> None:
    frame = pd.DataFrame({"ok": [True, False, True], "tool": ["x", "x", "y"], "band": ["m", "m", "m"]})
    cells = tabulate(frame, outcome="ok", group="tool", stratum="band")
    assert cells.to_dict("list") == {
        "stratum": ["m", "m"],
        "group": ["x", "y"],
        "n": [2, 1],
        "successes": [1, 1],
    }
    assert rates(cells).loc["m"].to_dict() == {"x": 0.5, "y": 1.0}


def test_reassigning_moves_the_raw_gap_only() -> None:
    gaps = [crude_gap(reassign(KIDNEY, "a", strength), "a", "b") for strength in (0, 0.5, 1, 2)]
    standard = standardised_gap(KIDNEY, "a", "b")

    assert gaps[0] == pytest.approx(standard)  # alike everywhere: nothing is mixed up
    assert gaps[2] == pytest.approx(crude_gap(KIDNEY, "a", "b"))  # as observed
    assert gaps == sorted(gaps, reverse=True)
    for strength in (0, 0.5, 2):
        world = reassign(KIDNEY, "a", strength)
        assert standardised_gap(world, "a", "b") == pytest.approx(standard)
        assert world.groupby("stratum")["n"].sum().to_dict() == pytest.approx({"small": 357, "large": 343})

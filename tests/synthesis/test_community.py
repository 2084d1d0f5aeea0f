"""The community looks like the real lists and forums whose figures it follows."""

from __future__ import annotations

import numpy as np
import pytest

from coursekit.synthesis.figures import community_figures, gini
from coursekit.synthesis.threads import FORUM, LIST, SOCIAL
from coursekit.synthesis.world import World

# Measured on an e-mail list of 122,342 messages; the band in which every seed lies.
LIST_BANDS = {
    "mean_size": (2.6, 2.3, 2.9),
    "alone": (0.39, 0.35, 0.43),
    "p99_size": (12, 9, 18),
    "largest": (52, 20, 52),
    "delay_median": (1.78, 1.4, 2.2),
    "delay_log_mean": (8.88, 8.5, 9.1),
    "delay_log_sd": (1.79, 1.65, 1.95),
    "delay_p90": (19.5, 14, 24),
    "depth_0": (0.44, 0.36, 0.46),  # orphans, which dirt adds, count as opening messages there
    "depth_1": (0.31, 0.28, 0.40),
    "depth_2": (0.11, 0.10, 0.18),
    "depth_3": (0.06, 0.03, 0.09),
    "depth_4": (0.03, 0.01, 0.05),
    "one_child": (0.81, 0.77, 0.86),
    "two_children": (0.15, 0.10, 0.18),
    "once": (0.48, 0.40, 0.55),
    "top": (0.45, 0.38, 0.55),
    "gini": (0.79, 0.70, 0.84),
    "reciprocity": (0.365, 0.30, 0.45),
    "weekend_day": (0.073, 0.05, 0.09),
}
# Measured on a chat forum of 954,749 messages.
FORUM_BANDS = {
    "median_size": (8, 5, 10),
    "p90_size": (35, 20, 45),
    "p99_size": (148, 60, 221),
    "delay_median": (11.9 / 60, 0.13, 0.26),
    "delay_log_sd": (2.16, 2.0, 2.4),
}


def figures(seed: int, *channels: int) -> dict[str, float]:
    return community_figures(World(seed).threads, channels)


@pytest.mark.parametrize("seed", range(4))
def test_the_list_lies_within_the_bands_of_a_real_one(seed: int) -> None:
    within(LIST_BANDS, figures(seed, LIST))


@pytest.mark.parametrize("seed", range(4))
def test_the_forum_lies_within_the_bands_of_a_real_one(seed: int) -> None:
    within(FORUM_BANDS, figures(seed, FORUM))


@pytest.mark.slow
def test_over_two_hundred_seeds_the_means_are_near_the_measured_figures() -> None:
    for channel, bands in ((LIST, LIST_BANDS), (FORUM, FORUM_BANDS)):
        all_of = [figures(seed, channel) for seed in range(200)]
        print(f"\nchannel {channel}: figure, real, mean and standard deviation over 200 seeds")
        for name, (real, low, high) in bands.items():
            values = np.array([one[name] for one in all_of])
            print(f"  {name:15} {real:8.3f} {values.mean():8.3f} {values.std():8.3f}")
            assert low <= values.mean() <= high, name
            assert ((values >= low) & (values <= high)).mean() >= 0.9, name


def within(bands: dict[str, tuple[float, float, float]], found: dict[str, float]) -> None:
    outside = {name: found[name] for name, (_, low, high) in bands.items() if not low <= found[name] <= high}
    assert not outside


def test_parents_stand_in_the_same_thread_and_are_older() -> None:
    threads = World(1).threads
    replies = np.flatnonzero(threads.parent >= 0)
    answered = threads.parent[replies]
    assert (threads.thread[replies] == threads.thread[answered]).all()
    assert (threads.second[replies] > threads.second[answered]).all()
    assert (threads.depth[replies] == threads.depth[answered] + 1).all()
    assert (np.bincount(threads.thread, threads.parent < 0) == 1).all()


def test_a_post_is_passed_on_by_fewer_than_one_on_average_yet_some_go_far() -> None:
    for seed in range(4):
        threads = World(seed).threads
        posts = threads.channel == SOCIAL
        assert 0.5 < (threads.parent[posts] >= 0).mean() < 0.75
        assert np.bincount(threads.thread[posts]).max() > 20


def test_gini_is_zero_for_equal_counts_and_near_one_when_one_has_all() -> None:
    assert gini(np.array([3, 3, 3, 3])) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(0.75)  # (n - 1) / n
    # A worked example: incomes 1, 2, 3, 4 have a mean difference of 10 / 6 * ... = Gini 0.25.
    assert gini(np.array([1, 2, 3, 4])) == pytest.approx(0.25)

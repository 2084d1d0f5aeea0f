"""Learners' variants: accepted seeds only, evenly spread, kept away from learners."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from coursekit.synthesis import variants
from coursekit.synthesis.plants import Plant
from coursekit.synthesis.variants import FIRST_SEED, accepted_seeds, as_json, measure, search, spreads
from coursework.datasets import DATASETS
from coursework.variants import learner_id, variant_of


@pytest.mark.parametrize("slug", sorted(DATASETS))
def test_kept_seeds_pass_their_own_rules(slug: str) -> None:
    seeds = accepted_seeds(slug)
    assert len(seeds) == len(set(seeds)) >= 16 and min(seeds) >= FIRST_SEED
    # One of them each time, all of them in the longer run.
    assert [one.reason for one in measure(slug, seeds[0]) if one.reason] == []


@pytest.mark.slow
@pytest.mark.parametrize("slug", sorted(DATASETS))
def test_all_kept_seeds_pass(slug: str) -> None:
    for seed in accepted_seeds(slug):
        assert [one.reason for one in measure(slug, seed) if one.reason] == []


def test_a_search_finds_the_kept_seeds_again_and_reports_on_difficulty() -> None:
    found = search("systems", 2)
    assert tuple(found.accepted) == accepted_seeds("systems")[:2]
    lines = list(spreads(found))
    assert {line.exercise for line in lines} == set(DATASETS["systems"].exercises)
    assert all(line.lowest <= line.mean <= line.highest and line.nearest >= 2 for line in lines)


def test_a_seed_whose_mistake_is_too_close_is_rejected_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    close = Plant("x", lambda _: 1.0, {"slip": lambda _: 1.1}, 0.1, lambda *_: True, lambda *_: True)
    monkeypatch.setattr(variants, "chapter", lambda slug, seed: ({}, {}))
    monkeypatch.setattr(variants, "plants_of", lambda slug: (close,))
    with pytest.raises(ValueError, match=r"only 0 of 30 seeds of x are accepted; x: too close to the mistake 'slip'"):
        search("x", 3)


def test_a_chapter_without_seeds_says_how_to_find_some() -> None:
    with pytest.raises(LookupError, match="coursekit data variants nowhere"):
        accepted_seeds("nowhere")


def test_what_is_kept_of_a_search_can_be_read_again(tmp_path: Path) -> None:
    text = as_json(search("systems", 1))
    assert '"seeds"' in text and '"rejected"' in text


def test_a_learner_always_gets_the_same_variant_and_variants_are_used_evenly() -> None:
    assert variant_of("course", "learner-01", 16) == variant_of("course", "learner-01", 16)
    counts = Counter(variant_of("course", f"learner-{number:04}", 16) for number in range(3_200))
    assert len(counts) == 16 and 140 < min(counts.values()) <= max(counts.values()) < 260
    assert variant_of("course", "learner-01", 10**6) != variant_of("another", "learner-01", 10**6)


def test_there_must_be_a_variant() -> None:
    with pytest.raises(ValueError, match="at least one"):
        variant_of("course", "learner-01", 0)


def test_the_graders_name_for_a_learner_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSEKIT_LEARNER", raising=False)
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    assert learner_id() == "" and learner_id(" learner-03 ") == "learner-03"
    monkeypatch.setenv("JUPYTERHUB_USER", "learner-02")
    assert learner_id("learner-03") == "learner-02"
    monkeypatch.setenv("COURSEKIT_LEARNER", "learner-01")
    assert learner_id("learner-03") == "learner-01"

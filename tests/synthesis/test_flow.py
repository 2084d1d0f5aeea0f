"""Chapter 5's work flow: the simulator, the log, and what is planted in it for many seeds."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from coursekit.synthesis.flow import (
    QUARTER_DAYS,
    QUARTER_END,
    QUARTER_START,
    FlowTruth,
    draw_flow,
    make_flow,
)
from coursekit.synthesis.plants import systems
from coursekit.synthesis.plants.plant import Plant, distance
from coursekit.synthesis.streams import stream
from coursework.analysis.flow import draw_route, run_stages, simulate
from coursework.tables import FUNCTIONS, TABLES

CASES = 1547
PLANTS = {plant.exercise: plant for plant in systems.PLANTS if plant.exercise != "signals"}
USUAL = (30.0, 24.0, 18.0, 26.0)


def opened(seed: int, cases: int = CASES) -> np.ndarray:
    """Moments at which conversations open: by day more than by night, fewer at weekends."""
    rng = stream(seed, "opened")
    days = np.arange(QUARTER_DAYS)
    weight = np.where(days % 7 < 5, 1.0, 0.5)
    day = rng.choice(days, cases, p=weight / weight.sum())
    second = rng.normal(13.0, 3.0, cases).clip(0.0, 23.9) * 3600
    return np.sort(QUARTER_START + (day * 86_400 + second).astype("timedelta64[s]"))


def names(cases: int) -> np.ndarray:
    return np.array([f"c{number:05d}" for number in range(1, cases + 1)])


def log(seed: int, cases: int = CASES) -> tuple[pd.DataFrame, FlowTruth]:
    effects = draw_flow(stream(seed, "effects"), arrivals=cases / QUARTER_DAYS)
    return make_flow(stream(seed, "flow"), names(cases), opened(seed, cases), effects)


@pytest.fixture(scope="module")
def event() -> pd.DataFrame:
    return log(3)[0]


# The engine


def test_a_case_waits_until_the_one_before_it_is_done() -> None:
    enter, start, leave = run_stages(
        np.array([0.0, 0.5]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1.0, 2.0, 1.0, 0.25]), 10.0
    )
    assert enter.tolist() == [0.0, 1.0, 0.5, 2.0]
    assert start.tolist() == [0.0, 1.0, 1.0, 3.0]
    assert leave.tolist() == [1.0, 3.0, 2.0, 3.25]


def test_what_has_not_happened_when_the_clock_stops_is_missing() -> None:
    enter, start, leave = run_stages(
        np.array([0.0, 0.5]), np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1.0, 2.0, 1.0, 0.25]), 2.5
    )
    assert enter.tolist() == [0.0, 1.0, 0.5, 2.0]
    assert np.isnan(start).tolist() == [False, False, False, True]
    assert np.isnan(leave).tolist() == [False, True, False, True]


def test_a_route_follows_the_numbers_it_is_given() -> None:
    # At the first stage 0.1 is a repeat, at the last 0.1 is rework, 0.9 always goes on.
    numbers = iter([0.1, 0.0, 0.9, 0.25, 0.1, 0.5, 0.9, 0.0, 0.9, 0.75])
    stages, work = draw_route(numbers, rework=0.2, repeats=[0.15, 0.0])
    assert stages == [0, 0, 1, 0, 1]
    assert work == [0.5, 0.75, 1.0, 0.5, 1.25]


def test_the_same_numbers_give_the_same_simulation_whether_by_seed_or_by_hand() -> None:
    numbers = np.random.default_rng(5).random(60_000).tolist()
    assert simulate(USUAL, seed=5) == simulate(USUAL, uniforms=numbers)
    assert simulate(USUAL, seed=5) != simulate(USUAL, seed=6)


def test_a_simulation_of_fixed_numbers_gives_the_figures_worked_out_by_hand() -> None:
    gap = 1.0 - math.exp(-1.0)  # one day at one case a day
    numbers = [gap, gap, gap, 0.5, 0.5, 0.5, 0.5]
    run = simulate([0.5], arrivals=1.0, rework=0.0, days=2.5, uniforms=numbers)
    # Cases come at days 1 and 2 and take two days each: none is done by 2.5, the second has not begun.
    assert run.finished_a_day == 0.0
    assert run.in_work == 2
    assert run.waiting == (0.0,)


def test_too_few_numbers_are_named() -> None:
    with pytest.raises(ValueError, match="too few numbers"):
        simulate(USUAL, uniforms=[0.5] * 10)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"capacities": (30.0, 0.0)}, "capacities"),
        ({"capacities": ()}, "capacities"),
        ({"capacities": (math.nan,)}, "capacities"),
        ({"capacities": USUAL, "arrivals": 0.0}, "arrivals"),
        ({"capacities": USUAL, "days": -1.0}, "days"),
        ({"capacities": USUAL, "rework": 1.0}, "rework"),
        ({"capacities": USUAL, "repeats": (0.1,)}, "repeats"),
    ],
)
def test_figures_out_of_range_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate(**settings)  # type: ignore[arg-type]


def test_with_ample_capacity_all_that_arrives_is_finished() -> None:
    run = simulate([1000.0] * 4, days=50.0, rework=0.0, seed=1)
    assert run.in_work <= 1
    assert max(run.waiting) < 0.001
    assert run.finished_a_day == pytest.approx(17.0, abs=2.0)


def test_only_more_capacity_at_the_narrow_stage_helps() -> None:
    before = [simulate(USUAL, seed=seed) for seed in range(5)]
    assert np.mean([run.finished_a_day for run in before]) == pytest.approx(15.25, abs=0.2)
    assert np.mean([run.in_work for run in before]) == pytest.approx(238, abs=60)
    for stage in range(4):
        more = [capacity * (1.5 if place == stage else 1.0) for place, capacity in enumerate(USUAL)]
        runs = [simulate(more, seed=seed) for seed in range(5)]
        gain = np.mean([run.finished_a_day - old.finished_a_day for run, old in zip(runs, before, strict=True)])
        if stage == 2:
            assert gain > 1.2
            assert np.mean([run.in_work for run in runs]) < 15
        else:
            assert abs(gain) < 0.1


# The log


def test_the_same_seed_gives_the_same_log_and_another_seed_another() -> None:
    first, truth = log(3)
    again, same_truth = log(3)
    pd.testing.assert_frame_equal(first, again)
    assert truth == same_truth
    assert not first["enter"].equals(log(4)[0]["enter"])


def test_the_log_has_the_columns_of_the_model_and_times_in_order(event: pd.DataFrame) -> None:
    assert list(event.columns) == [name for name in TABLES["event"].column_names if name != "source_msg_id"]
    assert event["event_id"].is_unique
    assert event["event_id"].iloc[0] == "e00001"
    assert event["enter"].is_monotonic_increasing
    assert list(event["stage"].cat.categories) == list(FUNCTIONS)
    assert str(event["enter"].dt.tz) == "UTC"
    started, left = event.dropna(subset=["start"]), event.dropna(subset=["leave"])
    assert (started["start"] >= started["enter"]).all()
    assert (left["leave"] > left["start"]).all()
    assert event[["enter", "start", "leave"]].max().max() < pd.Timestamp(QUARTER_END, tz="UTC")
    assert (event["leave"].isna() | event["start"].notna()).all()


def test_every_case_enters_the_first_stage_when_its_conversation_opens(event: pd.DataFrame) -> None:
    first = event.groupby("conv_id").first()
    assert (first["stage"] == FUNCTIONS[0]).all()
    expected = pd.Series(pd.DatetimeIndex(opened(3)).tz_localize("UTC"), index=names(CASES))
    assert (first["enter"] == expected.reindex(first.index)).all()
    assert len(first) == CASES


def test_rework_says_whether_the_case_had_been_at_the_stage(event: pd.DataFrame) -> None:
    nth = event.sort_values(["conv_id", "enter"]).groupby(["conv_id", "stage"], observed=True).cumcount()
    assert ((nth > 0).sort_index() == event["rework"]).all()


def test_a_visit_begins_when_the_one_before_it_ends(event: pd.DataFrame) -> None:
    ordered = event.sort_values(["conv_id", "enter"])
    follows = ordered["conv_id"].eq(ordered["conv_id"].shift())
    assert (ordered["enter"] == ordered["leave"].shift())[follows].all()


def test_each_stage_serves_in_the_order_of_arrival_and_one_at_a_time(event: pd.DataFrame) -> None:
    for _, visits in event.groupby("stage", observed=True):
        started = visits.dropna(subset=["start"])
        assert started["start"].is_monotonic_increasing
        assert (started["start"].iloc[1:].to_numpy() >= started["leave"].iloc[:-1].to_numpy()).all()


def test_capacities_follow_the_arrivals() -> None:
    event, truth = log(5, cases=400)
    assert truth.arrivals == pytest.approx(400 / QUARTER_DAYS, abs=1e-3)
    assert truth.finished_a_day / truth.arrivals == pytest.approx(15.2 / 17, abs=0.07)
    assert systems.narrow_stage({"event": event}) == truth.narrow


def test_no_cases_give_an_empty_log_and_a_case_outside_the_quarter_is_refused() -> None:
    effects = draw_flow(stream(1, "effects"))
    event, truth = make_flow(stream(1, "flow"), names(0), opened(1, 0), effects)
    assert len(event) == 0
    assert truth.in_work == 0
    with pytest.raises(ValueError, match="between 1 September and 30 November"):
        make_flow(stream(1, "flow"), names(1), np.array([QUARTER_END]), effects)


def test_the_truth_is_plain_json() -> None:
    truth = asdict(log(3)[1])
    assert json.loads(json.dumps(truth))["narrow"] == truth["narrow"]


# What is planted


def outcomes(seeds: range) -> pd.DataFrame:
    rows = []
    for seed in seeds:
        event, truth = log(seed)
        rows.append({"seed": seed, **judged(list(PLANTS.values()), event, truth), "truth": truth})
    return pd.DataFrame(rows)


def judged(plants: list[Plant], event: pd.DataFrame, truth: FlowTruth) -> dict[str, object]:
    tables, known = {"event": event}, {"flow": asdict(truth)}
    row: dict[str, object] = {}
    for plant in plants:
        right = plant.right(tables)
        wrong = {name: mistake(tables) for name, mistake in plant.mistakes.items()}
        row[f"{plant.exercise} recovered"] = plant.recovered(right, known)
        row[f"{plant.exercise} missed"] = all(plant.missed(value, known) for value in wrong.values())
        row[f"{plant.exercise} apart"] = min(distance(right, value) for value in wrong.values()) > 2 * plant.tolerance
    return row


def test_each_effect_is_found_and_each_mistake_misses_it_on_a_few_seeds() -> None:
    found = outcomes(range(3))
    for exercise in PLANTS:
        for what in ("recovered", "missed", "apart"):
            assert found[f"{exercise} {what}"].all(), (exercise, what)


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    return outcomes(range(60))


@pytest.mark.slow
@pytest.mark.parametrize("exercise", PLANTS)
def test_over_many_seeds_the_proper_method_finds_the_effect_and_the_mistakes_miss_it(
    many: pd.DataFrame, exercise: str
) -> None:
    assert many[f"{exercise} recovered"].mean() >= 0.98
    assert many[f"{exercise} missed"].mean() >= 0.95
    assert many[f"{exercise} apart"].mean() >= 0.97


@pytest.mark.slow
def test_over_many_seeds_the_log_keeps_the_planted_figures(many: pd.DataFrame) -> None:
    truths = list(many["truth"])
    finished = np.array([truth.finished_a_day for truth in truths])
    assert finished.mean() == pytest.approx(15.2, abs=0.15)
    assert {truth.narrow for truth in truths} == {2, 3, 4}
    assert np.bincount([truth.narrow for truth in truths])[2:].min() > 8

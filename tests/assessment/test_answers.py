"""Every exercise measures: right answers pass, mistakes get their own hint, blanks and numbers get nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coursekit.assessment import Assignment, AuthorError, Exercise, load_assignment
from coursekit.assessment.authoring import list_assignments
from coursekit.assessment.hidden import hidden_check
from coursekit.assessment.secret import Secret
from coursekit.assessment.worlds import accepted_seeds, nearest
from coursework import load
from coursework.checks import Answer

ROOT = Path(__file__).resolve().parents[2]
SECRET = Secret("t" * 64)
ASSIGNMENTS = {slug: load_assignment(slug, ROOT) for slug in list_assignments(ROOT)}
EXERCISES = [
    pytest.param(assignment, exercise, id=f"{slug}/{exercise.id}")
    for slug, assignment in ASSIGNMENTS.items()
    for exercise in assignment.autograded
]
DATA = {
    slug: load(assignment.dataset, ROOT / "datasets" / assignment.dataset) for slug, assignment in ASSIGNMENTS.items()
}
SEEDS = {
    (slug, exercise.id): accepted_seeds(assignment, exercise, SECRET, DATA[slug])
    for slug, assignment in ASSIGNMENTS.items()
    for exercise in assignment.autograded
}
each_exercise = pytest.mark.parametrize(("assignment", "exercise"), EXERCISES)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # where datasets/ lies


def marked(assignment: Assignment, exercise: Exercise, value: Callable[..., Any] | None) -> Answer:
    """What the hidden check says, run as the grader runs it: its text alone."""
    *body, last = hidden_check(assignment, exercise, SEEDS[assignment.slug, exercise.id]).split("\n")
    names: dict[str, Any] = {exercise.name: value}
    exec("\n".join(body), names)
    answer = eval(last, names)
    assert isinstance(answer, Answer)
    return answer


@each_exercise
def test_right_answers_pass(assignment: Assignment, exercise: Exercise) -> None:
    assert len(exercise.alternatives) >= 2
    for right in (exercise.right, *exercise.alternatives):
        answer = marked(assignment, exercise, right)
        assert (answer.verdict, answer.points) == ("right", exercise.points), answer.message


@each_exercise
def test_each_mistake_gets_no_points_and_its_own_hint(assignment: Assignment, exercise: Exercise) -> None:
    assert len(exercise.mistakes) >= 2
    for mistake in exercise.mistakes:
        answer = marked(assignment, exercise, mistake.compute)
        assert (answer.verdict, answer.mistake, answer.points) == ("mistake", mistake.name, 0)
        assert answer.message == " ".join(mistake.hint.split())


@each_exercise
def test_blank_crashing_and_written_down_answers_get_nothing(assignment: Assignment, exercise: Exercise) -> None:
    assert marked(assignment, exercise, None).verdict == "blank"
    assert marked(assignment, exercise, lambda *tables: None).verdict == "blank"
    assert marked(assignment, exercise, lambda *tables: tables[0]["no such column"]).verdict == "raised"

    number = exercise.right(*[DATA[assignment.slug][name].copy() for name in exercise.takes])
    answer = marked(assignment, exercise, lambda *tables: number)
    assert (answer.mistake, answer.points) == ("hard-coded", 0)


@each_exercise
def test_the_tolerance_keeps_mistakes_out(assignment: Assignment, exercise: Exercise) -> None:
    data = DATA[assignment.slug]
    assert nearest(exercise, data)[0] > 2 * exercise.tolerance
    hidden = [assignment.other_data(data, seed) for seed in SEEDS[assignment.slug, exercise.id]]
    assert len(hidden) == 2
    assert all(nearest(exercise, world)[0] > 2 * exercise.tolerance for world in hidden)
    # Hidden data are easy to find: a release must not hang on luck.
    easy = [nearest(exercise, assignment.other_data(data, seed))[0] > 2 * exercise.tolerance for seed in range(20)]
    assert sum(easy) >= 15


@each_exercise
def test_a_tolerance_that_lets_mistakes_in_is_refused(assignment: Assignment, exercise: Exercise) -> None:
    wide = replace(exercise, tolerance=1e6)
    with pytest.raises(AuthorError, match=f"{exercise.id}: the mistake .* lies within twice the tolerance"):
        accepted_seeds(assignment, wide, SECRET, DATA[assignment.slug])


@pytest.mark.parametrize("assignment", ASSIGNMENTS.values(), ids=ASSIGNMENTS)
def test_the_assignment_has_one_reflection_with_a_rubric(assignment: Assignment) -> None:
    manual = [exercise for exercise in assignment.exercises if exercise not in assignment.autograded]
    assert [exercise.points for exercise in manual] == [10]
    assert json.dumps([exercise.kind for exercise in manual]) == '["manual"]'

"""The whole path on twelve made-up learners whose marks are known, through the real nbgrader."""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path

import pytest

from coursekit.assessment import load_assignment
from coursekit.assessment.leaks import leaks
from coursekit.assessment.sample import sample_class
from coursekit.assessment.secret import course_secret
from coursekit.grading.grade import read_results
from tests.course import SLUG, cell_of, read_notebook
from tests.grading.conftest import GradedClass, run

pytestmark = pytest.mark.xdist_group("graded class")
LEARNERS = {learner.id: learner for learner in sample_class()}


def test_every_mark_is_the_one_known_beforehand(graded_class: GradedClass, root: Path) -> None:
    assignment = load_assignment(SLUG, root)
    assert graded_class.said.exit_code == 0, graded_class.said.output
    found = {result.learner: result for result in read_results(graded_class.course, SLUG)}
    assert found.keys() == LEARNERS.keys()
    for learner in LEARNERS.values():
        marks = {result.exercise: result.points for result in found[learner.id].exercises}
        expected: dict[str, float | None] = {
            exercise.id: learner.expected(exercise) for exercise in assignment.autograded
        }
        # A reflection that nobody wrote is 0 at once; one that is there waits for a person.
        expected["reflection"] = None if learner.reflection else 0.0
        assert marks == expected, learner.story


def test_the_three_submissions_that_pin_the_contract_down(graded_class: GradedClass) -> None:
    found = {result.learner: result for result in read_results(graded_class.course, SLUG)}
    right, wrong, crashing = (found[f"learner-{number}"] for number in ("01", "02", "05"))

    assert right.points == 10
    assert [result.verdict for result in right.exercises[:4]] == ["right"] * 4
    named = {result.exercise: result.mistake for result in wrong.exercises}
    assert named["standardised-gap"] == "raw"
    assert wrong.points == 7
    verdicts = {result.exercise: (result.points, result.verdict) for result in crashing.exercises}
    assert verdicts["strata"] == (0, None)  # the check never came to speak
    assert verdicts["full-cost"] == (4, "right")  # what came after still counts


def test_late_work_is_shown_as_late(graded_class: GradedClass) -> None:
    late = {result.learner: result.late_seconds for result in read_results(graded_class.course, SLUG)}
    assert {learner for learner, seconds in late.items() if seconds} == {"learner-11", "learner-12"}
    assert late["learner-11"] == LEARNERS["learner-11"].late.total_seconds()
    assert "late by 2 d" in graded_class.said.output
    assert "late by 3 h" in graded_class.said.output


def test_the_results_file_has_its_schema(graded_class: GradedClass) -> None:
    data = json.loads(graded_class.results.read_text())
    assert data["schema"] == "coursekit-results-1"
    assert (data["assignment"], data["assurance"], data["box"]) == (SLUG, "in-kernel", False)
    assert len(data["learners"]) == 12
    third = data["learners"][5]
    assert third["learner"] == "learner-06"
    assert [exercise["mistake"] for exercise in third["exercises"]] == [
        "reversed",
        "wrong-margin",
        "unweighted",
        "no-rework",
        None,
    ]


def test_a_second_run_grades_only_what_changed(graded_class: GradedClass) -> None:
    again = run(graded_class.home, "grade", SLUG)
    assert again.exit_code == 0
    assert "0 graded now, 12 unchanged since the last run" in again.output

    path = graded_class.course.submission(SLUG, "learner-07") / f"{SLUG}.ipynb"
    before = path.read_text()
    path.write_text(before.replace('"cells"', ' "cells"', 1))
    changed = run(graded_class.home, "grade", SLUG)
    assert "1 graded now, 11 unchanged since the last run" in changed.output


def test_feedback_shows_hints_and_no_key(graded_class: GradedClass, root: Path) -> None:
    done = run(graded_class.home, "feedback", SLUG)
    assert done.exit_code == 0, done.output
    course = graded_class.course
    page = (course.feedback(SLUG, "learner-02") / f"{SLUG}.html").read_text()
    assert "Are masters equally spread over the two tools?" in page
    assert "Not marked yet: reflection" in page
    assert "Not marked yet" not in (course.feedback(SLUG, "learner-04") / f"{SLUG}.html").read_text()
    # A name that is not defined shows its line, and around that line stand the hidden ones.
    crashed = html.unescape((course.feedback(SLUG, "learner-12") / f"{SLUG}.html").read_text())
    assert "NameError: name 'raw_gap' is not defined" in crashed
    secret = course_secret(course.folder)
    for learner in LEARNERS:
        text = (course.feedback(SLUG, learner) / f"{SLUG}.html").read_text()
        for telling in (secret.canary, "_marked", "mistake_1", "other_data", "seeds"):
            assert telling not in text, (learner, telling)

    again = run(graded_class.home, "feedback", SLUG)
    assert "feedback: 0 written, 12 unchanged" in again.output


def test_a_mark_by_hand_counts_and_makes_new_feedback(graded_class: GradedClass) -> None:
    course = graded_class.course
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("reflection", SLUG, SLUG, "learner-03")
        grade.manual_score = 8
        gradebook.db.commit()
    found = {result.learner: result for result in read_results(course, SLUG)}
    assert found["learner-03"].points == 18
    assert found["learner-03"].to_mark == []
    assert not course.feedback_is_current(SLUG, "learner-03")


def test_the_report_counts_mistakes_and_names_what_to_open(graded_class: GradedClass) -> None:
    done = run(graded_class.home, "report", SLUG)
    assert done.exit_code == 0
    assert "hard-coded" in done.output
    assert "course/release/tool-or-craft" in done.output


def test_the_learners_version_holds_no_key(graded_class: GradedClass, root: Path) -> None:
    course = graded_class.course
    released = course.release(SLUG)
    secret, assignment = course_secret(course.folder), load_assignment(SLUG, root)
    assert leaks(course.source(SLUG), secret, [assignment])  # the search is able to find one
    assert leaks(released, secret, [assignment]) == []

    answer = cell_of(read_notebook(released / f"{SLUG}.ipynb"), "raw-gap-answer")
    assert answer.source.rstrip().endswith('"""\n    ...  # your code here')
    check = cell_of(read_notebook(released / f"{SLUG}.ipynb"), "raw-gap")
    assert check.source == 'check("raw-gap", raw_gap)'


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({f"{SLUG}.ipynb": '{"cells": ['}, "tool-or-craft.ipynb is no notebook"),
        ({f"{SLUG} (1).ipynb": "{}"}, "there is no tool-or-craft.ipynb; found tool-or-craft (1).ipynb: rename it"),
        ({f"{SLUG}.ipynb": "{}", "timestamp.txt": "nonsense"}, "timestamp.txt holds no time; write it like"),
        ({"notes.txt": ""}, "no notebook was handed in"),
    ],
)
def test_trouble_with_one_submission_is_that_learners_alone(
    graded_class: GradedClass, files: dict[str, str], said: str
) -> None:
    folder = graded_class.course.submission(SLUG, "learner-13")
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    try:
        done = run(graded_class.home, "grade", SLUG)
        assert done.exit_code == 1
        assert f"unreadable learner-13: {said}" in done.stderr
        assert "12 unchanged since the last run, 1 not graded" in done.output
        assert "unreadable" in run(graded_class.home, "report", SLUG).output
    finally:
        shutil.rmtree(folder.parent)


def test_a_notebook_in_the_wrong_place_is_named(graded_class: GradedClass) -> None:
    folder = graded_class.course.submission(SLUG, "learner-14").parent
    folder.mkdir()
    (folder / f"{SLUG}.ipynb").write_text("{}")
    try:
        done = run(graded_class.home, "grade", SLUG)
        assert f"not graded {folder / SLUG}.ipynb: move it into {folder / SLUG}" in done.stderr.replace("\n", "")
    finally:
        shutil.rmtree(folder)

"""The table of exercises: from the assignment's source and the chapter's objectives."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

import coursekit.assessment
from coursekit.assessment import AuthorError

CHAPTER = """```{chapter}
slug: tiny
minutes: 10
prerequisites: []
questions: ["Why?"]
objectives:
  count: {bloom: apply, text: "count with `len`"}
  judge: {bloom: evaluate, text: judge a count}
```
"""
TABLE = "```{exercises} tiny\n```"


def exercise(objective: str = "count", kind: str = "autograded", points: int = 2) -> SimpleNamespace:
    return SimpleNamespace(id="first", title="How many", objective=objective, points=points, kind=kind)


@pytest.fixture
def assignment(monkeypatch):
    """Makes `load_assignment` give an assignment with the exercises that the test names."""

    def use(*exercises: SimpleNamespace) -> None:
        points = sum(each.points for each in exercises)
        made = SimpleNamespace(slug="tiny", title="Tiny", minutes=75, points=points, exercises=exercises)
        monkeypatch.setattr(coursekit.assessment, "load_assignment", lambda slug, root: made)

    return use


def test_the_table_joins_points_and_objectives(page, assignment):
    assignment(exercise(), exercise("judge", "manual", 5))
    html, warnings = page(CHAPTER + TABLE)
    assert warnings == []
    assert "about 1 hour 15 minutes" in html
    assert '<a class="reference internal" href="#objective-judge">judge a count</a>' in html
    assert "by an instructor" in html
    assert "<p>7</p>" in html


def test_an_objective_that_the_chapter_does_not_state_is_a_warning(page, assignment):
    assignment(exercise("guess"))
    _, warnings = page(CHAPTER + TABLE)
    assert len(warnings) == 1
    assert "'first' has the objective 'guess'" in warnings[0]
    assert "it states count, judge" in warnings[0]


def test_exercises_without_a_chapter_are_a_warning(page, assignment):
    assignment(exercise())
    _, warnings = page(TABLE)
    assert len(warnings) == 1
    assert "no chapter directive with the slug 'tiny'" in warnings[0]


def test_a_broken_assignment_is_a_warning_that_says_why(page, monkeypatch):
    def refuse(slug, root):
        raise AuthorError("answers.py is missing")

    monkeypatch.setattr(coursekit.assessment, "load_assignment", refuse)
    _, warnings = page(CHAPTER + TABLE)
    assert len(warnings) == 1
    assert "'tiny' cannot be read: answers.py is missing" in warnings[0]


def test_an_objective_with_a_link_is_not_put_into_another_link(page, assignment):
    assignment(exercise("linked"))
    head = CHAPTER.replace("  judge:", '  linked: {bloom: apply, text: "use [this](https://example.org)"}\n  judge:')
    html, warnings = page(head + TABLE)
    assert warnings == []
    assert 'href="#objective-linked"' not in html

"""The head of a chapter: all fields, stated once, refused if wrong."""

from __future__ import annotations

import pytest
import yaml

from coursekit.book.chapter import ChapterProblems, Objective, duration, parse_chapter

GOOD = {
    "slug": "tool-or-craft",
    "minutes": 95,
    "prerequisites": ["Counting with `pandas`"],
    "questions": ["Is it the tool?", "Is it the craft?"],
    "objectives": {
        "compare": {"bloom": "analyse", "text": "compare two groups"},
        "decide": {"bloom": "evaluate", "text": "defend a decision"},
    },
}


def directive(fields: object) -> str:
    return f"```{{chapter}}\n{yaml.safe_dump(fields)}```"


def test_a_complete_head_is_read():
    chapter = parse_chapter(yaml.safe_dump(GOOD))
    assert (chapter.slug, chapter.minutes) == ("tool-or-craft", 95)
    assert chapter.questions == ("Is it the tool?", "Is it the craft?")
    assert chapter.objectives[0] == Objective("compare", "analyse", "compare two groups")


def test_the_page_shows_everything_that_the_head_states(page):
    html, warnings = page(directive(GOOD))
    assert warnings == []
    for words in ("Is it the craft?", "defend a decision", "evaluate", "1 hour 35 minutes", "pandas</span>"):
        assert words in html
    assert 'id="objective-compare"' in html


def test_no_prerequisites_is_said_in_words(page):
    html, warnings = page(directive({**GOOD, "prerequisites": []}))
    assert warnings == []
    assert "Nothing is needed." in html


@pytest.mark.parametrize("field", GOOD)
def test_a_missing_field_is_named(page, field):
    html, warnings = page(directive({name: value for name, value in GOOD.items() if name != field}))
    assert len(warnings) == 1
    assert f"'{field}' is missing" in warnings[0]
    assert "index.md:3" in warnings[0]
    assert "In this chapter" not in html


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"takeaways": ["one"]}, "no field 'takeaways'"),
        ({"slug": "Tool or craft"}, "'slug' must be"),
        ({"minutes": "90"}, "'minutes' must be a whole number"),
        ({"minutes": 0}, "'minutes' must be a whole number"),
        ({"minutes": True}, "'minutes' must be a whole number"),
        ({"questions": []}, "'questions' is empty"),
        ({"questions": "Is it the tool?"}, "'questions' must be a list"),
        ({"prerequisites": [{"pandas": "merge"}]}, "put a text with a colon into quotes"),
        ({"objectives": {}}, "'objectives' must map"),
        ({"objectives": {"a": {"bloom": "know", "text": "x"}}}, "Bloom level 'know'"),
        ({"objectives": {"a": {"bloom": "apply"}}}, "exactly 'bloom' and 'text'"),
        ({"objectives": {"a": {"bloom": "apply", "text": " "}}}, "'a' has no text"),
        ({"objectives": {"A b": {"bloom": "apply", "text": "x"}}}, "id 'A b'"),
    ],
)
def test_a_wrong_value_is_named(change, said):
    with pytest.raises(ChapterProblems) as refused:
        parse_chapter(yaml.safe_dump({**GOOD, **change}))
    assert len(refused.value.problems) == 1
    assert said in refused.value.problems[0]


@pytest.mark.parametrize("text", ["", "- a list", "slug: [", "just words"])
def test_what_is_no_mapping_is_refused(text):
    with pytest.raises(ChapterProblems):
        parse_chapter(text)


def test_broken_yaml_is_located():
    with pytest.raises(ChapterProblems) as refused:
        parse_chapter("slug: a\nminutes: [5\nquestions: 3")
    assert refused.value.problems == ["The head is not YAML, in its line 3: expected ',' or ']', but got ':'."]


def test_all_flaws_are_told_at_once():
    with pytest.raises(ChapterProblems) as refused:
        parse_chapter("slug: X\nminutes: -1\nquestions: []")
    assert len(refused.value.problems) == 5


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (1, "1 minute"),
        (45, "45 minutes"),
        (60, "1 hour"),
        (61, "1 hour 1 minute"),
        (150, "2 hours 30 minutes"),
    ],
)
def test_durations_are_said_as_people_say_them(minutes, said):
    assert duration(minutes) == said

"""Quizzes: how they are written, what is refused, what the page shows and hides."""

from __future__ import annotations

import base64
import json
import re

import pytest

from coursekit.book.quiz import parse_quiz

GOOD = """Some context.

Which *gap* is it?

(x) The raw one, which is
long
    It counts the masters' craft.

    In two paragraphs with $x^2$.
( ) The other one
    That one is `pure`.
"""


def directive(text: str, name: str = "gap") -> str:
    return f"```{{quiz}} {name}\n{text}\n```"


def key_of(html: str) -> dict[str, list]:
    return json.loads(base64.b64decode(re.search(r'data-key="([^"]+)"', html)[1]))


def test_a_quiz_is_taken_apart():
    quiz = parse_quiz(GOOD)
    assert quiz.question == "Some context.\n\nWhich *gap* is it?"
    assert [option.text for option in quiz.options] == ["The raw one, which is long", "The other one"]
    assert [option.right for option in quiz.options] == [True, False]
    assert quiz.options[0].why == "It counts the masters' craft.\n\nIn two paragraphs with $x^2$."
    assert quiz.problems() == []


def test_the_page_holds_a_form_with_named_radio_buttons(page):
    html, warnings = page(directive(GOOD))
    assert warnings == []
    assert '<form class="ck-box ck-quiz" id="quiz-gap"' in html
    assert "<legend>Which <em>gap</em> is it?</legend>" in html
    assert html.count('<input type="radio" name="quiz-gap"') == 2
    assert '<label for="quiz-gap-1">The other one</label>' in html
    assert 'role="status"' in html
    assert "<noscript><p>This quiz needs JavaScript" in html
    assert 'type="module"' in re.search(r"<script[^>]*coursekit/quiz\.js[^>]*>", html)[0]


def test_several_right_options_make_check_boxes(page):
    html, _ = page(directive(GOOD.replace("( )", "(x)") + "( ) None\n    Two are right."))
    assert html.count('<input type="checkbox"') == 3
    assert "Choose all that apply." in html
    assert key_of(html)["right"] == [0, 1]


def test_the_answer_is_not_readable_in_the_page(page, tiny_book):
    html, _ = page(directive(GOOD))
    for words in ("masters", "two paragraphs", "(x)"):
        assert words not in html
    key = key_of(html)
    assert key["right"] == [0]
    assert "masters" in key["why"][0] and "math" in key["why"][0]
    assert '<span class="pre">pure</span>' in key["why"][1]


def test_a_page_without_a_quiz_loads_no_quiz_script(page):
    html, _ = page("No quiz here.")
    assert "quiz.js" not in html


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("(x)", "( )"), "no right option"),
        (GOOD.replace("( )", "(x)"), "all its options are right"),
        (GOOD.replace("    That one is `pure`.\n", ""), "option 'The other one' has no explanation"),
        (GOOD.split("( )")[0], "1 option(s)"),
        ("Only a question.", "0 option(s)"),
        (GOOD[GOOD.index("(x)") :], "no question"),
        (GOOD.replace("Which *gap* is it?", "- a list"), "must end with a paragraph"),
    ],
)
def test_a_flawed_quiz_is_a_warning_that_names_quiz_and_flaw(page, text, said):
    html, warnings = page(directive(text))
    assert len(warnings) == 1
    assert "quiz 'gap'" in warnings[0] and said in warnings[0]
    assert "ck-quiz" not in html


def test_two_quizzes_of_one_name_are_a_warning(page):
    _, warnings = page(directive(GOOD) + "\n\n" + directive(GOOD))
    assert len(warnings) == 1
    assert "same name" in warnings[0]

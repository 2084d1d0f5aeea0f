"""Quizzes are answered as readers answer them: by keyboard, by mouse, wrong and right."""

from __future__ import annotations

import base64
import json

import pytest
from playwright.sync_api import Locator, Page, expect

from coursekit.book.quiz import quiz_html
from tests.book.site_pages import CHAPTER, opened

pytestmark = pytest.mark.xdist_group("site")

OPTIONS = [("Red", "<p>A colour.</p>"), ("Stone", "<p>A thing.</p>"), ("Blue", "<p>A colour, too.</p>")]


@pytest.fixture
def page(browser, address):
    with opened(browser, address, CHAPTER) as shown:
        yield shown


@pytest.fixture
def several(browser, address):
    """A quiz with two right options, on a page of its own."""
    body = (
        '<!doctype html><html lang="en" data-theme="light"><title>Quiz</title><main class="bd-article">'
        f"{quiz_html('quiz-colours', '', 'Which are colours?', OPTIONS, [0, 2])}</main>"
        '<script type="module" src="/_static/coursekit/quiz.js"></script>'
    )
    page = browser.new_page()
    page.route("**/quiz.html", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{address}/quiz.html")
    yield page
    page.close()


def first_quiz(page: Page) -> tuple[Locator, dict]:
    """The page's first quiz with one right option, and its key."""
    form = page.locator("form.ck-quiz:has(input[type=radio])").first
    key = json.loads(base64.b64decode(form.locator(".ck-result").get_attribute("data-key")))
    return form, key


def tab_to(page: Page, form: Locator) -> None:
    """Come to the quiz from the text before it, by the tab key alone."""
    form.evaluate("form => { form.tabIndex = -1; form.focus(); form.removeAttribute('tabindex'); }")
    page.keyboard.press("Tab")
    assert form.locator("input").first.evaluate("input => input === document.activeElement")


def test_by_keyboard_first_wrong_then_right(page):
    form, key = first_quiz(page)
    (right,) = key["right"]
    wrong = 1 if right == 0 else 0
    count = form.locator("input").count()
    tab_to(page, form)
    page.keyboard.press("Space")
    for _ in range(wrong):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    status = form.get_by_role("status")
    expect(status).to_contain_text("Not right.")
    assert plain(page, key["why"][wrong]) in status.text_content()
    assert plain(page, key["why"][right]) not in status.text_content()
    expect(form.locator(".ck-option").nth(wrong)).to_contain_text("✗ not right")

    for _ in range((right - wrong) % count):
        page.keyboard.press("ArrowDown")
    # Another choice takes the old verdict away.
    expect(status).to_be_empty()
    expect(form.locator(".ck-option").nth(wrong)).not_to_contain_text("✗")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(status).to_contain_text("Right.")
    assert plain(page, key["why"][right]) in status.text_content()
    expect(form.locator(".ck-option").nth(right)).to_contain_text("✓ right")
    # The focus stays where the reader is.
    expect(form.get_by_role("button", name="Check")).to_be_focused()


def plain(page: Page, html: str) -> str:
    """The text of a piece of HTML."""
    return page.evaluate("html => new DOMParser().parseFromString(html, 'text/html').body.textContent.trim()", html)


def test_without_a_choice_the_reader_is_led_to_the_first_option(page):
    form, _ = first_quiz(page)
    form.get_by_role("button", name="Check").click()
    expect(form.get_by_role("status")).to_have_text("Choose an answer first.")
    expect(form.locator("input").first).to_be_focused()
    assert page.url.endswith(f"{CHAPTER}.html")


def test_the_options_are_a_group_named_by_the_question(page):
    form, _ = first_quiz(page)
    legend = form.locator("legend").text_content().strip()
    assert legend
    assert form.get_by_role("group", name=legend).count() == 1
    assert form.get_by_role("radio").count() == form.locator("label").count() > 1


def test_no_answer_of_any_quiz_is_readable_in_the_page(page, site):
    html = (site / f"{CHAPTER}.html").read_text(encoding="utf-8")
    forms = page.locator("form.ck-quiz .ck-result").all()
    assert len(forms) >= 1
    for result in forms:
        key = json.loads(base64.b64decode(result.get_attribute("data-key")))
        for why in key["why"]:
            assert why not in html and plain(page, why) not in html


@pytest.mark.parametrize(
    ("chosen", "said", "marks"),
    [
        ([0, 2], "Right.", ["✓ right", "", "✓ right"]),
        ([0], "something is missing", ["✓ right", "", ""]),
        ([0, 1], "Not all of your choices are right.", ["✓ right", "✗ not right", ""]),
        ([1], "Not right.", ["", "✗ not right", ""]),
    ],
)
def test_several_right_options(several, chosen, said, marks):
    for position in chosen:
        several.get_by_role("checkbox").nth(position).check()
    several.get_by_role("button", name="Check").click()
    status = several.get_by_role("status")
    expect(status).to_contain_text(said)
    explained = " ".join(status.locator(".ck-why").all_text_contents())
    for position, (_, why) in enumerate(OPTIONS):
        assert (plain(several, why) in explained) == (position in chosen)
    assert several.locator(".ck-option-mark").all_text_contents() == marks


def test_what_is_said_of_an_option_belongs_to_it(several):
    several.get_by_role("checkbox", name="Stone").check()
    several.get_by_role("button", name="Check").click()
    expect(several.get_by_role("checkbox", name="Stone")).to_have_accessible_description("✗ not right")

"""Every page in a browser: nothing from elsewhere, no errors, no barrier, no sideways scroll."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.book.site_pages import CHAPTER, PAGES, opened, settle

pytestmark = pytest.mark.xdist_group("site")

# Besides axe's usual rules those that are still called experimental or are off because they are new.
STRICTER = (
    "css-orientation-lock",
    "focus-order-semantics",
    "label-content-name-mismatch",
    "p-as-heading",
    "table-fake-caption",
    "target-size",
    "td-has-header",
)
# Without preload axe does not fetch style sheets by itself.
AXE = {"preload": False, "rules": {rule: {"enabled": True} for rule in STRICTER}}


def barriers(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds: each rule with the elements that break it."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("name", [*PAGES, "index"])
def test_a_page_loads_nothing_from_elsewhere_and_without_errors(browser, address, name):
    context = browser.new_context()
    page = context.new_page()
    trouble: list[str] = []

    def note(is_trouble: bool, what: str) -> None:
        if is_trouble:
            trouble.append(what)

    page.on("request", lambda sent: note(not sent.url.startswith((address, "data:")), sent.url))
    page.on("response", lambda got: note(got.status >= 400, f"{got.status} {got.url}"))
    page.on("requestfailed", lambda sent: note(True, f"failed: {sent.url}"))
    page.on("pageerror", lambda error: note(True, f"error: {error}"))
    page.on("console", lambda said: note(said.type in ("error", "warning"), said.text))
    page.goto(f"{address}/{name}.html", wait_until="networkidle")
    settle(page)
    # What is loaded only when it comes into view would otherwise be missed.
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_load_state("networkidle")
    assert trouble == []
    assert page.title()
    context.close()


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_barrier(browser, address, name, theme, width):
    with opened(browser, address, name, theme, width) as page:
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        assert barriers(page) == []


def test_axe_would_see_a_barrier(browser, address):
    with opened(browser, address, "book/index") as page:
        page.evaluate("document.querySelector('.bd-article p').style.color = '#ccc'")
        assert [rule for rule, _ in barriers(page)] == ["color-contrast"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_opened_blocks_and_checked_quizzes_have_no_barrier_either(browser, address, theme):
    with opened(browser, address, CHAPTER, theme, 375) as page:
        page.evaluate("document.querySelectorAll('details').forEach((block) => (block.open = true))")
        # All options of a quiz with several right ones, so that right and wrong are marked.
        page.evaluate("document.querySelectorAll('.ck-quiz input').forEach((input) => (input.checked = true))")
        for form in page.locator("form.ck-quiz").all():
            form.locator("button").click()
            form.locator(".ck-why").first.wait_for()
        assert page.locator(".is-right").count() and page.locator(".is-wrong").count()
        assert barriers(page) == []


@pytest.mark.parametrize("width", [320, 375])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_not_scroll_sideways(browser, address, name, width):
    with opened(browser, address, name, width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # A long word is not simply cut off either.
        cut = page.evaluate(
            "[...document.querySelectorAll('.bd-article :is(p, li, h1, h2, h3, dt, dd)')]"
            f".filter((block) => block.getBoundingClientRect().right > {width} + 1"
            " && !block.closest('.pst-scrollable-table-container')).length"
        )
        assert cut == 0


def test_what_scrolls_can_be_reached_by_keyboard(browser, address):
    with opened(browser, address, CHAPTER, width=375) as page:
        table = page.locator(".ck-card .pst-scrollable-table-container").first
        assert table.get_attribute("tabindex") == "0"
        assert table.get_attribute("role") == "region"
        assert table.get_attribute("aria-label")
        page.set_viewport_size({"width": 2400, "height": 900})
        at_rest = page.locator(".ck-card .pst-scrollable-table-container:not([tabindex])")
        expect(at_rest).to_have_count(page.locator(".ck-card table").count())


def test_formulas_are_set(browser, address):
    with opened(browser, address, CHAPTER) as page:
        formulas = page.locator("mjx-container")
        assert formulas.count() > 0
        assert page.locator("mjx-merror").count() == 0
        assert formulas.first.bounding_box()["width"] > 10
        # For screen readers the formula stands there as MathML, too.
        assert formulas.first.locator("mjx-assistive-mml math").count() == 1
        loaded = "[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)"
        assert any("MJX" in family for family in page.evaluate(loaded))


def test_the_search_finds_the_chapter(browser, address):
    with opened(browser, address, "search") as page:
        page.locator("main input[type=search]").fill("standardised")
        page.keyboard.press("Enter")
        page.locator("#search-results a", has_text="Tool or craft?").first.wait_for()

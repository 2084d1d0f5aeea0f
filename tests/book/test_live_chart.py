"""The chapter's chart is driven as a reader drives it, and its numbers are held against Python's."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from coursekit.book.charts import chart_html
from coursework import load
from coursework.analysis import crude_gap, reassign, standardised_gap
from coursework.explore.allocation import CONTROL, SLIDER, TREATED, cells_of
from tests.book.site_pages import CHAPTER, opened

pytestmark = pytest.mark.xdist_group("site")

NUMBERS = re.compile(r"raw gap ([+\N{MINUS SIGN}]\d\.\d{3})\. standardised gap ([+\N{MINUS SIGN}]\d\.\d{3})")


@pytest.fixture(scope="module")
def cells(root):
    return cells_of(load("tool-or-craft", root / "datasets" / "tool-or-craft"))


@pytest.fixture
def page(browser, address):
    with opened(browser, address, CHAPTER) as shown:
        yield shown


def slider(page: Page):
    return page.get_by_role("slider", name=SLIDER)


def expected(cells, strength: float) -> tuple[str, str]:
    """The two gaps as the chart should write them."""
    world = reassign(cells, TREATED, strength)
    gaps = (crude_gap(world, TREATED, CONTROL), standardised_gap(world, TREATED, CONTROL))
    return tuple(f"{gap:+.3f}".replace("-", "\N{MINUS SIGN}") for gap in gaps)


def shown(page: Page, cells, strength: float) -> None:
    """Wait for the numbers of `strength` where screen readers hear them, and in the picture."""
    raw, standardised = expected(cells, strength)
    words = f"raw gap {raw}. standardised gap {standardised}"
    expect(page.locator(".vl-chart-readout")).to_contain_text(words)
    expect(page.locator(".vl-chart svg")).to_contain_text(f"raw gap {raw}")


def test_at_first_the_gaps_are_those_of_the_data(page, cells):
    raw, standardised = expected(cells, 1)
    # The reversal that the chapter is about.
    assert raw.startswith("+") and standardised.startswith("\N{MINUS SIGN}")
    assert slider(page).input_value() == "1"
    shown(page, cells, 1)


def test_the_slider_moves_the_raw_gap_and_not_the_standardised_one(page, cells):
    slider(page).fill("0")
    shown(page, cells, 0)
    raw, standardised = NUMBERS.search(page.locator(".vl-chart-readout").text_content()).groups()
    assert raw == standardised == expected(cells, 1)[1]
    slider(page).fill("2")
    shown(page, cells, 2)
    assert expected(cells, 2)[0] > expected(cells, 1)[0]


def test_arrow_keys_move_the_slider(page, cells):
    slider(page).focus()
    page.keyboard.press("ArrowRight")
    assert slider(page).input_value() == "1.1"
    shown(page, cells, 1.1)
    page.keyboard.press("Home")
    shown(page, cells, 0)


def test_a_change_of_theme_keeps_the_value_and_changes_the_colours(page, cells):
    slider(page).fill("0.3")
    shown(page, cells, 0.3)
    label = page.locator(".vl-chart svg .role-axis-label text").first
    before = label.get_attribute("fill")
    switch = page.locator(".theme-switch-button").first
    start = page.evaluate("document.documentElement.dataset.theme")
    for _ in range(2):
        if page.evaluate("document.documentElement.dataset.theme") == start:
            switch.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    expect(label).not_to_have_attribute("fill", before)
    assert slider(page).input_value() == "0.3"
    shown(page, cells, 0.3)
    # One picture, and it still listens.
    assert page.locator(".vl-chart svg").count() == 1
    slider(page).fill("2")
    shown(page, cells, 2)


def test_themes_in_quick_succession_leave_one_picture(page, cells):
    page.evaluate(
        "for (const theme of ['dark', 'light', 'dark', 'light', 'dark']) document.documentElement.dataset.theme = theme"
    )
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    slider(page).fill("0")
    shown(page, cells, 0)
    assert page.locator(".vl-chart svg").count() == 1
    assert page.locator(".vl-chart .vega-bindings").count() == 1


def test_the_picture_and_its_control_are_named_and_described(page):
    spec = json.loads(page.locator(".vl-chart script").text_content())
    assert page.locator(".vl-chart-view").get_attribute("aria-label") == spec["description"]
    details = page.locator(".vl-chart details")
    expect(details.locator("p")).to_be_hidden()
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(details.locator("p")).to_have_text(spec["description"])
    expect(details.locator("p")).to_be_visible()
    assert page.locator(".vl-chart-readout").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_chart_fits_its_column_and_the_slider_a_thumb(browser, address, width):
    with opened(browser, address, CHAPTER, width=width) as page:
        view = page.locator(".vl-chart-view").evaluate("view => [view.clientWidth, view.scrollWidth]")
        assert view[0] == view[1] > 200
        assert slider(page).bounding_box()["height"] >= 44
        assert slider(page).bounding_box()["width"] >= 120


def test_the_chart_follows_its_column(page):
    width = "document.querySelector('.vl-chart svg').getBoundingClientRect().width"
    before = page.evaluate(width)
    # The column alone: Vega would see the window.
    page.evaluate("document.querySelector('.bd-article').style.maxWidth = '400px'")
    page.wait_for_function(f"{width} < {before} - 50")


def test_a_chart_that_cannot_be_drawn_says_so(browser, address):
    spec = {"description": "What it shows.", "mark": "no such mark", "data": {"values": []}}
    body = (
        '<!doctype html><html lang="en" data-theme="light"><title>Broken</title><main class="bd-article">'
        f"{chart_html(spec, spec['description'])}</main>"
        '<script type="module" src="/_static/coursekit/charts.js"></script>'
    )
    page = browser.new_page()
    page.route("**/broken.html", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{address}/broken.html")
    expect(page.get_by_role("alert")).to_contain_text("could not be drawn")
    expect(page.locator(".vl-chart details p")).to_be_visible()
    page.close()


def test_a_missing_library_says_so_too(browser, address):
    context = browser.new_context()
    page = context.new_page()
    page.route("**/coursekit/vega.js*", lambda route: route.abort())
    page.goto(f"{address}/{CHAPTER}.html")
    expect(page.locator(".vl-chart-error")).to_contain_text("could not be drawn")
    context.close()


def test_without_scripts_the_page_says_what_is_missing_and_what_the_chart_shows(browser, address):
    with opened(browser, address, CHAPTER, java_script_enabled=False) as page:
        expect(page.locator(".vl-chart noscript p")).to_be_visible()
        page.locator(".vl-chart summary").click()
        expect(page.locator(".vl-chart details p")).to_be_visible()
        expect(page.locator("form.ck-quiz noscript p").first).to_be_visible()
        expect(page.locator("form.ck-quiz button").first).to_be_hidden()

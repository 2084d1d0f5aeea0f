"""The profile's page: whole, offline, readable without a script, in both themes and on a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from coursekit.reports.describe import page
from coursekit.reports.figures import duration, percent
from coursework.importers.report import capabilities_of
from coursework.profile import profile
from tests.coursework.folders import write_csv

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_csv(tmp_path_factory.mktemp("talk"))
    path = folder.with_name("profile.html")
    path.write_text(page(profile(folder), capabilities_of(folder)), encoding="utf-8")
    return path


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_needs_nothing_from_elsewhere_and_no_script_for_its_numbers(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    outline = _Outline()
    outline.feed(text)
    assert outline.links == []
    assert text.startswith('<!doctype html>\n<html lang="en"')
    assert outline.tags.count("h1") == 1
    # Each chart has its numbers as a table, with a heading to each row.
    assert outline.tags.count("figure") == outline.tags.count("details") > 3
    plain = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "median 2 min 30 s" in plain
    assert '<th scope="row">Mon</th><td class="number">60&nbsp;%</td>' in plain


def test_a_title_cannot_be_a_script(tmp_path: Path) -> None:
    folder = write_csv(tmp_path)
    path = folder / "datapackage.json"
    path.write_text(path.read_text().replace("A talk", "<script>alert(1)</script>"))
    assert "<script>alert(1)" not in page(profile(folder))


def test_without_messages_there_is_no_chart_and_no_vega(root: Path) -> None:
    assert len(page(profile(root / "datasets" / "tool-or-craft"))) < 20_000


@pytest.fixture(scope="module")
def opened(browser: Browser, written: Path) -> Iterator[Page]:
    tab = browser.new_context(color_scheme="light", offline=True).new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    tab.goto(written.as_uri())
    yield tab
    assert faults == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 375), ("dark", 375)])
def test_the_page_is_whole_and_without_barriers(opened: Page, theme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened.set_viewport_size({"width": width, "height": 900})
    opened.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # a literal, by parameter
    # Set when all charts are drawn, also again after a change of theme.
    opened.wait_for_function("theme => document.documentElement.dataset.drawn === theme", arg=theme)
    assert opened.locator("figure .chart svg").count() == opened.locator("figure").count() > 3
    assert opened.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    result = Axe().run(opened)
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0 %"),
        (0.000_01, "under 0.01 %"),
        (0.0042, "0.42 %"),
        (0.0151, "1.5 %"),
        (0.38, "38 %"),
        (0.996, "99.6 %"),
        (1, "100 %"),
    ],
)
def test_shares_are_said_as_precisely_as_they_need(share: float, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (21, "21 s"), (90, "1 min 30 s"), (3_600, "1 h"), (6_420, "1 h 47 min"), (273_600, "3 d 4 h")],
)
def test_times_are_said_in_two_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said

"""Opening pages of the built book in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml

from tests.conftest import ROOT
from tests.screenshots import CHARTS_DRAWN, pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TOC = pages(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
# What a reader can come to: the pages of the table of contents and the search.
PAGES = [*TOC, "search"]
CHAPTER = "book/tool-or-craft"

FORMULAS_SET = (
    "!document.querySelector('.math') || (window.MathJax?.startup?.promise"
    " && !!document.querySelector('mjx-container'))"
)


@contextmanager
def opened(
    browser: Browser, address: str, name: str, theme: str = "light", width: int = 1280, **options: Any
) -> Iterator[Page]:
    """A page, when its scripts have done their work."""
    context = browser.new_context(
        color_scheme=theme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 900},
        **options,
    )
    try:
        page = context.new_page()
        page.goto(f"{address}/{name}.html", wait_until="load")
        if options.get("java_script_enabled", True):
            settle(page)
        yield page
    finally:
        context.close()


def settle(page: Page) -> None:
    """Wait until charts are drawn and formulas set."""
    page.wait_for_function(CHARTS_DRAWN)
    page.wait_for_function(FORMULAS_SET)

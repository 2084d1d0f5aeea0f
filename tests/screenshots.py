"""Every page of the built book, light and dark, wide and narrow, on one contact sheet.

    .venv/bin/python -m tests.screenshots

Builds nothing: it shows what `make course` or `jupyter-book build .` left. A
page is cut into pieces as high as two screens, which stand side by side, so
that a long page stays readable. The browser itself composes the sheet.
"""

from __future__ import annotations

import shutil
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from coursekit.bootstrap import Problem
from tests.browser import open_browser, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
OUT = ROOT / "_build" / "screenshots"
THEMES = ("light", "dark")
WIDTHS = (1280, 375)
PIECE = 1600
"""Height of a piece, in pixels."""
COVERED = 60
"""How much of a piece's top the theme's header may cover; the piece before shows it."""
SHEET = 3600
"""Width of the sheet, in pixels."""
LONGEST = 16_000
"""Chromium makes no picture higher than this; a larger sheet is shrunk."""

CHARTS_DRAWN = "[...document.querySelectorAll('.vl-chart')].every(chart => chart.querySelector('svg'))"

SHRINK = """longest => {
  const root = document.documentElement;
  for (let scale = 0.25; scale > 0.02; scale *= 0.95) {
    root.style.setProperty("--scale", scale);
    if (root.scrollHeight <= longest) return;
  }
}"""
STYLE = """
body { margin: 12px; background: #888; }
section { display: inline-block; margin: 0 24px 24px 0; vertical-align: top; }
h2 { margin: 0 0 4px; font: bold 16px sans-serif; }
img { width: calc(var(--width) * var(--scale)); margin: 0 6px 6px 0; vertical-align: top; }
"""


def pages(toc: Any) -> list[str]:
    """Return the pages that a `_toc.yml` names, in its order, without their endings."""
    if isinstance(toc, list):
        return [page for entry in toc for page in pages(entry)]
    if not isinstance(toc, dict):
        return []
    own = [toc[key] for key in ("root", "file") if key in toc]
    return own + [page for key in ("parts", "chapters", "sections") for page in pages(toc.get(key))]


def shoot(browser: Browser, url: str, stem: str, theme: str, width: int) -> list[str]:
    """Photograph one page; return the names of its pieces' files."""
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": PIECE})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url, wait_until="networkidle")
    page.wait_for_function(CHARTS_DRAWN)
    height = page.evaluate("document.documentElement.scrollHeight")
    names = []
    for top in range(0, max(1, height - COVERED), PIECE - COVERED):
        page.evaluate("top => window.scrollTo({top, behavior: 'instant'})", top)
        # At the end the page scrolls no further: what the piece before shows is left out.
        seen = max(0, top + PIECE - height)
        clip = {"x": 0, "y": seen, "width": width, "height": PIECE - seen}
        names.append(f"{stem}-{theme}-{width}-{len(names) + 1:02}.png")
        page.screenshot(path=OUT / names[-1], clip=clip)  # type: ignore[arg-type]
    context.close()
    return names


def main() -> int:
    """Make the sheet; return 0, or 2 if there is no book to photograph."""
    names = pages(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
    missing = [name for name in names if not (SITE / f"{name}.html").is_file()]
    if missing:
        print(f"Not built: {', '.join(missing)}. Run `make course` first.", file=sys.stderr)
        return 2
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    sections = []
    with serve(SITE) as address, open_browser() as browser:
        for name, theme, width in product(names, THEMES, WIDTHS):
            print(f"{name}, {theme}, {width} px", flush=True)
            pieces = shoot(browser, f"{address}/{name}.html", name.replace("/", "-"), theme, width)
            pictures = "".join(f'<img src="{piece}" alt="" style="--width: {width}px">' for piece in pieces)
            sections.append(f"<section><h2>{name}, {theme}, {width} px</h2>{pictures}</section>")
        sheet = OUT / "contact-sheet.html"
        head = f'<!doctype html><meta charset="utf-8"><title>Contact sheet</title><style>{STYLE}</style>'
        sheet.write_text(head + "\n".join(sections) + "\n", encoding="utf-8")
        page = browser.new_page(viewport={"width": SHEET, "height": 800})
        page.goto(sheet.as_uri(), wait_until="load")
        page.evaluate(SHRINK, LONGEST)
        page.screenshot(path=sheet.with_suffix(".png"), full_page=True)
    print(f"{len(sections)} views: {sheet.with_suffix('.png').relative_to(ROOT)}, in pieces beside it")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Problem as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)

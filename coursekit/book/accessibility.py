"""Mend what the theme, pandas and Sphinx leave wrong for people and their aids.

The other half of this work is in `templates/`, which overrides some of the
theme's templates, and in `static/coursekit/`.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

HERE = Path(__file__).parent
STYLES = ("palette", "text", "boxes", "charts", "theme")
_EMPTY_HEADER = re.compile(r"<th\b([^>]*)>(?:\s|<p>\s*</p>)*</th>")
_FRAME = re.compile(r'<table border="1" class="dataframe">.*?</table>', re.DOTALL)


def tidy_tables(body: str) -> str:
    """Make the tables of a page readable to screen readers, and scroll them when they are too wide.

    A heading cell without text announces nothing, so it becomes an ordinary
    cell. The headings of a printed data frame say what they head.
    """
    body = _EMPTY_HEADER.sub(r"<td\1></td>", body)
    body = body.replace('<th class="stub">', '<th class="stub" scope="row">')
    return _FRAME.sub(lambda match: _tidy_frame(match[0]), body)


def tidy_references(body: str) -> str:
    """Take roles away that do not fit.

    A bibliography's list holds more than items, and the role of its items is outdated.
    """
    return body.replace(' role="list" class="citation-list"', ' class="citation-list"').replace(
        ' role="doc-biblioentry"', ""
    )


def _tidy_frame(table: str) -> str:
    head, mark, rest = table.partition("</thead>")
    head = head.replace('<table border="1" class="dataframe">', '<table class="dataframe table">')
    head = re.sub(r"<tr\b[^>]*>", "<tr>", head).replace("<th>", '<th scope="col">')
    rest = rest.replace("<th>", '<th scope="row">')
    return f'<div class="pst-scrollable-table-container">{head}{mark}{rest}</div>'


def _tidy_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if "body" in context:
        context["body"] = tidy_references(tidy_tables(context["body"]))


def _use_own_templates(app: Sphinx, config: Config) -> None:
    # First in the list: the theme puts its own there too.
    config["templates_path"] = [str(HERE / "templates"), *config["templates_path"]]
    # Without it the theme complains in the console of everyone who comes for the first time.
    config["html_context"] = {"default_mode": "auto", **config["html_context"]}


def _write_front_door(app: Sphinx, exception: Exception | None) -> None:
    """Write `index.html` if the book's first page has another name; people and servers ask for it."""
    root = app.config.root_doc
    if exception or app.builder.format != "html" or root == "index":
        return
    title = html.escape(app.config.html_title)
    target = html.escape(app.builder.get_target_uri(root))
    page = (
        f'<!DOCTYPE html>\n<html lang="{app.config.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<title>{title}</title>\n<meta http-equiv="refresh" content="0; url={target}">\n</head>\n'
        f'<body><main><h1>{title}</h1>\n<p><a href="{target}">Open the book</a></p></main></body>\n</html>\n'
    )
    path = Path(app.outdir) / "index.html"
    if not path.exists() or path.read_text(encoding="utf-8") != page:
        path.write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register templates, styles, and the page's small scripts."""
    app.connect("config-inited", _use_own_templates)
    app.connect("html-page-context", _tidy_page)
    # Before sphinx-external-toc writes its own, which has neither language nor title.
    app.connect("build-finished", _write_front_door, priority=100)
    for name in STYLES:
        app.add_css_file(f"coursekit/{name}.css", priority=900)
    app.add_js_file("coursekit/scroll.js", type="module")

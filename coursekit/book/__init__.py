"""The Sphinx extension of the course's book.

It adds the directives `chapter`, `dataset-card`, `exercises` and `quiz`, draws
the charts of executed cells in the reader's browser, and mends the theme: no
page asks another host for anything, and no page fails an accessibility check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coursekit.book import accessibility, cards, chapter, charts, exercises, freshness, offline, quiz

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything with Sphinx; called once for each build."""
    for part in (freshness, offline, accessibility, charts, chapter, cards, exercises, quiz):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

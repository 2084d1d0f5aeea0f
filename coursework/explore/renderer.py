"""Show Altair charts without the network.

Altair's own renderer fetches Vega from another host, and JupyterLab 4 draws
Vega-Lite's mime type of version 5 only. The charts of this course use what
both versions share, so they are handed out under the older type: JupyterLab
draws them by itself, and the book's extension finds them in the outputs.
"""

from __future__ import annotations

from typing import Any

import altair as alt

NAME = "coursework"
MIME = "application/vnd.vegalite.v5+json"


def enable() -> None:
    """Register the renderer and switch to it."""
    alt.renderers.register(NAME, _render)
    alt.renderers.enable(NAME)


def _render(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    spec = {**spec, "$schema": "https://vega.github.io/schema/vega-lite/v5.json"}
    return {MIME: spec, "text/plain": spec.get("description", "A chart.")}

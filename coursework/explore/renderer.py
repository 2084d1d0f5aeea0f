"""Import Altair quickly, and show its charts without the network.

Altair's own renderer fetches Vega from another host, and JupyterLab 4 draws
Vega-Lite's mime type of version 5 only. The charts of this course use what
both versions share, so they are handed out under the older type: JupyterLab
draws them by itself, and the book's extension finds them in the outputs.
"""

from __future__ import annotations

import sys
from typing import Any

# jsonschema, which Altair imports, compiles a grammar for addresses with this module where
# JupyterLab has brought it. No chart holds such an address, and it is most of Altair's import.
_GRAMMAR = "rfc3987_syntax"
_spare = _GRAMMAR not in sys.modules
if _spare:
    sys.modules[_GRAMMAR] = None  # type: ignore[assignment]  # None stands for "not installed"
import altair as alt  # noqa: E402  (after the lines that make it quick)

if _spare:
    del sys.modules[_GRAMMAR]

__all__ = ["MIME", "NAME", "alt", "enable"]

NAME = "coursework"
MIME = "application/vnd.vegalite.v5+json"


def enable() -> None:
    """Register the renderer and switch to it."""
    alt.renderers.register(NAME, _render)
    alt.renderers.enable(NAME)


def _render(spec: dict[str, Any], **_: Any) -> dict[str, Any]:
    spec = {**spec, "$schema": "https://vega.github.io/schema/vega-lite/v5.json"}
    return {MIME: spec, "text/plain": spec.get("description", "A chart.")}

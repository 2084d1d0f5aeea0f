"""Charts that live on a page without a kernel.

An executed cell leaves a Vega-Lite specification in its output. The plugin
below turns it into a block with the specification inside, and the script
`static/coursekit/charts.js` draws all blocks of the page.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from typing import Any, ClassVar

from docutils import nodes
from myst_nb.core.render import MimeData, NbElementRenderer, load_mime_renders
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxTranslator
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

# As in coursework.explore.renderer; a test holds them together. Importing it
# would load Altair into every build, which costs more than the rest of the extension.
MIME = "application/vnd.vegalite.v5+json"
METADATA_KEY = "coursekit-charts"
SCRIPT = "coursekit/charts.js"


class ChartNode(nodes.General, nodes.Element):
    """A chart; `spec` is its Vega-Lite specification, `description` what it shows."""


class VegaLitePlugin:
    """Lets MyST-NB prefer a chart's specification to its plain text.

    MyST-NB finds it through the entry point group `myst_nb.mime_renderers`.
    """

    # Other builders cannot run a script and print the description instead.
    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = (
        ("html", MIME, 1),
        ("dirhtml", MIME, 1),
        ("singlehtml", MIME, 1),
    )

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        """The chart's node, or None for anything that is no chart."""
        if inline or data.mime_type != MIME:
            return None
        spec = dict(data.content)
        description = str(spec.get("description", "")).strip()
        if not description:
            renderer.logger.warning(
                "A chart has no description, so screen readers cannot tell what it shows; "
                "give it .properties(description=...).",
                subtype="chart_description",
                line=data.line,
            )
        env = renderer.renderer.sphinx_env
        if env is not None:
            # Sphinx forgets a page's metadata when it reads the page again, so this needs no cleaning.
            env.metadata[env.docname][METADATA_KEY] = True
        return [ChartNode("", spec=spec, description=description)]


def chart_html(spec: dict[str, Any], description: str) -> str:
    """The block that holds a chart, readable as it is when no script runs."""
    # "<" could end the script element early, wherever in the data it stands.
    content = json.dumps(spec, separators=(",", ":")).replace("<", "\\u003c")
    about = html.escape(description)
    return (
        '<div class="vl-chart">\n'
        '<div class="vl-chart-view"></div>\n'
        '<p class="vl-chart-error" role="alert" hidden></p>\n'
        '<div class="vl-chart-readout" aria-live="polite" aria-atomic="true"></div>\n'
        f'<script type="application/json">{content}</script>\n'
        "<noscript><p>This chart needs JavaScript. What it shows is written below.</p></noscript>\n"
        "<details><summary>What this chart shows</summary>"
        f"<p>{about}</p></details>\n"
        "</div>\n"
    )


def _visit_html(self: HTML5Translator, node: ChartNode) -> None:
    self.body.append(chart_html(node["spec"], node["description"]))
    raise nodes.SkipNode


def _visit_other(self: SphinxTranslator, node: ChartNode) -> None:
    raise nodes.SkipNode


def _load_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if METADATA_KEY in app.env.metadata.get(pagename, {}):
        app.add_js_file(SCRIPT, type="module")


def _check_plugin(app: Sphinx) -> None:
    # Without the entry point every chart would silently become its own description.
    if VegaLitePlugin not in load_mime_renders():
        raise ExtensionError(
            "MyST-NB does not know the charts of this course: the installed package is older than its "
            "source. Install it again: pip install --no-deps -e ."
        )


def setup(app: Sphinx) -> None:
    """Register the chart's node and its script."""
    skip = (_visit_other, None)
    app.add_node(ChartNode, html=(_visit_html, None), latex=skip, text=skip, man=skip, texinfo=skip)
    app.connect("builder-inited", _check_plugin)
    app.connect("html-page-context", _load_script)

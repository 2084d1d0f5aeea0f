"""Charts: from a cell's output to a block that a script draws, and what the page needs for it."""

from __future__ import annotations

import json
import re

import nbformat
import pytest

from coursekit.book.charts import MIME, VegaLitePlugin, chart_html
from coursework.explore.renderer import MIME as MIME_OF_EXPLORE

SPEC = {
    "description": "Two bars & a <b>line</b>.",
    "data": {"values": [{"a": "</script><script>alert(1)</script>", "b": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
}


def notebook(spec: dict[str, object]) -> str:
    """An executed notebook whose only cell shows a chart."""
    bundle = {MIME: spec, "text/plain": "a chart"}
    output = nbformat.v4.new_output("execute_result", bundle, execution_count=1)
    cells = [
        nbformat.v4.new_markdown_cell("# A page"),
        nbformat.v4.new_code_cell("chart", outputs=[output], execution_count=1),
    ]
    metadata = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=metadata))


def test_book_and_notebooks_mean_the_same_type():
    assert MIME == MIME_OF_EXPLORE


def test_a_chart_becomes_a_block_with_its_specification(tiny_book):
    tiny_book.write(index__ipynb=notebook(SPEC))
    assert tiny_book.build() == []
    html = tiny_book.html()
    block = html[html.index('<div class="vl-chart">') :]
    stored = re.search(r'<script type="application/json">(.*?)</script>', block)[1]
    assert json.loads(stored) == SPEC
    assert "<p>Two bars &amp; a &lt;b&gt;line&lt;/b&gt;.</p></details>" in block
    assert 'type="module"' in re.search(r"<script[^>]*coursekit/charts\.js[^>]*>", html)[0]
    # The specification takes the place of the plain text, which would say everything twice.
    assert "a chart</span>" not in html


def test_a_chart_without_a_description_is_a_warning(tiny_book):
    tiny_book.write(index__ipynb=notebook({**SPEC, "description": " "}))
    warnings = tiny_book.build()
    assert len(warnings) == 1
    assert "no description" in warnings[0]


def test_vega_is_made_once_and_only_for_a_book_with_charts(tiny_book):
    tiny_book.write(index="# A page")
    tiny_book.build()
    static = tiny_book.root / "_build" / "html" / "_static" / "coursekit"
    assert not (static / "vega.js").exists()
    assert "charts.js" not in tiny_book.html()

    tiny_book.write(index="# A page\n\n```{toctree}\nother\n```", other__ipynb=notebook(SPEC))
    assert tiny_book.build() == []
    text = (static / "vega.js").read_text(encoding="utf-8")
    # It is a module, and no library that it holds asks for another file.
    assert re.search(r"export\s*\{[^}]*vegaEmbed", text)
    assert not re.search(r"\bimport\s*[({*\"']", text)
    assert "charts.js" not in tiny_book.html("index") and "charts.js" in tiny_book.html("other")

    made = [path.stat().st_mtime_ns for path in (tiny_book.root / "_build" / "coursekit").rglob("vega.js")]
    tiny_book.write(index="# Another title\n\n```{toctree}\nother\n```")
    tiny_book.build()
    again = [path.stat().st_mtime_ns for path in (tiny_book.root / "_build" / "coursekit").rglob("vega.js")]
    assert made == again and len(made) == 1


def test_nothing_can_end_the_script_element_early():
    block = chart_html({"description": "</ScRiPt ", "x": "<!--"}, "")
    assert block.count("</script>") == 1
    assert "<!--" not in block and "</ScRiPt" not in block


@pytest.mark.parametrize("inline", [True, False])
def test_the_plugin_leaves_other_outputs_alone(inline):
    class Html:
        mime_type = "text/html"

    assert VegaLitePlugin.handle_mime(None, Html(), inline) is None

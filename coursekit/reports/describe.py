"""The profile of a data folder as one page that needs no network: facts, charts, and each chart's numbers."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from coursekit.reports.figures import (
    WEEKDAYS,
    TableFacts,
    chapters,
    depth_name,
    duration,
    facts,
    percent,
    table_facts,
)
from coursework.explore.renderer import alt
from coursework.importers.report import Capability
from coursework.profile import Profile

_HERE = Path(__file__).parent
_PALETTE = _HERE.parent / "book" / "static" / "coursekit" / "palette.css"
VEGA_LITE_VERSION = "6.4"
_HEIGHT = 220
_LARGEST_SHOWN = 20


@dataclass(frozen=True)
class _Figure:
    """A chart, what it shows in a sentence, and its numbers as a table."""

    title: str
    says: str
    chart: alt.Chart | alt.LayerChart
    header: tuple[str, str]
    rows: Sequence[tuple[str, str]]


def page(figures: Profile, capabilities: Sequence[Capability] = ()) -> str:
    """The whole page as HTML, about 1 MB: Vega is inside, so that it opens anywhere.

    Without JavaScript the charts are missing; their numbers are there as tables.
    """
    title = f"Profile: {figures.title}"
    sections = [_section("Tables", _overview(table_facts(figures)))]
    found = facts(figures)
    if found:
        rows = [(fact.name, fact.value, fact.meaning) for fact in found]
        sections.append(_section("Conversations in figures", _explained(("Figure", "Here, and what it means"), rows)))
    drawn = _figures(figures)
    if drawn:
        sections.append(_section("Conversations in charts", "\n".join(map(_figure, drawn))))
    if capabilities:
        rows = [
            (chapter.title, f"{chapter.served} exercises", f"Reason: {chapter.lacks}." if chapter.lacks else "")
            for chapter in chapters(capabilities, figures.rows)
        ]
        sections.append(_section("What these data can serve", _explained(("Chapter", "Served"), rows)))
    return _PAGE.format(
        title=html.escape(title),
        style=_PALETTE.read_text(encoding="utf-8") + (_HERE / "describe.css").read_text(encoding="utf-8"),
        sections="\n".join(sections),
        script=_script() if drawn else "",
    )


_PAGE = """<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
<script>
const dark = matchMedia("(prefers-color-scheme: dark)");
const choose = () => document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
choose();
</script>
</head>
<body>
<main>
<h1>{title}</h1>
{sections}
</main>
{script}
</body>
</html>
"""


def _script() -> str:
    # Imported here because it takes 40 MB and half a second.
    import vl_convert

    code = (_HERE / "describe.js").read_text(encoding="utf-8")
    bundle = vl_convert.javascript_bundle(code, vl_version=VEGA_LITE_VERSION)
    # Wherever it stands, this would end the script element.
    return '<script type="module">\n' + bundle.replace("</script", "<\\/script") + "\n</script>"


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{html.escape(title)}</h2>\n{body}\n</section>"


def _overview(tables: Iterable[TableFacts]) -> str:
    rows = [
        (
            table.name,
            f"{table.rows} rows" + (f", {table.first} to {table.last}" if table.first else ""),
            f"Empty cells: {table.empty}." if table.empty else "",
        )
        for table in tables
    ]
    return _explained(("Table", "What it holds"), rows)


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    cells = ([_words(value) for value in row] for row in rows)
    return _grid(caption, header, cells, numbers)


def _explained(header: tuple[str, str], rows: Iterable[tuple[str, str, str]]) -> str:
    """A table of two columns, the second with an explanation below the value: it fits a telephone."""
    cells = (
        [_words(name), _words(value) + (f"<small>{_words(meaning)}</small>" if meaning else "")]
        for name, value, meaning in rows
    )
    return _grid("", header, cells)


def _grid(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    def look(place: int) -> str:
        return ' class="number"' if place in numbers else ""

    head = "".join(f'<th scope="col"{look(place)}>{_words(word)}</th>' for place, word in enumerate(header))
    body = "\n".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td{look(place)}>{cell}</td>" for place, cell in enumerate(row[1:], 1))
        + "</tr>"
        for row in rows
    )
    named = f"<caption>{_words(caption)}</caption>\n" if caption else ""
    # A wide table scrolls by itself, also by keyboard.
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_words(caption or header[0])}">'
        f"<table>\n{named}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _words(text: str) -> str:
    # No line ends between a number and its percent sign.
    return html.escape(text).replace(" %", "&nbsp;%")


def _figure(figure: _Figure) -> str:
    spec = figure.chart.properties(width="container", height=_HEIGHT, description=figure.says).to_dict()
    content = json.dumps(spec, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f"<figure>\n<h3>{html.escape(figure.title)}</h3>\n"
        f'<div class="chart"></div>\n<script type="application/json">{content}</script>\n'
        f"<figcaption>{html.escape(figure.says)}</figcaption>\n"
        f"<details><summary>The numbers of “{html.escape(figure.title)}”</summary>\n"
        f"{_table(figure.title, figure.header, figure.rows, numbers=(1,))}\n</details>\n</figure>"
    )


def _figures(figures: Profile) -> list[_Figure]:
    makers = (_activity, _weekdays, _reply_times, _first_responses, _threads, _depths, _lorenz)
    return [figure for figure in (make(figures) for make in makers) if figure is not None]


def _activity(figures: Profile) -> _Figure | None:
    if len(figures.activity) < 2:
        return None
    rows = [{"day": f"{day:%Y-%m-%d}", "messages": count} for day, count in figures.activity]
    chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(point=len(rows) < 60)
        .encode(
            x=alt.X("day:T").title(None),
            y=alt.Y("messages:Q").title("Messages"),
            tooltip=[alt.Tooltip("day:T").title(f"{figures.activity_per} of"), "messages:Q"],
        )
    )
    says = f"Messages in each {figures.activity_per}, by its first day. The first and the last may be cut short."
    numbers = [(f"{day:%Y-%m-%d}", f"{count:,}") for day, count in figures.activity]
    return _Figure("Activity", says, chart, (f"{figures.activity_per.capitalize()} of", "Messages"), numbers)


def _weekdays(figures: Profile) -> _Figure | None:
    if not figures.weekdays:
        return None
    rows = [(day[:3], share) for day, share in zip(WEEKDAYS, figures.weekdays, strict=True)]
    return _bars("Weekdays", "Share of the messages written on each weekday, by the stored time.", "Weekday", rows)


def _reply_times(figures: Profile) -> _Figure | None:
    if figures.reply_times is None:
        return None
    says = "Answers by the time since the message they answer, on a logarithmic scale."
    return _histogram("Reply times", says, figures.reply_times.histogram, "Answers")


def _first_responses(figures: Profile) -> _Figure | None:
    if figures.first_responses is None:
        return None
    says = "Conversations by the time to the organization's first answer, on a logarithmic scale."
    return _histogram("First responses", says, figures.first_responses.histogram, "Conversations")


def _threads(figures: Profile) -> _Figure | None:
    if figures.threads is None:
        return None
    total = figures.threads.count
    sizes = dict(figures.threads.sizes)
    rows = [(str(size), sizes.get(size, 0) / total) for size in range(1, _LARGEST_SHOWN + 1)]
    while rows and not rows[-1][1]:
        rows.pop()
    beyond = sum(count for size, count in sizes.items() if size > _LARGEST_SHOWN)
    if beyond:
        rows += [(str(size), 0.0) for size in range(len(rows) + 1, _LARGEST_SHOWN + 1)]
        rows.append((f"{_LARGEST_SHOWN + 1}+", beyond / total))
    says = "Share of the conversations with so many messages."
    return _bars("Sizes of conversations", says, "Messages", rows)


def _depths(figures: Profile) -> _Figure | None:
    if not figures.depths:
        return None
    shares = list(figures.depths)
    while len(shares) > 1 and not shares[-1]:
        shares.pop()
    rows = [(depth_name(depth), share) for depth, share in enumerate(shares)]
    says = "Share of the messages so many answers deep. Depth 0 answers no message in the data."
    return _bars("Depth of replies", says, "Depth", rows)


def _lorenz(figures: Profile) -> _Figure | None:
    if figures.concentration is None:
        return None
    points = [{"people": people, "messages": messages} for people, messages in figures.concentration.lorenz]
    axis = alt.Axis(format="%", tickCount=5)
    line = (
        alt.Chart(pd.DataFrame(points))
        .mark_line()
        .encode(
            x=alt.X("people:Q", axis=axis).title("People, the quietest first"),
            y=alt.Y("messages:Q", axis=axis).title("Share of messages"),
            tooltip=[alt.Tooltip("people:Q", format=".0%"), alt.Tooltip("messages:Q", format=".1%")],
        )
    )
    equal = (
        alt.Chart(pd.DataFrame([{"people": 0, "messages": 0}, {"people": 1, "messages": 1}]))
        .mark_line(strokeDash=[4, 4], strokeWidth=1, color={"expr": "quiet"})
        .encode(x="people:Q", y="messages:Q")
    )
    says = (
        f"The share of all messages that the quietest people wrote together (Lorenz curve). On the dashed line all "
        f"would write alike; the Gini coefficient is {figures.concentration.gini:.2f}."
    )
    numbers = [
        (f"{point['people'] * 100:g} %", percent(point["messages"]))
        for point in points
        if round(point["people"] * 1000) % 100 == 0 or point["people"] == 0.99
    ]
    return _Figure("Who writes", says, equal + line, ("Quietest people", "Share of messages"), numbers)


def _bars(title: str, says: str, what: str, rows: Sequence[tuple[str, float]]) -> _Figure:
    values = [{"what": word, "share": share} for word, share in rows]
    chart = (
        alt.Chart(pd.DataFrame(values))
        .mark_bar()
        .encode(
            x=alt.X("what:N", sort=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)).title(what),
            y=alt.Y("share:Q", axis=alt.Axis(format="%", tickCount=5)).title("Share"),
            tooltip=[alt.Tooltip("what:N").title(what), alt.Tooltip("share:Q", format=".1%").title("Share")],
        )
    )
    return _Figure(title, says, chart, (what, "Share"), [(word, percent(share)) for word, share in rows])


_TICKS = (1, 10, 60, 600, 3_600, 21_600, 86_400, 604_800, 2_592_000, 31_536_000)


def _histogram(title: str, says: str, bins: Sequence[tuple[float, int]], what: str) -> _Figure:
    width = 10 ** (1 / 4)
    values: list[dict[str, Any]] = [
        {"from": edge, "to": edge * width, "count": count, "words": f"{duration(edge)} to {duration(edge * width)}"}
        for edge, count in bins
    ]
    ends = (values[0]["from"], values[-1]["to"])
    ticks = [tick for tick in _TICKS if ends[0] <= tick <= ends[1]]
    words = ", ".join(f"'{tick}': '{duration(tick)}'" for tick in ticks)
    axis = alt.Axis(values=ticks, labelExpr=f"{{{words}}}[format(datum.value, 'd')]", grid=False, labelOverlap=True)
    scale = alt.Scale(type="log", domain=list(ends), nice=False)
    chart = (
        alt.Chart(pd.DataFrame(values))
        .mark_bar()
        .encode(
            x=alt.X("from:Q", scale=scale, axis=axis).title("Time"),
            x2="to:Q",
            y=alt.Y("count:Q", axis=alt.Axis(tickCount=5)).title(what),
            y2=alt.datum(0),
            tooltip=[alt.Tooltip("words:N").title("Time"), alt.Tooltip("count:Q", format=",").title(what)],
        )
    )
    return _Figure(title, says, chart, ("Time", what), [(row["words"], f"{row['count']:,}") for row in values])

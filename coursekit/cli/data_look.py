"""`coursekit data check` and `coursekit data describe`: look at a folder of data and leave it as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.markup import escape
from rich.table import Table

from coursekit.cli.console import EXCEPTIONS, console, expected
from coursework.engine import KitMissing, Unreadable
from coursework.packaging import NoDataFolder

if TYPE_CHECKING:
    from coursework.importers.report import Capability

_FOLDER = click.Path(path_type=Path)
_LOOK: dict[str, Any] = {
    "box": box.SIMPLE_HEAD,
    "title_justify": "left",
    "title_style": "bold",
    "pad_edge": False,
    "padding": (0, 2, 0, 0),
}
_LONGEST = 60
"""Characters of a wrong value that are shown."""


@click.command(
    "check",
    epilog="""\b
Examples:
  coursekit data check datasets/tool-or-craft
  coursekit data check my-import

Exit codes: 0 valid, 1 problems are listed, 2 could not start.
""",
)
@click.argument("folder", metavar="DIR", type=_FOLDER)
def check(folder: Path) -> None:
    """Check the tables in DIR against the model.

    Types, allowed values, ranges, empty cells, keys and references, in CSV or Parquet.
    Of each rule the first 20 problems are listed and the others counted. What is odd but
    allowed, such as replies to lost messages, is told as a notice.
    """
    with expected(NoDataFolder, KitMissing, Unreadable):
        # Imported here: pandas and duckdb take a second, and --help needs neither.
        from coursework.validation import Report, check_folder

        with console.status("checking"):
            report: Report = check_folder(folder)
    sizes = ", ".join(f"{name} {rows:,}" for name, rows in report.rows.items())
    console.print(f"Rows: {escape(sizes)}")
    if report.notices:
        console.print("\n[bold]Notices[/] (no errors; the data may be meant so)")
        for notice in report.notices:
            such = f", such as {', '.join(notice.examples)}" if notice.examples else ""
            console.print(escape(f"  {notice.what}: {notice.count:,}{such}"))
    if report.valid:
        console.print("\n[bold green]Valid.[/] Everything is as the model says.")
        return
    total = sum(report.counts.values())
    table = Table(title="Problems", **_LOOK)
    for heading in ("where", "column", "value", "should be"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "where")
    for problem in report.problems:
        kind = "line" if problem.file.endswith(".csv") else "row"
        place = problem.file or problem.table
        where = place if problem.row is None else f"{place}, {kind} {problem.row:,}"
        value = problem.value if len(problem.value) <= _LONGEST else f"{problem.value[:_LONGEST]}…"
        table.add_row(escape(where), escape(problem.column), escape(value) or "[dim]empty[/]", escape(problem.rule))
    console.print()
    console.print(table, soft_wrap=False)
    for (name, column, rule), count in report.counts.items():
        listed = sum((p.table, p.column, p.rule) == (name, column, rule) for p in report.problems)
        if count > listed:
            place = f"{name}.{column}" if column else name
            console.print(escape(f"{place} ({rule}): {count - listed:,} more"))
    console.print(f"\n[bold red]Not valid:[/] {total:,} problem{'' if total == 1 else 's'}.")
    raise SystemExit(EXCEPTIONS)


@click.command(
    "describe",
    epilog="""\b
Examples:
  coursekit data describe datasets/tool-or-craft
  coursekit data describe my-import --html profile.html

Exit codes: 0 done, 2 could not start.
""",
)
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Also write a page with charts, and with what each figure means, to this file; it opens without a network. "
    "DIR itself is never changed.",
)
def describe(folder: Path, page: Path | None) -> None:
    """Describe the data in DIR: sizes, gaps, delays, threads, people, and what they can serve."""
    with expected(NoDataFolder, KitMissing, Unreadable):
        from coursekit.reports.figures import facts, table_facts
        from coursework.importers.report import capabilities_of
        from coursework.profile import profile

        with console.status("reading"):
            figures = profile(folder)
            try:
                served = capabilities_of(folder)
            except (KeyError, ValueError):
                served = []  # files of which a check has more to say

        overview = Table(title=escape(figures.title), **_LOOK)
        for heading, justify in (("table", "left"), ("rows", "right"), ("from", "left"), ("to", "left")):
            overview.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]  # literals, in a tuple
        overview.add_column("empty cells", overflow="fold")
        for row in table_facts(figures):
            overview.add_row(*map(escape, (row.name, row.rows, row.first, row.last, row.empty)))
        console.print(overview, soft_wrap=False)

        lines = [(fact.name, fact.value) for fact in facts(figures)]
        if lines:
            console.print(_two_columns("Conversations", lines), soft_wrap=False)
        if served:
            console.print(chapters_table(served, figures.rows), soft_wrap=False)
        else:
            console.print(escape(f"What these data can serve is told once coursekit data check {folder} is content."))
        if page is not None:
            from coursekit.files import replace_file
            from coursekit.reports.describe import page as make_page

            replace_file(page, make_page(figures, served))
            console.print(escape(f"Written: {page}"))
        elif lines:
            console.print("With --html FILE a page is written that has charts and tells what each figure means.")


def _two_columns(title: str, rows: Sequence[tuple[str, str]]) -> Table:
    table = Table(title=title, show_header=False, **(_LOOK | {"box": box.SIMPLE}))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(escape(name), escape(value))
    return table


def chapters_table(found: Sequence[Capability], rows: Mapping[str, int]) -> Table:
    """What data can serve, a row for each chapter; `rows` are those of the tables that are there."""
    from coursekit.reports.figures import chapters

    table = Table(title="What these data can serve", **_LOOK)
    table.add_column("chapter", no_wrap=True)
    table.add_column("exercises", no_wrap=True)
    table.add_column("what is missing", overflow="fold")
    for chapter in chapters(found, rows):
        table.add_row(*map(escape, (chapter.title, chapter.served, chapter.lacks)))
    return table

"""Small builders of document nodes that the directives share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docutils import nodes

Cell = str | Sequence[nodes.Node]


def box(kind: str, title: str) -> nodes.container:
    """A block set off from the text, in the look that all boxes of the book share."""
    block = nodes.container(classes=["ck-box", f"ck-{kind}"])
    block += nodes.paragraph("", title, classes=["ck-box-title"])
    return block


def paragraph(content: Cell) -> nodes.paragraph:
    """A paragraph of plain text or of inline nodes."""
    if isinstance(content, str):
        return nodes.paragraph("", content)
    return nodes.paragraph("", "", *content)


def prose(text: str) -> list[nodes.Node]:
    """Inline nodes for a text in which backticks set off code."""
    pieces = text.split("`")
    return [nodes.literal("", piece) if position % 2 else nodes.Text(piece) for position, piece in enumerate(pieces)]


def bullets(items: Iterable[nodes.list_item]) -> nodes.bullet_list:
    """A bullet list."""
    return nodes.bullet_list("", *items, bullet="-")


def definitions(entries: Iterable[tuple[str, nodes.Node]]) -> nodes.definition_list:
    """Terms, each with one block that says what it is."""
    listing = nodes.definition_list(classes=["simple"])
    for term, block in entries:
        listing += nodes.definition_list_item("", nodes.term("", term), nodes.definition("", block))
    return listing


def table(
    caption: Cell, header: Sequence[str], rows: Iterable[Sequence[Cell]], numbers: Sequence[int] = ()
) -> nodes.table:
    """A table whose first column names its rows.

    Parameters
    ----------
    caption
        Says what the table holds.
    header
        One word or two for each column.
    rows
        One cell for each column.
    numbers
        The columns, counted from 0, that hold numbers and stand to the right.
    """
    body = [_row(row, numbers) for row in rows]
    group = nodes.tgroup(cols=len(header))
    for position in range(len(header)):
        # A stub makes the cell a row's heading for screen readers.
        group += nodes.colspec(colwidth=1, stub=1) if position == 0 else nodes.colspec(colwidth=1)
    group += nodes.thead("", _row(header, numbers))
    group += nodes.tbody("", *body)
    title = nodes.title("", caption) if isinstance(caption, str) else nodes.title("", "", *caption)
    return nodes.table("", title, group, classes=["ck-table"])


def _row(cells: Sequence[Cell], numbers: Sequence[int]) -> nodes.row:
    row = nodes.row()
    for position, cell in enumerate(cells):
        entry = nodes.entry("", paragraph(cell)) if cell else nodes.entry()
        if position in numbers:
            entry["classes"].append("ck-number")
        row += entry
    return row

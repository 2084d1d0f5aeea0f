"""The directive `dataset-card`: what a dataset is for, how it came about, what is in it.

    ```{dataset-card} tool-or-craft
    ```

Everything is taken from `coursework.datasets` and the files themselves.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from coursekit.book import markup

if TYPE_CHECKING:
    from coursework.datasets import Dataset
    from coursework.tables import Column, Table

logger = logging.getLogger(__name__)

LICENCE = "CC BY 4.0: use it as you like, and name the course's authors."
MADE = "The course's generator made it from a fixed seed, so that the same command gives the same files."
NO_DIRT = "None: the values are as clean as they look."
_HEADER = ("Column", "Type", "Unit", "Allowed values", "Description")


class DatasetCard(SphinxDirective):
    """Renders the card of the dataset that its argument names."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Return the nodes; after a warning none, so that a flaw cannot look finished."""
        # Imported here, because it loads pandas, which a build without changes does without.
        from coursework.datasets import DATASETS

        slug = self.arguments[0]
        dataset = DATASETS.get(slug)
        if dataset is None:
            return self._refuse(f"There is no dataset {slug!r}; there are {', '.join(sorted(DATASETS))}.")
        folder = Path(self.env.srcdir) / "datasets" / slug
        files = {table.name: folder / f"{table.name}.csv" for table in dataset.tables}
        missing = [path.name for path in files.values() if not path.is_file()]
        if missing:
            return self._refuse(
                f"The folder datasets/{slug} lacks {', '.join(missing)}. Make the data first: "
                f"coursekit data make {slug}."
            )
        for path in files.values():
            self.env.note_dependency(str(path))
        block = markup.box("card", f"The data: {dataset.title}")
        block += markup.definitions(
            (
                ("Purpose", markup.paragraph(dataset.purpose)),
                ("How it was made", markup.paragraph(f"{MADE} {dataset.planted}")),
                ("Dirt on purpose", markup.paragraph(dataset.dirt or NO_DIRT)),
                ("Limits", markup.paragraph(dataset.limits)),
                ("Licence", markup.paragraph(LICENCE)),
                ("Size", markup.bullets(_size(name, path) for name, path in files.items())),
            )
        )
        for table in dataset.tables:
            block += _table_of_columns(table, dataset)
            if len(table.key) > 1:
                block += markup.paragraph(f"Together, {_listed(table.key)} tell the rows of {table.name} apart.")
        return [block]

    def _refuse(self, problem: str) -> list[nodes.Node]:
        logger.warning("dataset-card: %s", problem, location=self.get_location(), type="coursekit", subtype="card")
        return []


def _size(name: str, path: Path) -> nodes.list_item:
    with path.open(newline="", encoding="utf-8") as file:
        rows = sum(1 for _ in csv.reader(file)) - 1
    size = f": {rows:,} row{'' if rows == 1 else 's'}, {readable_bytes(path.stat().st_size)}"
    return nodes.list_item("", markup.paragraph([nodes.literal("", f"{name}.csv"), nodes.Text(size)]))


def readable_bytes(count: int) -> str:
    """A file's size as people say it, in powers of 1,000: "812 bytes", "48 kB", "1.3 MB"."""
    if count < 1_000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{count / 1_000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"


def _table_of_columns(table: Table, dataset: Dataset) -> nodes.table:
    caption = [nodes.literal("", table.name), nodes.Text(f": {table.description}")]
    rows = [
        (
            [nodes.literal("", column.name)],
            column.type,
            column.unit or "",
            allowed(column, table, dataset),
            markup.prose(column.description),
        )
        for column in table.columns
    ]
    return markup.table(caption, _HEADER, rows)


def allowed(column: Column, table: Table, dataset: Dataset) -> str:
    """What may stand in a column, in words; empty if anything may."""
    rules = []
    if column.values:
        rules.append(", ".join(column.values))
    if column.type == "boolean":
        rules.append("True, False")
    if column.minimum is not None and column.maximum is not None:
        rules.append(f"{column.minimum:g} to {column.maximum:g}")
    elif column.minimum is not None:
        rules.append(f"{column.minimum:g} or more")
    elif column.maximum is not None:
        rules.append(f"{column.maximum:g} or less")
    present = {other.name for other in dataset.tables}
    rules += [
        f"one of {reference.table}.{reference.target}"
        for reference in table.references
        if reference.column == column.name and reference.table in present
    ]
    if table.key == (column.name,):
        rules.append("each once")
    if not column.required:
        rules.append("may be empty")
    return "; ".join(rules)


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("dataset-card", DatasetCard)

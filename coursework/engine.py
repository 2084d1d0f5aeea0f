"""Questions to a data folder of any size, in SQL: duckdb over CSV or Parquet.

Ten million messages do not fit into a data frame on a small machine. duckdb
reads only the columns asked for, piece by piece, and spills to disk when a
question needs more memory than `MEMORY`.
"""

from __future__ import annotations

import csv
import errno
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coursework.packaging import Part
from coursework.tables import Column

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"
_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "datetime": "TIMESTAMP", "date": "DATE"}


class KitMissing(ImportError):
    """The libraries for whole data folders are not installed; learners do without them."""


class Unreadable(ValueError):
    """A data file cannot be read at all."""


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that spills to a temporary folder; time stamps are in UTC."""
    try:
        import duckdb
    except ImportError:
        raise KitMissing(
            "Looking at a whole data folder needs duckdb: pip install -r requirements.txt in the course's root."
        ) from None
    with tempfile.TemporaryDirectory(prefix="coursework-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": spill,
            "preserve_insertion_order": False,
        }
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
            yield connection


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Raise `Unreadable` for what duckdb, pyarrow and Python say of damaged files while `what` is read."""
    import duckdb
    import pyarrow

    # pyarrow's errors that are none of its own class are ValueError, TypeError, OSError, ... by inheritance.
    try:
        yield
    except Unreadable:
        raise
    except (duckdb.Error, pyarrow.ArrowException, UnicodeDecodeError, csv.Error, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise Unreadable(f"{what} cannot be read ({_first_line(error)}); make or import the data again.") from None


def view(connection: duckdb.DuckDBPyConnection, part: Part) -> None:
    """Make a part's table available under its name, with the model's types and columns.

    A value that is not of its column's type counts as missing: `coursework.validation`
    names such values. A column that the files lack is missing in every row.

    Raises
    ------
    Unreadable
        If a file is damaged or not of its format.
    """
    import duckdb

    table = part.table
    try:
        source = _parquet(part.files) if part.format == "parquet" else _csv(part.files)
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except (duckdb.Error, UnicodeDecodeError, OSError) as error:
        raise Unreadable(f"{_names(part.files)} cannot be read as {part.format} ({_first_line(error)}).") from None
    present = {str(row[0]): str(row[1]) for row in described}
    columns = ", ".join(_column(column, present.get(column.name)) for column in table.columns)
    connection.execute(f"CREATE OR REPLACE VIEW {name(table.name)} AS SELECT {columns} FROM {source}")


def name(word: str) -> str:
    """A word as SQL takes it for the name of a table or column, whatever it is."""
    return '"' + word.replace('"', '""') + '"'


def text(word: str) -> str:
    """A word as SQL takes it for a text."""
    return "'" + word.replace("'", "''") + "'"


def _column(column: Column, stored: str | None) -> str:
    kind = _TYPES.get(column.type, "VARCHAR")
    if stored is None:
        return f"NULL::{kind} AS {name(column.name)}"
    value = name(column.name)
    if kind == "TIMESTAMP" and stored == "VARCHAR":
        value = f"TRY_CAST({value} AS TIMESTAMPTZ)"  # so that +02:00 is not dropped
    value = f"TRY_CAST({value} AS {kind})"
    if kind in ("TIMESTAMP", "DATE"):
        # The year 99999 is no time for Python, nor for the model.
        value = f"CASE WHEN {value} BETWEEN '0001-01-01'::{kind} AND '9999-12-31'::{kind} THEN {value} END"
    return f"{value} AS {name(column.name)}"


def _parquet(files: Iterable[Path]) -> str:
    return f"read_parquet([{', '.join(text(str(file)) for file in files)}], union_by_name = true)"


def _csv(files: Iterable[Path]) -> str:
    paths = list(files)
    with paths[0].open(newline="", encoding="utf-8-sig") as file:
        header = next(csv.reader(file), [])
    # Nothing is guessed: all cells are read as texts and only an empty one is missing.
    columns = ", ".join(f"{text(column)}: 'VARCHAR'" for column in header)
    return (
        f"read_csv([{', '.join(text(str(path)) for path in paths)}], columns = {{{columns}}}, auto_detect = false, "
        "header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', strict_mode = false, "
        "null_padding = true, parallel = false, max_line_size = 16777216)"
    )


def _names(files: Iterable[Path]) -> str:
    names = [file.name for file in files]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more files"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__

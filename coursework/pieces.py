"""A table's rows piece by piece, each with the place it has in its file.

CSV is read as it stands, as texts, so that a wrong value can be shown; Parquet
with the types it was stored in. Either way memory holds one piece at a time.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from coursework.packaging import Part

PIECE = 50_000
"""Rows of CSV in a piece."""
BATCH = 250_000
"""Rows of Parquet in a piece."""
_LONGEST_CELL = 2**31 - 1  # a message may quote a picture; csv's own limit is 128 kB


@dataclass(frozen=True)
class Piece:
    """Some rows of a file.

    `frame` is indexed from 0; row i has the number `numbers[i]`: in CSV the line on which it begins (the
    names stand on line 1), in Parquet the row, counted from 1.
    """

    file: Path
    frame: pd.DataFrame
    numbers: Sequence[int]


@dataclass(frozen=True)
class Fault:
    """Something about the file itself: a cell too many, bytes that are no UTF-8."""

    file: Path
    number: int | None
    rule: str
    value: str


def header_of(part: Part) -> list[str]:
    """The names of a part's columns as its first file has them."""
    if part.format == "csv":
        with part.files[0].open(newline="", encoding="utf-8-sig", errors="replace") as file:
            try:
                return next(csv.reader(file), [])
            except csv.Error:
                return []  # `pieces` says what is wrong
    import pyarrow.parquet

    return list(pyarrow.parquet.read_schema(part.files[0]).names)


def stored_types(part: Part) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The Parquet files of a part, each with the types of its columns as pyarrow tells them."""
    import pyarrow.parquet

    for path in part.files:
        stored = pyarrow.parquet.read_schema(path)
        yield path, dict(zip(stored.names, stored.types, strict=True))


def is_text(kind: Any) -> bool:
    """Whether a type of pyarrow is one of texts; a column that is not there, or has no value at all, may be one."""
    import pyarrow

    if kind is None or pyarrow.types.is_null(kind):
        return True
    if pyarrow.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind) or pyarrow.types.is_string_view(kind)
    )


def pieces(part: Part, columns: Sequence[str], report: Callable[[Fault], None]) -> Iterator[Piece]:
    """The rows of a part with those of `columns` that it has; what is wrong with the file goes to `report`."""
    for path in part.files:
        yield from _csv_pieces(path, columns, report) if part.format == "csv" else _parquet_pieces(path, columns)


def _csv_pieces(path: Path, columns: Sequence[str], report: Callable[[Fault], None]) -> Iterator[Piece]:
    limit = csv.field_size_limit(_LONGEST_CELL)
    try:
        reader = csv.reader(_lines(path, report))
        rows: list[list[str]] = []
        numbers: list[int] = []
        places: list[tuple[str, int]] = []
        end = 0
        try:
            header = next(reader, [])
            places = [(name, header.index(name)) for name in columns if name in header]
            end = reader.line_num
            for name in columns:
                if header.count(name) > 1:
                    report(Fault(path, 1, "each column once", name))
            for row in reader:
                begin, end = end + 1, reader.line_num
                if not row:
                    continue  # an empty line is no row, as for pandas
                if len(row) != len(header):
                    report(Fault(path, begin, f"{len(header)} cells, as in the header", f"{len(row)} cells"))
                    row += [""] * (len(header) - len(row))
                rows.append(row)
                numbers.append(begin)
                if len(rows) == PIECE:
                    yield _piece(path, rows, numbers, places)
                    rows, numbers = [], []
        except csv.Error as error:
            report(Fault(path, end + 1, "CSV that can be read to its end", str(error)))
        if rows:
            yield _piece(path, rows, numbers, places)
    finally:
        csv.field_size_limit(limit)


def _piece(path: Path, rows: list[list[str]], numbers: list[int], places: Sequence[tuple[str, int]]) -> Piece:
    texts = {name: pd.Series([row[at] or None for row in rows], dtype="str") for name, at in places}
    return Piece(path, pd.DataFrame(texts, index=range(len(rows))), numbers)


def _lines(path: Path, report: Callable[[Fault], None]) -> Iterator[str]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                report(Fault(path, number, "text in UTF-8", repr(line[error.start : error.start + 8])))
                yield line.decode("utf-8", errors="replace")


def _dtype(kind: Any) -> pd.ArrowDtype:
    # Of a column without any value nothing can be asked but that.
    import pyarrow

    return pd.ArrowDtype(pyarrow.string() if pyarrow.types.is_null(kind) else kind)


def _parquet_pieces(path: Path, columns: Sequence[str]) -> Iterator[Piece]:
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        known = [name for name in columns if name in file.schema_arrow.names]
        first = 1
        for batch in file.iter_batches(batch_size=BATCH, columns=known):
            frame = batch.to_pandas(types_mapper=_dtype)
            yield Piece(path, frame, range(first, first + len(frame)))
            first += len(frame)

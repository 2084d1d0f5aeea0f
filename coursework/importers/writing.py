"""Write canonical tables to CSV or Parquet, batch by batch, into a folder that appears whole or not at all."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

from coursework.importers.errors import ImportFailed
from coursework.importers.records import Rejected
from coursework.tables import TABLES, Column, Table

Format = Literal["csv", "parquet"]
Cell = str | int | float | bool | date | datetime | None

REPORT, REJECTED, REPAIRED = "import-report.json", "rejected.csv", "repaired.csv"
_OURS = {
    REPORT,
    REJECTED,
    REPAIRED,
    "datapackage.json",
    *(f"{name}.{end}" for name in TABLES for end in ("csv", "parquet")),
}


class TableWriter:
    """Writes rows of one table; the file is made with the first of them. `rows` counts them.

    Cells are in the order of the table's columns; a `datetime` is naive and in UTC.
    """

    def __init__(self, table: Table, folder: Path, format: Format) -> None:
        self.table = table
        self.rows = 0
        self._path = folder / f"{table.name}.{format}"
        self._format = format
        self._text: TextIO | None = None
        self._csv: Any = None
        self._parquet: Any = None

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write a batch of rows."""
        if not rows:
            return
        self.rows += len(rows)
        if self._format == "csv":
            self._write_csv(rows)
        else:
            self._write_parquet(rows)

    def close(self) -> None:
        """Finish the file."""
        if self._text is not None:
            self._text.close()
        if self._parquet is not None:
            self._parquet.close()

    def _write_csv(self, rows: Sequence[Sequence[Cell]]) -> None:
        if self._text is None:
            self._text = self._path.open("w", encoding="utf-8", newline="")
            self._csv = csv.writer(self._text, lineterminator="\n")
            self._csv.writerow(self.table.column_names)
        # A text that begins with "=" or "+" is written as it is: these files are data, read by `load` and by
        # programs, and what is loaded must be what was said. The lists of rejections, which people open in a
        # spreadsheet, are neutralised instead.
        makers = [(at, _CSV[column.type]) for at, column in enumerate(self.table.columns) if column.type in _CSV]
        lines = [list(row) for row in rows]
        for line in lines:
            for at, make in makers:
                if line[at] is not None:
                    line[at] = make(line[at])
        self._csv.writerows(lines)

    def _write_parquet(self, rows: Sequence[Sequence[Cell]]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {
            "datetime": pa.timestamp("us", tz="UTC"),
            "date": pa.date32(),
            "boolean": pa.bool_(),
            "integer": pa.int64(),
            "number": pa.float64(),
        }
        schema = pa.schema([(column.name, types.get(column.type, pa.string())) for column in self.table.columns])
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(self._path, schema, compression="zstd")
        columns = [
            pa.array([_aware(value) for value in values] if column.type == "datetime" else values, schema.types[at])
            for at, (column, values) in enumerate(zip(self.table.columns, zip(*rows, strict=True), strict=True))
        ]
        self._parquet.write_table(pa.Table.from_arrays(columns, schema=schema))


def _aware(value: Any) -> datetime | None:
    return None if value is None else value.replace(tzinfo=UTC)


_CSV: dict[str, Any] = {
    "datetime": lambda value: value.isoformat(timespec="seconds") + "Z",
    "date": lambda value: value.isoformat(),
    "boolean": lambda value: "true" if value else "false",
}


class PlaceList:
    """Writes a list of places and reasons, and counts the reasons; nothing is kept in memory but the counts."""

    def __init__(self, path: Path, reason: str) -> None:
        self.counts: dict[str, int] = {}
        self._file = path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow(["place", reason])

    def add(self, item: Rejected) -> None:
        """Add one."""
        self.counts[item.reason] = self.counts.get(item.reason, 0) + 1
        self._csv.writerow([neutral(item.place), neutral(item.reason)])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def neutral(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe in front."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else cell


@contextmanager
def whole_folder(out: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a fresh folder to fill; it takes the place of `out` if the block succeeds, and is removed otherwise.

    Raises `ImportFailed` if `out` is there and not empty, unless it is an earlier import and `overwrite` is given.
    A folder that holds anything else is never overwritten.
    """
    _check(out, overwrite=overwrite)
    out = out.resolve()  # A link stays, and what it leads to is replaced.
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise ImportFailed(f"{out} cannot be made ({error.strerror}): choose another folder") from None
    try:
        fresh.chmod(0o755)
        yield fresh
        _check(out, overwrite=overwrite)  # Another import may have been quicker.
        if overwrite and out.exists():
            _exchange(out, fresh)
        else:
            fresh.rename(out)
    finally:
        if fresh.exists():
            shutil.rmtree(fresh)


def _exchange(out: Path, fresh: Path) -> None:
    old = fresh.with_name(fresh.name + ".old")
    out.rename(old)
    try:
        fresh.rename(out)
    except BaseException:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _check(out: Path, *, overwrite: bool) -> None:
    if Path.cwd().is_relative_to(out.resolve()):
        raise ImportFailed(f"{out} is the folder that you are in, or holds it: name a new folder")
    if not out.exists():
        return
    if not out.is_dir():
        raise ImportFailed(f"{out} is a file: name a new folder")
    names = {path.name for path in out.iterdir()}
    if not names:
        return
    foreign = {name for name in names if name not in _OURS or not (out / name).is_file()}
    if REPORT not in names or foreign:
        other = ", ".join(sorted(foreign)[:3]) or "no import report"
        raise ImportFailed(f"{out} is not empty and no earlier import only (it has {other}): name a new folder")
    if not overwrite:
        raise ImportFailed(f"{out} holds an earlier import: name a new folder or overwrite it with --overwrite")


def batches(rows: Iterable[Sequence[Cell]], size: int = 5_000) -> Iterator[list[Sequence[Cell]]]:
    """The rows in lists of at most `size`."""
    batch: list[Sequence[Cell]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def fit(column: Column, value: object) -> Cell:
    """A value, or its text, as the column takes it; None for an empty one. Raises `ValueError` if it does not fit.

    Times are not taken here: `coursework.importers.collector` knows their zone.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    fitted = _FIT[column.type](value)
    if column.values and fitted not in column.values:
        raise ValueError(f"{column.name} is none of {', '.join(column.values)}")
    if column.minimum is not None and fitted < column.minimum:
        raise ValueError(f"{column.name} is below {column.minimum:g}")
    if column.maximum is not None and fitted > column.maximum:
        raise ValueError(f"{column.name} is above {column.maximum:g}")
    return fitted


def _boolean(value: object) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    return known[str(value).strip().lower()]


def _integer(value: object) -> int:
    number = float(str(value))
    if not number.is_integer() or abs(number) > 2**53:
        raise ValueError("no whole number")
    return int(number)


def _number(value: object) -> float:
    number = float(str(value))
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("no number")
    return number


def _date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value).strip()[:10])


_FIT: dict[str, Any] = {
    "string": lambda value: str(value),
    "category": lambda value: str(value).strip(),
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "date": _date,
}

"""Check data against the model: types, allowed values, keys, references.

    report = check_folder(Path("my-data"))

Everything is derived from `coursework.tables`. Problems name table, row, column
and value; notices tell what is unusual but allowed, such as replies to lost
messages. Needs pandera, pyarrow and duckdb, which learners' notebooks do without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api import types

from coursework.engine import KitMissing, connect, name, readable, text
from coursework.packaging import Part, read_folder
from coursework.pieces import Fault, Piece, header_of, is_text, pieces, stored_types
from coursework.relations import Found, Notice, broken_references, notices, repeated_keys
from coursework.tables import Column, Table

if TYPE_CHECKING:
    import duckdb
    import pandera.pandas

__all__ = ["LISTED", "Notice", "Problem", "Report", "check_folder", "schema", "validate"]

LISTED = 20
"""How many problems of one rule a report lists; the rest it counts."""

NOT_EMPTY = "not empty"
PRESENT = "the column is in the file"
UNIQUE = "each once"


@dataclass(frozen=True)
class Problem:
    """A value that the model does not allow.

    `row` is the line of a CSV file (the names stand on line 1), the row of a Parquet
    file counted from 1, or the position in a data frame counted from 0; None if the
    whole column or table is meant. `rule` says what should be there.
    """

    table: str
    row: int | None
    column: str
    value: str
    rule: str
    file: str = ""


@dataclass(frozen=True)
class Report:
    """What a check found: `problems` lists the first of each rule, `counts` counts all of them."""

    rows: Mapping[str, int]
    problems: Sequence[Problem]
    counts: Mapping[tuple[str, str, str], int]
    notices: Sequence[Notice]

    @property
    def valid(self) -> bool:
        """Whether there is no problem; notices do not count."""
        return not self.counts


@dataclass
class _Collector:
    """Keeps the first problems of each rule and counts the others."""

    limit: int | None
    problems: list[Problem] = field(default_factory=list)
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        rule = (problem.table, problem.column, problem.rule)
        seen = self.counts.get(rule, 0)
        self.counts[rule] = seen + 1
        if self.limit is None or seen < self.limit:
            self.problems.append(problem)

    def add_found(self, table: str, column: str, rule: str, found: Found) -> None:
        if found.count:
            self.counts[table, column, rule] = found.count
            self.problems += [Problem(table, number, column, value, rule, file) for file, number, value in found.rows]


def schema(table: Table, *, unique: bool = True) -> pandera.pandas.DataFrameSchema:
    """The table's schema for pandera.

    It judges typed frames, as `coursework.load` gives them, and frames of texts as
    they stand in a CSV file alike. Without `unique` the key may repeat: a frame
    that is one piece of a table cannot tell.

    Raises
    ------
    KitMissing
        If pandera is not installed.
    """
    try:
        # Imported here: it takes most of a second.
        import pandera.pandas as pa
    except ImportError:
        raise KitMissing("Checking data needs pandera: pip install -r requirements.txt in the course's root.") from None
    columns = {
        column.name: pa.Column(
            checks=[pa.Check(test, name=rule, error=rule) for rule, test in _rules(column)],
            nullable=not column.required,
        )
        for column in table.columns
    }
    return pa.DataFrameSchema(columns, unique=list(table.key) if unique else None, name=table.name)


def validate(frames: Mapping[str, pd.DataFrame], tables: Iterable[Table]) -> list[Problem]:
    """All problems of data frames in memory.

    References to tables that are not among `tables` are not checked.

    Raises
    ------
    KitMissing
        If pandera, pyarrow or duckdb is not installed.
    KeyError
        If a table has no frame.
    """
    collector = _Collector(limit=None)
    chosen = list(tables)
    with connect() as connection:
        held = {}
        for table in chosen:
            frame = frames[table.name].reset_index(drop=True)
            held[table.name] = [column for column in table.column_names if column in frame]
            _report_missing(table, held[table.name], collector)
            _check_piece(Piece(Path(), frame, range(len(frame))), table, held[table.name], collector)
            keys = frame[[column for column in _linking(table) if column in frame]].astype("str")
            connection.register(f"rows_{table.name}", keys.assign(file="", number=range(len(keys))))
        _check_relations(connection, chosen, held, collector)
    return collector.problems


def check_folder(folder: Path, progress: Callable[[str], None] = lambda name: None) -> Report:
    """Check all tables of a data folder, CSV or Parquet, in memory that does not grow with it.

    Parameters
    ----------
    folder
        As `coursework.packaging.read_folder` takes it.
    progress
        Called with each table's name before it is read.

    Raises
    ------
    NoDataFolder
        If there is nothing to check.
    KitMissing
        If pandera, pyarrow or duckdb is not installed.
    Unreadable
        If a file is damaged, or its columns are of types that cannot be judged.
    """
    parts = read_folder(folder)
    collector = _Collector(limit=LISTED)
    rows, held = {}, {}
    with connect() as connection:
        for part in parts.values():
            progress(part.table.name)
            with readable(f"The table {part.table.name} in {folder}"):
                header = header_of(part)
                held[part.table.name] = [column for column in part.table.column_names if column in header]
                _report_missing(part.table, held[part.table.name], collector)
                rows[part.table.name] = _check_part(connection, part, held[part.table.name], folder, collector)
        with readable(f"The data in {folder}"):
            _check_relations(connection, [part.table for part in parts.values()], held, collector)
            found = notices(connection, held["message"]) if "msg_id" in held.get("message", ()) else []
    return Report(rows, collector.problems, collector.counts, found)


def _check_part(
    connection: duckdb.DuckDBPyConnection, part: Part, columns: Sequence[str], folder: Path, collector: _Collector
) -> int:
    """Check the rows of one table, leave `rows_<table>` in the database, and return how many there are."""
    import pyarrow

    table = part.table
    # What no rule speaks of, as a message's text, is not read.
    spoken = [column for column in columns if _rules(table.column(column)) or table.column(column).required]
    linking = [column for column in _linking(table) if column in columns]
    wanted = list(dict.fromkeys([*spoken, *linking])) if part.format == "csv" else spoken

    def fault(found: Fault) -> None:
        collector.add(Problem(table.name, found.number, "", found.value, found.rule, _inside(found.file, folder)))

    if part.format == "parquet":
        _report_types(part, columns, folder, collector)
    rows, links = 0, []
    for piece in pieces(part, wanted, fault):
        rows += len(piece.frame)
        place = Piece(Path(_inside(piece.file, folder)), piece.frame, piece.numbers)
        _check_piece(place, table, spoken, collector)
        if part.format == "csv":
            links.append(_link_rows(place, linking))
    if part.format == "csv":
        names = [*linking, "file", "number"]
        held = pyarrow.concat_tables(links) if links else pyarrow.table({column: [] for column in names})
        connection.register(f"held_{table.name}", held)
        source, place_of = name(f"held_{table.name}"), "file, number"
    else:
        files = ", ".join(text(str(path)) for path in part.files)
        source = f"read_parquet([{files}], filename = true, file_row_number = true)"
        place_of = f"{_without(folder)} AS file, file_row_number + 1 AS number"
    columns_of = ", ".join([*(_link(table.column(column), part.format) for column in linking), place_of])
    connection.execute(f"CREATE OR REPLACE TEMP VIEW rows_{table.name} AS SELECT {columns_of} FROM {source}")
    return rows


def _report_types(part: Part, columns: Sequence[str], folder: Path, collector: _Collector) -> None:
    """Report columns of texts in Parquet that hold something else: no rule looks at the values of most of them."""
    for path, stored in stored_types(part):
        for column in columns:
            if part.table.column(column).type in ("string", "category") and not is_text(stored.get(column)):
                kind = str(stored[column])
                collector.add(Problem(part.table.name, None, column, kind, "text", _inside(path, folder)))


def _linking(table: Table) -> list[str]:
    """The columns that relate rows to each other."""
    columns = [*table.key, *(reference.column for reference in table.references)]
    if table.name == "message":
        columns += ["reply_to", "person_id", "ts", "clock", "text"]
    return [column for column in dict.fromkeys(columns) if column in table.column_names]


def _link(column: Column, format: str) -> str:
    """A linking column in SQL. Of a text only its hash is kept."""
    value = name(column.name)
    if column.name == "text":
        return value if format == "csv" else f"CASE WHEN {value} IS NOT NULL THEN hash({value}) END AS {value}"
    if column.type == "datetime":
        moment = f"TRY_CAST({value} AS TIMESTAMPTZ)" if format == "csv" else value
        return f"TRY_CAST({moment} AS TIMESTAMP) AS {value}"
    return f"CAST({value} AS VARCHAR) AS {value}"


def _link_rows(piece: Piece, linking: Sequence[str]) -> Any:
    import pyarrow

    rows: dict[str, Any] = {}
    for column in linking:
        values = piece.frame[column]
        if column == "text":
            hashed = pd.util.hash_array(values.fillna("").to_numpy(dtype=object))
            rows[column] = pyarrow.array(hashed, mask=values.isna().to_numpy())
        else:
            rows[column] = pyarrow.array(values.tolist(), "string", from_pandas=True)
    return pyarrow.table(
        rows | {"file": pyarrow.array([str(piece.file)] * len(piece.frame)), "number": pyarrow.array(piece.numbers)}
    )


def _without(folder: Path) -> str:
    return f"substr(filename, {len(str(folder)) + 2})"


def _inside(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _check_piece(piece: Piece, table: Table, columns: Sequence[str], collector: _Collector) -> None:
    import pandera.errors

    if piece.frame.empty:
        return
    judged = schema(table.only(*columns), unique=False)
    try:
        judged.validate(piece.frame[list(columns)], lazy=True)
    except pandera.errors.SchemaErrors as errors:
        for case in errors.failure_cases.sort_values("index", kind="stable").itertuples():
            rule = NOT_EMPTY if case.check == "not_nullable" else str(case.check)
            value = "" if pd.isna(case.failure_case) else str(case.failure_case)
            number = None if pd.isna(case.index) else int(piece.numbers[int(case.index)])
            if number is None:  # The whole column is of a type that the rule cannot judge.
                value = str(piece.frame[case.column].dtype)
            collector.add(Problem(table.name, number, str(case.column), value, rule, _file_of(piece)))


def _file_of(piece: Piece) -> str:
    return "" if piece.file == Path() else str(piece.file)


def _report_missing(table: Table, held: Sequence[str], collector: _Collector) -> None:
    for column in table.column_names:
        if column not in held:
            collector.add(Problem(table.name, None, column, "", PRESENT))


def _check_relations(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[Table],
    held: Mapping[str, Sequence[str]],
    collector: _Collector,
) -> None:
    # Without a limit for data frames, where the caller asked for all problems.
    limit = collector.limit if collector.limit is not None else 2**31
    for table in tables:
        if set(table.key) <= set(held[table.name]):
            collector.add_found(table.name, ", ".join(table.key), UNIQUE, repeated_keys(connection, table, limit))
        for reference in table.references:
            if reference.column in held[table.name] and reference.target in held.get(reference.table, ()):
                rule = f"one of {reference.table}.{reference.target}"
                found = broken_references(connection, table, reference, limit)
                collector.add_found(table.name, reference.column, rule, found)


Test = Callable[[pd.Series], pd.Series]


def _rules(column: Column) -> list[tuple[str, Test]]:
    """What a column's values must be, in words and as a test; missing values pass."""
    rules: list[tuple[str, Test]] = []
    if column.type == "category":
        allowed = [*column.values]
        rules.append((f"one of {', '.join(allowed)}", lambda values: values.isin(allowed) | values.isna()))
    elif column.type != "string":
        rules.append((_EXPECTED[column.type], _KINDS[column.type]))
    lowest, highest = column.minimum, column.maximum
    if lowest is not None:
        rules.append((f"at least {lowest:g}", lambda values: ~(_numbers(values) < lowest)))
    if highest is not None:
        rules.append((f"at most {highest:g}", lambda values: ~(_numbers(values) > highest)))
    return rules


_EXPECTED = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "datetime": "a time with its zone, such as 2025-09-01T05:00:00Z",
    "date": "a day, such as 2025-09-01",
}


def _is_text(values: pd.Series) -> bool:
    return types.is_string_dtype(values.dtype) or types.is_object_dtype(values.dtype)


def _numbers(values: pd.Series) -> pd.Series:
    """The values as floats; what is no number is missing and left to the rule of the type."""
    return pd.to_numeric(values, errors="coerce").astype("float64")


def _whole(values: pd.Series) -> pd.Series:
    if _is_text(values):
        return values.isna() | values.astype("str").str.fullmatch(r"[+-]?\d{1,18}").eq(True)
    if types.is_bool_dtype(values.dtype):
        return values.isna()
    return values.isna() | (_numbers(values) % 1 == 0)


def _number(values: pd.Series) -> pd.Series:
    if types.is_bool_dtype(values.dtype):
        return values.isna()
    return values.isna() | _numbers(values).abs().lt(float("inf"))


def _truth(values: pd.Series) -> pd.Series:
    if _is_text(values):
        return values.isna() | values.astype("str").str.lower().isin(["true", "false"])
    return values.isna() | types.is_bool_dtype(values.dtype)


def _moment(values: pd.Series) -> pd.Series:
    if _is_text(values):
        read = pd.to_datetime(values.astype("str"), utc=True, format="ISO8601", errors="coerce")
        zoned = values.astype("str").str.contains(r"(?:Z|[+-]\d\d:?\d\d)$").eq(True)
        return values.isna() | (read.dt.year.between(1, 9999) & zoned)
    return values.isna() | types.is_datetime64_any_dtype(values.dtype)


def _day(values: pd.Series) -> pd.Series:
    if _is_text(values):
        read = pd.to_datetime(values.astype("str"), format="%Y-%m-%d", errors="coerce")
        return values.isna() | read.dt.year.between(1, 9999)
    return values.isna() | types.is_datetime64_any_dtype(values.dtype) | (str(values.dtype).startswith("date32"))


_KINDS: dict[str, Test] = {"integer": _whole, "number": _number, "boolean": _truth, "datetime": _moment, "date": _day}

"""Read a chapter's data into data frames with the right types."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from coursework.datasets import DATASETS, Dataset
from coursework.lines import lines_of
from coursework.packaging import NoDataFolder, Part, read_folder
from coursework.tables import Column, Table


class DatasetNotFound(LookupError):
    """The data asked for is unknown, or its files are not where they should be."""


class DatasetBroken(ValueError):
    """A data file is there but does not hold what it should."""


class Tables(Mapping[str, pd.DataFrame]):
    """A chapter's tables, by name (`data["conversation"]`) or attribute (`data.conversation`)."""

    def __init__(self, slug: str, frames: Mapping[str, pd.DataFrame]) -> None:
        self.slug = slug
        self._frames = dict(frames)

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._frames[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __getattr__(self, name: str) -> pd.DataFrame:
        try:
            return self.__dict__["_frames"][name]
        except KeyError:
            raise AttributeError(f"{self.slug} has no table {name!r}; it has {', '.join(self)}") from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._frames]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}: {len(frame):,} rows" for name, frame in self.items())
        return f"Tables({self.slug}; {sizes})"


def load(slug: str, folder: str | os.PathLike[str] | None = None) -> Tables:
    """Load the tables of a chapter.

    Parameters
    ----------
    slug
        The chapter's name, for example ``"tool-or-craft"``.
    folder
        The folder that holds the chapter's files. By default the nearest
        ``datasets/<slug>`` in the working directory or above it.

    Returns
    -------
    Tables
        One data frame per table. Categories are ordered, times are UTC.

    Raises
    ------
    DatasetNotFound
        If there is no such chapter or its files are missing.
    DatasetBroken
        If a file lacks a column or holds a value of the wrong kind.
    """
    dataset = DATASETS.get(slug)
    if dataset is None:
        raise DatasetNotFound(f"There is no dataset {slug!r}. These exist: {', '.join(sorted(DATASETS))}.")
    place = Path(folder) if folder is not None else _find(dataset)
    return Tables(slug, {table.name: _read(place / f"{table.name}.csv", table) for table in dataset.tables})


def load_folder(folder: str | os.PathLike[str]) -> Tables:
    """Load a data folder of one's own, as `coursekit data import` and `make --size` write it.

    It may hold some of the model's tables and columns only; those that it has come with
    the types that `load` gives. For data that do not fit into memory see
    `coursework.analysis.at_scale`.

    Raises
    ------
    DatasetNotFound
        If there is no such folder or it holds no table of the model.
    DatasetBroken
        If a file lacks a column or holds a value of the wrong kind.
    ImportError
        If the files are Parquet and pyarrow is not installed.
    """
    try:
        parts = read_folder(Path(folder))
    except NoDataFolder as error:
        raise DatasetNotFound(str(error)) from None
    frames = {
        name: pd.concat([_piece(path, part) for path in part.files], ignore_index=True) for name, part in parts.items()
    }
    return Tables(Path(folder).resolve().name, frames)


def _piece(path: Path, part: Part) -> pd.DataFrame:
    if part.format == "csv":
        return _read(path, part.table)
    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise DatasetBroken(f"{path} cannot be read as the table {part.table.name}: {error}") from None
    _refuse_missing(path, part.table, frame)
    kinds = _dtypes(part.table)
    for column in part.table.columns:
        values, kind = frame[column.name], kinds[column.name]
        if kind != "str":
            frame[column.name] = values.astype(pd.api.types.pandas_dtype(kind))
            continue
        if column.type in ("category", "date"):
            # As text, which an empty column may be instead of; then as from a CSV file.
            values = values.astype("str").where(values.notna())
        typed = _typed(values, column, path)
        frame[column.name] = typed.astype("datetime64[us, UTC]") if column.type == "datetime" else typed
    return frame[part.table.column_names]


def _find(dataset: Dataset) -> Path:
    here = Path.cwd()
    for parent in (here, *here.parents):
        candidate = parent / "datasets" / dataset.slug
        if candidate.is_dir():
            return candidate
    raise DatasetNotFound(
        f"The files of {dataset.slug!r} are missing: no folder datasets/{dataset.slug} in {here} or above it. "
        "Start the notebook from the folder you were given, with its datasets folder in it."
    )


def _read(path: Path, table: Table) -> pd.DataFrame:
    if path.exists() and not path.is_file():  # a pipe might never end
        raise DatasetBroken(f"{path} is no file. Fetch the assignment's folder again.")
    try:
        frame = _csv(path, _dtypes(table))
    except FileNotFoundError:
        raise DatasetNotFound(f"The file {path} is missing. Fetch the assignment's folder again.") from None
    except OSError as error:
        raise DatasetBroken(f"{path} cannot be read ({error.strerror}). Fetch the assignment's folder again.") from None
    except (ValueError, TypeError, OverflowError, pd.errors.ParserError) as error:
        _blame(path, table)
        raise DatasetBroken(f"{path} cannot be read as the table {table.name}: {error}") from None
    _refuse_missing(path, table, frame)
    for column in table.columns:
        frame[column.name] = _typed(frame[column.name], column, path)
    return frame[table.column_names]


def _csv(path: Path, dtypes: Mapping[str, str] | str) -> pd.DataFrame:
    # Only an empty cell is missing: "NA" and "None" are words that people write.
    return pd.read_csv(path, dtype=dtypes, keep_default_na=False, na_values=[""])


_KINDS = {"string": "str", "integer": "int64", "number": "float64", "boolean": "bool"}
_KINDS_WITH_GAPS = {**_KINDS, "integer": "Int64", "boolean": "boolean"}


def _dtypes(table: Table) -> dict[str, str]:
    # Categories and times are made after reading, so that a wrong value can be named.
    return {
        column.name: (_KINDS if column.required else _KINDS_WITH_GAPS).get(column.type, "str")
        for column in table.columns
    }


def _typed(values: pd.Series, column: Column, path: Path) -> pd.Series:
    if column.required:
        _refuse(values.isna(), values, column, path)
    if column.type == "category":
        _refuse(~values.isin(column.values) & values.notna(), values, column, path)
        return values.astype(pd.CategoricalDtype(list(column.values), ordered=True))
    if column.type in ("datetime", "date"):
        times = pd.to_datetime(values, utc=column.type == "datetime", format="ISO8601", errors="coerce")
        # pandas takes years that Python's own times do not have.
        _refuse(~times.dt.year.between(1, 9999) & values.notna(), values, column, path)
        return times
    return values


_EXPECTED = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "datetime": "a time such as 2025-09-01T05:00:00Z",
    "date": "a day such as 2025-09-01",
}


def _refuse(wrong: pd.Series, values: pd.Series, column: Column, path: Path) -> None:
    if not wrong.any():
        return
    row = int(wrong.to_numpy().argmax())
    line = lines_of(path, [row]).get(row, row + 2)
    value = values.iloc[row]
    if pd.isna(value):
        said = "is empty"
    elif column.values:
        said = f"is {value!r}, not one of {', '.join(column.values)}"
    else:
        said = f"is {value!r}, not {_EXPECTED[column.type]}"
    raise DatasetBroken(f"{path}, line {line}: {column.name} {said}. Fetch the file again.")


def _refuse_missing(path: Path, table: Table, frame: pd.DataFrame) -> None:
    missing = [name for name in table.column_names if name not in frame]
    if missing:
        raise DatasetBroken(f"{path} has no column {', '.join(missing)}. Fetch the file again.")


def _blame(path: Path, table: Table) -> None:
    """Name the value that could not be read; pandas says neither where it stands nor what it is."""
    try:
        frame = _csv(path, "str")
    except (ValueError, pd.errors.ParserError):
        return
    _refuse_missing(path, table, frame)
    for column in table.columns:
        values = frame[column.name]
        wrong = pd.Series(False, index=values.index)
        if column.type == "boolean":
            wrong = values.notna() & ~values.str.lower().isin(["true", "false"])
        elif column.type in ("integer", "number"):
            numbers = pd.to_numeric(values, errors="coerce")
            wrong = values.notna() & (numbers.isna() | ((numbers % 1 != 0) if column.type == "integer" else False))
        _refuse(wrong | (values.isna() & column.required), values, column, path)

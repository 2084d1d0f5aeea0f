"""Read a chapter's data into data frames with the right types."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from coursework.tables import DATASETS, Column, Dataset, Table


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
    try:
        frame = pd.read_csv(path, dtype=_dtypes(table), keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        raise DatasetNotFound(f"The file {path} is missing. Fetch the assignment's folder again.") from None
    except (ValueError, UnicodeDecodeError, pd.errors.ParserError) as error:
        raise DatasetBroken(f"{path} cannot be read as the table {table.name}: {error}") from None
    missing = [name for name in table.column_names if name not in frame]
    if missing:
        raise DatasetBroken(f"{path} has no column {', '.join(missing)}. Fetch the file again.")
    for column in table.columns:
        frame[column.name] = _typed(frame[column.name], column, path)
    return frame[table.column_names]


def _dtypes(table: Table) -> dict[str, str]:
    kinds = {"string": "str", "integer": "int64", "number": "float64", "boolean": "bool"}
    # Categories and times are made after reading, so that a wrong value can be named.
    return {column.name: kinds.get(column.type, "str") for column in table.columns}


def _typed(values: pd.Series, column: Column, path: Path) -> pd.Series:
    if column.required and values.isna().any():
        row = int(values.isna().to_numpy().argmax()) + 2
        raise DatasetBroken(f"{path}, line {row}: {column.name} is empty.")
    if column.type == "category":
        unknown = ~values.isin(column.values) & values.notna()
        if unknown.any():
            row = int(unknown.to_numpy().argmax())
            raise DatasetBroken(
                f"{path}, line {row + 2}: {column.name} is {values.iloc[row]!r}, not one of {', '.join(column.values)}."
            )
        return values.astype(pd.CategoricalDtype(list(column.values), ordered=True))
    if column.type == "datetime":
        try:
            return pd.to_datetime(values, utc=True, format="ISO8601")
        except ValueError as error:
            raise DatasetBroken(f"{path}: {column.name} is not a time: {error}") from None
    return values

"""From columns of numbers and codes to typed Arrow tables, and from those to data frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from coursework.tables import Column, Table

_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "datetime": pa.timestamp("ms", tz="UTC"),
    "date": pa.date32(),
    "category": pa.dictionary(pa.int8(), pa.string()),
}

# A column as the generator holds it: text, numbers, days, category codes (-1 for empty) or seconds (-1 for empty).
Values: TypeAlias = Any  # np.ndarray, pa.Array or pd.Series; pyarrow ships no types


def ids(letter: str, number: np.ndarray, width: int, prefix: str = "") -> pa.Array:
    """Names of things: `letter` and the number (from 1) with leading zeros; empty where the position is negative.

    `number` holds positions from 0, shape (n,).
    """
    digits = pc.utf8_lpad(pc.cast(pa.array(number + 1), pa.string()), width, "0")
    names = pc.binary_join_element_wise(pa.scalar(prefix + letter), digits, pa.scalar(""))
    return pc.if_else(pa.array(number >= 0), names, pa.scalar(None, pa.string())) if (number < 0).any() else names


def columns_of(frame: pd.DataFrame) -> dict[str, Values]:
    """A data frame's columns by name."""
    return {str(name): frame[name] for name in frame}


def as_arrow(table: Table, columns: Mapping[str, Values], empty: Mapping[str, np.ndarray] | None = None) -> pa.Table:
    """A table with the model's columns and types; a column that is not given is empty throughout.

    `empty` marks further rows in which a column has no value.
    """
    rows = len(next(iter(columns.values())))
    return pa.table(
        {
            column.name: _array(column, columns[column.name], (empty or {}).get(column.name))
            if column.name in columns
            else pa.nulls(rows, _TYPES[column.type])
            for column in table.columns
        }
    )


def _array(column: Column, values: Values, empty: np.ndarray | None) -> pa.Array:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values
    if isinstance(values, pd.Series):
        return _from_series(column, values)
    if column.type == "category":
        empty = values < 0 if empty is None else empty | (values < 0)
        codes = pa.array(values.astype("int8"), mask=empty)
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(column.values)))
    if column.type == "datetime":
        empty = values < 0 if empty is None else empty | (values < 0)
        return pa.array(values * 1_000, mask=empty).cast(_TYPES["datetime"])
    if column.type == "date":
        return pa.array(values.astype("datetime64[D]"), type=pa.date32(), from_pandas=True)
    if column.type == "number":
        return pa.array(values, type=pa.float64(), from_pandas=True, mask=empty)
    return pa.array(values, type=_TYPES[column.type], mask=empty)


def _from_series(column: Column, values: pd.Series) -> pa.Array:
    if column.type == "category":
        codes = pd.Categorical(values, categories=list(column.values)).codes
        return _array(column, np.asarray(codes), None)
    if column.type == "datetime":
        # Naive times of the generator are UTC.
        moments = pd.to_datetime(values, utc=True).dt.tz_convert("UTC").dt.tz_localize(None)
        return pa.array(moments.to_numpy("datetime64[ms]"), from_pandas=True).cast(_TYPES["datetime"])
    if column.type == "date":
        return pa.array(pd.to_datetime(values).to_numpy("datetime64[D]"), type=pa.date32(), from_pandas=True)
    return pa.array(values, type=_TYPES[column.type], from_pandas=True)


def as_frame(table: Table, data: pa.Table) -> pd.DataFrame:
    """The table's columns as a data frame with the types that `coursework.load` gives."""
    frame = {}
    for column in table.columns:
        values = data.column(column.name).combine_chunks()
        frame[column.name] = _series(column, values)
    return pd.DataFrame(frame)


def _series(column: Column, values: pa.Array) -> pd.Series:
    if column.type == "category":
        codes = pc.fill_null(values.indices, -1).to_numpy(zero_copy_only=False)
        return pd.Series(pd.Categorical.from_codes(codes, pd.Index(column.values), ordered=True))
    if column.type == "datetime":
        moments = values.cast(pa.timestamp("ms")).to_numpy(zero_copy_only=False)
        return pd.Series(moments.astype("datetime64[us]")).dt.tz_localize("UTC")
    if column.type == "date":
        days = values.to_numpy(zero_copy_only=False).astype("datetime64[D]")
        return pd.Series(days.astype("datetime64[us]"))
    if column.type == "boolean" and not column.required:
        return pd.Series(pd.array(values.to_pylist(), dtype="boolean"))
    if column.type == "integer" and not column.required:
        return pd.Series(values.to_pandas(integer_object_nulls=True)).astype("Int64")
    if column.type == "string":
        return pd.Series(values.to_pylist(), dtype="str")
    return pd.Series(values.to_numpy(zero_copy_only=False))

"""The sender's side of pandas: tables column by column, indexes, single times and periods.

A column is described by its `k` and carried in blocks: numbers as numpy holds them, text as
Arrow does (offsets, UTF-8, a mask), categories as codes, times as integers with their unit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray
from pandas.tseries.frequencies import to_offset

from coursekit.grading.codec.kinds import MASKED, Cannot, describe_dtype, describe_zone

if TYPE_CHECKING:
    from coursekit.grading.codec.encode import Encoder

MASKED_ARRAYS: Final = {array: name for name, (_, array) in MASKED.items()}
# Whether times lie at their frequency is checked by generating them, slow for months and working days.
FREQUENCY_ROWS: Final = 20_000


def _write_frame(encoder: Encoder, value: pd.DataFrame) -> Any:
    # Not value.items() and the like: a subclass may answer differently from what it holds.
    manager = object.__getattribute__(value, "_mgr")
    frame = _plain(pd.DataFrame, manager)
    if len(frame.columns) > encoder.limits.columns or frame.size > encoder.limits.cells:
        raise Cannot(f"a table of {len(frame):,} x {len(frame.columns):,}")
    return {
        "$": "frame",
        "c": encoder.value(frame.columns),
        "x": encoder.value(frame.index),
        "v": [vector(encoder, frame.iloc[:, position].array) for position in range(len(frame.columns))],
    }


def _write_series(encoder: Encoder, value: Any) -> Any:
    manager = object.__getattribute__(value, "_mgr")
    name = encoder.key(object.__getattribute__(value, "_name"))
    series = _plain(pd.Series, manager)
    return {"$": "series", "x": encoder.value(series.index), "v": vector(encoder, series.array), "name": name}


def _plain(kind: Any, manager: Any) -> Any:
    return kind._from_mgr(manager, axes=manager.axes)


def _write_index(encoder: Encoder, value: Any) -> Any:
    tree = {"$": "index", "v": vector(encoder, value.array), "name": encoder.key(value.name)}
    frequency = getattr(value, "freq", None) if isinstance(value, pd.DatetimeIndex | pd.TimedeltaIndex) else None
    if frequency is not None and to_offset(frequency.freqstr) == frequency and len(value) <= FREQUENCY_ROWS:
        tree["freq"] = frequency.freqstr
    return tree


def _write_range_index(encoder: Encoder, value: pd.RangeIndex) -> Any:
    return {"$": "rangeindex", "v": [value.start, value.stop, value.step], "name": encoder.key(value.name)}


def _write_multi_index(encoder: Encoder, value: pd.MultiIndex) -> Any:
    return {
        "$": "multiindex",
        "levels": [encoder.value(level) for level in value.levels],
        "codes": [_numbers(encoder, np.asarray(codes)) for codes in value.codes],
        "names": [encoder.key(name) for name in value.names],
    }


def vector(encoder: Encoder, array: ExtensionArray) -> dict[str, Any]:
    """Describe one column. Raises `Cannot` for kinds that are not carried: sparse, and other libraries' own."""
    write = _VECTORS.get(type(array))
    if write is None:
        raise Cannot(f"a column of dtype {str(array.dtype)[:60]}")
    return write(encoder, array)


def _numbers(encoder: Encoder, array: np.ndarray[Any, Any]) -> dict[str, Any]:
    if array.dtype.kind == "O":
        return {"k": "objects", "i": encoder.values(array.tolist())}
    return {"k": "numbers", "d": describe_dtype(array.dtype), "b": encoder.block(array.tobytes())}


def _write_plain(encoder: Encoder, array: Any) -> dict[str, Any]:
    return _numbers(encoder, array.to_numpy())


def _write_times(encoder: Encoder, array: Any) -> dict[str, Any]:
    return {"k": "times", "unit": array.unit, "tz": describe_zone(array.tz), "b": encoder.block(array.asi8.tobytes())}


def _write_durations(encoder: Encoder, array: Any) -> dict[str, Any]:
    return {"k": "durations", "unit": array.unit, "b": encoder.block(array.asi8.tobytes())}


def _write_periods(encoder: Encoder, array: Any) -> dict[str, Any]:
    return {"k": "periods", "freq": array.freqstr, "b": encoder.block(array.asi8.tobytes())}


def _write_intervals(encoder: Encoder, array: Any) -> dict[str, Any]:
    ends = [vector(encoder, end.array) for end in (array.left, array.right)]
    return {"k": "intervals", "ends": ends, "closed": array.closed}


def _write_categories(encoder: Encoder, array: Any) -> dict[str, Any]:
    return {
        "k": "categories",
        "codes": _numbers(encoder, array.codes),
        "categories": encoder.value(array.categories),
        "ordered": bool(array.ordered),
    }


def _write_masked(encoder: Encoder, array: Any) -> dict[str, Any]:
    mask = np.asarray(array.isna(), dtype=bool)
    data = array.to_numpy(dtype=array.dtype.numpy_dtype, na_value=array.dtype.numpy_dtype.type(1))
    return {
        "k": "masked",
        "dtype": array.dtype.name,
        "b": encoder.block(np.ascontiguousarray(data).tobytes()),
        "m": encoder.block(mask.tobytes()) if mask.any() else None,
    }


def _write_text(encoder: Encoder, array: Any) -> dict[str, Any]:
    described = {"k": "text", "storage": array.dtype.storage, "na": "NA" if array.dtype.na_value is pd.NA else "nan"}
    mask = np.asarray(array.isna(), dtype=bool)
    described["m"] = encoder.block(mask.tobytes()) if mask.any() else None
    if array.dtype.storage == "pyarrow":
        offsets, data = _arrow_text(array)
    else:
        offsets, data = _python_text(array, mask)
    return described | {"o": encoder.block(offsets.tobytes()), "b": encoder.block(data)}


def _arrow_text(array: Any) -> tuple[np.ndarray[Any, Any], Any]:
    import pyarrow as pa  # an extra of pandas: it may be missing where no column needs it

    arrow = array.__arrow_array__(pa.large_string())
    arrow = arrow.combine_chunks() if isinstance(arrow, pa.ChunkedArray) else arrow
    if isinstance(arrow, pa.ChunkedArray):
        arrow = pa.concat_arrays(arrow.chunks) if arrow.num_chunks else pa.array([], pa.large_string())
    arrow = arrow.cast(pa.large_string())
    _, offsets, data = arrow.buffers()
    if offsets is None or len(arrow) == 0:
        return np.zeros(1, np.int64), b""
    # A slice shares its parent's buffers: only its own part goes.
    ends = np.frombuffer(offsets, np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    text = b"" if data is None else memoryview(data)[int(ends[0]) : int(ends[-1])]
    return ends - ends[0], text


def _python_text(array: Any, mask: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], bytes]:
    values = array.to_numpy(dtype=object)
    values = np.where(mask, "", values).tolist() if mask.any() else values.tolist()
    joined = "".join(values)
    if joined.isascii():  # a letter is a byte: one encoding for all
        return np.cumsum([0, *map(len, values)], dtype=np.int64), joined.encode()
    texts = [str.encode(text) for text in values]
    return np.cumsum([0, *map(len, texts)], dtype=np.int64), b"".join(texts)


def _write_timestamp(encoder: Encoder, value: pd.Timestamp) -> Any:
    # `fold` follows from the moment: the time zone is put on after it.
    return {"$": "timestamp", "v": _moment(value), "unit": value.unit, "tz": describe_zone(value.tzinfo)}


def _moment(value: Any) -> int:
    plain = value.tz_convert("UTC").tz_localize(None) if getattr(value, "tzinfo", None) is not None else value
    return int(plain.to_numpy().view(np.int64))


def _write_timedelta(encoder: Encoder, value: pd.Timedelta) -> Any:
    return {"$": "duration", "v": int(value.to_numpy().view(np.int64)), "unit": value.unit}


def _write_interval(encoder: Encoder, value: Any) -> Any:
    return {"$": "interval", "v": encoder.values([value.left, value.right]), "closed": value.closed}


_Vector = Callable[["Encoder", Any], dict[str, Any]]
_VECTORS: Final[dict[type, _Vector]] = {
    pd.arrays.NumpyExtensionArray: _write_plain,
    pd.arrays.DatetimeArray: _write_times,
    pd.arrays.TimedeltaArray: _write_durations,
    pd.arrays.PeriodArray: _write_periods,
    pd.arrays.IntervalArray: _write_intervals,
    pd.Categorical: _write_categories,
    pd.arrays.StringArray: _write_text,
    pd.arrays.ArrowStringArray: _write_text,
    type(pd.array(["a"], dtype=pd.StringDtype("python", na_value=np.nan))): _write_text,
    **dict.fromkeys(MASKED_ARRAYS, _write_masked),
}
_Writer = Callable[["Encoder", Any], Any]
WITH_SUBCLASSES: Final[dict[type, _Writer]] = {pd.DataFrame: _write_frame, pd.Series: _write_series}
EXACT: Final[dict[type, _Writer]] = {
    pd.RangeIndex: _write_range_index,
    pd.MultiIndex: _write_multi_index,
    **dict.fromkeys(_VECTORS, lambda encoder, value: {"$": "extension", "v": vector(encoder, value)}),
    **dict.fromkeys(
        (pd.Index, pd.DatetimeIndex, pd.TimedeltaIndex, pd.PeriodIndex, pd.IntervalIndex, pd.CategoricalIndex),
        _write_index,
    ),
    pd.Timestamp: _write_timestamp,
    pd.Timedelta: _write_timedelta,
    pd.Period: lambda _, value: {"$": "period", "v": int(value.ordinal), "freq": value.freqstr},
    pd.Interval: _write_interval,
    type(pd.NaT): lambda *_: {"$": "nat"},
    type(pd.NA): lambda *_: {"$": "na"},
    pd.StringDtype: lambda _, v: {"$": "text", "storage": v.storage, "na": "NA" if v.na_value is pd.NA else "nan"},
    pd.DatetimeTZDtype: lambda _, value: {"$": "tztype", "unit": value.unit, "tz": describe_zone(value.tz)},
    **{type(dtype): (lambda _, value: {"$": "maskedtype", "name": value.name}) for dtype, _ in MASKED.values()},
}

"""The receiver's side of pandas: every part checked, then joined by pandas' own constructors, which check again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from coursekit.grading.codec.encode_pandas import FREQUENCY_ROWS
from coursekit.grading.codec.kinds import MASKED, read_frequency, read_unit, read_zone
from coursekit.grading.codec.message import refuse

if TYPE_CHECKING:
    from coursekit.grading.codec.decode import Decoder

_CLOSED: Final = ("left", "right", "both", "neither")
_OF_CATEGORIES: Final = ("i1", "i2", "i4", "i8")


def _read_frame(decoder: Decoder, node: dict[str, Any]) -> pd.DataFrame:
    columns, index = _index(decoder, node["c"]), _index(decoder, node["x"])
    vectors = node["v"]
    if type(vectors) is not list or len(vectors) != len(columns) or len(columns) > decoder.limits.columns:
        refuse("a table's columns do not fit their names")
    arrays = [_column(vector(decoder, described), index) for described in vectors]
    frame = pd.DataFrame(dict(enumerate(arrays)), index=index, copy=False)
    frame.columns = columns
    return frame


def _column(array: Any, index: pd.Index[Any]) -> Any:
    if len(array) != len(index):
        refuse("a column's length does not fit its index")
    # pandas would make text of objects that all happen to be text.
    return pd.Series(array, index=index, dtype=object, copy=False) if array.dtype == object else array


def _read_series(decoder: Decoder, node: dict[str, Any]) -> Any:
    index = _index(decoder, node["x"])
    column = _column(vector(decoder, node["v"]), index)
    return pd.Series(column, index=index, dtype=column.dtype, name=decoder.value(node["name"]), copy=False)


def _read_extension(decoder: Decoder, node: dict[str, Any]) -> Any:
    array = vector(decoder, node["v"])
    if not isinstance(array, np.ndarray):
        return array
    return pd.Index(array).array if array.dtype.kind in "mM" else pd.arrays.NumpyExtensionArray(array)


def _index(decoder: Decoder, node: Any) -> Any:
    index = decoder.value(node)
    return index if isinstance(index, pd.Index) else refuse("an index is missing")


def _read_index(decoder: Decoder, node: dict[str, Any]) -> Any:
    array = vector(decoder, node["v"])
    index: Any = pd.Index(array, dtype=array.dtype, name=decoder.value(node["name"]), copy=False)
    if "freq" in node:
        if not isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) or len(index) > FREQUENCY_ROWS:
            refuse("a frequency where none can be")
        timed: Any = index
        timed.freq = read_frequency(node["freq"])
    return index


def _read_range_index(decoder: Decoder, node: dict[str, Any]) -> pd.RangeIndex:
    start, stop, step = node["v"]
    if not all(type(number) is int for number in (start, stop, step)):
        refuse("a range of something else than integers")
    decoder.cells(len(range(start, stop, step)))  # small here, but a check may write it out
    return pd.RangeIndex(start, stop, step, name=decoder.value(node["name"]))


def _read_multi_index(decoder: Decoder, node: dict[str, Any]) -> pd.MultiIndex:
    levels = [_index(decoder, level) for level in _short_list(decoder, node["levels"])]
    codes = [_codes(decoder, described) for described in _short_list(decoder, node["codes"])]
    names = decoder.values(node["names"])
    return pd.MultiIndex(levels=levels, codes=codes, names=names, verify_integrity=True)


def _short_list(decoder: Decoder, nodes: Any) -> list[Any]:
    return nodes if type(nodes) is list and len(nodes) <= decoder.limits.columns else refuse("too many levels")


def vector(decoder: Decoder, node: Any) -> Any:
    """Return the array of one column: numpy's, or one of pandas' own kinds."""
    if type(node) is not dict or type(node.get("k")) is not str or node["k"] not in _VECTORS:
        refuse("a column of an unknown kind")
    return _VECTORS[node["k"]](decoder, node)


def _integers(decoder: Decoder, node: dict[str, Any]) -> Any:
    return decoder.array("<i8", node["b"])


def _codes(decoder: Decoder, node: Any) -> Any:
    codes = vector(decoder, node)
    if not isinstance(codes, np.ndarray) or codes.dtype.str[1:] not in _OF_CATEGORIES:
        refuse("codes that are no integers")
    return codes


def _read_times(decoder: Decoder, node: dict[str, Any]) -> Any:
    unit, zone = read_unit(node["unit"]), read_zone(node["tz"])
    moments = _integers(decoder, node).view(f"M8[{unit}]")
    if zone is None:
        return moments
    return pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(zone).array


def _read_periods(decoder: Decoder, node: dict[str, Any]) -> Any:
    return pd.arrays.PeriodArray(_integers(decoder, node), dtype=pd.PeriodDtype(read_frequency(node["freq"])))


def _read_intervals(decoder: Decoder, node: dict[str, Any]) -> Any:
    left, right = node["ends"]
    # One level deep, or a message could nest them without end.
    if left.get("k") not in ("numbers", "times", "durations") or node["closed"] not in _CLOSED:
        refuse("an interval of something else than numbers or times")
    starts, stops = pd.Index(vector(decoder, left)), pd.Index(vector(decoder, right))
    return pd.arrays.IntervalArray.from_arrays(starts, stops, closed=node["closed"])


def _read_categories(decoder: Decoder, node: dict[str, Any]) -> Any:
    dtype = pd.CategoricalDtype(_index(decoder, node["categories"]), ordered=node["ordered"] is True)
    return pd.Categorical.from_codes(_codes(decoder, node["codes"]), dtype=dtype)


def _mask(decoder: Decoder, number: Any, length: int) -> np.ndarray[Any, Any]:
    mask = np.zeros(length, bool) if number is None else decoder.array("|b1", number)
    return mask if len(mask) == length else refuse("a mask of another length")


def _read_masked(decoder: Decoder, node: dict[str, Any]) -> Any:
    dtype, array_type = MASKED[node["dtype"]]
    data = decoder.array(dtype.numpy_dtype.str, node["b"])
    return array_type(data, _mask(decoder, node["m"], len(data)))


def _text_type(node: dict[str, Any]) -> Any:
    if node["storage"] not in ("python", "pyarrow") or node["na"] not in ("NA", "nan"):
        refuse("text of an unknown kind")
    return pd.StringDtype(node["storage"], na_value=pd.NA if node["na"] == "NA" else np.nan)


def _read_text(decoder: Decoder, node: dict[str, Any]) -> Any:
    dtype = _text_type(node)
    ends, data = _integers(decoder, node | {"b": node["o"]}), bytes(decoder.block(node["b"]))
    if not len(ends) or ends[0] != 0 or ends[-1] != len(data) or (np.diff(ends) < 0).any():
        refuse("the ends of a column's texts are out of order")
    mask = _mask(decoder, node["m"], len(ends) - 1)
    if node["storage"] == "pyarrow":
        return _arrow_text(ends, data, mask, dtype)
    texts = np.empty(len(mask), dtype=object)
    spans = zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    if data.isascii():  # letters lie where bytes lie: one decoding for all
        whole = data.decode()
        texts[:] = [whole[start:end] for start, end in spans]
    else:
        texts[:] = [data[start:end].decode() for start, end in spans]
    texts[mask] = dtype.na_value
    return dtype.construct_array_type()._from_sequence(texts, dtype=dtype)


def _arrow_text(ends: np.ndarray[Any, Any], data: bytes, mask: np.ndarray[Any, Any], dtype: Any) -> Any:
    import pyarrow as pa  # only where the learner's side had it too

    bits = pa.py_buffer(np.packbits(~mask, bitorder="little")) if mask.any() else None
    texts = pa.LargeStringArray.from_buffers(len(mask), pa.py_buffer(ends), pa.py_buffer(data), bits)
    texts.validate(full=True)  # UTF-8, above all: the ends were checked
    return dtype.construct_array_type()(pa.chunked_array([texts]), dtype=dtype)


def _read_timestamp(decoder: Decoder, node: dict[str, Any]) -> Any:
    zone = read_zone(node["tz"])
    moment = pd.Timestamp(np.datetime64(_whole(node["v"]), read_unit(node["unit"])))
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)


def _read_interval(decoder: Decoder, node: dict[str, Any]) -> Any:
    left, right = decoder.values(node["v"])
    return pd.Interval(left, right, closed=node["closed"])


def _whole(number: Any) -> int:
    return number if type(number) is int else refuse("an integer is missing")


_Reader = Callable[["Decoder", dict[str, Any]], Any]
_VECTORS: Final[dict[str, _Reader]] = {
    "numbers": lambda decoder, node: decoder.array(node["d"], node["b"]),
    "objects": lambda decoder, node: decoder.objects(node["i"]),
    "times": _read_times,
    "durations": lambda decoder, node: _integers(decoder, node).view(f"m8[{read_unit(node['unit'])}]"),
    "periods": _read_periods,
    "intervals": _read_intervals,
    "categories": _read_categories,
    "masked": _read_masked,
    "text": _read_text,
}
READERS: Final[dict[str, _Reader]] = {
    "frame": _read_frame,
    "series": _read_series,
    "extension": _read_extension,
    "index": _read_index,
    "rangeindex": _read_range_index,
    "multiindex": _read_multi_index,
    "timestamp": _read_timestamp,
    "duration": lambda _, node: pd.Timedelta(np.timedelta64(_whole(node["v"]), read_unit(node["unit"]))),
    "period": lambda _, node: pd.Period(ordinal=_whole(node["v"]), freq=read_frequency(node["freq"])),
    "interval": _read_interval,
    "nat": lambda *_: pd.NaT,
    "na": lambda *_: pd.NA,
    "text": lambda _, node: _text_type(node),
    "tztype": lambda _, node: pd.DatetimeTZDtype(read_unit(node["unit"]), read_zone(node["tz"])),
    "maskedtype": lambda _, node: MASKED[node["name"]][0],
}

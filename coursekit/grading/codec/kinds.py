"""Small things that are described, not sent: number types, time zones, well-known classes. Both directions."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections import Counter, OrderedDict, defaultdict
from typing import Any, Final

import numpy as np
import pandas as pd

from coursekit.grading.codec.message import refuse


class Cannot(Exception):
    """Within the encoder: this value becomes an `Opaque`, for the reason given."""


# Classes that a check may compare `type(x)` with, or that a learner puts in a dictionary of aggregations.
TYPES: Final[dict[str, type]] = {
    kind.__name__: kind
    for kind in (
        *(bool, int, float, complex, str, bytes, list, tuple, set, frozenset, dict, range, slice, type(None), object),
        *(dt.datetime, dt.date, dt.time, dt.timedelta, OrderedDict, defaultdict, Counter),
        *(pd.DataFrame, pd.Series, pd.Index, pd.Timestamp, pd.Timedelta, pd.Period, pd.Interval, np.ndarray),
        *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.float32, np.float64),
    )
}
TYPES["numpy.bool"], TYPES["numpy.str_"], TYPES["datetime64"] = np.bool_, np.str_, np.datetime64
TYPE_NAMES: Final = {id(kind): name for name, kind in TYPES.items()}

MASKED: Final[dict[str, tuple[Any, Any]]] = {
    dtype.name: (dtype, dtype.construct_array_type())
    for dtype in (
        *(pd.Int8Dtype(), pd.Int16Dtype(), pd.Int32Dtype(), pd.Int64Dtype()),
        *(pd.UInt8Dtype(), pd.UInt16Dtype(), pd.UInt32Dtype(), pd.UInt64Dtype()),
        *(pd.Float32Dtype(), pd.Float64Dtype(), pd.BooleanDtype()),
    )
}

# No "O": an array of objects is a list of values here, never bytes. No "V" without fields' names from elsewhere.
_PLAIN: Final = re.compile(
    r"[<>|=]?(b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[SUV]\d{1,9}|[mM]8(\[\d{0,9}(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?)"
)
_ZONE: Final = re.compile(r"[A-Za-z0-9_+/-]{1,64}")
_FREQUENCY: Final = re.compile(r"[A-Za-z0-9-]{1,24}")
_UNITS: Final = ("s", "ms", "us", "ns")
_STRUCTURED_DEPTH: Final = 8


def describe_dtype(dtype: np.dtype[Any]) -> object:
    """Describe a numpy type without objects in it: text, or a list of fields. Padding is left out."""
    if dtype.names is not None and dtype.fields is not None:
        fields = []
        for name in dtype.names:
            inner = dtype.fields[name][0]
            base, shape = inner.subdtype or (inner, ())
            fields.append([str.__str__(name), describe_dtype(base), list(shape)])
        return fields
    if dtype.kind not in "biufcmMSUV" or dtype.hasobject or dtype.subdtype:
        raise Cannot(f"numpy arrays of {dtype.name}")
    return dtype.str


def read_dtype(described: object, depth: int = 0) -> np.dtype[Any]:
    """Build the numpy type that `describe_dtype` described; raises `BadMessage`."""
    if type(described) is str:
        return np.dtype(described) if _PLAIN.fullmatch(described) else refuse("an unknown numpy type")
    if type(described) is not list or depth > _STRUCTURED_DEPTH or not 0 < len(described) <= 1000:
        refuse("a numpy type of no known form")
    fields = []
    for name, inner, shape in described:
        if type(name) is not str or not all(type(length) is int and 0 < length < 10**6 for length in shape):
            refuse("a numpy type with a bad field")
        fields.append((name, read_dtype(inner, depth + 1), tuple(shape)))
    return np.dtype(fields)


def describe_zone(zone: dt.tzinfo | None) -> object:
    """Describe a time zone: none, UTC, a fixed offset in microseconds, or a name of the zone database."""
    if zone is None:
        return None
    if type(zone) is dt.timezone:
        if zone is dt.UTC:
            return "utc"
        offset = zone.utcoffset(None) // dt.timedelta(microseconds=1)
        return [offset, zone.tzname(None)] if repr(zone).count(",") > 1 else [offset]
    if type(zone) is zoneinfo.ZoneInfo and zone.key and _ZONE.fullmatch(zone.key):
        return f"zone:{zone.key}"
    raise Cannot("a time zone that is neither fixed nor from zoneinfo")


def read_zone(described: object) -> dt.tzinfo | None:
    """Build the time zone that `describe_zone` described; raises `BadMessage`."""
    match described:
        case None:
            return None
        case "utc":
            return dt.UTC
        case [int(offset)]:
            return dt.timezone(dt.timedelta(microseconds=offset))
        case [int(offset), str(name)] if len(name) <= 100:
            return dt.timezone(dt.timedelta(microseconds=offset), name)
        case str(name) if name.startswith("zone:") and _ZONE.fullmatch(name[5:]):
            return zoneinfo.ZoneInfo(name[5:])
    refuse("an unknown time zone")


def read_unit(unit: object) -> Any:
    """Return a unit of pandas' times: s, ms, us or ns; raises `BadMessage`."""
    return unit if unit in _UNITS else refuse("an unknown unit of time")


def read_frequency(name: object) -> str:
    """Return a frequency's name if it has the form of one; raises `BadMessage`."""
    return name if type(name) is str and _FREQUENCY.fullmatch(name) else refuse("an unknown frequency")

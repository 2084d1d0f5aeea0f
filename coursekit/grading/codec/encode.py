"""The sender's side: plain values and numpy into a message. It runs beside the learner's code.

Nothing here is a guard: a learner's code can replace this module. It is written so that
honest work arrives exact and tricks of subclasses do not arrive at all:

- A value is known by `type(value)`, never by what it says of itself (`__class__`, `__module__`).
- A subclass of a plain value, a container, an array, a Series or a DataFrame is sent as
  its base's value, read by the base class's own methods: what was overridden stays
  behind, and a `Counter` or a table with extra methods still counts as what it holds.
  A subclass of anything else is an `Opaque`.
- What shares an object arrives as separate equal objects. `attrs`, flags and memory order are left out.
"""

from __future__ import annotations

import datetime as dt
import pathlib
import types
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

from coursekit.grading.codec import encode_charts, encode_pandas
from coursekit.grading.codec.kinds import TYPE_NAMES, Cannot, describe_dtype, describe_zone
from coursekit.grading.codec.message import Limits, NotSent, pack

_NAME_LENGTH: Final = 200
_FUNCTIONS: Final = (types.FunctionType, types.BuiltinFunctionType, type)


def encode(value: object, limits: Limits, *, callables: Callable[[object], str] | None = None) -> bytes:
    """Return the message for `value`.

    `callables` is given each function met and returns the id under which the other side
    may call it; without it functions arrive as `Opaque`. What is of no known kind arrives
    as `Opaque`, alone or inside its container. Raises `NotSent` for a value that contains
    itself or is beyond `limits`.
    """
    encoder = Encoder(limits, callables)
    try:
        return pack(encoder.value(value), encoder.blocks, limits)
    except (RecursionError, MemoryError, OverflowError) as error:
        raise NotSent("it is nested too deep or too large") from error


class Encoder:
    """One message in the making: its blocks, and how much it holds so far."""

    def __init__(self, limits: Limits, callables: Callable[[object], str] | None) -> None:
        self.limits = limits
        self.blocks: list[bytes] = []
        self._callables = callables
        self._items = 0
        self._size = 0
        self._path: set[int] = set()  # of the containers around the present value, to find one inside itself

    def value(self, value: Any) -> Any:
        """Return the JSON that stands for `value`."""
        self._items += 1
        if self._items > self.limits.items:
            raise NotSent(f"it holds more than {self.limits.items:,} values")
        kind = type(value)
        if value is None or kind is float or kind is bool:
            return value
        if kind is int and -(2**63) <= value < 2**63:
            return value
        if kind is str and len(value) <= self.limits.text and value.isascii():
            return value
        blocks = len(self.blocks)
        try:
            return self._tagged(kind, value)
        except (NotSent, RecursionError, MemoryError):
            raise
        except Cannot as cannot:
            reason = str(cannot)
        except Exception as error:
            reason = f"{type(error).__name__} while it was read"
        del self.blocks[blocks:]
        return {"$": "opaque", "type": _name_of(kind), "reason": reason[:_NAME_LENGTH]}

    def _tagged(self, kind: type, value: Any) -> Any:
        write = _WRITERS.get(id(kind))
        if write is None:
            write = next((w for base in _bases(kind) if (w := _OF_SUBCLASSES.get(id(base)))), None)
        if write is None:
            write = _write_callable if callable(value) else encode_charts.writer(_bases(kind))
        if write is None:
            raise Cannot("")
        if id(value) in self._path:
            raise NotSent("it contains itself")
        if len(self._path) >= self.limits.depth:
            raise NotSent(f"it is nested more than {self.limits.depth} deep")
        self._path.add(id(value))
        try:
            return write(self, value)
        finally:
            self._path.discard(id(value))

    def values(self, values: Iterable[Any]) -> list[Any]:
        """Return the JSON of several values."""
        return [self.value(value) for value in values]

    def key(self, value: Any) -> Any:
        """Return the JSON of something that has to be hashable on the other side."""
        key = self.value(value)
        if type(key) is dict and key["$"] in ("opaque", "callable"):
            raise Cannot(f"{_name_of(type(value))} as key or name")
        return key

    def block(self, data: Any) -> int:
        """Keep bytes, or an array's buffer, for the message and return their number."""
        taken = bytes(data)
        self._size += len(taken)
        if self._size > self.limits.size:
            raise NotSent(f"it takes more than {self.limits.size:,} bytes")
        self.blocks.append(taken)
        return len(self.blocks) - 1

    def callable_id(self, value: object) -> str:
        """Return the id by which the other side may call `value`."""
        if self._callables is None:
            raise Cannot("functions are not carried here")
        return self._callables(value)


def _bases(kind: type) -> tuple[type, ...]:
    # Not kind.__mro__: a metaclass may answer that.
    return type.__dict__["__mro__"].__get__(kind)


def _name_of(kind: type) -> str:
    name = str.__str__(type.__dict__["__name__"].__get__(kind))
    return name[:_NAME_LENGTH].encode("utf-8", "replace").decode()


def _write_int(encoder: Encoder, value: int) -> Any:
    plain = int.__index__(value)
    if -(2**63) <= plain < 2**63:
        return plain
    if plain.bit_length() > encoder.limits.bits:
        raise Cannot(f"an integer of {plain.bit_length():,} bits")
    return {"$": "int", "x": format(plain, "x")}


def _write_str(encoder: Encoder, value: str) -> Any:
    plain = str.__str__(value)
    if len(plain) > encoder.limits.text:
        raise Cannot(f"a text of {len(plain):,} characters")
    try:
        plain.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON readers would join or refuse it
        return {"$": "str", "b": encoder.block(plain.encode("utf-8", "surrogatepass"))}
    return plain


def _write_complex(encoder: Encoder, value: complex) -> Any:
    return {"$": "complex", "v": [complex.real.__get__(value), complex.imag.__get__(value)]}


def _write_list(encoder: Encoder, value: list[Any]) -> Any:
    return encoder.values(list.__iter__(value))


def _write_tuple(encoder: Encoder, value: tuple[Any, ...]) -> Any:
    tree = {"$": "tuple", "v": encoder.values(tuple.__iter__(value))}
    fields = _fields_of(type(value))
    if fields is not None and len(fields) == tuple.__len__(value):
        tree |= {"$": "record", "fields": list(fields)}
    return tree


def _fields_of(kind: type) -> tuple[str, ...] | None:
    for base in _bases(kind):
        fields = type.__dict__["__dict__"].__get__(base).get("_fields")
        if type(fields) is tuple and all(type(name) is str and name.isascii() for name in fields):
            return fields
    return None


def _write_keys(tag: str, iterate: Callable[[Any], Iterable[Any]]) -> Callable[[Encoder, Any], Any]:
    return lambda encoder, value: {"$": tag, "v": [encoder.key(item) for item in iterate(value)]}


def _write_mapping(tag: str) -> Callable[[Encoder, Any], Any]:
    def write(encoder: Encoder, value: dict[Any, Any]) -> Any:
        items = list(dict.items(value))
        return {
            "$": tag,
            "k": [encoder.key(key) for key, _ in items],
            "v": [encoder.value(item) for _, item in items],
        }

    return write


def _write_time(encoder: Encoder, value: dt.time) -> Any:
    parts = [value.hour, value.minute, value.second, value.microsecond, value.fold]
    return {"$": "time", "v": parts, "tz": describe_zone(value.tzinfo)}


def _write_datetime(encoder: Encoder, value: dt.datetime) -> Any:
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, value.fold]
    return {"$": "datetime", "v": parts, "tz": describe_zone(value.tzinfo)}


def _write_array(encoder: Encoder, value: np.ndarray[Any, Any]) -> Any:
    plain = np.ndarray.view(value, np.ndarray)
    return {"$": "array", "s": list(plain.shape), **ndarray(encoder, plain)}


def ndarray(encoder: Encoder, array: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return the type and the elements, in C order, of an array that is no subclass."""
    if array.dtype.kind == "O":
        return {"i": encoder.values(array.ravel().tolist())}
    described = describe_dtype(array.dtype)
    if type(described) is list:
        array = array.astype(np.dtype([*map(_field, described)]))  # without padding
    return {"d": described, "b": encoder.block(np.ascontiguousarray(array).tobytes())}


def _field(field: list[Any]) -> tuple[Any, ...]:
    name, inner, shape = field
    return name, (np.dtype([*map(_field, inner)]) if type(inner) is list else inner), tuple(shape)


def _write_masked_array(encoder: Encoder, value: Any) -> Any:
    return {"$": "masked", "v": encoder.value(np.ma.getdata(value)), "m": encoder.value(np.ma.getmaskarray(value))}


def _write_numpy_scalar(encoder: Encoder, value: np.generic) -> Any:
    array = np.array(value)
    if array.dtype != value.dtype or array.shape:
        raise Cannot("")
    return {"$": "scalar", **ndarray(encoder, array)}


def _write_dtype(encoder: Encoder, value: np.dtype[Any]) -> Any:
    return {"$": "dtype", "d": "O" if value.kind == "O" else describe_dtype(value)}


def _write_type(encoder: Encoder, value: type) -> Any:
    name = TYPE_NAMES.get(id(value))
    return _write_callable(encoder, value) if name is None else {"$": "type", "name": name}


def _write_callable(encoder: Encoder, value: object) -> Any:
    kind = type(value)
    name = getattr(value, "__name__", "") if kind in _FUNCTIONS else _name_of(kind)
    return {"$": "callable", "id": encoder.callable_id(value), "name": encoder.value(name)}


def _tag(tag: str, parts: Callable[[Any], list[Any]]) -> Callable[[Encoder, Any], Any]:
    return lambda encoder, value: {"$": tag, "v": encoder.values(parts(value))}


_Writer = Callable[[Encoder, Any], Any]
_WITH_SUBCLASSES: dict[type, _Writer] = {
    int: _write_int,
    float: lambda _, value: float.__float__(value),
    complex: _write_complex,
    str: _write_str,
    bytes: lambda encoder, value: {"$": "bytes", "b": encoder.block(bytes.__getitem__(value, slice(None)))},
    bytearray: lambda encoder, value: {"$": "bytearray", "b": encoder.block(bytearray.__getitem__(value, slice(None)))},
    list: _write_list,
    tuple: _write_tuple,
    set: _write_keys("set", set.__iter__),
    frozenset: _write_keys("frozenset", frozenset.__iter__),
    dict: _write_mapping("dict"),
    OrderedDict: _write_mapping("OrderedDict"),
    defaultdict: _write_mapping("defaultdict"),
    Counter: _write_mapping("Counter"),
    np.ndarray: _write_array,
    type: _write_type,
    **encode_pandas.WITH_SUBCLASSES,
}
_EXACT: dict[type, _Writer] = {
    range: _tag("range", lambda value: [value.start, value.stop, value.step]),
    slice: _tag("slice", lambda value: [value.start, value.stop, value.step]),
    type(...): lambda *_: {"$": "ellipsis"},
    type(NotImplemented): lambda *_: {"$": "notimplemented"},
    Decimal: _tag("decimal", lambda value: [str(value)]),
    Fraction: _tag("fraction", lambda value: [value.numerator, value.denominator]),
    dt.date: _tag("date", lambda value: [value.year, value.month, value.day]),
    dt.time: _write_time,
    dt.datetime: _write_datetime,
    dt.timedelta: _tag("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    dt.timezone: lambda _, value: {"$": "zone", "tz": describe_zone(value)},
    pathlib.PurePosixPath: _tag("path", lambda value: [str(value)]),
    pathlib.PosixPath: _tag("path", lambda value: [str(value)]),
    np.ma.MaskedArray: _write_masked_array,
    # As text and bytes, because numpy's own forms drop zeros at the end.
    np.str_: lambda encoder, value: {"$": "numpytext", "v": _write_str(encoder, value)},
    np.bytes_: lambda encoder, value: {"$": "numpybytes", "b": encoder.block(bytes(value))},
    # These two have a plain Python class among their bases.
    **dict.fromkeys((np.float64, np.complex128), _write_numpy_scalar),
    **encode_pandas.EXACT,
}
# A masked array's base value would be an array without its mask.
_NOT_AS_BASE = {np.ma.MaskedArray}


def _refuse_subclass(*_: object) -> Any:
    raise Cannot("a subclass")


# By id, because a learner's metaclass may answer for its hash; these classes live as long as the process.
_OF_SUBCLASSES: Final[dict[int, _Writer]] = {
    **{id(kind): write for kind, write in _WITH_SUBCLASSES.items()},
    **{id(kind): _refuse_subclass for kind in (*_EXACT, *_NOT_AS_BASE)},
    id(np.generic): _write_numpy_scalar,
    id(np.dtype): _write_dtype,
}
_WRITERS: Final[dict[int, _Writer]] = {id(kind): write for kind, write in {**_WITH_SUBCLASSES, **_EXACT}.items()}

"""The receiver's side, and the wall: bytes of unknown origin into values, or `BadMessage`.

Every tag has one reader, and what a reader does not expect is refused. Lengths are checked
before anything of that length is built; each block of bytes is used at most once, so a
short message cannot become many large tables.
"""

from __future__ import annotations

import datetime as dt
import math
import pathlib
import re
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np

from coursekit.grading.codec import decode_pandas
from coursekit.grading.codec.kinds import TYPES, read_dtype, read_zone
from coursekit.grading.codec.message import BadMessage, Limits, parse_json, refuse, unpack
from coursekit.grading.codec.stand_ins import CHARTS, Opaque, Record, chart_of

_HEXADECIMAL: Final = re.compile(r"-?[0-9a-f]+")
_DECIMAL_LENGTH: Final = 10_000
_LABEL_LENGTH: Final = 200
_DIMENSIONS: Final = 32
_SCALARS: Final = {str, int, float, bool, type(None)}
_LAST_CODE_POINT: Final = 0x10FFFF


def decode(data: bytes | memoryview, limits: Limits, *, proxies: Callable[[str], object]) -> object:
    """Return the value of a message.

    `proxies` gives the stand-in for a function of the learner's, by the id that the
    learner's side chose (which is not to be trusted: an unknown one should raise).
    Raises `BadMessage` for everything that `encode` does not make or that is beyond `limits`.
    """
    try:
        tree, blocks = unpack(data, limits)
        return Decoder(limits, blocks, proxies).value(tree)
    except BadMessage:
        raise
    except Exception as error:  # of numpy or pandas, on parts that do not fit together
        raise BadMessage(f"its parts do not make a value ({type(error).__name__})") from error


class Decoder:
    """One message being read: its blocks, and how much was built so far."""

    def __init__(self, limits: Limits, blocks: list[memoryview], proxies: Callable[[str], object]) -> None:
        self.limits = limits
        self.proxies = proxies
        self._blocks: list[memoryview | None] = [*blocks]
        self._items = 0
        self._cells = 0
        self._depth = 0

    def value(self, node: Any) -> Any:
        """Return the value that a piece of JSON stands for."""
        self._items += 1
        if self._items > self.limits.items:
            refuse(f"it holds more than {self.limits.items:,} values")
        kind = type(node)
        if kind is str:
            return node if len(node) <= self.limits.text else refuse("a text is too long")
        if kind is not dict and kind is not list:
            return node
        if self._depth >= self.limits.depth:
            refuse(f"it is nested more than {self.limits.depth} deep")
        self._depth += 1
        if kind is list:
            value = [self.value(item) for item in node]
        else:
            tag = node.get("$")
            read = _READERS.get(tag) if type(tag) is str else None
            value = read(self, node) if read is not None else refuse("an unknown tag")
        self._depth -= 1
        return value

    def values(self, nodes: Any) -> list[Any]:
        """Return the values of a JSON list."""
        return [self.value(node) for node in nodes] if type(nodes) is list else refuse("a list is missing")

    def block(self, number: Any) -> memoryview:
        """Return a block of bytes, once."""
        if type(number) is not int or not 0 <= number < len(self._blocks):
            refuse("a block is missing")
        block = self._blocks[number]
        self._blocks[number] = None
        return block if block is not None else refuse("a block is used twice")

    def cells(self, count: int) -> int:
        """Count elements of an array or a column before they are built."""
        self._cells += count
        if count < 0 or self._cells > self.limits.cells:
            refuse(f"it holds more than {self.limits.cells:,} cells")
        return count

    def array(self, described: Any, number: Any) -> np.ndarray[Any, Any]:
        """Return a block as a writable array of one dimension, its elements checked to be valid."""
        dtype = read_dtype(described)
        block = self.block(number)
        count, rest = divmod(len(block), dtype.itemsize) if dtype.itemsize else (0, 0)
        if rest:
            refuse("an array's length does not fit its type")
        self.cells(count)
        array = np.frombuffer(block, dtype).copy() if count else np.empty(0, dtype)
        _check_elements(array)
        return array

    def objects(self, nodes: Any) -> np.ndarray[Any, Any]:
        """Return the values of a JSON list as an array of objects, of one dimension."""
        values = self.values(nodes)
        array = np.empty(self.cells(len(values)), dtype=object)
        if set(map(type, values)) <= _SCALARS:
            array[:] = values
        else:
            for position, value in enumerate(values):  # one by one: numpy would look into lists
                array[position] = value
        return array


def _check_elements(array: np.ndarray[Any, Any]) -> None:
    # numpy takes any byte for a truth value and any number for a letter, and fails later.
    if array.dtype.names is not None:
        for name in array.dtype.names:
            _check_elements(array[name])
    elif array.dtype.kind == "b" and array.size and np.ascontiguousarray(array).view(np.uint8).max() > 1:
        refuse("a truth value that is neither true nor false")
    elif array.dtype.kind == "U" and array.size and array.dtype.itemsize:
        letters = np.ascontiguousarray(array).reshape(-1).view(np.dtype("u4").newbyteorder(array.dtype.byteorder))
        if letters.max() > _LAST_CODE_POINT:
            refuse("a letter that is none")


def _label(text: Any) -> str:
    return text if type(text) is str and len(text) <= _LABEL_LENGTH else refuse("a name is missing or too long")


def _read_int(decoder: Decoder, node: dict[str, Any]) -> int:
    digits = node["x"]
    if type(digits) is not str or len(digits) > decoder.limits.bits // 4 + 2 or not _HEXADECIMAL.fullmatch(digits):
        refuse("an integer is too long or no integer")
    return int(digits, 16)


def _read_str(decoder: Decoder, node: dict[str, Any]) -> str:
    block = decoder.block(node["b"])
    if len(block) > 4 * decoder.limits.text:
        refuse("a text is too long")
    return str(block, "utf-8", "surrogatepass")


def _parts(make: Callable[..., Any], *kinds: type) -> Callable[[Decoder, dict[str, Any]], Any]:
    """Return a reader that calls `make` with the parts `v`, which must be of these exact types."""

    def read(decoder: Decoder, node: dict[str, Any]) -> Any:
        parts = decoder.values(node["v"])
        if tuple(map(type, parts)) != kinds:
            refuse(f"a {node['$']} with parts of the wrong types")
        return make(*parts)

    return read


def _read_slice(decoder: Decoder, node: dict[str, Any]) -> slice:
    start, stop, step = decoder.values(node["v"])
    return slice(start, stop, step)


def _decimal(digits: str) -> Decimal:
    return Decimal(digits) if len(digits) <= _DECIMAL_LENGTH else refuse("a decimal number is too long")


def _read_time(decoder: Decoder, node: dict[str, Any]) -> dt.time:
    hour, minute, second, microsecond, fold = node["v"]
    return dt.time(hour, minute, second, microsecond, read_zone(node["tz"]), fold=fold)


def _read_datetime(decoder: Decoder, node: dict[str, Any]) -> dt.datetime:
    year, month, day, hour, minute, second, microsecond, fold = node["v"]
    return dt.datetime(year, month, day, hour, minute, second, microsecond, read_zone(node["tz"]), fold=fold)


def _read_mapping(decoder: Decoder, node: dict[str, Any]) -> dict[Any, Any]:
    return dict(zip(decoder.values(node["k"]), decoder.values(node["v"]), strict=True))


def _read_counter(decoder: Decoder, node: dict[str, Any]) -> Counter[Any]:
    counter: Counter[Any] = Counter()
    dict.update(counter, _read_mapping(decoder, node))
    return counter


def _read_record(decoder: Decoder, node: dict[str, Any]) -> Record:
    values, fields = decoder.values(node["v"]), [_label(name) for name in node["fields"]]
    if len(values) != len(fields) or not all(name.isidentifier() for name in fields):
        refuse("a record's names do not fit its values")
    return Record.of(tuple(fields), values)


def _read_array(decoder: Decoder, node: dict[str, Any]) -> np.ndarray[Any, Any]:
    shape = node["s"]
    if type(shape) is not list or len(shape) > _DIMENSIONS or not all(type(n) is int and n >= 0 for n in shape):
        refuse("an array's shape is no shape")
    array = decoder.objects(node["i"]) if "i" in node else decoder.array(node["d"], node["b"])
    if math.prod(shape) != len(array):
        refuse("an array's shape does not fit its length")
    return array.reshape(shape)


def _read_masked(decoder: Decoder, node: dict[str, Any]) -> Any:
    data, mask = decoder.value(node["v"]), decoder.value(node["m"])
    if type(data) is not np.ndarray or type(mask) is not np.ndarray or data.shape != mask.shape:
        refuse("a masked array's mask does not fit")
    return np.ma.MaskedArray(data, mask)


def _read_scalar(decoder: Decoder, node: dict[str, Any]) -> Any:
    array = decoder.array(node["d"], node["b"])
    return array[0] if len(array) == 1 else refuse("a single number has another length")


def _read_chart(decoder: Decoder, node: dict[str, Any]) -> Any:
    if node["kind"] not in CHARTS:
        refuse("an unknown kind of chart")
    specification = parse_json(decoder.block(node["b"]), decoder.limits)
    if type(specification) is not dict:
        refuse("a chart's specification is none")
    return chart_of(node["kind"], specification)


_READERS: Final[dict[str, Callable[[Decoder, dict[str, Any]], Any]]] = {
    "int": _read_int,
    "str": _read_str,
    "complex": _parts(complex, float, float),
    "bytes": lambda decoder, node: bytes(decoder.block(node["b"])),
    "bytearray": lambda decoder, node: bytearray(decoder.block(node["b"])),
    "tuple": lambda decoder, node: tuple(decoder.values(node["v"])),
    "record": _read_record,
    "set": lambda decoder, node: set(decoder.values(node["v"])),
    "frozenset": lambda decoder, node: frozenset(decoder.values(node["v"])),
    "dict": _read_mapping,
    "OrderedDict": lambda decoder, node: OrderedDict(_read_mapping(decoder, node)),
    "defaultdict": lambda decoder, node: defaultdict(None, _read_mapping(decoder, node)),
    "Counter": _read_counter,
    "range": _parts(range, int, int, int),
    "slice": _read_slice,
    "ellipsis": lambda *_: ...,
    "notimplemented": lambda *_: NotImplemented,
    "decimal": _parts(_decimal, str),
    "fraction": _parts(Fraction, int, int),
    "date": _parts(dt.date, int, int, int),
    "time": _read_time,
    "datetime": _read_datetime,
    "timedelta": _parts(dt.timedelta, int, int, int),
    "zone": lambda _, node: read_zone(node["tz"]),
    "path": _parts(pathlib.PurePosixPath, str),
    "array": _read_array,
    "masked": _read_masked,
    "scalar": _read_scalar,
    "numpytext": lambda decoder, node: np.str_(decoder.value(node["v"])),
    "numpybytes": lambda decoder, node: np.bytes_(bytes(decoder.block(node["b"]))),
    "dtype": lambda _, node: np.dtype(object) if node["d"] == "O" else read_dtype(node["d"]),
    "type": lambda _, node: TYPES[_label(node["name"])],
    "chart": _read_chart,
    "callable": lambda decoder, node: decoder.proxies(_label(node["id"])),
    "opaque": lambda _, node: Opaque(_label(node["type"]), _label(node["reason"])),
    **decode_pandas.READERS,
}

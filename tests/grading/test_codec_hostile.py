"""Objects made to fool a check: they arrive as what they hold, or as something that passes no check."""

from __future__ import annotations

import collections
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest

from coursekit.grading.codec import Limits, NotSent, Opaque, OpaqueUsed, decode, encode

LIMITS = Limits()


def _no_functions(name: str) -> NoReturn:
    raise KeyError(name)


def carried(value: Any) -> Any:
    return decode(encode(value, LIMITS), LIMITS, proxies=_no_functions)


def _says_yes(*_: object) -> Any:
    return True


def _fails(*_: object) -> NoReturn:
    raise RuntimeError("overridden code ran")


# Every method that might decide a comparison, or that a careless reader of the object would call.
_YES = dict.fromkeys(["__eq__", "__ne__", "__lt__", "__gt__", "__le__", "__ge__", "__bool__"], _says_yes)
_SPECIAL = ["len", "iter", "getitem", "contains", "repr", "str", "format", "reduce", "reduce_ex", "index", "int"]
_SPECIAL += ["float", "complex", "array", "array_finalize"]
_METHODS = ["items", "keys", "values", "copy", "tolist", "to_dict", "tobytes", "dtype", "shape"]
_FAILING = dict.fromkeys([*(f"__{name}__" for name in _SPECIAL), *_METHODS], _fails)


def _tricky(base: type) -> Any:
    """A subclass of `base` that equals everything and fails wherever it is asked."""
    methods = {
        name: method for name, method in _FAILING.items() if base is not np.ndarray or name != "__array_finalize__"
    }
    return type("Tricky", (base,), {**methods, **_YES, "__hash__": lambda self: 1, "__class__": property(_fails)})


@pytest.mark.parametrize(
    "value",
    [7, -1.5, 1j, "text", b"bytes", bytearray(b"b"), [1, 2], (1, 2), {1, 2}, frozenset({1}), {"a": 1}],
    ids=lambda value: type(value).__name__,
)
def test_a_subclass_arrives_as_the_value_it_holds(value: Any) -> None:
    tricky = _tricky(type(value))(value)
    arrived = carried(tricky)
    assert type(arrived) is type(value)
    assert arrived == value
    assert arrived != 999


def test_a_subclass_of_an_array_arrives_as_the_array() -> None:
    arrived = carried(np.arange(3).view(_tricky(np.ndarray)))
    assert type(arrived) is np.ndarray
    assert arrived.tolist() == [0, 1, 2]


@pytest.mark.parametrize("base", [pd.DataFrame, pd.Series])
def test_a_subclass_of_a_table_arrives_as_the_table(base: Any) -> None:
    data = base({"x": [1, 2]})
    overridden = dict.fromkeys(
        ["items", "iloc", "loc", "index", "columns", "__getitem__", "__len__", "shape"], property(_fails)
    )
    tricky = object.__new__(type("Tricky", (base,), {**overridden, **_YES}))
    for name, part in data.__dict__.items():
        object.__setattr__(tricky, name, part)
    arrived = carried(tricky)
    assert type(arrived) is base
    assert arrived.equals(data)


def test_a_counter_with_a_lying_missing_arrives_without_it() -> None:
    class Full(collections.Counter[str]):
        def __missing__(self, key: str) -> int:
            return 42

    arrived = carried(Full("aab"))
    assert type(arrived) is collections.Counter
    assert arrived["never"] == 0


class EqualsAll:
    """Equal to everything, and everything it is asked for is itself."""

    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __bool__ = __contains__ = _says_yes
    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        return self


class LyingClass(EqualsAll):
    """Says that it is a float."""

    __module__ = "pandas"
    __class__ = property(lambda self: float)  # type: ignore[assignment]


class Arrayed:
    """Gives numpy what it asks for."""

    @property
    def __array_interface__(self) -> Any:
        return {"shape": (1,), "typestr": "<i8", "data": (0, True), "version": 3}

    def __array__(self, *_: object) -> Any:
        return np.array([1])


class FailingMeta(type):
    __hash__ = __eq__ = __instancecheck__ = __subclasscheck__ = mro = _fails  # type: ignore[assignment]

    def __getattribute__(cls, name: str) -> NoReturn:
        _fails()


@pytest.mark.parametrize("kind", [EqualsAll, LyingClass, Arrayed, type("DataFrame", (), {"__module__": "pandas"})])
def test_an_object_that_pretends_arrives_opaque(kind: Any) -> None:
    arrived = carried([kind(), 1])[0]
    assert type(arrived) is Opaque
    with pytest.raises(OpaqueUsed):
        assert arrived == 1
    with pytest.raises(OpaqueUsed):
        assert arrived != 1


def test_a_class_whose_class_fails_arrives_opaque() -> None:
    kind = type.__call__(type, "Plain", (), {})
    assert type(carried(kind())) is Opaque
    FailingMeta.mro = type.mro  # type: ignore[assignment]
    failing = type.__new__(FailingMeta, "Failing", (), {})
    assert type(carried(object.__new__(failing))) is Opaque


def test_a_subclass_of_a_fraction_arrives_opaque() -> None:
    half = type("Tricky", (Fraction,), {**_YES, "__hash__": Fraction.__hash__})(1, 2)
    assert type(carried(half)) is Opaque


@pytest.mark.parametrize("kind", [pd.Timestamp, pd.Timedelta])
def test_a_subclass_of_a_moment_arrives_opaque(kind: Any) -> None:
    class Tricky(kind):  # type: ignore[misc]
        __eq__ = _says_yes
        __hash__ = kind.__hash__

    tricky = Tricky.__new__(Tricky, 0)
    if type(tricky) is Tricky:
        assert type(carried(tricky)) is Opaque
    else:  # pandas itself returns its own class here, which is as good
        assert type(carried(tricky)) is kind


def test_a_chart_whose_specification_cannot_be_had_arrives_opaque() -> None:
    import altair as alt

    assert type(carried(alt.Chart(pd.DataFrame({"x": [object()]})).mark_bar().encode(x="nowhere"))) is Opaque


def test_names_of_hostile_types_arrive_shortened_and_readable() -> None:
    arrived = carried(type("é" + "x" * 10_000, (), {})())
    assert len(repr(arrived)) < 300
    repr(arrived).encode()


def test_what_fills_itself_while_it_is_read_is_not_sent() -> None:
    rows: list[Any] = [0]
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(NotSent, match="deep"):
        encode(deep, LIMITS)
    for _ in range(30):  # two to the power of 30 values in 30 lists
        rows = [rows, rows]
    with pytest.raises(NotSent, match="values"):
        encode(rows, Limits(items=10_000))

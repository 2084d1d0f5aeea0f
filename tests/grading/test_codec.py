"""Values that learners answer with arrive at the checker as they were: the same type, the same parts."""

from __future__ import annotations

import collections
import datetime as dt
import enum
import math
import zoneinfo
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any, NamedTuple, NoReturn

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal

from coursekit.grading.codec import Limits, NotSent, Opaque, OpaqueUsed, Record, decode, encode

LIMITS = Limits()
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


def _no_functions(name: str) -> NoReturn:
    raise KeyError(name)


def carried(value: Any, limits: Limits = LIMITS) -> Any:
    """What arrives on the other side."""
    return decode(encode(value, limits), limits, proxies=_no_functions)


def same(first: Any, second: Any) -> bool:
    """Equal in type and parts, NaN equal to NaN and 0.0 unequal to -0.0."""
    if type(first) is not type(second):
        return False
    if isinstance(first, float):
        return bool(repr(float(first)) == repr(float(second)))
    if isinstance(first, complex):
        return same(first.real, second.real) and same(first.imag, second.imag)
    if isinstance(first, dict):
        return same(list(first.items()), list(second.items()))
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


PLAIN = [
    None,
    True,
    0,
    -(2**63),
    2**63,
    -(2**4000),
    -0.0,
    math.nan,
    math.inf,
    complex(-0.0, math.inf),
    "text with é, 😀 and \x00",
    "half a pair \ud83d, and two halves \ud83d\ude00",
    b"\x00\xff",
    bytearray(b"ab"),
    [],
    [[1, [2.0]], (None,)],
    (),
    set(),
    {1, "a", (2, 3)},
    frozenset({frozenset({1})}),
    {"b": 1, "a": [2], (1, None): {}, 1.5: 0, None: 1},
    {"$": "int", "x": "ff"},
    collections.Counter("abca"),
    collections.OrderedDict(b=1, a=2),
    range(2, 20, 3),
    slice(None, 2, -1),
    ...,
    Decimal("1.20"),
    Decimal("-Infinity"),
    Fraction(-1, 3),
    dt.date(2024, 2, 29),
    dt.time(1, 2, 3, 4, dt.timezone(dt.timedelta(hours=-2, minutes=-30)), fold=1),
    dt.datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1),
    dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    dt.timedelta(days=-1, microseconds=1),
    dt.timezone(dt.timedelta(hours=1), "CET"),
    PurePosixPath("data/a.csv"),
    np.bool_(True),
    np.int8(-3),
    np.uint64(2**64 - 1),
    np.float16(0.1),
    np.float64("nan"),
    np.complex64(1j),
    np.str_("a\x00"),
    np.str_(""),
    np.bytes_(b"a\x00"),
    np.datetime64("2024-01-01T01", "h"),
    np.timedelta64(3, "D"),
    np.dtype("M8[us]"),
    pd.Timestamp("2024-01-01 00:00:00.000000001"),
    pd.Timestamp("2024-10-27 02:30").tz_localize(BERLIN, ambiguous=False),
    pd.Timedelta("-1 day 00:00:00.5"),
    pd.Period("2024Q1"),
    pd.Interval(0, 2.5, closed="both"),
    pd.Interval(pd.Timestamp(2024, 1, 1), pd.Timestamp(2025, 1, 1)),
    pd.Int64Dtype(),
    pd.StringDtype("python"),
    int,
    pd.DataFrame,
]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: f"{type(value).__name__}-{str(value)[:20]!a}")
def test_a_plain_value_arrives_with_its_type(value: Any) -> None:
    assert same(carried(value), value)


def test_the_three_kinds_of_missing_are_kept_apart() -> None:
    none, not_a_time, not_available = carried([None, pd.NaT, pd.NA])
    assert none is None
    assert not_a_time is pd.NaT
    assert not_available is pd.NA


def test_the_unit_of_a_time_is_kept() -> None:
    for unit in ("s", "ms", "us", "ns"):
        assert carried(pd.Timestamp("2024-01-01", tz="UTC").as_unit(unit)).unit == unit
        assert carried(pd.Timedelta(1, "h").as_unit(unit)).unit == unit


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3))[:, ::2],
        np.array(3.5),
        np.zeros((0, 4)),
        np.array(["a", "bcd", ""]),
        np.array([b"a", b""]),
        np.array([True, False]),
        np.array(["2024-01", "NaT"], dtype="M8[M]"),
        np.arange(3, dtype=">i4"),
        np.array([1, "a", None, [1, 2], {"a": pd.NA}], dtype=object),
        np.array([(1, 2.0, "a")], dtype=[("n", "i4"), ("x", "f8", (1,)), ("s", "U3")]),
        np.array([1 + 2j, np.nan]),
    ],
    ids=lambda array: f"{array.dtype.str}-{array.shape}",
)
def test_an_array_keeps_its_type_shape_and_elements(array: Any) -> None:
    arrived = carried(array)
    assert arrived.dtype == array.dtype
    np.testing.assert_array_equal(arrived, array, strict=True)
    arrived[...] = arrived  # a check may change it


def test_a_masked_array_keeps_its_mask() -> None:
    arrived = carried(np.ma.array([1, 2, 3], mask=[0, 1, 0]))
    assert arrived.sum() == 4
    assert arrived.mask.tolist() == [False, True, False]


COLUMNS: dict[str, Any] = {
    "integers": [1, 2, 3],
    "small integers": np.array([1, 2, 3], dtype="i1"),
    "numbers": [1.5, np.nan, -0.0],
    "truth": [True, False, True],
    "text": ["a", None, "é😀"],
    "python text": pd.array(["a", None, "é"], dtype=pd.StringDtype("python", na_value=np.nan)),
    "text with NA": pd.array(["a", None, ""], dtype="string[python]"),
    "arrow text with NA": pd.array(["a", None, ""], dtype="string[pyarrow]"),
    "no text": pd.array([None, None, None], dtype="str"),
    "objects": pd.array([1, "a", None], dtype=object),
    "objects that are texts": pd.array(["a", "b", "c"], dtype=object),
    "lists": pd.Series([[1], [], [1, "a"]]),
    "mixed missing": pd.Series([None, pd.NA, pd.NaT], dtype=object),
    "moments": pd.to_datetime(["2024-01-01 00:00", None, "1999-12-31 23:59"]),
    "moments in seconds": pd.to_datetime(["2024-01-01", None, "1999-12-31"]).as_unit("s"),
    "moments with zone": pd.to_datetime(["2024-10-27 00:30", None, "2024-10-27 01:30"])
    .tz_localize("UTC")
    .tz_convert(BERLIN),
    "moments with offset": pd.to_datetime(["2024-01-01T00:00+02:00"] * 3),
    "moments of several zones": pd.Series(
        [dt.datetime(2024, 1, 1, tzinfo=BERLIN), dt.datetime(2024, 1, 1, tzinfo=dt.UTC), None], dtype=object
    ),
    "dates": pd.Series([dt.date(2024, 1, 1), None, dt.date(2024, 1, 2)], dtype=object),
    "durations": pd.to_timedelta(["1h", None, "-1s"]),
    "periods": pd.PeriodIndex(["2024-01", None, "2024-03"], freq="M"),
    "weeks": pd.PeriodIndex(["2024-01-01", None, "2024-03-01"], freq="W-SUN"),
    "intervals": pd.IntervalIndex.from_tuples([(0, 1), np.nan, (1, 2)], closed="left"),
    "intervals of time": pd.interval_range(pd.Timestamp("2024-01-01"), periods=3),
    "categories": pd.Categorical(["b", None, "a"], categories=["b", "a", "never"]),
    "ordered categories": pd.Categorical([3, 1, 3], categories=[3, 2, 1], ordered=True),
    "cut": pd.cut([1, 5, 9], [0, 4, 8]),
    "nullable integers": pd.array([1, None, 3], dtype="Int64"),
    "nullable small": pd.array([1, None, 3], dtype="UInt8"),
    "nullable numbers": pd.array([1.5, None, 3], dtype="Float32"),
    "nullable truth": pd.array([True, None, False], dtype="boolean"),
    "complex": [1j, 2.0, np.nan],
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_keeps_its_dtype_values_and_name(kind: str) -> None:
    series = pd.Series(COLUMNS[kind], name=("a", 1))
    assert_series_equal(carried(series), series, check_exact=True)
    assert list(map(type, carried(series))) == list(map(type, series))
    assert_series_equal(carried(series[1:2]), series[1:2])
    assert_series_equal(carried(series[:0]), series[:0])


@pytest.mark.parametrize("kind", [kind for kind in COLUMNS if kind != "lists"])
def test_an_index_keeps_its_class_and_values(kind: str) -> None:
    index = pd.Index(COLUMNS[kind], name="name")
    assert_index_equal(carried(index), index, exact=True)
    assert type(carried(index)) is type(index)


def test_what_unique_returns_arrives() -> None:
    for kind, values in COLUMNS.items():
        array = pd.Series(values).array
        assert type(carried(array)) is type(array), kind
        assert_series_equal(pd.Series(carried(array)), pd.Series(array))


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(5, 0, -2, name="n"),
        pd.date_range("2024-01-01", periods=4, freq="D", tz="UTC"),
        pd.date_range("2024-01-01", periods=3, freq="MS"),
        pd.timedelta_range("1h", periods=3),
        pd.MultiIndex.from_tuples([("a", 1), ("a", np.nan), (None, 1)], names=["x", None]),
        pd.MultiIndex.from_product([pd.period_range("2024", periods=2, freq="Y"), pd.Categorical(["u", "v"])]),
        pd.Index([]),
        pd.Index([], dtype="str"),
        pd.Index([1, "a", None, (1, 2)], dtype=object),
    ],
    ids=lambda index: f"{type(index).__name__}-{len(index)}",
)
def test_an_index_keeps_its_names_levels_and_frequency(index: pd.Index[Any]) -> None:
    arrived = carried(index)
    assert_index_equal(arrived, index, exact=True)
    assert arrived.names == index.names
    assert getattr(arrived, "freq", None) == getattr(index, "freq", None)


def test_a_table_of_all_kinds_of_columns_arrives() -> None:
    frame = pd.DataFrame({kind: pd.Series(values) for kind, values in COLUMNS.items()})
    assert_frame_equal(carried(frame), frame, check_exact=True, check_column_type=True)
    assert_frame_equal(carried(frame[1:2]), frame[1:2])


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame(index=[1, 2]),
        pd.DataFrame(columns=["a", "b"]),
        pd.DataFrame([[1, "a"], [2, "b"]], columns=["x", "x"], index=[7, 7]),
        pd.DataFrame([["a", 1.0]], dtype=object),
        pd.DataFrame({("a", 1): [1], ("b", 2): [2]}),
        pd.DataFrame({"g": ["a", "a", "b"], "x": [1, 2, 3]}).groupby("g").agg(["mean", "count"]),
        pd.DataFrame({"g": ["a", "b"], "x": [1, 2]}).pivot_table(index="g", columns="x", aggfunc="size"),
        pd.DataFrame({"x": [1, 2, 3]}).describe().T,
    ],
    ids=["nothing", "rows-only", "columns-only", "doubled", "objects", "levels", "grouped", "pivoted", "described"],
)
def test_a_table_of_unusual_form_arrives(frame: pd.DataFrame) -> None:
    assert_frame_equal(carried(frame), frame, check_exact=True)


def test_a_table_is_a_copy_that_can_be_changed() -> None:
    frame = pd.DataFrame({"x": [1, 2], "s": ["a", "b"]})
    arrived = carried(frame)
    arrived.loc[0, "x"] = 9
    arrived["y"] = arrived["s"].str.upper()
    assert frame["x"].tolist() == [1, 2]
    assert arrived["y"].tolist() == ["A", "B"]


class Point(NamedTuple):
    x: int
    y: list[int]


def test_a_named_tuple_arrives_with_its_names() -> None:
    point = carried(Point(1, [2]))
    assert type(point) is Record
    assert point == (1, [2]) == Point(1, [2])
    assert point.y == [2]
    assert point._asdict() == {"x": 1, "y": [2]}


@pytest.mark.parametrize("build", [lambda c: c, lambda c: c + c.mark_rule(), lambda c: c | c, lambda c: c.facet("k:N")])
def test_a_chart_arrives_by_its_specification(build: Any) -> None:
    data = pd.DataFrame({"x": [1, 2], "k": ["a", "b"]})
    chart = build(alt.Chart(data).mark_bar().encode(x="x:Q", tooltip="k:N"))
    arrived = carried(chart)
    assert arrived.to_dict() == chart.to_dict()
    assert isinstance(arrived, type(chart))
    assert isinstance(arrived, alt.TopLevelMixin)
    assert arrived.properties(title="t").to_dict()["title"] == "t"


def test_the_parts_of_a_chart_can_be_read() -> None:
    chart = carried(alt.Chart(pd.DataFrame({"x": [1]})).mark_bar().encode(x="x:Q"))
    assert chart.mark == "bar"
    assert chart.encoding.x.to_dict() == {"field": "x", "type": "quantitative"}


def test_a_function_arrives_as_what_the_checker_makes_of_its_id() -> None:
    def answer(x: int) -> int:
        return x

    met: list[object] = []

    def register(function: object) -> str:
        met.append(function)
        return str(len(met) - 1)

    message = encode({"f": answer, "g": np.mean}, LIMITS, callables=register)
    assert decode(message, LIMITS, proxies=lambda key: ("stand-in", key)) == {
        "f": ("stand-in", "0"),
        "g": ("stand-in", "1"),
    }
    assert met == [answer, np.mean]


class Colour(enum.Enum):
    RED = 1


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Colour.RED,
        iter([1]),
        {1: 2}.keys(),
        pd.Series(pd.arrays.SparseArray([0, 1])),
        pd.DataFrame({"x": [1]}).groupby("x"),
        {Colour.RED: 1},
        lambda: 1,
        np.array([(1, None)], dtype=[("a", "i4"), ("b", "O")]),
        dt.datetime(2024, 1, 1, tzinfo=type("Zone", (dt.tzinfo,), {})()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_carried_is_opaque(value: Any) -> None:
    assert type(carried(value)) is Opaque
    assert type(carried([1, value])[1]) is Opaque


def test_the_reason_names_what_is_not_carried() -> None:
    sparse = carried(pd.DataFrame({"x": pd.arrays.SparseArray([0, 1])}))
    assert repr(sparse) == "<DataFrame, not carried over: a column of dtype Sparse[int64, 0]>"


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x == x,
        lambda x: x != 1,
        lambda x: x < 1,
        lambda x: not x,
        lambda x: len(x),
        lambda x: list(x),
        lambda x: x[0],
        lambda x: x.anything,
        lambda x: x(),
        lambda x: x + 1,
        lambda x: 1 + x,
        lambda x: float(x),
        lambda x: x in {1},
        lambda x: 1 in x,
        lambda x: [x] == [1],
        lambda x: np.asarray(x),
        lambda x: hash(x),
    ],
)
def test_every_use_of_an_opaque_value_fails(use: Any) -> None:
    with pytest.raises(OpaqueUsed, match="object"):
        use(carried(object()))


def test_a_value_that_contains_itself_is_not_sent() -> None:
    ring: list[Any] = [1]
    ring.append({"ring": ring})
    with pytest.raises(NotSent, match="contains itself"):
        encode(ring, LIMITS)


def test_the_same_list_twice_is_sent_twice() -> None:
    row = [1]
    assert carried([row, row]) == [[1], [1]]


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ([[[[]]]], Limits(depth=3)),
        (list(range(100)), Limits(items=100)),
        (np.zeros(100), Limits(size=500)),
        (["a" * 300, "b" * 300], Limits(size=500)),
    ],
)
def test_what_is_beyond_the_limits_is_not_sent(value: Any, limits: Limits) -> None:
    with pytest.raises(NotSent):
        encode(value, limits)


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        (2**1001, Limits(bits=1000)),
        ("a" * 11, Limits(text=10)),
        (pd.DataFrame([[1, 2, 3]]), Limits(columns=2)),
        (pd.DataFrame([[1, 2, 3]]), Limits(cells=2)),
    ],
)
def test_one_value_beyond_the_limits_is_opaque_and_the_rest_arrives(value: Any, limits: Limits) -> None:
    first, second = carried([value, 1], limits)
    assert type(first) is Opaque
    assert second == 1


_hashable: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters())
    | st.binary()
    | st.dates()
    | st.datetimes(timezones=st.none() | st.timezones())
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.fractions()
    | st.complex_numbers(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.frozensets(inner, max_size=3),
    max_leaves=5,
)
_values: Any = st.recursive(
    _hashable | st.just(math.nan),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(_hashable, inner, max_size=5) | st.lists(inner).map(tuple)
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(_values)
def test_any_nested_value_arrives(value: Any) -> None:
    assert same(carried(value), value)


_cells: dict[str, Any] = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float64": st.floats(),
    "str": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    "string[python]": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    "object": _values,
    "boolean": st.none() | st.booleans(),
    "Int64": st.none() | st.integers(-(2**62), 2**62),
    "category": st.sampled_from(["a", "b", None]),
    "datetime64[us, UTC]": st.none() | st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)),
}


@st.composite
def _frames(draw: Any) -> pd.DataFrame:
    rows = draw(st.integers(0, 6))
    kinds = draw(st.lists(st.sampled_from(sorted(_cells)), max_size=4))
    cells = {n: draw(st.lists(_cells[kind], min_size=rows, max_size=rows)) for n, kind in enumerate(kinds)}
    columns: dict[int, Any] = {}
    for number, kind in enumerate(kinds):
        array = np.empty(rows, dtype=object)
        for row, cell in enumerate(cells[number]):
            array[row] = cell
        columns[number] = (
            pd.Series(array, dtype=object).astype(kind) if kind != "object" else pd.Series(array, dtype=object)
        )
    frame = pd.DataFrame(columns, index=pd.RangeIndex(rows))
    names = draw(
        st.lists(
            st.integers() | st.text(st.characters(exclude_categories=["Cs"])), min_size=len(kinds), max_size=len(kinds)
        )
    )
    frame.columns = pd.Index(names, dtype=object)
    return frame


@settings(max_examples=60, deadline=None, derandomize=True)
@given(_frames())
def test_any_table_arrives(frame: pd.DataFrame) -> None:
    arrived = carried(frame)
    assert arrived.dtypes.tolist() == frame.dtypes.tolist()
    assert arrived.columns.tolist() == frame.columns.tolist()
    for position in range(len(frame.columns)):
        expected, got = frame.iloc[:, position], arrived.iloc[:, position]
        if expected.dtype == object:
            assert same(got.tolist(), expected.tolist())
        else:
            assert_series_equal(got, expected, check_exact=True)

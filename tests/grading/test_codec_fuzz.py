"""The decoder against bytes of any kind: a value or `BadMessage`, in memory bounded by the message and the limits."""

from __future__ import annotations

import contextlib
import json
import random
import struct
import tracemalloc
import warnings
from typing import Any, NoReturn

import altair as alt
import numpy as np
import pandas as pd
import pytest

from coursekit.grading.codec import BadMessage, Limits, decode, encode

LIMITS = Limits(size=200_000, items=20_000, cells=50_000, text=10_000, bits=2_000, columns=50, depth=20)


def _no_functions(name: str) -> NoReturn:
    raise KeyError(name)


def _decode(message: bytes | memoryview) -> object:
    return decode(message, LIMITS, proxies=_no_functions)


def _message(tree: object, *blocks: bytes) -> bytes:
    """A message as an attacker may write it, its lengths in order."""
    text = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    head = b"CKV1" + struct.pack(f"<II{len(blocks)}Q", len(text), len(blocks), *map(len, blocks))
    return head + text + b"".join(blocks)


def _samples() -> list[object]:
    table = pd.DataFrame(
        {
            "text": ["a", None, "é"],
            "python": pd.array(["a", None, "é"], dtype="string[python]"),
            "kind": pd.Categorical(["u", "v", "u"], ordered=True),
            "time": pd.date_range("2024-01-01", periods=3, tz="Europe/Berlin"),
            "period": pd.period_range("2024-01", periods=3, freq="M"),
            "interval": pd.interval_range(0, 3),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "object": pd.Series([1, "a", [2]], dtype=object),
            "duration": pd.timedelta_range("1h", periods=3),
        },
        index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2), ("b", 3)], names=["x", "y"]),
    )
    return [
        table,
        table["time"],
        pd.date_range("2024-01-01", periods=5, freq="MS"),
        {"a": [1, 2.5, None, ("x", {3})], 2: b"bytes", "big": 2**100, "half": "\ud800"},
        np.array([(1, True, "ab")], dtype=[("n", "i4"), ("b", "?"), ("s", "U2")]),
        np.array([[1, "a"], [None, ()]], dtype=object),
        [pd.Timestamp("2024", tz="UTC"), pd.Timedelta("1h"), pd.Period("2024Q1"), pd.Interval(0, 1), range(3), 1j],
        alt.Chart(pd.DataFrame({"x": [1]})).mark_bar().encode(x="x:Q"),
        object(),
    ]


MESSAGES = [encode(sample, LIMITS) for sample in _samples()]


def _tree_and_blocks(message: bytes) -> tuple[Any, list[bytes]]:
    length, count = struct.unpack_from("<II", message, 4)
    sizes = struct.unpack_from(f"<{count}Q", message, 12)
    start = 12 + 8 * count
    tree, start, blocks = json.loads(message[start : start + length]), start + length, []
    for size in sizes:
        blocks.append(message[start : start + size])
        start += size
    return tree, blocks


def _mutated_bytes(rng: random.Random) -> bytes:
    message = bytearray(rng.choice(MESSAGES))
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(message))
        match rng.randrange(4):
            case 0:
                message[at] ^= 1 << rng.randrange(8)
            case 1:
                message[at] = rng.randrange(256)
            case 2:
                del message[at : at + rng.randint(1, 8)]
            case _:
                message[at:at] = rng.randbytes(rng.randint(1, 8))
        if not message:
            break
    return bytes(message)


_ODD = [None, True, -1, 0, 3, 2**62, 1e300, "", "a", "<f8", "O", "D", "99999999Y", [], [[]], {}, [0] * 9, {"$": "dict"}]


def _nodes(tree: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    for key, child in tree.items() if isinstance(tree, dict) else enumerate(tree):
        found.append((tree, key))
        if isinstance(child, dict | list):
            _nodes(child, found)
    return found


def _mutated_tree(rng: random.Random) -> bytes:
    """Valid JSON of the right look, with parts exchanged: it passes the first checks and reaches the later ones."""
    tree, blocks = _tree_and_blocks(rng.choice(MESSAGES))
    other, _ = _tree_and_blocks(rng.choice(MESSAGES))
    tree, other = [tree], [other]
    for _ in range(rng.randint(1, 3)):
        parent, key = rng.choice(_nodes(tree, []))
        donor, donor_key = rng.choice(_nodes(rng.choice([tree, other]), []))
        part = rng.choice(_ODD) if rng.random() < 0.5 else donor[donor_key]
        parent[key] = json.loads(json.dumps(part))
    if blocks and rng.random() < 0.4:
        at = rng.randrange(len(blocks))
        blocks[at] = rng.choice(
            [b"", blocks[at][:-1], blocks[at] * 3, rng.randbytes(len(blocks[at])), rng.choice(blocks)]
        )
    return _message(tree[0], *blocks)


def _arbitrary(rng: random.Random) -> bytes:
    return rng.choice([b"", b"CKV1"]) + rng.randbytes(rng.randrange(200))


def _value_or_bad_message(message: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = _decode(message)
        except BadMessage:
            return False
        with contextlib.suppress(Exception):  # pandas refuses to print moments far outside the calendar
            repr(value)  # what got through is whole: reading every part neither crashes nor hangs
    return True


@pytest.mark.parametrize(
    ("mutate", "times"), [(_arbitrary, 500), (_mutated_bytes, 1500), (_mutated_tree, 1500)], ids=lambda x: str(x)[:24]
)
def test_mutated_messages_are_values_or_bad_messages(mutate: Any, times: int) -> None:
    rng = random.Random(7)
    through = sum(_value_or_bad_message(mutate(rng)) for _ in range(times))
    assert through < times


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_many_more_mutated_messages_are_values_or_bad_messages(seed: int) -> None:
    rng = random.Random(100 + seed)
    for _ in range(1000):
        _value_or_bad_message(_mutated_bytes(rng))
        _value_or_bad_message(_mutated_tree(rng))


def test_the_samples_themselves_are_read() -> None:
    assert all(map(_value_or_bad_message, MESSAGES))
    assert [_message(*_parts) for _parts in ((tree, *blocks) for tree, blocks in map(_tree_and_blocks, MESSAGES))]


INDEX = {"$": "rangeindex", "v": [0, 2, 1], "name": None}
TWO = np.arange(2).tobytes()


def _series(vector: object, index: object = INDEX) -> dict[str, object]:
    return {"$": "series", "x": index, "v": vector, "name": None}


def _text(storage: str) -> dict[str, object]:
    return {"k": "text", "storage": storage, "na": "nan", "m": None, "o": 0, "b": 1}


def _ends(*ends: int) -> bytes:
    return np.array(ends, dtype="<i8").tobytes()


REFUSED: dict[str, bytes | memoryview] = {
    "nothing": b"",
    "another format": b"\x80\x04K\x01.",
    "an Arrow stream": b"ARROW1\x00\x00" + bytes(50),
    "more blocks than bytes": b"CKV1" + struct.pack("<II", 2, 2**32 - 1) + b"[]",
    "JSON longer than the message": b"CKV1" + struct.pack("<II", 2**32 - 1, 0) + b"[]",
    "a block longer than the message": b"CKV1" + struct.pack("<IIQ", 2, 1, 2**63) + b"[]",
    "bytes after the end": _message([]) + b"x",
    "no JSON": _message(b"[1,"),
    "no UTF-8": _message(b'"\xff"'),
    "deep JSON": _message(b"[" * 50_000 + b"]" * 50_000),
    "a deep value": _message(json.loads("[" * 30 + "]" * 30)),
    "a number of many digits": _message(b"9" * 30),
    "too many values": _message([0] * 20_001),
    "very many values": _message(b"[" + b"[]," * 60_000 + b"[]]"),
    "too long a text": _message("a" * 10_001),
    "too long a text in a block": _message({"$": "str", "b": 0}, b"a" * 50_000),
    "too large a message": _message("a", bytes(200_000)),
    "no tag": _message({}),
    "an unknown tag": _message({"$": "pickle", "b": 0}, b"\x80\x04K\x01."),
    "a tag that is no text": _message({"$": ["dict"]}),
    "a type by its path": _message({"$": "type", "name": "os.system"}),
    "too long an integer": _message({"$": "int", "x": "f" * 600}),
    "an integer that is none": _message({"$": "int", "x": "0x1_0"}),
    "a fraction with text": _message({"$": "fraction", "v": ["1", "9" * 10]}),
    "an unhashable key": _message({"$": "dict", "k": [[]], "v": [1]}),
    "keys without values": _message({"$": "dict", "k": [1, 2], "v": [1]}),
    "an opaque key": _message({"$": "set", "v": [{"$": "opaque", "type": "T", "reason": ""}]}),
    "an unknown function": _message({"$": "callable", "id": "no", "name": "no"}),
    "a time zone outside the database": _message({"$": "zone", "tz": "zone:../../etc/passwd"}),
    "a time zone that is a folder": _message({"$": "zone", "tz": "zone:Europe"}),
    "a block twice": _message([{"$": "bytes", "b": 0}, {"$": "bytes", "b": 0}], b"a"),
    "a block before the first": _message({"$": "bytes", "b": -1}, b"a"),
    "an array of pointers": _message({"$": "array", "s": [2], "d": "O", "b": 0}, bytes(16)),
    "an array of pointers in a field": _message({"$": "array", "s": [1], "d": [["a", "O", []]], "b": 0}, bytes(8)),
    "two types in one text": _message({"$": "dtype", "d": "i4,i4"}),
    "an array type by its name": _message({"$": "array", "s": [1], "d": "object", "b": 0}, bytes(8)),
    "an array larger than its bytes": _message({"$": "array", "s": [2**40], "d": "|u1", "b": 0}, b"a"),
    "an array whose size overflows": _message({"$": "array", "s": [2**32, 2**32], "d": "|u1", "b": 0}, b""),
    "an array of negative length": _message({"$": "array", "s": [-1], "d": "|u1", "b": 0}, b"a"),
    "an array of nothing, very often": _message({"$": "array", "s": [10**9], "d": "|S0", "b": 0}, b""),
    "a huge structured type": _message({"$": "array", "s": [1], "d": [["a", "<f8", [10**5] * 5]], "b": 0}, b""),
    "too many cells": _message({"$": "array", "s": [60_000], "d": "|u1", "b": 0}, bytes(60_000)),
    "a truth value of 2": _message({"$": "array", "s": [1], "d": "|b1", "b": 0}, b"\x02"),
    "a truth value of 2 in a field": _message({"$": "array", "s": [1], "d": [["a", "|b1", []]], "b": 0}, b"\x02"),
    "a letter beyond the last": _message({"$": "array", "s": [1], "d": "<U1", "b": 0}, b"\xff\xff\xff\x7f"),
    "a column too long": _message(_series({"k": "numbers", "d": "<i8", "b": 0}), _ends(1, 2, 3)),
    "a column of an unknown kind": _message(_series({"k": "extension", "name": "arrow.json", "b": 0}), TWO),
    "texts that end before they start": _message(_series(_text("pyarrow")), _ends(0, 9, 3), b"abc"),
    "texts out of order": _message(_series(_text("python")), _ends(0, 4, 3), b"abc"),
    "texts that end outside": _message(_series(_text("pyarrow")), _ends(0, 2, 2**40), b"abc"),
    "texts that start outside": _message(_series(_text("python")), _ends(-5, 2, 3), b"abc"),
    "text that is not UTF-8": _message(_series(_text("pyarrow")), _ends(0, 1, 2), b"\xff\xff"),
    "text cut within a letter": _message(_series(_text("pyarrow")), _ends(0, 1, 2), "é".encode()),
    "categories out of range": _message(
        _series(
            {"k": "categories", "codes": {"k": "numbers", "d": "|i1", "b": 0}, "categories": INDEX, "ordered": True}
        ),
        b"\x00\x05",
    ),
    "levels out of range": _message(
        {"$": "multiindex", "levels": [INDEX], "codes": [{"k": "numbers", "d": "|i1", "b": 0}], "names": [None]},
        b"\x07",
    ),
    "a range of very many rows": _message({"$": "rangeindex", "v": [0, 2**60, 1], "name": None}),
    "a table of very many rows": _message(
        {"$": "frame", "c": INDEX | {"v": [0, 0, 1]}, "x": INDEX | {"v": [0, 2**60, 1]}, "v": []}
    ),
    "a frequency that is code": _message(_series({"k": "periods", "freq": "__import__('os')", "b": 0}), TWO),
    "an unhashable name": _message(_series({"k": "numbers", "d": "<i8", "b": 0}) | {"name": []}, TWO),
    "intervals within intervals": _message(
        _series({"k": "intervals", "closed": "left", "ends": [{"k": "intervals"}, {"k": "intervals"}]}), TWO
    ),
    "a chart of an unknown kind": _message({"$": "chart", "kind": "load_dataset", "b": 0}, b"{}"),
    "a chart that is no specification": _message({"$": "chart", "kind": "Chart", "b": 0}, b"[]"),
    "a chart of very many values": _message(
        {"$": "chart", "kind": "Chart", "b": 0}, b'{"a":[' + b"[]," * 60_000 + b"[]]}"
    ),
    "a chart nested without end": _message({"$": "chart", "kind": "Chart", "b": 0}, b'{"a":' * 30_000),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_forged_message_is_refused(name: str) -> None:
    with pytest.raises(BadMessage):
        _decode(REFUSED[name])


def test_neither_mutated_nor_forged_messages_take_much_memory() -> None:
    rng = random.Random(11)
    messages = [*map(bytes, REFUSED.values()), *(_mutated_tree(rng) for _ in range(200))]
    for message in messages:
        _value_or_bad_message(message)  # imports and caches come first
    tracemalloc.start()
    try:
        for message in messages:
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            _value_or_bad_message(message)
            _, peak = tracemalloc.get_traced_memory()
            # Sixty bytes of list for the three bytes `[],` are the worst that the limits leave.
            assert peak - before < 2_000_000 + 40 * len(message)
    finally:
        tracemalloc.stop()


def test_a_view_that_changes_later_does_not_change_the_value() -> None:
    shared = bytearray(encode(np.arange(3), LIMITS))
    array = _decode(memoryview(shared))
    shared[-24:] = bytes(24)
    assert isinstance(array, np.ndarray)
    assert array.tolist() == [0, 1, 2]

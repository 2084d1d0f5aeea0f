"""Reading what was handed in: every file is a list of clean cells, or a sentence for the learner."""

from __future__ import annotations

import json
import re
import tracemalloc
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
import pytest
from nbgrader.utils import compute_checksum

from coursekit.grading.notebooks import Limits, Unreadable, checksum, read_notebook, write_notebook

PACKAGED = sorted(Path(nbgrader.__file__).parent.glob("tests/*/files/*.ipynb"))


def notebook(*cells: Any, **changes: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)} | changes).encode()


def code(source: Any, **changes: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": 1} | changes


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_notebook_that_nbgrader_packs_reads_as_nbformat_reads_it(path: Path) -> None:
    read = read_notebook(path.read_bytes())
    expected = nbformat.read(path, as_version=4).cells
    assert [(cell["cell_type"], cell["source"]) for cell in read] == [(c.cell_type, c.source) for c in expected]
    assert [cell["metadata"].get("nbgrader") for cell in read] == [c.metadata.get("nbgrader") for c in expected]


def test_a_notebook_of_format_3_reads_as_nbformat_reads_it() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["A\n", "title"]},
        {"cell_type": "markdown", "metadata": {}, "source": "text"},
        {"cell_type": "code", "metadata": {"n": 1}, "input": ["a = 1\n", "a"], "outputs": [], "language": "python"},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}
    data = json.dumps(old).encode()
    expected = nbformat.reads(data.decode(), as_version=4).cells
    assert [(c["cell_type"], c["source"]) for c in read_notebook(data)] == [(c.cell_type, c.source) for c in expected]


def test_a_byte_order_mark_nan_and_a_repeated_key_that_nobody_reads_are_forgiven() -> None:
    data = notebook(code("a = 1", outputs=[{"output_type": "display_data", "data": {"x": float("nan")}}]))
    data = b"\xef\xbb\xbf" + data.replace(b'"execution_count": 1', b'"execution_count": 1, "execution_count": 2')
    assert b"NaN" in data
    assert [cell["source"] for cell in read_notebook(data)] == ["a = 1"]


def test_halves_of_characters_become_a_replacement_character() -> None:
    (cell,) = read_notebook(notebook(code("a = '\ud800'")))
    assert cell["source"] == "a = '\ufffd'"


def test_a_cell_of_an_unknown_type_keeps_its_text_and_cannot_run() -> None:
    (cell,) = read_notebook(notebook(code("import os", cell_type="cobol")))
    assert (cell["cell_type"], cell["source"]) == ("raw", "import os")


NO_NOTEBOOK = {
    "nothing": (b"", "empty"),
    "blanks": (b" \n ", "empty"),
    "a page": (b"<!DOCTYPE html><p>hello", "no JSON from line 1 on"),
    "a list": (b"[]", "no notebook"),
    "a string": (b'"nbformat"', "no notebook"),
    "an object": (b"{}", "no notebook"),
    "cut off": (notebook(code("a = 1"))[:-30], "no JSON"),
    "cut off within a text": (notebook(code("a = 1"))[:80], "no JSON"),
    "Latin-1": (notebook(code("X")).replace(b"X", b"\xe9"), "not UTF-8"),
    "UTF-16": (notebook(code("a = 1")).decode().encode("utf-16"), "not UTF-8"),
    "zero bytes": (b"\0" * 1000, "no JSON"),
    "merge marks": (b'{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> other\n}', "merge marks"),
    "deep lists": (b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    "deep and never closed": (b"[" * 100_000, "nested too deeply"),
    "deep in an output": (
        notebook(code("", outputs=["X"])).replace(b'"X"', b"[" * 101 + b"]" * 101),
        "nested too deeply",
    ),
    "huge number": (b'{"nbformat": ' + b"4" * 5000 + b"}", "thousands of digits"),
    "format 2": (notebook(nbformat=2), "format other than 3 and 4"),
    "format 5": (notebook(nbformat=5), "format other than 3 and 4"),
    "format in words": (notebook(nbformat="4"), "no notebook"),
    "format true": (notebook(nbformat=True), "no notebook"),
    "worksheets in format 4": (b'{"nbformat": 4, "worksheets": []}', "no list of cells"),
    "format 3 with cells": (notebook(nbformat=3), "no worksheets"),
    "worksheets of numbers": (b'{"nbformat": 3, "worksheets": [1]}', "no worksheets"),
    "cells by name": (notebook(cells={"0": code("a")}), "no list of cells"),
    "cells null": (notebook(cells=None), "no list of cells"),
    "a number for a cell": (notebook(code("a"), 7), "cell 2 of the notebook is no cell"),
    "a number for a text": (notebook(code(7)), "cell 1 of the notebook holds no text"),
    "numbers for lines": (notebook(code(["a", 7])), "cell 1 of the notebook holds no text"),
    "no text": (notebook({"cell_type": "code", "metadata": {}}), "cell 1 of the notebook holds no text"),
    "two texts": (notebook(code("a")).replace(b'"source": "a"', b'"source": "a", "source": "b"'), "'source' twice"),
    "two lists of cells": (b'{"nbformat": 4, "cells": [], "cells": [1]}', "'cells' twice"),
}


@pytest.mark.parametrize("case", NO_NOTEBOOK)
def test_what_is_no_notebook_is_named_in_one_sentence(case: str) -> None:
    data, reason = NO_NOTEBOOK[case]
    with pytest.raises(Unreadable, match=re.escape(reason)) as raised:
        read_notebook(data)
    assert "\n" not in raised.value.reason
    assert len(raised.value.reason) < 160


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(size=200), "at most 200 are read"),
        (Limits(values=20), "too many values"),
        (Limits(depth=2), "nested too deeply"),
        (Limits(cells=2), "3 cells, at most 2"),
        (Limits(text=5), "6 characters, at most 5"),
    ],
)
def test_each_limit_is_held_and_named(limits: Limits, reason: str) -> None:
    data = notebook(code("aa"), code("bb"), code("cc"))
    assert len(read_notebook(data)) == 3
    with pytest.raises(Unreadable, match=reason):
        read_notebook(data, limits)


def test_brackets_in_texts_do_not_count_as_depth() -> None:
    text = "[" * 500 + '"' + "{" * 500 + "\\"
    assert read_notebook(notebook(code(text)))[0]["source"] == text


def test_a_file_of_the_most_values_is_read_in_bounded_memory() -> None:
    limits = Limits(values=200_000)
    data = b'{"nbformat": 4, "cells": [], "x": [' + b",".join([b'{"a": 1}'] * 99_000) + b"]}"
    tracemalloc.start()
    try:
        read_notebook(data, limits)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 150 * limits.values + 4 * len(data)


@pytest.mark.parametrize("unit", [b'\\"', b'"', b"\\", b'"\\', b"[", b"{}", b'"a"', b"<<<<<<< \n"])
def test_scanning_two_hostile_megabytes_comes_to_an_end(unit: bytes) -> None:
    # A scan that starts again at each quote would take hours.
    with pytest.raises(Unreadable):
        read_notebook(b"{" + unit * (2_000_000 // len(unit)))


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_checksums_are_nbgraders_own(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        flags = cell.metadata.get("nbgrader", {})
        if flags.get("grade_id") and (not flags.get("grade") or flags.get("points")):
            assert checksum(cell) == compute_checksum(cell)


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_written_notebook_is_the_same_to_nbformat(path: Path) -> None:
    expected = nbformat.read(path, as_version=4)
    written = write_notebook(expected)
    assert nbformat.reads(written.decode(), as_version=4) == expected
    assert written == write_notebook(nbformat.reads(written.decode(), as_version=4))


def test_a_written_notebook_is_valid_json_whatever_its_outputs_hold() -> None:
    cell = code("a", outputs=[{"data": {"x": [float("inf"), {"y": float("nan")}], "t": "\ud800"}}])
    back = json.loads(write_notebook({"cells": [cell], "nbformat": 4}), parse_constant=pytest.fail)
    assert back["cells"][0]["outputs"][0]["data"] == {"x": [None, {"y": None}], "t": "?"}

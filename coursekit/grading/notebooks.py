"""Read and write notebooks as plain JSON dictionaries, with limits, for files that nobody vouches for.

nbformat is not used: a worker of the grader starts without it (and so without
jsonschema), and what it forgives in a file is not what a grader may forgive.
The format is the one of https://nbformat.readthedocs.io (3 and 4.x), the
metadata that of nbgrader's cells, schema versions 0 to 3
(https://nbgrader.readthedocs.io, "cell metadata").
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Cell = dict[str, Any]
Notebook = dict[str, Any]
Role = Literal["plain", "answer", "manual", "check", "locked", "task"]

# A repeated one of these keys would let two readers see two notebooks in one file.
_READ_KEYS = frozenset({"cells", "cell_type", "grade_id", "metadata", "nbformat", "nbgrader", "source", "worksheets"})
# The closing quote is optional: a text that never ends is then passed over once, not once for each quote in it.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_PAIR = re.compile(rb"\[\]|\{\}")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_MERGE_MARKS = re.compile(rb"^(?:<{7} |>{7} |={7}\r?$)", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


class Unreadable(ValueError):
    """What was handed in cannot be read as a notebook; `reason` is one sentence for the learner."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """What a notebook may hold. The reader's memory stays below about 150 bytes for each of `values`.

    `size` is in bytes of the file with its outputs, `values` counts commas and
    opening brackets (those in texts too), `depth` the nesting of JSON, `text` the
    characters of all cells together, `attachments` those of all pasted pictures
    in base64.
    """

    size: int = 50_000_000
    values: int = 2_000_000
    depth: int = 100
    cells: int = 2_000
    text: int = 5_000_000
    attachments: int = 10_000_000


LIMITS = Limits()


def read_notebook(data: bytes, limits: Limits = LIMITS) -> list[Cell]:
    """The cells of a notebook file of format 3 or 4, in the form of format 4.

    Each cell has `cell_type` (`code`, `markdown` or `raw`), `source` (a str that can
    be written as UTF-8) and `metadata` (a dict); markdown and raw cells may have
    `attachments` as they were found. Outputs, counts, ids and the metadata of the
    notebook are left out. A byte-order mark is forgiven, as are `NaN` and repeated
    keys that nobody reads.

    Raises
    ------
    Unreadable
        If the bytes are no such notebook, or exceed a limit.
    """
    document = _document(data, limits)
    if not isinstance(document, dict):
        raise Unreadable("the file is JSON, but no notebook; hand in the .ipynb file that Jupyter saved")
    found = _cells_of(document)
    if len(found) > limits.cells:
        raise Unreadable(f"the notebook has {len(found):,} cells, at most {limits.cells:,} are read; delete some")
    cells = [_read_cell(cell, number) for number, cell in enumerate(found, start=1)]
    length = sum(len(cell["source"]) for cell in cells)
    if length > limits.text:
        raise Unreadable(f"the cells hold {length:,} characters, at most {limits.text:,} are read; shorten them")
    return cells


def write_notebook(notebook: Mapping[str, Any]) -> bytes:
    """A notebook as UTF-8 JSON, one cell a line, keys sorted, so that equal notebooks are equal bytes.

    Characters that UTF-8 cannot hold become `?`, and numbers that JSON cannot hold
    become null: both can only come from outputs.
    """
    head = {key: value for key, value in notebook.items() if key != "cells"}
    rest = _dump(head)[1:-1]
    cells = ",\n".join(_dump(cell) for cell in notebook["cells"])
    text = '{"cells": [\n' + cells + "\n]" + (", " + rest if rest else "") + "}\n"
    return text.encode("utf-8", "replace")


def role(cell: Mapping[str, Any]) -> Role:
    """What a cell is for, by its nbgrader metadata.

    `answer` is a solution cell without points of its own, `manual` one that a person
    marks, `check` a cell whose outcome gives points, `task` a text that asks for work
    in cells of the learner's own, `locked` any other cell of the instructor's that
    learners may not change, `plain` all the rest.
    """
    flags = _nbgrader(cell)
    if flags.get("task"):
        return "task"
    if flags.get("solution"):
        return "manual" if flags.get("grade") else "answer"
    if flags.get("grade"):
        return "check"
    return "locked" if flags.get("locked") else "plain"


def grade_id(cell: Mapping[str, Any]) -> str:
    """The nbgrader id of a cell, or an empty string."""
    found = _nbgrader(cell).get("grade_id")
    return found if isinstance(found, str) else ""


def checksum(cell: Mapping[str, Any]) -> str:
    """nbgrader's checksum of a cell of the instructor's or of a rebuilt one, 32 hexadecimal digits.

    An answer whose checksum is the one in its metadata is untouched: nbgrader gives
    0 for it and comments "No response." (`compute_checksum` in nbgrader 0.9.6).
    """
    flags = _nbgrader(cell)
    grade, solution = bool(flags.get("grade")), bool(flags.get("solution"))
    locked = not solution and (grade or bool(flags.get("locked")))
    parts = [cell["source"], cell["cell_type"], str(grade), str(solution), str(locked), grade_id(cell)]
    if grade:
        parts.append(str(float(flags.get("points", 0.0))))
    return hashlib.md5("".join(parts).encode("utf-8"), usedforsecurity=False).hexdigest()


def is_cell_id(text: object) -> bool:
    """Whether a value may be the id of a cell in format 4.5."""
    return isinstance(text, str) and _CELL_ID.match(text) is not None


def _nbgrader(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _document(data: bytes, limits: Limits) -> object:
    """The JSON value in a file, read only after cheap scans have bounded what reading it costs."""
    if len(data) > limits.size:
        raise Unreadable(
            f"the notebook has {len(data):,} bytes, at most {limits.size:,} are read; clear its outputs and save it"
        )
    if not data.strip():
        raise Unreadable("the file is empty; save the notebook and hand it in again")
    values = data.count(b",") + data.count(b"[") + data.count(b"{")
    if values > limits.values:
        raise Unreadable("the notebook holds too many values; clear its outputs and save it")
    if _too_deep(data, limits.depth):
        raise Unreadable("the notebook is nested too deeply or cut off; save it again in Jupyter")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("the file is not UTF-8 text; save the notebook in Jupyter and hand it in unchanged") from None
    try:
        # NaN is not JSON, but Python writes it, and only outputs can hold it.
        return json.loads(text, object_pairs_hook=_object, parse_constant=lambda name: None)
    except json.JSONDecodeError as error:
        if _MERGE_MARKS.search(data):
            raise Unreadable("the file holds merge marks of git; settle the conflict and save the notebook") from None
        raise Unreadable(f"the file is no JSON from line {error.lineno} on; save the notebook in Jupyter") from None
    except RecursionError:
        raise Unreadable("the notebook is nested too deeply; save it again in Jupyter") from None
    except Unreadable:
        raise
    except ValueError:
        # Python refuses to read numbers of more than 4,300 digits.
        raise Unreadable("the notebook holds a number of thousands of digits; clear its outputs and save it") from None


def _too_deep(data: bytes, depth: int) -> bool:
    """Whether brackets nest deeper than `depth`, found without recursion.

    Pairs are struck out from the inside until none is left: each round takes one
    level. What cannot be struck out is open (a file cut off) or mismatched.
    """
    brackets = _STRING.sub(b"", data).translate(None, _NOT_BRACKETS)
    for _ in range(depth):
        shorter = _PAIR.sub(b"", brackets)
        if len(shorter) == len(brackets):
            return len(brackets) > depth
        brackets = shorter
    return bool(brackets)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen and key in _READ_KEYS:
                raise Unreadable(f"the notebook says {key!r} twice in one place; save it again in Jupyter")
            seen.add(key)
    return found


def _cells_of(document: dict[str, Any]) -> list[Any]:
    version = document.get("nbformat")
    if not isinstance(version, int) or isinstance(version, bool):
        raise Unreadable("the file is JSON, but no notebook; hand in the .ipynb file that Jupyter saved")
    if version == 3:
        sheets = document.get("worksheets")
        if not isinstance(sheets, list) or not all(isinstance(sheet, dict) for sheet in sheets):
            raise Unreadable("the notebook has no worksheets; open and save it in Jupyter")
        parts = [sheet.get("cells") for sheet in sheets]
    elif version == 4:
        parts = [document.get("cells")]
    else:
        raise Unreadable("the notebook is of a format other than 3 and 4; open and save it in Jupyter")
    cells: list[Any] = []
    for part in parts:
        if not isinstance(part, list):
            raise Unreadable("the notebook has no list of cells; open and save it in Jupyter")
        cells += part
    return cells


def _read_cell(cell: object, number: int) -> Cell:
    if not isinstance(cell, dict):
        raise Unreadable(f"cell {number} of the notebook is no cell; open and save it in Jupyter")
    kind = cell.get("cell_type")
    source = cell.get("source")
    if source is None and kind == "code":
        source = cell.get("input")  # format 3
    text = _joined(source)
    if text is None:
        raise Unreadable(f"cell {number} of the notebook holds no text; open and save it in Jupyter")
    if kind == "heading":  # format 3
        level = cell.get("level")
        marks = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
        kind, text = "markdown", f"{marks} {' '.join(text.splitlines())}"
    elif kind == "html":  # format 3
        kind = "markdown"
    elif kind not in ("code", "markdown", "raw"):
        # Such a cell cannot run, and its text is not lost.
        kind = "raw"
    metadata = cell.get("metadata")
    read: Cell = {"cell_type": kind, "metadata": metadata if isinstance(metadata, dict) else {}, "source": text}
    if kind != "code" and isinstance(cell.get("attachments"), dict):
        read["attachments"] = cell["attachments"]
    return read


def _joined(source: object) -> str | None:
    """A text that the format allows to be cut into a list of lines; None if it is neither."""
    if isinstance(source, list):
        if not all(isinstance(line, str) for line in source):
            return None
        source = "".join(source)
    if not isinstance(source, str):
        return None
    # JSON can spell halves of characters, which no file and no kernel can take.
    return _SURROGATE.sub("\ufffd", source)


def _dump(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, sort_keys=True)


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value

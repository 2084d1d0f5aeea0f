"""Put a learner's answers into the instructor's notebook, so that nothing else of a submission counts.

The notebook that runs is the instructor's: order, instructor's cells, ids, points
and kernel come from the source. Of the submission only texts are taken, those of
its answers (found by grade_id) and of the cells that the learner added. What it
says about roles, points, ids, tags, kernels, outputs and trust is not read at all.

Cells of the source that learners may change or delete (no nbgrader role) are the
learner's cells too: as in nbgrader, what stands in the submission is what runs.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from coursekit.grading.notebooks import (
    LIMITS,
    Cell,
    Limits,
    Notebook,
    checksum,
    grade_id,
    is_cell_id,
    read_notebook,
    role,
)

# Pictures that a page can show without running anything; SVG can hold scripts.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})

_GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}\Z")
_AUTOTEST = re.compile(r"^\s*#.*\bAUTOTEST\b", re.MULTILINE)
_MOST_NOTES = 20


class SourceError(ValueError):
    """The instructor's notebook cannot be graded with; the message says what to mend."""


@dataclass(frozen=True)
class Rebuilt:
    """A notebook to run, of format 4.5.

    `missing` names the answers of the source that the submission does not hold (they
    are empty here), `notes` says in plain sentences what of the submission was
    moved or not used.
    """

    notebook: Notebook
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Found:
    """A cell of the submission. `rank` is its place among the source's cells, None for a cell of the learner's own."""

    cell: Cell
    rank: int | None
    in_place: bool = False


def source_cells(source: Mapping[str, Any]) -> list[Cell]:
    """The instructor's cells that nbgrader knows, in order, with metadata of schema 3 and without outputs.

    `source` is the notebook as JSON: what `nbgrader generate_assignment` makes of the
    source version and keeps in the gradebook (stubs instead of answers, hidden checks
    present, autotests filled in). Solutions left in it are never used, but nbgrader's
    "No response." needs the stubs and their checksums.

    Raises
    ------
    SourceError
        If roles, ids or points are not as nbgrader wants them.
    """
    cells: list[Cell] = []
    names: set[str] = set()
    found = source.get("cells")
    if source.get("nbformat") != 4 or not isinstance(found, list):
        raise SourceError("the source notebook is not of format 4; open and save it in Jupyter")
    for original in found:
        if not isinstance(original, Mapping):
            raise SourceError("the source notebook holds something that is no cell; open and save it in Jupyter")
        kind = role(original)
        if kind == "plain":
            continue
        name = grade_id(original)
        if not _GRADE_ID.match(name):
            raise SourceError(f"a {kind} cell has the grade_id {name!r}; use letters, digits, - and _")
        if name in names:
            raise SourceError(f"two cells have the grade_id {name!r}; rename one")
        names.add(name)
        cells.append(_instructors(original, name))
    _name_cells(cells, set())
    return cells


def rebuild(source: Mapping[str, Any], submitted: bytes, limits: Limits = LIMITS) -> Rebuilt:
    """The notebook to run for one submission.

    Parameters
    ----------
    source
        As for `source_cells`.
    submitted
        The file that was handed in.

    Instructor's cells stand in the source's order, whatever the submission holds.
    A cell of the learner's own stays behind the cell that it followed; the cells that
    count for this are the most that stand in the source's order, so one cell moved
    by accident takes nothing along. Of two cells with the id of one answer, the one
    in place is the answer and the other a cell of the learner's own, where it stood;
    copies that are blank or the untouched stub are left out.

    Raises
    ------
    Unreadable
        If the submission is no notebook.
    SourceError
        If the source cannot be graded with.
    """
    known = source_cells(source)
    ranks = {grade_id(cell): rank for rank, cell in enumerate(known)}
    found = [_Found(cell, ranks.get(grade_id(cell))) for cell in read_notebook(submitted, limits)]
    notes = _Notes()
    for one in found:
        if one.rank is None and role(one.cell) != "plain":
            notes.add(f"a cell claims to be {_shown(grade_id(one.cell))}, which is unknown here: it runs as one more")
    found = _without_idle_copies(found, known, notes)
    _mark_in_place(found)

    answers = _answers(found, known, notes)
    budget = _Pictures(limits.attachments, notes)
    extras: list[list[Cell]] = [[] for _ in range(len(known) + 1)]
    for one, behind in zip(found, _places(found), strict=True):
        copy = one.rank in answers and one is not answers[one.rank]
        if one.rank is None or copy:
            extras[behind].append(_learners(one.cell, budget))
        if copy:
            notes.add(f"{grade_id(one.cell)} stands more than once: the other cell runs where it stood")

    here = {one.rank for one in found}
    in_place = {one.rank for one in found if one.in_place}
    cells = list(extras[0])
    missing: list[str] = []
    for rank, cell in enumerate(known):
        if role(cell) in ("answer", "manual"):
            answer = answers.get(rank)
            if answer is None:
                missing.append(grade_id(cell))
                notes.add(f"{grade_id(cell)} is missing: an empty answer stands there")
            cell = _answered(cell, answer, budget)
        elif rank not in in_place:
            notes.add(f"{grade_id(cell)} was {'moved' if rank in here else 'missing'}: it was put back")
        cells.append(cell)
        cells += extras[rank + 1]
    _name_cells([cell for cell in cells if "id" not in cell], {cell["id"] for cell in known})
    metadata = source.get("metadata")
    notebook = {
        "cells": cells,
        "metadata": deepcopy(dict(metadata)) if isinstance(metadata, Mapping) else {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return Rebuilt(notebook, tuple(missing), tuple(notes))


def _instructors(original: Mapping[str, Any], name: str) -> Cell:
    """A cell of the source in format 4.5 with clean nbgrader metadata; the text is not touched."""
    kind, flags = role(original), original["metadata"]["nbgrader"]
    cell_type, text = original.get("cell_type"), original.get("source")
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        text = "".join(text)
    if cell_type not in ("code", "markdown", "raw") or not isinstance(text, str):
        raise SourceError(f"the cell {name} of the source has no text or no type; open and save it in Jupyter")
    version = flags.get("schema_version", 0)
    if not isinstance(version, int) or version > 3:
        raise SourceError(f"the cell {name} has metadata of a newer nbgrader; this one reads schema versions up to 3")
    if kind == "task" and cell_type != "markdown":
        raise SourceError(f"the task {name} is no markdown cell; change its type")
    if cell_type == "markdown" and kind in ("check", "answer"):
        raise SourceError(f"the markdown cell {name} must be graded by hand, or be read-only; change its role")
    if kind == "check" and _AUTOTEST.search(text):
        raise SourceError(f"the autotests of {name} are not filled in; run nbgrader generate_assignment first")
    clean: dict[str, Any] = {
        "cell_type": cell_type,
        "grade": bool(flags.get("grade")),
        "grade_id": name,
        "locked": bool(flags.get("locked")),
        "schema_version": 3,
        "solution": bool(flags.get("solution")),
        "task": bool(flags.get("task")),
    }
    if clean["grade"] or clean["task"]:
        clean["points"] = _points(flags.get("points"), name)
    metadata = {key: deepcopy(value) for key, value in original["metadata"].items() if key != "nbgrader"}
    cell: Cell = {"cell_type": cell_type, "metadata": {**metadata, "nbgrader": clean}, "source": text}
    if kind in ("check", "locked"):
        clean["checksum"] = checksum(cell)
    elif isinstance(flags.get("checksum"), str):
        clean["checksum"] = flags["checksum"]
    if is_cell_id(original.get("id")):
        cell["id"] = original["id"]
    if cell_type == "code":
        cell.update(execution_count=None, outputs=[])
    elif isinstance(original.get("attachments"), Mapping):
        cell["attachments"] = deepcopy(dict(original["attachments"]))
    return cell


def _points(points: object, name: str) -> float:
    """Points as nbgrader upgrades them: none and less than none are 0."""
    if points is None or points == "":
        return 0.0
    try:
        value = float(points)  # type: ignore[arg-type]  # anything else is the error below
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise SourceError(f"the points of {name} are no number; give it a number of points")
    return max(0.0, value)


def _without_idle_copies(found: list[_Found], known: list[Cell], notes: _Notes) -> list[_Found]:
    """Leave out copies of an answer that say nothing, where another copy of it says something."""
    spoken: set[int] = set()
    idle: list[_Found] = []
    for one in found:
        if one.rank is not None and role(known[one.rank]) in ("answer", "manual"):
            if _says_something(one.cell, known[one.rank]):
                spoken.add(one.rank)
            else:
                idle.append(one)
    left_out = [one for one in idle if one.rank in spoken]
    for one in left_out:
        notes.add(f"a copy of {grade_id(one.cell)} without an answer was not used")
    return [one for one in found if not any(one is other for other in left_out)]


def _says_something(cell: Cell, source: Cell) -> bool:
    """Whether the text is neither blank nor the stub (recognised by its text, or by nbgrader's checksum)."""
    text = cell["source"]
    if not text.strip() or text == source["source"]:
        return False
    stub = source["metadata"]["nbgrader"].get("checksum")
    return stub is None or checksum({**source, "source": text}) != stub


def _mark_in_place(found: list[_Found]) -> None:
    """Mark the most cells of the source that stand in its order, each once (longest increasing subsequence)."""
    placed = [one for one in found if one.rank is not None]
    ends: list[int] = []  # the smallest rank that ends a run of each length
    last: list[int] = []  # which of `placed` that is
    before: list[int] = []
    for position, one in enumerate(placed):
        rank = one.rank if one.rank is not None else -1
        # Of neighbours with one id the last counts, as in nbgrader: the others stay in front of it.
        length = bisect_left(ends, rank)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [rank]
        last[length : length + 1] = [position]
    position = last[-1] if last else -1
    while position >= 0:
        placed[position].in_place = True
        position = before[position]


def _places(found: list[_Found]) -> list[int]:
    """For each cell how many cells of the source stand before it, were it one of the learner's own."""
    following: list[int | None] = []
    upcoming: int | None = None
    for one in reversed(found):
        following.append(upcoming)
        if one.in_place:
            upcoming = one.rank
    places: list[int] = []
    behind = 0
    for one, after in zip(found, reversed(following), strict=True):
        if one.in_place and one.rank is not None:
            behind = one.rank + 1
        elif one.rank is not None and one.rank == after:
            # The first half of a split answer stays with the second, also where cells between are put back.
            behind = one.rank
        places.append(behind)
    return places


def _answers(found: list[_Found], known: list[Cell], notes: _Notes) -> dict[int, _Found]:
    """The cell of the submission for each answer: the one in place, else the last one."""
    answers: dict[int, _Found] = {}
    for one in found:
        if one.rank is None or role(known[one.rank]) not in ("answer", "manual"):
            continue
        held = answers.get(one.rank)
        if held is None or not held.in_place:
            answers[one.rank] = one
    for rank, one in answers.items():
        if not one.in_place:
            notes.add(f"{grade_id(known[rank])} was moved: it was put back in its place")
        if one.cell["cell_type"] != known[rank]["cell_type"]:
            notes.add(f"{grade_id(known[rank])} had another type: it is {known[rank]['cell_type']} again")
    return answers


def _answered(cell: Cell, answer: _Found | None, pictures: _Pictures) -> Cell:
    """The instructor's answer cell with the learner's text in it."""
    text = answer.cell["source"] if answer else ""
    filled = {**cell, "source": text}
    filled.pop("attachments", None)
    if answer and cell["cell_type"] != "code":
        kept = pictures.of(answer.cell)
        if kept:
            filled["attachments"] = kept
    return filled


def _learners(cell: Cell, pictures: _Pictures) -> Cell:
    """A cell of the learner's own: type, text and pictures, nothing else."""
    own: Cell = {"cell_type": cell["cell_type"], "metadata": {}, "source": cell["source"]}
    if own["cell_type"] == "code":
        own.update(execution_count=None, outputs=[])
    elif kept := pictures.of(cell):
        own["attachments"] = kept
    return own


def _name_cells(cells: list[Cell], taken: set[str]) -> None:
    """Give unique ids to cells, keeping the ones they have where those are unique."""
    taken = set(taken)
    for cell in cells:
        wanted = cell.get("id", "")
        if not wanted or wanted in taken:
            name = grade_id(cell)
            wanted = name if is_cell_id(name) and name not in taken else ""
        number = 1
        while not wanted or wanted in taken:
            wanted, number = f"cell-{number}", number + 1
        cell["id"] = wanted
        taken.add(wanted)


class _Pictures:
    """What may stay of the attachments of all cells together: pictures in base64, up to a limit of characters."""

    def __init__(self, limit: int, notes: _Notes) -> None:
        self._left = limit
        self._notes = notes

    def of(self, cell: Cell) -> dict[str, dict[str, str]]:
        """The attachments of a cell that are kept, as file name -> {type: base64}."""
        kept: dict[str, dict[str, str]] = {}
        attachments = cell.get("attachments")
        if not isinstance(attachments, dict):
            return kept
        for name, bundle in attachments.items():
            pictures = dict(self._pictures(bundle)) if len(name) <= 255 and name.isprintable() else {}
            if pictures:
                kept[name] = pictures
            else:
                self._notes.add("an attachment was not used: it is no PNG, JPEG, GIF or WebP picture, or too large")
        return kept

    def _pictures(self, bundle: object) -> Iterator[tuple[str, str]]:
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            if isinstance(data, list) and all(isinstance(line, str) for line in data):
                data = "".join(data)
            if kind not in PICTURES or not isinstance(data, str) or len(data) > self._left:
                continue
            plain = "".join(data.split())
            try:
                base64.b64decode(plain, validate=True)
            except (binascii.Error, ValueError):
                continue
            self._left -= len(data)
            yield kind, plain


class _Notes:
    """Sentences on a submission, each once, and not more than anybody reads."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}
        self._more = 0

    def add(self, sentence: str) -> None:
        if sentence not in self._said:
            if len(self._said) < _MOST_NOTES:
                self._said[sentence] = None
            else:
                self._more += 1

    def __iter__(self) -> Iterator[str]:
        yield from self._said
        if self._more:
            yield f"and {self._more} more"


def _shown(text: str) -> str:
    """A text of the learner's in a sentence of ours: short, and in plain characters."""
    plain = re.sub(r"[^A-Za-z0-9_ .-]", "?", text)
    return repr(plain[:40] + ("..." if len(plain) > 40 else ""))

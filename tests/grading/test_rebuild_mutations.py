"""Whatever is done to a submission, the instructor's cells are the source's, or the file is unreadable."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.grading.notebooks import Cell, Unreadable, grade_id, read_notebook, role, write_notebook
from coursekit.grading.rebuild import Rebuilt, rebuild, source_cells
from tests.grading.sample_notebook import INTRO, LAST, MEAN_CHECK, RIGHT, SET_UP, SOURCE, TASK, WORDS, notebook, own

GOOD = notebook(
    own("import this"), INTRO, SET_UP, RIGHT, own("mean([1])"), MEAN_CHECK, WORDS, TASK, own("note", "markdown"), LAST
)
KNOWN = source_cells(SOURCE)
INSTRUCTORS = [cell for cell in KNOWN if role(cell) not in ("answer", "manual")]
OWN_WORDS = {"answer", "manual", "plain"}

# What mutations put where anything may stand.
ODD: list[Any] = [
    *(None, True, 0, -1, 10**400, 1.5, float("nan"), "", "a", "\ud800", "\0", [], {}, [[]], [None], {"a": []}),
    *("mean-check", "last-check", "intro", "mean", "code", "markdown", "### BEGIN HIDDEN TESTS", "pass"),
    *({"nbgrader": {"grade_id": "mean-check", "solution": True}}, {"tags": ["remove-cell"]}, [["a"] * 3], 3, 4, 5),
]
SCRAPS = [b"[", b"{", b"}", b'"', b"\\", b",", b"\xff", b"\0", b"<<<<<<< HEAD\n", b"\xef\xbb\xbf"]
KEYS = ["cells", "metadata", "nbgrader", "grade_id", "source", "cell_type", "id", "nbformat", "worksheets", "input"]


def spots(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths to all values of a JSON tree."""
    found = [path]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(pairs):
        found += spots(part, (*path, key))
    return found


def mutated_tree(chance: random.Random, tree: Any) -> Any:
    """A notebook with some values replaced, removed, added, copied, moved or renamed."""
    tree = deepcopy(tree)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        path = chance.choice(spots(tree)[1:] or [()])
        if not path:
            return chance.choice(ODD)
        holder = tree
        for step in path[:-1]:
            holder = holder[step]
        key = path[-1]
        change = chance.randrange(6)
        if change == 0:
            holder[key] = deepcopy(chance.choice(ODD))
        elif change == 1:
            del holder[key]
        elif change == 2 and isinstance(holder, list):
            holder.insert(chance.randrange(len(holder) + 1), deepcopy(holder[key]))
        elif change == 3 and isinstance(holder, list):
            chance.shuffle(holder)
        elif change == 4 and isinstance(holder, dict):
            holder[chance.choice(KEYS)] = holder.pop(key)
        else:
            donor = tree
            for step in chance.choice(spots(tree)[1:]):
                donor = donor[step]
            holder[key] = deepcopy(donor)
    return tree


def mutated_bytes(chance: random.Random, data: bytes) -> bytes:
    """A file with some bytes flipped, cut, doubled or inserted."""
    changed = bytearray(data)
    for _ in range(chance.choice([1, 1, 3, 10])):
        start = chance.randrange(len(changed) + 1)
        end = min(len(changed), start + chance.choice([1, 2, 50, 1000]))
        change = chance.randrange(5)
        if change == 0 and start < len(changed):
            changed[start] = chance.randrange(256)
        elif change == 1:
            del changed[start:end]
        elif change == 2:
            changed[start:start] = changed[start:end]
        elif change == 3:
            changed[start:start] = chance.choice(SCRAPS)
        elif chance.random() < 0.1:
            del changed[start:]
    return bytes(changed)


def assert_the_instructors_are_intact(rebuilt: Rebuilt) -> None:
    cells = rebuilt.notebook["cells"]
    known = [cell for cell in cells if role(cell) != "plain"]
    assert [grade_id(cell) for cell in known] == [grade_id(cell) for cell in KNOWN]
    assert [cell for cell in cells if role(cell) not in OWN_WORDS] == INSTRUCTORS
    for cell, source in zip(known, KNOWN, strict=True):
        assert {**cell, "source": "", "attachments": None} == {**source, "source": "", "attachments": None}
    for cell in cells:
        if role(cell) == "plain":
            assert cell["metadata"] == {}
            assert cell.get("outputs", []) == []
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert rebuilt.notebook["metadata"] == SOURCE["metadata"]
    # What runs can be written, read again, and is then the same.
    written = write_notebook(rebuilt.notebook)
    assert write_notebook(json.loads(written)) == written
    assert [cell["source"] for cell in read_notebook(written)] == [cell["source"] for cell in cells]


def outcome(data: bytes) -> bool:
    """Whether the file could be rebuilt; if so, the instructor's cells are intact."""
    try:
        rebuilt = rebuild(SOURCE, data)
    except Unreadable as error:
        assert error.reason
        assert "\n" not in error.reason
        return False
    assert_the_instructors_are_intact(rebuilt)
    return True


def damaged(seed: int) -> bytes:
    chance = random.Random(seed)
    kinds: list[Callable[[], bytes]] = [
        lambda: json.dumps(mutated_tree(chance, GOOD)).encode(),
        lambda: json.dumps(mutated_tree(chance, {**GOOD, "cells": GOOD["cells"][3:6]})).encode(),
        lambda: mutated_bytes(chance, json.dumps(GOOD, indent=chance.choice([None, 1])).encode()),
    ]
    return chance.choice(kinds)()


def test_a_thousand_damaged_submissions_leave_the_instructors_cells_alone() -> None:
    rebuilt = sum(outcome(damaged(seed)) for seed in range(1_000))
    # Both ends are reached, or the mutations show nothing.
    assert 200 < rebuilt < 900


@pytest.mark.slow
def test_ten_thousand_damaged_submissions_leave_the_instructors_cells_alone() -> None:
    assert 2_000 < sum(outcome(damaged(seed)) for seed in range(1_000, 11_000)) < 9_000


def jsons() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(ODD[16:24])
    return st.recursive(leaves, lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3))


def cells() -> st.SearchStrategy[Any]:
    names = st.sampled_from([grade_id(cell) for cell in KNOWN] + ["", "other"]) | jsons()
    flags = st.fixed_dictionaries(
        {},
        optional={
            "grade_id": names,
            **{flag: st.booleans() | jsons() for flag in ("grade", "solution", "locked", "task", "points", "checksum")},
        },
    )
    made = st.fixed_dictionaries(
        {
            "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | jsons(),
            "source": st.text(max_size=20) | st.lists(st.text(max_size=5), max_size=3) | st.just(RIGHT["source"]),
            "metadata": st.fixed_dictionaries({"nbgrader": flags | jsons()}) | jsons(),
        },
        optional={"attachments": jsons(), "level": jsons(), "id": jsons(), "outputs": jsons(), "input": jsons()},
    )
    return made | st.sampled_from(KNOWN) | st.sampled_from(GOOD["cells"])


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(cells(), max_size=8))
def test_any_list_of_cells_leaves_the_instructors_cells_alone(made: list[Cell]) -> None:
    outcome(json.dumps({**GOOD, "cells": made}).encode())


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from([*KNOWN, RIGHT, WORDS, own("a = 1")]), max_size=12))
def test_every_text_of_the_learners_is_in_the_rebuilt_notebook_once(made: list[Cell]) -> None:
    # Each cell gets a text of its own; only copies of the instructor's cells are dropped.
    numbered = [{**cell, "source": f"n = {number}"} for number, cell in enumerate(made)]
    rebuilt = rebuild(SOURCE, json.dumps({**GOOD, "cells": numbered}).encode())
    found = [cell["source"] for cell in rebuilt.notebook["cells"] if role(cell) in OWN_WORDS and cell["source"]]
    names = {grade_id(cell) for cell in INSTRUCTORS}
    assert sorted(found) == sorted(cell["source"] for cell in numbered if grade_id(cell) not in names)

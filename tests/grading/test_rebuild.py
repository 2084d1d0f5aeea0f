"""What a submission can and cannot change in the notebook that runs."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import pytest

from coursekit.grading.notebooks import Unreadable, checksum, grade_id, role, write_notebook
from coursekit.grading.rebuild import Rebuilt, SourceError, rebuild, source_cells
from tests.grading.sample_notebook import (
    CHECK,
    ESSAY,
    INTRO,
    LAST,
    MEAN,
    MEAN_CHECK,
    NAMES,
    RIGHT,
    SET_UP,
    SOURCE,
    STUB,
    TASK,
    WORDS,
    answered,
    cell,
    notebook,
    own,
)

PNG = base64.b64encode(b"\x89PNG").decode()


def run(*cells: dict[str, Any], **changes: Any) -> Rebuilt:
    return rebuild(SOURCE, json.dumps(notebook(*cells, **changes)).encode())


def texts(rebuilt: Rebuilt) -> list[str]:
    """Each cell by its grade_id, or by its text where it is the learner's own or holds an answer."""
    shown = {"answer", "manual", "plain"}
    return [one["source"] if role(one) in shown else grade_id(one) for one in rebuilt.notebook["cells"]]


HONEST = ["intro", "set-up", RIGHT["source"], "mean-check", WORDS["source"], "task", "last-check"]


def test_an_honest_submission_is_the_source_with_its_answers_and_needs_no_notes() -> None:
    rebuilt = run(INTRO, SET_UP, RIGHT, MEAN_CHECK, WORDS, TASK, LAST)
    assert texts(rebuilt) == HONEST
    assert rebuilt.missing == rebuilt.notes == ()
    nbformat.validate(nbformat.from_dict(rebuilt.notebook))
    nbformat.reads(write_notebook(rebuilt.notebook).decode(), as_version=4)


def test_cells_of_the_learners_own_stay_where_they_were() -> None:
    rebuilt = run(own("top"), INTRO, own("1"), own("2", "markdown"), SET_UP, RIGHT, own("%time 3"), MEAN_CHECK, LAST)
    assert texts(rebuilt)[:8] == ["top", "intro", "1", "2", "set-up", RIGHT["source"], "%time 3", "mean-check"]
    assert rebuilt.missing == ("essay",)


def test_an_answer_cell_split_in_two_stays_in_one_piece() -> None:
    assert texts(run(answered(MEAN, "a = 1"), own("b = 2"), MEAN_CHECK))[2:5] == ["a = 1", "b = 2", "mean-check"]
    # JupyterLab copies the metadata to both halves.
    both = run(answered(MEAN, "a = 1"), answered(MEAN, "b = 2"), MEAN_CHECK)
    assert texts(both)[2:5] == ["a = 1", "b = 2", "mean-check"]
    assert [grade_id(one) for one in both.notebook["cells"]].count("mean") == 1


def test_a_copy_of_an_answer_after_its_check_runs_after_the_check() -> None:
    rebuilt = run(answered(MEAN, "a = 1"), MEAN_CHECK, answered(MEAN, "a = 2"), LAST)
    assert texts(rebuilt)[2:5] == ["a = 1", "mean-check", "a = 2"]
    assert "mean stands more than once: the other cell runs where it stood" in rebuilt.notes


@pytest.mark.parametrize("idle", [STUB, "", "  \n"])
def test_a_stub_left_beside_the_answer_does_not_undo_it(idle: str) -> None:
    for copies in ([RIGHT, answered(MEAN, idle)], [answered(MEAN, idle), RIGHT]):
        rebuilt = run(INTRO, *copies, MEAN_CHECK)
        assert texts(rebuilt)[2:4] == [RIGHT["source"], "mean-check"]
        assert "a copy of mean without an answer was not used" in rebuilt.notes


def test_an_untouched_answer_keeps_the_checksum_by_which_nbgrader_knows_it() -> None:
    rebuilt = run(*SOURCE["cells"])
    (essay,) = [one for one in rebuilt.notebook["cells"] if grade_id(one) == "essay"]
    assert checksum(essay) == essay["metadata"]["nbgrader"]["checksum"]
    (essay,) = [one for one in run(WORDS).notebook["cells"] if grade_id(one) == "essay"]
    assert checksum(essay) != essay["metadata"]["nbgrader"]["checksum"]


def test_a_missing_answer_is_an_empty_one_never_the_instructors() -> None:
    rebuilt = run(INTRO, own("only = 1"))
    assert texts(rebuilt) == ["intro", "only = 1", "set-up", "", "mean-check", "", "task", "last-check"]
    assert rebuilt.missing == ("mean", "essay")
    assert "mean is missing: an empty answer stands there" in rebuilt.notes
    assert "mean-check was missing: it was put back" in rebuilt.notes


def test_cells_in_another_order_stand_in_the_sources_order_again() -> None:
    rebuilt = run(LAST, TASK, WORDS, MEAN_CHECK, RIGHT, SET_UP, INTRO)
    assert texts(rebuilt) == HONEST
    assert "mean was moved: it was put back in its place" in rebuilt.notes


def test_one_cell_moved_by_accident_takes_no_other_along() -> None:
    rebuilt = run(LAST, own("helper = 1"), INTRO, SET_UP, RIGHT, own("after"), MEAN_CHECK, WORDS, TASK)
    assert texts(rebuilt) == ["helper = 1", *HONEST[:3], "after", *HONEST[3:]]
    assert "last-check was moved: it was put back" in rebuilt.notes


def test_edited_and_copied_checks_are_the_sources_checks_once() -> None:
    soft = answered(MEAN_CHECK, "pass")
    rebuilt = run(soft, INTRO, SET_UP, RIGHT, soft, soft, WORDS, TASK, LAST)
    assert texts(rebuilt) == HONEST
    assert [one["source"] for one in rebuilt.notebook["cells"] if grade_id(one) == "mean-check"] == [CHECK]


def test_a_cell_that_only_looks_like_a_check_is_the_learners_own() -> None:
    rebuilt = run(INTRO, own(CHECK), own("assert True", id="mean-check"), SET_UP, RIGHT, MEAN_CHECK)
    copy, named = rebuilt.notebook["cells"][1:3]
    assert (copy["source"], named["source"]) == (CHECK, "assert True")
    assert role(copy) == role(named) == "plain"
    assert named["id"] != "mean-check"


def test_a_retyped_answer_has_its_type_again() -> None:
    mean = answered(MEAN, "a = 1", cell_type="markdown")
    essay = answered(ESSAY, "print('words')", cell_type="code", outputs=[])
    rebuilt = run(INTRO, mean, MEAN_CHECK, essay)
    types = {grade_id(one): one["cell_type"] for one in rebuilt.notebook["cells"]}
    assert (types["mean"], types["essay"]) == ("code", "markdown")
    assert "outputs" not in rebuilt.notebook["cells"][4]
    assert "mean had another type: it is code again" in rebuilt.notes


def test_metadata_outputs_and_ids_of_a_submission_are_not_taken() -> None:
    evil = {"trusted": True, "tags": ["skip-execution", "raises-exception"], "nbgrader": {"points": 100}}
    output = {"output_type": "execute_result", "data": {"text/plain": "2"}, "metadata": {}, "execution_count": 1}
    mean = deepcopy(RIGHT) | {"outputs": [output], "execution_count": 7, "id": "last-check", "attachments": {}}
    mean["metadata"] |= {"tags": ["skip-execution"], "trusted": True}
    mean["metadata"]["nbgrader"] |= {"grade": True, "points": 100, "locked": True, "checksum": "0" * 32}
    check = deepcopy(MEAN_CHECK) | {"id": "../../etc"}
    check["metadata"]["nbgrader"] |= {"points": 100, "grade": False, "solution": True}
    metadata = {"kernelspec": {"name": "bash"}, "language_info": {"name": "bash"}, "nbgrader": {"a": 1}, "trusted": 1}
    sent = run(INTRO, own("a = 1", metadata=evil, outputs=[output]), SET_UP, mean, check, metadata=metadata)
    clean = run(INTRO, own("a = 1"), SET_UP, RIGHT, MEAN_CHECK)
    assert write_notebook(sent.notebook) == write_notebook(clean.notebook)
    assert sent.notebook["metadata"] == SOURCE["metadata"]
    ids = [one["id"] for one in sent.notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert [one["id"] for one in sent.notebook["cells"] if role(one) != "plain"] == NAMES


def test_ids_of_the_learners_cells_never_meet_those_of_the_source() -> None:
    source = notebook({**MEAN, "id": "cell-1"}, {**MEAN_CHECK, "id": "cell-1"}, {**LAST, "id": "no id!"})
    rebuilt = rebuild(source, json.dumps(notebook(own("a"), own("b"), MEAN, own("c", id="cell-1"))).encode())
    ids = [one["id"] for one in rebuilt.notebook["cells"]]
    assert ids == ["cell-2", "cell-3", "cell-1", "cell-4", "mean-check", "last-check"]


def test_a_cell_of_another_notebook_runs_as_one_more_cell() -> None:
    rebuilt = run(INTRO, cell("answer", "elsewhere", "a = 1"), cell("check", "x\n<b>", "b = 2", points=9), RIGHT)
    assert texts(rebuilt)[1:3] == ["a = 1", "b = 2"]
    assert {role(one) for one in rebuilt.notebook["cells"][1:3]} == {"plain"}
    assert rebuilt.notes[:2] == (
        "a cell claims to be 'elsewhere', which is unknown here: it runs as one more",
        "a cell claims to be 'x??b?', which is unknown here: it runs as one more",
    )


def test_marks_of_hidden_tests_in_a_learners_cell_are_plain_text() -> None:
    text = "### BEGIN HIDDEN TESTS\na = 1"
    assert texts(run(INTRO, own(text), answered(MEAN, text), MEAN_CHECK))[1:4] == [text, "set-up", text]


def test_metadata_of_any_form_makes_a_cell_the_learners_own() -> None:
    odd: list[Any] = [None, 7, [], "nbgrader", {"nbgrader": None}, {"nbgrader": [1]}, {"nbgrader": {"grade_id": ["a"]}}]
    rebuilt = run(INTRO, *[own(f"n = {n}", metadata=value) for n, value in enumerate(odd)])
    assert texts(rebuilt)[1 : len(odd) + 1] == [f"n = {n}" for n in range(len(odd))]


def test_pictures_in_written_answers_are_kept_and_nothing_else_is() -> None:
    attachments = {
        "a.png": {"image/png": PNG},
        "lines.gif": {"image/gif": [PNG[:4] + "\n", PNG[4:]]},
        "b.svg": {"image/svg+xml": base64.b64encode(b"<svg onload='alert(1)'/>").decode()},
        "c.html": {"text/html": PNG},
        "d.png": {"image/png": "no base64!"},
        "e.png": {"image/png": {"a": 1}},
        "f.png": ["image/png"],
        "g\n.png": {"image/png": PNG},
    }
    rebuilt = run(answered(ESSAY, "![](attachment:a.png)", attachments=attachments), own("", attachments=attachments))
    kept = {grade_id(one): one["attachments"] for one in rebuilt.notebook["cells"] if "attachments" in one}
    assert kept == {"essay": {"a.png": {"image/png": PNG}, "lines.gif": {"image/gif": PNG}}}
    assert any(note.startswith("an attachment was not used") for note in rebuilt.notes)


def test_notes_stay_few() -> None:
    rebuilt = run(*[cell("answer", f"n-{number}", "") for number in range(500)])
    assert len(rebuilt.notes) == 21
    assert rebuilt.notes[-1].startswith("and ")


def test_the_source_is_not_changed() -> None:
    before = json.dumps(SOURCE)
    first = run(RIGHT)
    for one in first.notebook["cells"]:
        one["metadata"].clear()
    first.notebook["metadata"].clear()
    assert json.dumps(SOURCE) == before


def test_old_metadata_of_a_source_is_upgraded_as_nbgrader_does() -> None:
    old = own("assert 1", metadata={"nbgrader": {"grade": True, "grade_id": "a", "points": ""}, "tags": ["x"]})
    leftover = own("b", metadata={"nbgrader": {"grade": False, "solution": False, "grade_id": "b"}})
    (made,) = source_cells(notebook(old, leftover))
    flags = made["metadata"].pop("nbgrader")
    assert made["metadata"] == {"tags": ["x"]}
    assert flags.pop("checksum") == checksum(made | {"metadata": {"nbgrader": flags}})
    assert flags == {
        "cell_type": "code",
        "grade": True,
        "grade_id": "a",
        "locked": False,
        "points": 0.0,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (notebook(MEAN, MEAN), "two cells have the grade_id 'mean'"),
        (notebook(cell("answer", "", "")), "grade_id ''"),
        (notebook(cell("answer", "a b", "")), "grade_id 'a b'"),
        (notebook(cell("check", "a", "### AUTOTEST mean([1])", points=1)), "run nbgrader generate_assignment"),
        (notebook(cell("check", "a", "if 1:\n    ### HASHED AUTOTEST x", points=1)), "autotests of a"),
        (notebook(cell("check", "a", "text", "markdown")), "must be graded by hand"),
        (notebook(cell("task", "a", "text")), "is no markdown cell"),
        (notebook(own("", metadata={"nbgrader": {"grade": True, "grade_id": "a", "points": "x"}})), "no number"),
        (notebook(own("", metadata={"nbgrader": {"task": True, "grade_id": "a", "schema_version": 10}})), "newer"),
        (notebook(own(7, metadata={"nbgrader": {"locked": True, "grade_id": "a"}})), "no text"),  # type: ignore[arg-type]
        (notebook(nbformat=3), "not of format 4"),
        (notebook(cells=[7]), "no cell"),
    ],
)
def test_a_source_that_cannot_grade_is_named(source: dict[str, Any], reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        rebuild(source, json.dumps(notebook()).encode())


def test_a_submission_that_is_no_notebook_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="empty"):
        rebuild(SOURCE, b"")


def test_a_submission_of_notebook_format_3_is_rebuilt(tmp_path: Path) -> None:
    code = {"cell_type": "code", "input": RIGHT["source"], "metadata": RIGHT["metadata"], "outputs": []}
    extra = {"cell_type": "code", "input": ["b = 1\n", "b"], "metadata": {}, "outputs": []}
    old = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [code]}, {"cells": [extra]}]}
    assert texts(rebuild(SOURCE, json.dumps(old).encode()))[2:4] == [RIGHT["source"], "b = 1\nb"]

"""What a learner meets: `check` never raises for an answer, and speaks of its form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from coursekit.synthesis import write_dataset
from coursework.checks import MIME, PACK, Answer, CheckPackMissing, UnknownExercise, check
from coursework.checks.forms import FormError, Number, PerGroup, from_json, to_json

SHARE = Number("a share", minimum=-1, maximum=1)
BANDS = PerGroup("a share", by="craft band", groups=("apprentice", "master"), minimum=-1, maximum=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("work")
    write_dataset("tool-or-craft", place / "datasets" / "tool-or-craft")
    pack = {
        "assignment": "a",
        "dataset": "tool-or-craft",
        "exercises": {"gap": {"points": 2, "takes": ["conversation"], "form": to_json(SHARE)}},
    }
    (place / PACK).write_text(json.dumps(pack))
    return place


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def test_a_well_formed_answer_waits_for_its_mark() -> None:
    answer = check("gap", lambda conversation: conversation["resolved"].mean() - 0.5)
    assert (answer.verdict, repr(answer)) == ("unmarked", "2")
    assert "seen when your work is marked" in answer._repr_html_()
    assert "Worth 2 points." in answer._repr_html_()


@pytest.mark.parametrize(
    ("value", "verdict", "said"),
    [
        (None, "blank", "Write your answer in the cell above"),
        (0.04, "form", "A function of (conversation) is expected here"),
        ("raw_gap", "form", "A function of (conversation) is expected here"),
        (lambda conversation: None, "blank", "returns nothing so far"),
        (lambda conversation: ..., "blank", "returns nothing so far"),
        (lambda conversation: "0.04", "form", "One number (a share) is expected, but it is a text"),
        (lambda conversation: True, "form", "it is the truth value True"),
        (lambda conversation: float("nan"), "form", "a finite number is expected"),
        (lambda conversation: 4.04, "form", "at most 1"),
        (lambda conversation: conversation, "form", "a table of 9000 rows and 8 columns"),
        (lambda conversation: conversation["minutes"], "form", "a Series of 9000 values"),
        (lambda conversation: ValueError("x"), "form", "an error (ValueError)"),
        (lambda conversation: (n for n in [1]), "form", "a generator"),
        (lambda conversation: conversation["tols"], "raised", "KeyError: 'tols'"),
        (lambda: 1, "raised", "TypeError"),
        (lambda conversation: exit(), "raised", "SystemExit"),
    ],
)
def test_every_answer_gets_a_sentence(value: Any, verdict: str, said: str) -> None:
    answer = check("gap", value)
    assert (answer.verdict, answer.points) == (verdict, 0)
    assert said in answer.message


def test_the_box_is_safe_and_the_grader_reads_the_points(capsys: pytest.CaptureFixture[str]) -> None:
    def noisy(conversation: pd.DataFrame) -> float:
        import sys
        import warnings

        print("computing")
        print("careful", file=sys.stderr)
        warnings.warn("old", stacklevel=1)
        raise ValueError("<script>alert(1)</script>")

    answer = check("gap", noisy)
    bundle = answer._repr_mimebundle_()

    assert capsys.readouterr() == ("", "")  # nbgrader scores 0 for anything on stderr
    assert "<script>" not in bundle["text/html"]
    assert "&lt;script&gt;" in bundle["text/html"]
    assert bundle["text/plain"] == "0"
    assert bundle[MIME] == {"exercise": "gap", "verdict": "raised", "mistake": None, "points": 0}


def test_the_learners_tables_are_not_changed(folder: Path) -> None:
    def greedy(conversation: pd.DataFrame) -> float:
        conversation["resolved"] = False
        return float(conversation["resolved"].mean())

    assert check("gap", greedy).verdict == "unmarked"
    assert check("gap", lambda conversation: float(conversation["resolved"].any())).verdict == "unmarked"


def test_an_unknown_exercise_and_a_missing_pack(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownExercise, match="no exercise 'gaps'; it has gap"):
        check("gaps", None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CheckPackMissing, match="Start the notebook from the folder of its assignment"):
        check("gap", None)
    (tmp_path / PACK).write_text("{")
    with pytest.raises(CheckPackMissing, match="damaged"):
        check("gap", None)


@pytest.mark.parametrize("value", [0.5, 1, np.float32(0.5), np.int64(1), np.array(0.5)])
def test_numbers_of_all_kinds(value: Any) -> None:
    assert SHARE.read(value)[""] == pytest.approx(float(value))


@pytest.mark.parametrize(
    "value",
    [
        {"master": 0.2, "apprentice": 0.1},
        pd.Series([0.1, 0.2], index=["apprentice", "master"]),
        pd.Series([0.2, 0.1], index=pd.CategoricalIndex(["master", "apprentice"])),
        pd.DataFrame({"gap": [0.1, 0.2]}, index=["apprentice", "master"]),
    ],
)
def test_groups_in_any_order(value: Any) -> None:
    assert BANDS.read(value) == {"apprentice": 0.1, "master": 0.2}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([0.1, 0.2], "a Series with one number for each craft band is expected, but it is a list"),
        ({"master": 0.1}, "holds: master"),
        (pd.Series([0.1, 0.2, 0.3], index=["apprentice", "master", "master"]), "holds: apprentice, master, master"),
        ({"master": "0.1", "apprentice": 0.1}, "A number is expected for master, but it is a text"),
        ({"master": np.nan, "apprentice": 0.1}, "The number for master is nan"),
        (pd.Series([0.1, 0.2]), "holds: 0, 1"),
    ],
)
def test_groups_that_do_not_fit(value: Any, said: str) -> None:
    with pytest.raises(FormError) as caught:
        BANDS.read(value)
    assert said.lower() in str(caught.value).lower()


def test_forms_survive_json() -> None:
    for form in (SHARE, BANDS):
        assert from_json(json.loads(json.dumps(to_json(form)))) == form
    with pytest.raises(ValueError, match="unknown form 'chart'"):
        from_json({"kind": "chart"})


def test_points_are_written_as_nbgrader_reads_them() -> None:
    for points in (0, 0.5, 2, 1 / 3):
        assert float(repr(Answer("e", "right", points, 3, ""))) == pytest.approx(points, abs=1e-5)

"""On honest notebooks the code that runs, and its order, are what nbgrader itself would run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import nbgrader
import pytest
from nbgrader.api import Base, Gradebook
from nbgrader.preprocessors import (
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    DeduplicateIds,
    OverwriteCells,
    OverwriteKernelspec,
    SaveCells,
)
from sqlalchemy import create_engine
from traitlets.config import Config

from coursekit.grading.notebooks import grade_id, role
from coursekit.grading.rebuild import rebuild

PACKAGE = Path(nbgrader.__file__).parent
GUIDE = PACKAGE / "docs" / "source" / "user_guide"
PREPROCESSORS = PACKAGE / "tests" / "preprocessors" / "files"
APPS = PACKAGE / "tests" / "apps" / "files"


def _pairs() -> list[tuple[Path, Path]]:
    pairs = [
        (folder / "submitted-unchanged.ipynb", submitted)
        for folder in (PREPROCESSORS, APPS)
        for submitted in sorted(folder.glob("submitted-*.ipynb"))
        if not submitted.stem.endswith("type-changed")
    ]
    pairs += [
        (GUIDE / "source" / "ps1" / f"{name}.ipynb", GUIDE / "submitted" / learner / "ps1" / f"{name}.ipynb")
        for learner in ("bitdiddle", "hacker")
        for name in ("problem1", "problem2")
    ]
    pairs += [
        (APPS / f"autotest-{kind}-unchanged.ipynb", submitted)
        for kind in ("simple", "hashed", "hidden", "multi")
        for submitted in sorted(APPS.glob(f"autotest-{kind}-*.ipynb"))
    ]
    pairs += [(PREPROCESSORS / "test_taskcell.ipynb",) * 2, (APPS / "test-hidden-tests.ipynb", APPS / "test.ipynb")]
    return pairs


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of one empty gradebook for all cases.

    With tables in it nbgrader does not start alembic, which takes seconds.
    """
    address = f"sqlite:///{tmp_path_factory.mktemp('gradebook')}/gradebook.db"
    engine = create_engine(address)
    Base.metadata.create_all(engine)
    engine.dispose()
    return address


def _nbgraders(source: Any, submitted: Any, gradebook: str, assignment: str) -> Any:
    """The notebook that nbgrader's autograde would execute, by its own steps."""
    resources = {"nbgrader": {"assignment": assignment, "notebook": "p1", "db_url": gradebook}}
    with Gradebook(gradebook) as book:
        book.add_assignment(assignment)
    SaveCells().preprocess(source, resources)
    for step in (ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells):
        submitted, resources = step().preprocess(submitted, resources)
    return submitted


def _read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def _assignment(path: Path) -> Any:
    """What `nbgrader generate_assignment` keeps in the gradebook."""
    source = _read(path)
    config = Config({"ClearSolutions": {"enforce_metadata": False}})
    for step in (ClearSolutions(config=config), ComputeChecksums()):
        source, _ = step.preprocess(source, {"nbgrader": {}, "language": "python"})
    return source


@pytest.mark.parametrize(
    ("source", "submitted"), _pairs(), ids=lambda path: f"{path.parts[-3]}-{path.parent.name}-{path.stem}"
)
def test_the_code_that_runs_is_nbgraders(source: Path, submitted: Path, gradebook: str) -> None:
    made = _assignment(source)
    rebuilt = rebuild(made, submitted.read_bytes())
    assignment = f"{source.parts[-3]}-{submitted.parts[-3]}-{submitted.stem}"
    expected = _nbgraders(made, _read(submitted), gradebook, assignment)

    def code(cells: Any) -> list[tuple[str, str]]:
        return [(grade_id(cell), cell["source"]) for cell in cells if cell["cell_type"] == "code"]

    assert code(rebuilt.notebook["cells"]) == code(expected.cells)
    assert rebuilt.notebook["metadata"].get("kernelspec") == expected.metadata.get("kernelspec")
    for ours, theirs in zip(
        [cell for cell in rebuilt.notebook["cells"] if role(cell) != "plain"],
        [cell for cell in expected.cells if cell.metadata.get("nbgrader", {}).get("grade_id")],
        strict=True,
    ):
        assert ours["source"] == theirs.source
        theirs_said = {key: value for key, value in theirs.metadata.nbgrader.items() if key != "cell_type"}
        said = ours["metadata"]["nbgrader"]
        assert {key: said.get(key) for key in theirs_said} == theirs_said
    nbformat.validate(nbformat.from_dict(rebuilt.notebook))


@pytest.mark.parametrize("name", ["submitted-answer-cell-type-changed", "submitted-grade-cell-type-changed"])
def test_a_changed_type_is_put_right_where_nbgrader_gives_up(name: str, gradebook: str) -> None:
    made = _assignment(PREPROCESSORS / "submitted-unchanged.ipynb")
    submitted = PREPROCESSORS / f"{name}.ipynb"
    rebuilt = rebuild(made, submitted.read_bytes())
    expected = {grade_id(cell): cell["cell_type"] for cell in made["cells"] if grade_id(cell)}
    assert {grade_id(cell): cell["cell_type"] for cell in rebuilt.notebook["cells"] if grade_id(cell)} == expected
    with pytest.raises(nbformat.ValidationError):
        _nbgraders(made, _read(submitted), gradebook, name)

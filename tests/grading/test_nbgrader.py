"""Plain nbgrader works from the root, because instructors know it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from coursekit.assessment import load_assignment
from coursekit.assessment.sample import fill_in, sample_class
from coursekit.grading import Course
from coursekit.grading.grade import read_results
from coursework import load
from tests.course import SLUG, cell_of, copy_course, read_notebook
from tests.grading.conftest import run

pytestmark = pytest.mark.xdist_group("nbgrader")


@pytest.fixture(scope="module")
def home(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = copy_course(root, tmp_path_factory.mktemp("plain") / "home")
    done = run(place, "release", SLUG)
    assert done.exit_code == 0, done.output
    return place


def nbgrader(home: Path, *arguments: str, folder: Path | None = None) -> str:
    """Run `nbgrader ...` as an instructor types it; its output."""
    command = Path(sys.executable).parent / "nbgrader"
    beside = os.pathsep.join([str(command.parent), os.environ["PATH"]])
    done = subprocess.run(
        [command, *arguments],
        cwd=folder or home,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": beside},
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-3000:]
    return output


def written_by(home: Path, learner_id: str) -> nbformat.NotebookNode:
    """What a learner of the sample class hands in."""
    assignment = load_assignment(SLUG, home)
    learner = next(learner for learner in sample_class() if learner.id == learner_id)
    release = Course(home).release(SLUG)
    tables = load(assignment.dataset, release / "datasets" / assignment.dataset)
    return fill_in(read_notebook(release / f"{SLUG}.ipynb"), assignment, learner, tables)


def test_the_untouched_notebook_runs_to_its_end_with_helpful_boxes(home: Path) -> None:
    folder = Course(home).release(SLUG)
    notebook = read_notebook(folder / f"{SLUG}.ipynb")
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()  # raises on an error

    for name in ("raw-gap", "strata", "standardised-gap", "full-cost"):
        (output,) = cell_of(notebook, name).outputs
        assert output.data["text/plain"] == "0"
        assert "Not answered yet" in output.data["text/html"]
    shown = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("application/vnd.jupyter.widget-view+json" in data for data in shown)  # the explorer
    assert not any(
        output.output_type == "stream" and output.name == "stderr"
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )


def test_generate_assignment_and_autograde_and_feedback(home: Path) -> None:
    nbgrader(home, "generate_assignment", SLUG, "--force")
    course = Course(home)
    for learner in ("learner-01", "learner-06"):
        course.submission(SLUG, learner).mkdir(parents=True)
        nbformat.write(written_by(home, learner), course.submission(SLUG, learner) / f"{SLUG}.ipynb")
    nbgrader(home, "autograde", SLUG)
    marks = {result.learner: result.points for result in read_results(course, SLUG)}
    assert marks == {"learner-01": 10, "learner-06": 0}
    nbgrader(home, "generate_feedback", SLUG, "--student", "learner-06")
    page = (course.feedback(SLUG, "learner-06") / f"{SLUG}.html").read_text()
    assert "How many conversations does each band have?" in page
    assert "BEGIN HIDDEN TESTS" not in page


def test_validate_tells_a_blank_from_a_filled_notebook(home: Path) -> None:
    folder = Course(home).release(SLUG)
    blank = nbgrader(home, "validate", str(folder / f"{SLUG}.ipynb"))
    assert "partial credit" in blank or "failed" in blank
    filled = folder / "filled.ipynb"
    nbformat.write(written_by(home, "learner-01"), filled)
    try:
        assert "Success! Your notebook passes all the tests." in nbgrader(home, "validate", str(filled))
    finally:
        filled.unlink()


def test_the_exchange_brings_it_there_and_back(home: Path, tmp_path: Path) -> None:
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)  # as nbgrader wants it
    desk = tmp_path / "learner"
    desk.mkdir()
    there = [f"--Exchange.root={exchange}", "--course=conversations"]
    # A learner's own settings would lie in their home; the cache is per person.
    own = [f"--Exchange.cache={tmp_path / 'cache'}"]

    nbgrader(home, "release_assignment", SLUG, *there, "--force")
    nbgrader(home, "fetch_assignment", SLUG, *there, *own, folder=desk)
    assert (desk / SLUG / "check-pack.json").is_file()
    assert (desk / SLUG / "datasets" / SLUG / "conversation.csv").is_file()

    nbformat.write(written_by(home, "learner-02"), desk / SLUG / f"{SLUG}.ipynb")
    nbgrader(home, "submit", SLUG, *there, *own, folder=desk)
    nbgrader(home, "collect", SLUG, *there)
    course = Course(home)
    learner = next(name for name in course.learners(SLUG) if not name.startswith("learner-"))
    assert cell_of(
        read_notebook(course.submission(SLUG, learner) / f"{SLUG}.ipynb"), "raw-gap-answer"
    ).source.startswith("def raw_gap(conversation):")
    shutil.rmtree(course.submission(SLUG, learner).parent)

"""An instructor opens formgrader in JupyterLab and marks a reflection by hand."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

from coursekit.grading import Course
from coursekit.grading.grade import read_results
from tests.course import SLUG, copy_course
from tests.grading.conftest import run
from tests.grading.test_nbgrader import written_by

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("nbgrader")


@pytest.fixture(scope="module")
def home(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = copy_course(root, tmp_path_factory.mktemp("desk") / "home")
    assert run(place, "release", SLUG).exit_code == 0
    folder = Course(place).submission(SLUG, "learner-01")
    folder.mkdir(parents=True)
    nbformat.write(written_by(place, "learner-01"), folder / f"{SLUG}.ipynb")
    assert run(place, "grade", SLUG).exit_code == 0
    return place


@pytest.fixture(scope="module")
def lab(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab on the course's root; yields a function's worth of address: "http://host:port|token"."""
    token = secrets.token_hex(8)
    own = tmp_path_factory.mktemp("jupyter")
    beside = str(Path(sys.executable).parent)
    server = subprocess.Popen(
        [
            sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0",
            f"--IdentityProvider.token={token}", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        cwd=home,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PATH": os.pathsep.join([beside, os.environ["PATH"]]),
            "HOME": str(own),
            "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        },
    )  # fmt: skip
    try:
        assert server.stderr is not None
        address = ""
        for line in server.stderr:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                address = found.group()
                break
        assert address, "JupyterLab named no address"
        yield f"{address}|{token}"
    finally:
        server.terminate()
        server.communicate()


def test_formgrader_shows_the_assignment_and_takes_a_mark(home: Path, lab: str, browser: Browser) -> None:
    address, token = lab.split("|")
    page = browser.new_page()
    page.goto(f"{address}/formgrader?token={token}")
    page.get_by_role("link", name=SLUG).first.wait_for()

    page.goto(f"{address}/formgrader/gradebook/{SLUG}/{SLUG}?token={token}")
    page.get_by_role("link", name="Submission #1").click()
    score = page.locator("input.score").last
    score.wait_for()
    score.fill("7")
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        score.press("Tab")
    page.close()

    (learner,) = read_results(Course(home), SLUG)
    assert learner.to_mark == []
    assert learner.points == 17


def test_the_course_folder_is_not_shown_without_the_token(lab: str) -> None:
    address, _ = lab.split("|")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{address}/api/contents")


def test_the_text_notebook_of_an_author_opens_as_a_notebook(lab: str) -> None:
    address, token = lab.split("|")
    path = f"assignments/{SLUG}/{SLUG}.md"
    with urllib.request.urlopen(f"{address}/api/contents/{path}?type=notebook&token={token}") as answer:
        model = json.load(answer)
    assert model["type"] == "notebook"
    code = [cell["source"] for cell in model["content"]["cells"] if cell["cell_type"] == "code"]
    assert "# exercise: raw-gap" in code

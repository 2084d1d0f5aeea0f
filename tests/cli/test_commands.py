"""The command line: help with examples, exit codes, and bad input met with one sentence."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.course import SLUG, copy_course
from tests.grading.conftest import run

COMMANDS = ["data make", "release", "simulate-class", "grade", "feedback", "report", "serve"]


@pytest.fixture
def home(root: Path, tmp_path: Path) -> Path:
    return copy_course(root, tmp_path / "home")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_an_example(command: str, tmp_path: Path) -> None:
    done = run(tmp_path, *command.split(), "--help")
    assert done.exit_code == 0
    assert "Example" in done.output
    assert f"coursekit {command}".strip() in done.output


def test_python_m_is_the_same_command(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coursekit", "--version"], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("coursekit, version ")


def failed(home: Path, *arguments: str) -> str:
    """Run a command that cannot start; its one sentence."""
    done = run(home, *arguments)
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("error: "), done.stderr
    assert "Traceback" not in done.output
    assert len(done.stderr.strip().splitlines()) == 1
    return str(done.stderr)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["data", "make", "tool-and-craft"], "there is no dataset tool-and-craft; these exist: conversations"),
        (["release", "week-9"], "there is no assignment 'week-9'; these exist: tool-or-craft"),
        (["release", SLUG, "--due", "soon"], "'soon' is no date with a time; write it like 2027-01-31 23:59 UTC"),
        (["simulate-class", SLUG], "release it first: coursekit release tool-or-craft"),
        (["grade", SLUG], "release it first: coursekit release tool-or-craft"),
        (["grade", SLUG, "--course", "nowhere"], "nowhere is no folder"),
        (["grade", SLUG, "--results", "no/such/marks.json"], "make it first"),
        (["feedback", SLUG], "release it first"),
        (["report", SLUG], "release it first"),
        (["serve"], "the book is not built yet; build it: make course"),
    ],
)
def test_bad_input_is_one_sentence(home: Path, arguments: list[str], said: str) -> None:
    assert said in failed(home, *arguments)
    assert not (home / "course" / "release").exists()


def test_a_command_outside_a_course_says_where_to_go(tmp_path: Path) -> None:
    for command in ("release", "simulate-class x", "feedback x", "report x", "serve"):
        assert "is not the root of a course" in failed(tmp_path, *command.split())


def test_a_broken_source_leaves_nothing_half_written(home: Path) -> None:
    text = home / "assignments" / SLUG / f"{SLUG}.md"
    text.write_text(text.read_text().replace("conversation.head()", "conversation.head("))
    line = next(n for n, text_line in enumerate(text.read_text().split("\n"), 1) if text_line == "conversation.head(")
    assert f"is broken Python, line {line}:" in failed(home, "release")
    assert [path.name for path in (home / "course").iterdir()] == [".secret"]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (f"{SLUG}.md", "from coursework import check, load", "from coursework import load", "NameError: name 'check'"),
        (f"{SLUG}.md", "conversation.head()", "conversations.head()", "the cell that begins 'conversations.head()'"),
        ("answers.py", '["wage"]).groupby', '["wagr"]).groupby', "full-cost: KeyError: 'wagr'"),
        (
            "answers.py",
            'return share["inbox"] - share["suite"]',
            'return share["suite"] - share["inbox"]',
            "raw-gap: the mistake 'reversed' lies within twice the tolerance",
        ),
    ],
)
def test_a_release_that_would_not_work_is_stopped(home: Path, name: str, old: str, new: str, said: str) -> None:
    source = home / "assignments" / SLUG / name
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, new, 1))
    said_now = failed(home, "release")
    assert said in said_now
    assert name in said_now
    assert not (home / "course" / "release").exists()


@pytest.mark.parametrize("due", ["2027-01-31", "1.2.2027", "10:00", "Sunday", "2027-01-31 23:59 CET", ""])
def test_a_due_time_is_never_guessed(home: Path, due: str) -> None:
    assert "is no date with a time" in failed(home, "release", SLUG, "--due", due)


def test_a_missing_data_file_names_the_remedy(home: Path) -> None:
    (home / "datasets" / SLUG / "person.csv").unlink()
    assert "lacks person.csv; make the data first: coursekit data make" in failed(home, "release")


def test_a_folder_that_cannot_be_written(home: Path) -> None:
    (home / "file").write_text("")
    said = failed(home, "data", "make", "--out", "file/below")
    assert "file" in said


def test_a_release_that_would_give_an_answer_away_is_taken_back(home: Path) -> None:
    text = home / "assignments" / SLUG / f"{SLUG}.md"
    line = 'by_agent = conversation.groupby(["tool", "agent_id"], observed=True)["resolved"].mean()'
    text.write_text(text.read_text().replace("conversation.head()", line))
    assert "it would give an answer away" in failed(home, "release")
    assert not (home / "course" / "release" / SLUG).exists()


def test_release_of_an_unchanged_source_writes_nothing(home: Path) -> None:
    assert "written (5 exercises, 20 points; no due date)" in run(home, "release").output
    notebook = home / "course" / "release" / SLUG / f"{SLUG}.ipynb"
    stamp = notebook.stat().st_mtime_ns
    assert "unchanged (5 exercises, 20 points; no due date)" in run(home, "release").output
    assert notebook.stat().st_mtime_ns == stamp
    assert "has no due date; set one" in failed(home, "simulate-class", SLUG)
    assert "no submission of 'tool-or-craft' by learner-77" in failed(home, "grade", SLUG, "--student", "learner-77")
    assert "nobody handed in" in failed(home, "grade", SLUG)
    assert "nobody handed in" in failed(home, "report", SLUG)
    assert "nothing of 'tool-or-craft' is graded yet" in failed(home, "feedback", SLUG)


def test_a_broken_nbgrader_config_is_named(home: Path) -> None:
    (home / "nbgrader_config.py").write_text("c = get_config(\n")
    assert "nbgrader_config.py does not run: SyntaxError" in failed(home, "grade", SLUG)


def test_truth_is_written_only_where_asked(home: Path) -> None:
    truth = home / "kept"
    done = run(home, "data", "make", SLUG, "--seed", "7", "--out", "out", "--truth", str(truth))
    assert done.exit_code == 0
    planted = json.loads((truth / f"{SLUG}.json").read_text())
    assert planted["seed"] == 7
    assert planted["desk"]["standardised_gap"] == pytest.approx(-0.106, abs=0.006)
    assert sorted(path.name for path in (home / "out" / SLUG).iterdir()) == [
        "conversation.csv",
        "datapackage.json",
        "person.csv",
        "tool.csv",
    ]


def test_serve_gives_the_book_and_names_a_busy_port(home: Path) -> None:
    pages = home / "_build" / "html"
    pages.mkdir(parents=True)
    (pages / "index.html").write_text("<p>the book</p>")
    server = subprocess.Popen(
        [sys.executable, "-m", "coursekit", "serve", "--port", "0"],
        cwd=home,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert server.stdout is not None
        address = next(word for word in server.stdout.readline().split() if word.startswith("http://127.0.0.1:"))
        with urllib.request.urlopen(address) as answer:
            assert answer.read() == b"<p>the book</p>"
    finally:
        server.terminate()
        server.wait()
        if server.stdout:
            server.stdout.close()

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} is in use; take another: make serve PORT={port + 1}" in failed(
            home, "serve", "--port", str(port)
        )


def test_the_learners_wheel_holds_coursework_alone(home: Path, tmp_path: Path) -> None:
    import zipfile

    from coursekit.assessment.wheel import build_wheel

    first = build_wheel(home, tmp_path / "one")
    again = build_wheel(home, tmp_path / "two")
    assert first.read_bytes() == again.read_bytes()
    tops = {name.split("/")[0].split("-")[0] for name in zipfile.ZipFile(first).namelist()}
    assert tops == {"coursework"}
    shutil.rmtree(tmp_path / "one")

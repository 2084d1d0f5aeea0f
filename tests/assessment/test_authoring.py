"""An author's slip is named with its place, before anything is written."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from coursekit.assessment import AuthorError, load_assignment
from coursekit.assessment.notebook import source_notebook
from coursekit.assessment.secret import Secret, course_secret
from coursework import load

SECRET = Secret("s" * 64)
DATA = load("tool-or-craft", Path(__file__).resolve().parents[2] / "datasets" / "tool-or-craft")
ANSWERS = '''
import pandas as pd
from coursekit.assessment import Exercises, Number

ask = Exercises(dataset="tool-or-craft", title="A", minutes=10)

@ask.other_data
def other_data(tables, seed):
    return tables

@ask.exercise("gap", title="Gap", objective="raw-gap", points=1, form=Number("share"), tolerance=0.01)
def gap(conversation):
    """Return the gap."""
    # a comment above the first statement
    return conversation["resolved"].mean()

@gap.mistake("none", hint="Look at the rows.")
def _(conversation):
    return 0.0
'''
NOTEBOOK = """
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---

# A

```{code-cell} ipython3
# exercise: gap
```
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(answers: str = ANSWERS, notebook: str = NOTEBOOK) -> Path:
        folder = tmp_path / "assignments" / "a"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "answers.py").write_text(textwrap.dedent(answers))
        (folder / "a.md").write_text(notebook.lstrip())
        return tmp_path

    return _write


def test_stub_is_the_solution_minus_the_answer(write: Write) -> None:
    notebook = source_notebook(load_assignment("a", write()), SECRET, DATA)
    answer = next(cell for cell in notebook.cells if cell.id == "gap-answer")
    assert answer.source.split("\n") == [
        "def gap(conversation):",
        '    """Return the gap."""',
        f"    ### BEGIN SOLUTION {SECRET.canary}",
        "    # a comment above the first statement",
        '    return conversation["resolved"].mean()',
        "    ### END SOLUTION",
    ]
    check = next(cell for cell in notebook.cells if cell.id == "gap")
    assert check.metadata.nbgrader == {
        "schema_version": 3,
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "grade_id": "gap",
        "points": 1,
    }
    assert check.source.split("\n")[0] == 'check("gap", gap)'
    compile(check.source, "check", "exec")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("points=1", "points=0", "gap: the points must be above 0"),
        ("tolerance=0.01", "tolerance=0", "gap: the tolerance must be above 0"),
        ('objective="raw-gap"', 'objective=""', "gap: no objective is named"),
        ('"gap", title', '"Gap 1", title', "'Gap 1' is no exercise id"),
        ('dataset="tool-or-craft"', 'dataset="tool"', "there is no dataset 'tool'"),
        ("def gap(conversation)", "def gap(chat)", "gap takes chat; the tables of tool-or-craft are"),
        ('    """Return the gap."""\n', "", "gap has no docstring"),
        ('hint="Look at the rows."', 'hint=" "', "the mistake 'none' has no hint"),
        ("def _(conversation):", "def _(person):", "takes ['person'], the right answer takes ['conversation']"),
        ("@ask.other_data\n", "", "no function marked @ask.other_data"),
        ("import pandas as pd", "import pandsa", "does not run: ModuleNotFoundError"),
        ("import pandas as pd", "def broken(:", "does not run: SyntaxError"),
    ],
)
def test_a_slip_in_the_answers_is_named(write: Write, old: str, new: str, said: str) -> None:
    assert old in ANSWERS
    with pytest.raises(AuthorError) as caught:
        load_assignment("a", write(ANSWERS.replace(old, new, 1)))
    assert said in str(caught.value)
    assert "answers.py" in str(caught.value)


def test_the_same_exercise_or_mistake_twice(write: Write) -> None:
    twice = ANSWERS + ANSWERS[ANSWERS.index("@ask.exercise") :]
    with pytest.raises(AuthorError, match="the exercise 'gap' stands twice"):
        load_assignment("a", write(twice))
    again = ANSWERS + ANSWERS[ANSWERS.index("@gap.mistake") :]
    with pytest.raises(AuthorError, match="the mistake 'none' stands twice"):
        load_assignment("a", write(again))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("exercise: gap", "exercise: gab", "marks the exercise 'gab', which answers.py does not have"),
        ("# exercise: gap", "gap = 1", "no cell marks the exercise gap"),
        (
            "# exercise: gap\n```\n",
            "# exercise: gap\n```\n\n```{code-cell} ipython3\n# exercise: gap\n```\n",
            "marked twice",
        ),
        ("# A\n", "```{code-cell} ipython3\ndef broken(:\n```\n", "is broken Python, line 1"),
    ],
)
def test_a_slip_in_the_text_notebook_is_named(write: Write, old: str, new: str, said: str) -> None:
    assignment = load_assignment("a", write(notebook=NOTEBOOK.replace(old, new, 1)))
    with pytest.raises(AuthorError) as caught:
        source_notebook(assignment, SECRET, DATA)
    assert said in str(caught.value)
    assert "a.md" in str(caught.value)


def test_an_answer_that_needs_something_outside(write: Write) -> None:
    assignment = load_assignment(
        "a", write(ANSWERS.replace("return 0.0", "return HALF").replace("ask =", "HALF = 1\nask ="))
    )
    with pytest.raises(AuthorError, match="uses 'HALF' from outside; put it inside the function"):
        source_notebook(assignment, SECRET, DATA)


def test_an_unknown_assignment_names_those_that_exist(write: Write) -> None:
    with pytest.raises(AuthorError, match=r"no assignment 'b'; these exist: a"):
        load_assignment("b", write())


def test_the_secret_is_drawn_once_and_private(tmp_path: Path) -> None:
    first, again = course_secret(tmp_path / "one"), course_secret(tmp_path / "one")
    other = course_secret(tmp_path / "two")
    assert first == again != other
    assert first.seeds("gap", 2) == again.seeds("gap", 2) != other.seeds("gap", 2)
    assert first.seeds("gap", 2) != first.seeds("strata", 2)
    assert first.value not in repr(first)
    assert (tmp_path / "one" / ".secret").stat().st_mode & 0o077 == 0
    (tmp_path / "one" / ".secret").write_text("short\n")
    with pytest.raises(ValueError, match="damaged; delete it"):
        course_secret(tmp_path / "one")

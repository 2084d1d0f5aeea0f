"""Write the source version of an assignment, complete or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat

from coursekit.assessment.authoring import Assignment, AuthorError
from coursekit.assessment.notebook import source_notebook
from coursekit.assessment.secret import Secret
from coursekit.assessment.tryout import try_out
from coursekit.assessment.wheel import build_wheel, learner_requirements
from coursekit.files import fresh_folder, replace_folder
from coursework.checks import PACK
from coursework.checks.forms import to_json
from coursework.datasets import DATASETS
from coursework.loading import load

_README = """\
# {title}

1. Make an environment:  python3 -m venv .venv
2. Fill it:              .venv/bin/pip install -r requirements.txt
3. Start:                .venv/bin/jupyter lab {slug}.ipynb

On Windows write .venv\\Scripts\\ in place of .venv/bin/. Python 3.11 or newer is needed.
"""


def write_source(assignment: Assignment, folder: Path, secret: Secret, root: Path) -> bool:
    """Write nbgrader's source version of an assignment into `folder`.

    It holds the notebook with solutions and hidden checks, the check pack, the
    data, the learners' wheel, its requirements and a readme.

    Returns
    -------
    bool
        Whether anything changed. An unchanged folder is left alone.

    Raises
    ------
    AuthorError
        If the sources are not complete, the data are missing, or the solved notebook does not run to
        full marks; nothing is written then.
    """
    data = root / "datasets" / assignment.dataset
    missing = [
        table.name for table in DATASETS[assignment.dataset].tables if not (data / f"{table.name}.csv").is_file()
    ]
    if missing:
        raise AuthorError(
            f"{data} lacks {', '.join(f'{name}.csv' for name in missing)}; make the data first: coursekit data make"
        )
    notebook = source_notebook(assignment, secret, load(assignment.dataset, data))
    with fresh_folder(folder) as fresh:
        nbformat.write(notebook, fresh / f"{assignment.slug}.ipynb")
        (fresh / PACK).write_text(_pack(assignment), encoding="utf-8")
        (fresh / "README.md").write_text(_README.format(title=assignment.title, slug=assignment.slug), encoding="utf-8")
        shutil.copytree(data, fresh / "datasets" / assignment.dataset)
        wheel = build_wheel(root, fresh)
        (fresh / "requirements.txt").write_text(learner_requirements(root, wheel.name), encoding="utf-8")
        if folder.is_dir() and _contents(folder) == _contents(fresh):
            return False
        try_out(assignment, notebook, fresh)
        replace_folder(fresh, folder)
        return True


def _pack(assignment: Assignment) -> str:
    pack = {
        "assignment": assignment.slug,
        "dataset": assignment.dataset,
        "exercises": {
            exercise.id: {
                "title": exercise.title,
                "points": exercise.points,
                "takes": exercise.takes,
                "form": to_json(exercise.form),
            }
            for exercise in assignment.autograded
        },
    }
    return json.dumps(pack, indent=2, ensure_ascii=False) + "\n"


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())

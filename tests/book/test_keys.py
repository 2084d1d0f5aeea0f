"""The published site gives no answer away."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursekit.assessment import load_assignment
from coursekit.assessment.authoring import list_assignments
from coursekit.assessment.leaks import leaks
from coursekit.assessment.secret import Secret, course_secret

pytestmark = pytest.mark.xdist_group("site")


def test_the_site_holds_no_key(site: Path, root: Path, tmp_path: Path) -> None:
    assignments = [load_assignment(slug, root) for slug in list_assignments(root)]
    # The course's own canary if something was released here, and every telling line of the answers.
    course = root / "course"
    secret = course_secret(course) if (course / ".secret").is_file() else Secret("v" * 64)
    assert leaks(site, secret, assignments) == []


def test_the_site_holds_nothing_of_the_authors_folders(site: Path) -> None:
    names = {path.name for path in site.rglob("*") if path.is_file()}
    assert "answers.py" not in names
    assert not [name for name in names if name.endswith(".ipynb")]

"""Files that share something dear stay on one worker, as `make test` runs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Each test writes down which worker ran it. By name, so that no group is there by chance.
FILE = """
import os
from pathlib import Path
import pytest

{mark}

@pytest.mark.parametrize("number", range(8))
def test_somewhere(number):
    with (Path(__file__).parent / "{group}.log").open("a") as log:
        log.write(os.environ["PYTEST_XDIST_WORKER"] + "\\n")
"""


def test_a_group_and_a_file_stay_on_one_worker(tmp_path: Path, root: Path) -> None:
    shared = 'pytestmark = pytest.mark.xdist_group("shared")'
    for name, mark in {"one": shared, "two": shared, "three": "", "four": ""}.items():
        group = "shared" if mark else name
        (tmp_path / f"test_{name}.py").write_text(FILE.format(mark=mark, group=group))
    # The very hook of this suite, and the very option of the Makefile.
    hook = "from tests.conftest import pytest_collection_modifyitems  # noqa: F401\n"
    (tmp_path / "conftest.py").write_text(f"import sys\nsys.path.insert(0, {str(root)!r})\n{hook}")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    assert "-n 2 --dist loadgroup" in (root / "Makefile").read_text()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    workers = {path.stem: path.read_text().split() for path in tmp_path.glob("*.log")}
    assert {name: len(seen) for name, seen in workers.items()} == {"shared": 16, "three": 8, "four": 8}
    assert [name for name, seen in workers.items() if len(set(seen)) != 1] == [], "pytest and pytest-xdist disagree"

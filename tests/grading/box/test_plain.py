"""One command in a box: what it gets, what comes back, what its limits do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from coursekit.grading.box import Bind, BoxError, Limits, View, run_in_box
from tests.grading.box.users import BOOT, ROOT, commands, descriptors, eventually

pytestmark = pytest.mark.xdist_group("box")
SMALL = Limits(wall_seconds=20, disk_bytes=16 << 20)


def python(source: str) -> list[str]:
    return [sys.executable, "-I", "-c", source]


def test_output_and_exit_code_come_back() -> None:
    ran = run_in_box(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"), limits=SMALL)

    assert (ran.stdout, ran.stderr, ran.code, ran.reason) == (b"out\n", b"err\n", 3, "crashed")


def test_files_lie_in_the_work_folder_and_can_be_changed() -> None:
    source = "print(open('a.txt').read()); open('data/b.csv', 'a').write('2'); print(open('data/b.csv').read())"

    ran = run_in_box(python(source), {"a.txt": b"one", "data/b.csv": b"1"}, SMALL)

    assert ran.stdout == b"one\n12\n", ran.stderr


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "a/../../b", "", ".", "a//b", "./a", "a\0b"])
def test_a_file_that_would_leave_the_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="plain relative path"):
        run_in_box(["/usr/bin/true"], {name: b""}, SMALL)


def test_nothing_of_one_run_is_there_in_the_next() -> None:
    for place in ("/tmp/note", "/dev/shm/note", "/box/work/note", "/box/home/note"):
        source = f"import os; print(os.path.exists('{place}')); open('{place}', 'w').write('x')"
        for _ in range(2):
            assert run_in_box(python(source), limits=SMALL).stdout == b"False\n"


def test_too_much_output_ends_the_run_and_the_rest_is_cut() -> None:
    flood = python("import sys\nwhile True: sys.stdout.write('x' * 10000); sys.stderr.write('y' * 10000)")

    ran = run_in_box(flood, limits=Limits(wall_seconds=20, output_bytes=100_000))

    assert ran.reason == "output-flood"
    assert 0 < len(ran.stdout) + len(ran.stderr) <= 100_000


def test_more_can_be_shown_and_it_is_read_only(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n")
    tmp_path.chmod(0o755)
    view = View().plus([Bind(str(tmp_path), "/data")])
    source = "print(open('/data/rows.csv').read())\ntry: open('/data/x', 'w')\nexcept OSError as e: print(e.errno)"

    ran = run_in_box(python(source), limits=SMALL, view=view)

    assert ran.stdout == b"a\n1\n\n30\n", ran.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["rows.csv"]


def test_a_folder_shown_below_tmp_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("value = 5\n")
    tmp_path.chmod(0o755)
    view = View().plus([Bind(str(tmp_path), "/tmp/deep/environment")])

    ran = run_in_box(python("print(open('/tmp/deep/environment/module.py').read())"), limits=SMALL, view=view)

    assert ran.stdout == b"value = 5\n\n", ran.stderr


def test_numpy_and_pandas_work_within_the_usual_limits() -> None:
    source = "import numpy, pandas; print(pandas.DataFrame({'a': numpy.arange(4)}).a.sum())"

    ran = run_in_box(python(source))

    assert ran.stdout == b"6\n", ran.stderr
    assert ran.usage.peak_bytes > 20 << 20
    assert ran.usage.cpu_seconds > 0


def test_a_program_that_is_not_there_is_its_own_failure_and_a_broken_box_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_in_box(["/usr/bin/no-such-program"], limits=SMALL).code == 127

    broken = tmp_path / "bwrap"
    broken.write_text('#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 0.11.0 && exit\necho no walls >&2\nexit 1\n')
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BoxError, match="no walls"):
        run_in_box(["/usr/bin/true"], limits=SMALL)


def test_descriptors_do_not_pile_up_in_the_worker() -> None:
    run_in_box(["/usr/bin/true"], {"a": b"1"}, SMALL)
    before = descriptors()
    for _ in range(5):
        run_in_box(["/usr/bin/true"], {"a": b"1"}, SMALL)

    assert descriptors() == before


def test_the_box_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "worker.py"
    script.write_text("from coursekit.grading.box import run_in_box\nrun_in_box(['/usr/bin/sleep', '4321.25'])")

    with subprocess.Popen([sys.executable, "-c", BOOT, str(ROOT), str(script)]) as worker:
        assert eventually(lambda: len(commands("/usr/bin/sleep", "4321.25")) == 1)
        worker.kill()

    assert eventually(lambda: not commands("/usr/bin/sleep", "4321.25"))

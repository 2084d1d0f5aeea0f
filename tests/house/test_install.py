"""Real environments by bootstrap.py, made from a project that needs no network."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from coursekit import bootstrap

pytestmark = pytest.mark.slow

# A build backend of the project's own, so that pip asks no package index.
BACKEND = """
from zipfile import ZipFile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "tiny-1-py3-none-any.whl"
    info = {
        "METADATA": "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n",
        "WHEEL": "Wheel-Version: 1.0\\nGenerator: tiny\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "RECORD": "",
    }
    with ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("tiny.py", "installed = True\\n")
        for file, text in info.items():
            wheel.writestr(f"tiny-1.dist-info/{file}", text)
    return name

build_wheel = build_editable
"""
PROJECT = """
[project]
name = "tiny"
version = "1"

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def write_project(folder: Path, backend: str = BACKEND) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "backend.py").write_text(backend)
    (folder / "pyproject.toml").write_text(PROJECT)


def start(course: Path, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(course / "coursekit" / "bootstrap.py")]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, **options)  # type: ignore[call-overload, no-any-return]


def run(course: Path) -> tuple[int, str, str]:
    process = start(course)
    out, err = process.communicate()
    return process.returncode, out, err


@pytest.fixture
def course(tmp_path: Path) -> Path:
    course = tmp_path / "a course"
    write_project(course)
    (course / "requirements.txt").write_text("")
    (course / "coursekit").mkdir()
    shutil.copy(bootstrap.__file__, course / "coursekit" / "bootstrap.py")
    return course


def imports_tiny(course: Path) -> bool:
    return bootstrap.run(str(course / ".venv" / "bin" / "python"), "-c", "import tiny")[0] == 0


def test_an_environment_through_its_life(course: Path) -> None:
    stamp = course / ".venv" / ".installed"
    code, out, err = run(course)
    assert (code, err) == (0, "")
    assert [line[:5] for line in out.splitlines() if line.startswith("[")] == ["[1/3]", "[2/3]", "[3/3]"]
    assert imports_tiny(course)

    first = stamp.stat().st_mtime_ns
    assert run(course) == (0, "", ""), "nothing changed, so nothing is to be done or said"
    assert stamp.stat().st_mtime_ns == first

    # A pin that pip cannot install: the stamp goes, and comes back once it is mended.
    (course / "requirements.txt").write_text("./nowhere\n")
    code, _, err = run(course)
    assert code == 2
    assert "nowhere" in err and "Installing failed: see .venv/install.log." in err
    assert not stamp.exists()
    (course / "requirements.txt").write_text("")
    assert run(course)[0] == 0
    assert stamp.exists()

    # A folder that was moved: the scripts within named the old place.
    moved = course.parent / "moved"
    course.rename(moved)
    assert run(moved)[0] == 0
    assert str(moved) in (moved / ".venv" / "bin" / "pip").read_text()
    assert imports_tiny(moved)

    # An environment without its pip, as an interrupted one may be, is made anew.
    (moved / ".venv" / ".installed").unlink()
    shutil.rmtree(next((moved / ".venv" / "lib").glob("python*/site-packages/pip")))
    assert run(moved)[0] == 0
    assert imports_tiny(moved)


def test_an_interrupted_install_leaves_no_stamp(course: Path) -> None:
    started, never = course / "started", course / "never"
    os.mkfifo(started)
    os.mkfifo(never)
    # The build says that it runs, then waits for an answer that does not come.
    wait = f"open({str(started)!r}, 'w').close()\nopen({str(never)!r}).read()\n"
    write_project(course / "waiting", wait)
    (course / "requirements.txt").write_text(f"{course / 'waiting'}\n".replace(" ", "%20").replace("/", "file:///", 1))
    heard = os.open(started, os.O_RDONLY | os.O_NONBLOCK)
    # Whoever runs the tests in the background may have told them to ignore this signal.
    process = start(course, start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        ready, _, _ = select.select([heard], [], [], 120)
        assert ready, "the build did not begin"
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        os.close(heard)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 130
    assert "Stopped: run make again to go on." in err
    assert "Traceback" not in err
    assert not (course / ".venv" / ".installed").exists()

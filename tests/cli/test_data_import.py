"""`coursekit data import` and `export`: what they say, write and end with."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from coursekit.cli.data_import import _FORMATS, export_, import_
from coursework.importers import FORMATS
from coursework.importers.collector import Collector

GOOD = "id,user,created_at,text\n1,ann,2025-03-01T12:00:00Z,mail ann@example.org\n2,bob,2025-03-01T12:05:00Z,yes\n"


def run(command: click.Command, *arguments: str | Path) -> Result:
    done = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert "Traceback" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(GOOD)
    return path


def words(done: Result) -> str:
    return " ".join(done.output.split())


def test_an_import_says_what_it_wrote_and_what_the_data_can_serve(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(import_, "auto", table, "--out", out)
    assert done.exit_code == 0
    assert "read 4 records as csv; rows written: person 2, conversation 2, message 2" in words(done)
    assert "columns taken by their names: id as msg_id, user as person_id, created_at as ts" in words(done)
    assert "exercises that these data can serve: 0 of 48" in words(done)
    assert "only 2 texts (message.text), 30 are needed" in words(done)
    key = tmp_path / "out.key"
    assert "made now" in words(done)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "ann" not in (out / "message.csv").read_text()
    assert json.loads((out / "import-report.json").read_text())["format"] == "csv"


def test_rejected_rows_are_counted_with_their_reasons_and_end_with_1(table: Path, tmp_path: Path) -> None:
    table.write_text(GOOD + "3,ann,1970-01-01,old\n4,ann,soon,x\n5,ann,later,x\n6,ann,2025-03-01,y\n")
    done = run(import_, "csv", table, "--out", tmp_path / "out", "--tz", "Europe/Berlin", "--keep-ids")
    assert done.exit_code == 1
    assert "2 no date that can be read" in words(done)
    assert "1 dated before 1971: a clock that was never set" in words(done)
    assert not (tmp_path / "out.key").exists()
    assert "6,6,,ann,2025-02-28T23:00:00Z,utc,,y" in (tmp_path / "out" / "message.csv").read_text()


def test_the_same_key_gives_the_same_bytes_and_overwrite_replaces(table: Path, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "secret"
    for out in ("a", "b"):
        assert run(import_, "csv", table, "--out", tmp_path / out, "--key", key).exit_code == 0
    for name in ("message.csv", "person.csv", "conversation.csv", "import-report.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert run(import_, "csv", table, "--out", tmp_path / "a", "--key", key).exit_code == 2
    options = ("--overwrite", "--format", "parquet")
    assert run(import_, "csv", table, "--out", tmp_path / "a", "--key", key, *options).exit_code == 0
    assert (tmp_path / "a" / "message.parquet").exists()
    assert not (tmp_path / "a" / "message.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["auto", "missing", "--out", "out"], "missing does not exist: give the path of a file"),
        (["auto", "words.txt", "--out", "out"], "is in no format that is known; these are: slack, "),
        (["csv", "table.csv", "--out", "out", "--tz", "Berlin"], "there is no time zone 'Berlin'"),
        (["csv", "table.csv", "--out", "out", "--map", "text=body"], "the data have no column 'body'"),
        (["csv", "table.csv", "--out", "words.txt"], "words.txt is a file: name a new folder"),
        (["csv", "table.csv", "--out", "out", "--key", "out/key"], "keep it apart"),
        (["slack", "table.csv", "--out", "out"], ""),
        (["github", "table.csv", "--out", "out"], ""),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    arguments: list[str], said: str, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    Path("words.txt").write_text("words\n")
    done = run(import_, *arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr
    assert not Path("out").exists()
    assert list(Path().glob("*.key")) == []


def test_a_source_of_two_formats_is_one_error_that_names_them(tmp_path: Path) -> None:
    source = tmp_path / "both"
    source.mkdir()
    (source / "utterances.jsonl").write_text('{"id": "1"}\n')
    (source / "speakers.json").write_text("{}")
    (source / "box.mbox").write_text("From a@example.org Sat Mar  1 12:00:00 2025\nFrom: a@example.org\n\nhi\n")
    done = run(import_, "auto", source, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "both may be convokit or mbox: name the format in place of auto" in words(done)


def test_an_import_can_be_exported_and_read_again(table: Path, tmp_path: Path) -> None:
    assert run(import_, "csv", table, "--out", tmp_path / "out", "--keep-ids").exit_code == 0
    done = run(export_, "convokit", tmp_path / "out", "--out", tmp_path / "corpus")
    assert done.exit_code == 0
    assert run(import_, "auto", tmp_path / "corpus", "--out", tmp_path / "again", "--keep-ids").exit_code == 0
    for name in ("message.csv", "person.csv", "conversation.csv"):
        assert (tmp_path / "again" / name).read_text() == (tmp_path / "out" / name).read_text()
    assert run(export_, "convokit", tmp_path / "missing", "--out", tmp_path / "other").exit_code == 2


@pytest.mark.parametrize("command", [import_, export_])
def test_help_has_an_example(command: click.Command) -> None:
    assert "Example" in run(command, "--help").output


def test_the_command_offers_all_formats() -> None:
    assert set(_FORMATS) == {"auto", *FORMATS}


def test_an_import_that_is_stopped_leaves_no_key_and_no_folder(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Collector, "write", stop)
    CliRunner().invoke(import_, ["csv", str(table), "--out", str(tmp_path / "out")])
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_failed_import_keeps_a_key_that_was_there(table: Path, tmp_path: Path) -> None:
    key = tmp_path / "secret.key"
    assert run(import_, "csv", table, "--out", tmp_path / "out", "--key", key).exit_code == 0
    before = key.read_text()
    table.write_text("id,user,created_at,text\n1,ann,soon,x\n")
    assert run(import_, "csv", table, "--out", tmp_path / "other", "--key", key).exit_code == 2
    assert key.read_text() == before

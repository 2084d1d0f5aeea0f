"""Wrong values are found and named: table, line, column, value and the rule."""

from __future__ import annotations

import sys
from pathlib import Path

import pandera.errors
import pytest

from coursework import load
from coursework.datasets import DATASETS
from coursework.engine import KitMissing
from coursework.tables import TABLES
from coursework.validation import LISTED, check_folder, schema, validate
from tests.coursework.folders import CONVERSATION, PERSON, TALK, changed, write_csv, write_parquet


def test_right_data_are_valid_as_csv_and_as_parquet(tmp_path: Path) -> None:
    for folder in (write_csv(tmp_path / "csv"), write_parquet(tmp_path / "parquet")):
        report = check_folder(folder)
        assert report.valid
        assert report.rows == {"person": 3, "conversation": 3, "message": 5}


@pytest.mark.parametrize("slug", sorted(DATASETS))
def test_the_courses_own_data_are_valid(root: Path, slug: str) -> None:
    report = check_folder(root / "datasets" / slug)
    assert report.counts == {}
    assert list(report.rows) == [name for name in TABLES if name in {table.name for table in DATASETS[slug].tables}]


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "line", "rule"),
    [
        ("person", 1, "role", "boss", 3, "one of agent, manager, customer, bot"),
        ("person", 1, "person_id", "", 3, "not empty"),
        ("conversation", 2, "opened", "yesterday", 4, "a time with its zone, such as 2025-09-01T05:00:00Z"),
        ("conversation", 2, "opened", "2025-09-01T05:00:00", 4, "a time with its zone, such as 2025-09-01T05:00:00Z"),
        # The first message's text has a line break, so the file's lines run ahead of the rows.
        ("message", 1, "clock", "noon", 4, "one of utc, local"),
        ("message", 4, "ts", "2025-02-30T00:00:00Z", 7, "a time with its zone, such as 2025-09-01T05:00:00Z"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(
    tmp_path: Path, table: str, row: int, column: str, value: str, line: int, rule: str
) -> None:
    report = check_folder(write_csv(tmp_path, changed(table, row, column, value)))
    found = [(p.table, p.file, p.row, p.column, p.value, p.rule) for p in report.problems if p.rule == rule]
    assert found == [(table, f"{table}.csv", line, column, value, rule)]


@pytest.mark.parametrize(
    ("column", "good", "bad", "rule"),
    [
        ("rating", ["1", "5", ""], ["0", "6"], None),
        ("rating", ["3"], ["3.5", "three", "2e0", "0x2"], "a whole number"),
        ("start", ["2024-02-29", ""], ["2025-02-29", "1.3.2025", "2025-09-01T00:00:00Z"], "a day, such as 2025-09-01"),
        ("segment", ["business", ""], ["Business", "firm"], "one of self-service, business, enterprise"),
    ],
)
def test_each_type_has_its_rule(tmp_path: Path, column: str, good: list[str], bad: list[str], rule: str | None) -> None:
    table = TABLES["account"].only("account_id", column)
    rows = [(f"a{number}", value) for number, value in enumerate([*good, *bad])]
    report = check_folder(write_csv(tmp_path, {"account": rows}, {"account": table}))
    assert [p.value for p in report.problems] == bad
    assert rule is None or {p.rule for p in report.problems} == {rule}


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "1,5", "much"])
def test_a_price_is_a_number_of_at_least_nothing(tmp_path: Path, value: str) -> None:
    table = TABLES["tool"]
    report = check_folder(write_csv(tmp_path, {"tool": [("inbox", "0"), ("suite", value)]}, {"tool": table}))
    assert [(p.row, p.value) for p in report.problems] == [(3, value)]


def test_keys_of_one_and_of_several_columns_stand_once(tmp_path: Path) -> None:
    label = TABLES["label"].only("msg_id", "rater")
    rows = [("m1", "first"), ("m1", "second"), ("m2", "first"), ("m1", "first")]
    report = check_folder(write_csv(tmp_path, {"label": rows}, {"label": label}))
    assert [(p.row, p.column, p.value, p.rule) for p in report.problems] == [
        (5, "msg_id, rater", "m1, first", "each once")
    ]


def test_references_must_lead_somewhere_unless_the_table_is_absent(tmp_path: Path) -> None:
    cells = changed("message", 3, "person_id", "p9")
    report = check_folder(write_csv(tmp_path / "all", cells))
    assert [(p.row, p.value, p.rule) for p in report.problems] == [(6, "p9", "one of person.person_id")]
    without = {name: rows for name, rows in cells.items() if name != "person"}
    assert check_folder(write_csv(tmp_path / "some", without)).valid


def test_parquet_is_judged_alike(tmp_path: Path) -> None:
    cells = changed("message", 3, "person_id", "p9")
    cells["person"] = [*cells["person"], ("p1", "boss", "")]
    report = check_folder(write_parquet(tmp_path, cells))
    assert {(p.file, p.row, p.value, p.rule) for p in report.problems} == {
        ("person/part-000.parquet", 4, "boss", "one of agent, manager, customer, bot"),
        ("person/part-000.parquet", 4, "p1", "each once"),
        ("message/part-001.parquet", 1, "p9", "one of person.person_id"),
    }


def test_of_a_rule_the_first_are_listed_and_the_others_counted(tmp_path: Path) -> None:
    rows = [(f"p{number}", "boss", "") for number in range(LISTED + 7)]
    report = check_folder(write_csv(tmp_path, {"person": rows}))
    assert len(report.problems) == LISTED
    assert list(report.counts.values()) == [LISTED + 7]


def test_a_missing_column_is_a_problem(tmp_path: Path) -> None:
    folder = write_csv(tmp_path)
    path = folder / "person.csv"
    path.write_text(path.read_text().replace("role", "rule", 1))
    report = check_folder(folder)
    assert [(p.row, p.column, p.rule) for p in report.problems] == [(None, "role", "the column is in the file")]


def test_damaged_files_are_problems_and_no_tracebacks(tmp_path: Path) -> None:
    folder = write_csv(tmp_path)
    person = folder / "person.csv"
    person.write_bytes(person.read_bytes() + b"p4,agent,Europe/Z\xfcrich,more\np5\n\n")
    (folder / "conversation.csv").write_bytes(b"")
    found = {(p.table, p.row, p.rule) for p in check_folder(folder).problems}
    assert ("person", 5, "text in UTF-8") in found
    assert ("person", 5, "3 cells, as in the header") in found
    assert ("person", 6, "3 cells, as in the header") in found
    assert ("conversation", None, "the column is in the file") in found


def test_notices_tell_of_what_is_odd_but_allowed(tmp_path: Path) -> None:
    cells = dict(TALK)
    cells["message"] = [
        *TALK["message"],
        ("m6", "c2", "m3", "p3", "2025-09-01T09:00:00Z", "utc", "Too early"),
        ("m7", "c2", "m3", "p3", "2025-09-01T09:00:00Z", "local", "On another clock"),
        ("m8", "c2", "m9", "p1", "2025-09-03T09:00:00Z", "utc", "A circle"),
        ("m9", "c2", "m8", "p2", "2025-09-03T10:00:00Z", "utc", "of two"),
        ("m10", "c2", "m9", "p2", "2025-09-03T08:00:00Z", "local", "and one who looks on"),
    ]
    for folder in (write_csv(tmp_path / "csv", cells), write_parquet(tmp_path / "parquet", cells)):
        report = check_folder(folder)
        assert report.valid
        assert {notice.what: (notice.count, notice.examples) for notice in report.notices} == {
            "answers to a message that is not in the data": (1, ("m5",)),
            "replies dated before what they answer": (2, ("m6", "m8")),
            "replies in a circle": (2, ("m8", "m9")),
            "texts that their writer had written before, word for word": (1, ("m2",)),
        }


def test_loaded_frames_are_valid_and_changed_ones_are_not(root: Path) -> None:
    tables = DATASETS["tool-or-craft"].tables
    frames = dict(load("tool-or-craft", root / "datasets" / "tool-or-craft"))
    assert validate(frames, tables) == []
    frames["person"] = frames["person"].assign(wage=lambda person: person["wage"].where(person.index != 7, -1.0))
    gone = frames["person"].loc[9, "person_id"]
    frames["person"].loc[9, "person_id"] = frames["person"].loc[8, "person_id"]
    problems = validate(frames, tables)
    assert ("person", 7, "wage", "-1.0", "at least 0") in {
        (p.table, p.row, p.column, p.value, p.rule) for p in problems
    }
    assert {p.row for p in problems if p.rule == "each once"} == {9}
    lost = [p for p in problems if p.rule == "one of person.person_id"]
    assert len(lost) == (frames["conversation"]["agent_id"] == gone).sum() > 0  # all of them, none only counted


def test_the_schema_stands_on_its_own(root: Path) -> None:
    frames = load("tool-or-craft", root / "datasets" / "tool-or-craft")
    judge = schema(DATASETS["tool-or-craft"].tables[1])
    judge.validate(frames.person)
    twice = frames.person.iloc[[0, 0]].reset_index(drop=True)
    with pytest.raises(pandera.errors.SchemaErrors):
        judge.validate(twice, lazy=True)


def test_without_pandera_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandera.pandas", None)
    with pytest.raises(KitMissing, match=r"pip install -r requirements\.txt"):
        schema(PERSON)


def test_without_duckdb_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(KitMissing, match="needs duckdb"):
        check_folder(write_csv(tmp_path))


def test_every_column_of_the_model_has_a_schema() -> None:
    for table in [*TABLES.values(), CONVERSATION]:
        assert list(schema(table).columns) == table.column_names

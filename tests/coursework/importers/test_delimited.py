"""Tables of messages: what is recognised in them, how they are mapped, and bad ones."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coursework.importers import import_data, recognise
from coursework.importers.delimited import (
    BROKEN_LIST,
    CSV,
    EXTRA_CELLS,
    JSONL,
    LONG_LINE,
    NO_DATE,
    NO_OBJECT,
    NOT_JSON,
    OPEN_QUOTE,
)
from coursework.importers.errors import ImportFailed
from coursework.importers.records import ConversationRecord, MessageRecord, PersonRecord, Record, Rejected
from coursework.importers.source import MAX_LINE, Source
from coursework.importers.values import moment
from tests.coursework.importers.conftest import Imported, MakeFolder

Run = Callable[..., Imported]

GOOD = 'id,user,created_at,text\n1,ann,2025-03-01T12:00:00Z,hello\n2,bob,2025-03-01T12:05:00Z,"a, b"\n'


def records(root: Path, **options: str) -> list[Record]:
    with Source(root) as source:
        importer = recognise(source)
        assert importer in (CSV, JSONL)
        return list(importer.read(source, options))


def messages(root: Path, **options: str) -> list[MessageRecord]:
    return [record for record in records(root, **options) if isinstance(record, MessageRecord)]


def rejected(root: Path) -> list[tuple[str, str]]:
    return [(record.place, record.reason) for record in records(root) if isinstance(record, Rejected)]


def test_a_table_with_common_names_needs_no_mapping(folder: MakeFolder) -> None:
    root = folder(
        {"a.csv": "ID,Thread ID,In-Reply-To,From,Date,Message\n1,t,,Ann,2025-03-01 12:00,hi\n2,t,1,Bob,1740830700,yo\n"}
    )
    source = Source(root)
    first, second = (record for record in CSV.read(source, {}) if isinstance(record, MessageRecord))
    assert first == MessageRecord("a.csv, line 2", "1", "t", "Ann", datetime(2025, 3, 1, 12), "hi")
    assert second == MessageRecord(
        "a.csv, line 3", "2", "t", "Bob", datetime(2025, 3, 1, 12, 5, tzinfo=UTC), "yo", reply_to="1"
    )
    assert source.notes == [
        "a.csv: columns taken by their names: ID as msg_id, Thread ID as conv_id, In-Reply-To as reply_to, "
        "From as person_id, Date as ts, Message as text"
    ]


def test_what_the_user_tells_goes_before_what_is_guessed(folder: MakeFolder, tmp_path: Path) -> None:
    root = folder({"a.csv": "id,who,user,when,date,text,body\n1,ann,x,2025-03-01,x,x,hello\n"})
    told = {"person_id": "who", "ts": "when", "text": "body"}
    (tmp_path / "map.json").write_text(json.dumps(told))
    (tmp_path / "map.yaml").write_text("".join(f"{name}: {theirs}\n" for name, theirs in told.items()))
    for mapping in (
        "person_id=who, ts=when ,text=body",
        f"@{tmp_path / 'map.json'}",
        f"@{tmp_path / 'map.yaml'}",
    ):
        (found,) = messages(root, map=mapping)
        assert (found.msg_id, found.person, found.ts, found.text) == ("1", "ann", datetime(2025, 3, 1), "hello")


def test_a_column_that_is_told_is_not_guessed_for_another(folder: MakeFolder) -> None:
    (found,) = messages(folder({"a.csv": "id,user,ts\nhello,ann,2025-03-01\n"}), map="text=id")
    assert (found.msg_id, found.text) == ("line 2", "hello")


def test_a_day_and_a_time_in_two_columns_are_joined(folder: MakeFolder) -> None:
    root = folder({"a.csv": "user,date,time,text\nann,2025-03-01,12:30,hi\n"})
    assert [found.ts for found in messages(root)] == [datetime(2025, 3, 1, 12, 30)]
    assert [found.ts for found in messages(root, map="ts=date+time")] == [datetime(2025, 3, 1, 12, 30)]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("text", "'text' is no mapping: write canonical=theirs"),
        ("words=text", "there is nothing called 'words' to map to; these exist: msg_id"),
        ("text=words", "the data have no column 'words'; they have id, user, created_at, text"),
        ("@no/such.json", "the mapping no/such.json cannot be read: No such file"),
    ],
)
def test_a_wrong_mapping_is_one_error(folder: MakeFolder, mapping: str, said: str) -> None:
    with pytest.raises(ImportFailed, match=r"mapping|map to|column") as caught:
        records(folder({"a.csv": GOOD}), map=mapping)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("content", ["[1]", "{", "a: [", '{"text": 1}', "\xff"])
def test_a_file_that_is_no_mapping_is_one_error(folder: MakeFolder, tmp_path: Path, content: str) -> None:
    for name in ("map.json", "map.yaml"):
        (tmp_path / name).write_text(content, encoding="latin-1")
        with pytest.raises(ImportFailed, match="is no mapping"):
            records(folder({"a.csv": GOOD}), map=f"@{tmp_path / name}")


def test_missing_columns_are_one_error_that_lists_what_is_there(folder: MakeFolder) -> None:
    with pytest.raises(ImportFailed) as caught:
        records(folder({"a.csv": "a,b\n1,2\n"}))
    assert str(caught.value) == (
        "no column for person_id and ts was recognised among a, b: name it with --map person_id=COLUMN,ts=COLUMN"
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_encodings_and_ends_of_lines_are_found(
    folder: MakeFolder, delimiter: str, encoding: str, end: str
) -> None:
    text = io.StringIO()
    rows = [
        ["id", "user", "ts", "text"],
        ["1", "ann", "2025-03-01", 'é; "x", a|b\tc\nd'],
        ["2", "bob", "2025-03-02", "=1"],
    ]
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    found = messages(folder({"a.csv": text.getvalue().encode(encoding)}))
    assert [(item.msg_id, item.person, item.text) for item in found] == [("1", "ann", rows[1][3]), ("2", "bob", "=1")]


def test_rows_that_cannot_be_taken_are_rejected_and_the_others_are_not(folder: MakeFolder) -> None:
    rows = [
        "1,ann,2025-03-01,a",
        "2,ann,01/02/2025,b",
        "3,ann,2025-03-01,c,d",
        "",
        "4,ann",
        "5,ann,2025-03-01",
        "6,ann,2025-03-01,f,,",
    ]
    root = folder({"a.csv": "id,user,ts,text\n" + "\n".join(rows) + "\n"})
    assert [item.msg_id for item in messages(root)] == ["1", "5", "6"]
    assert rejected(root) == [("a.csv, line 3", NO_DATE), ("a.csv, line 4", EXTRA_CELLS), ("a.csv, line 6", NO_DATE)]


def test_a_quotation_mark_that_is_never_closed_swallows_no_lines_in_silence(folder: MakeFolder) -> None:
    root = folder({"a.csv": 'id,user,ts,text\n1,ann,2025-03-01,a\n2,ann,2025-03-01,"b\n3,ann,2025-03-01,c\n'})
    assert [item.msg_id for item in messages(root)] == ["1"]
    assert rejected(root) == [("a.csv, lines 3 to 4", OPEN_QUOTE)]


def test_a_line_or_cell_beyond_the_limit_is_one_rejection(folder: MakeFolder) -> None:
    long = b"x" * (MAX_LINE + 1)
    many = b'"' + b"y" * 1000 + b"\n" + (b"y" * (MAX_LINE // 4) + b"\n") * 5 + b'"'
    root = folder({"a.csv": b"id,user,ts,text\n1,ann,2025-03-01,a\n" + long + b"\n2,ann,2025-03-01,b\n" + many + b"\n"})
    assert [item.msg_id for item in messages(root)] == ["1", "2"]
    assert ("a.csv, line 3", LONG_LINE) in rejected(root)
    assert ("a.csv, lines 5 to 9", OPEN_QUOTE) in rejected(root)


def test_a_table_without_rows_is_one_error(folder: MakeFolder, imported: Run) -> None:
    for content in ("id,user,ts,text\n", "\n\n"):
        with pytest.raises(ImportFailed, match="holds no message that can be taken"):
            imported(CSV, folder({"a.csv": content}))


def test_messages_without_a_conversation_join_that_of_what_they_answer(folder: MakeFolder) -> None:
    root = folder(
        {"a.csv": "id,user,ts,reply_to\n1,a,2025-03-01,\n2,b,2025-03-01,1\n3,a,2025-03-01,2\n4,a,2025-03-01,9\n"}
    )
    assert [item.conv_id for item in messages(root)] == ["1", "1", "1", "4"]
    root = folder({"a.csv": "user,ts,thread\na,2025-03-01,\nb,2025-03-01,t\n"})
    assert [(item.msg_id, item.conv_id) for item in messages(root)] == [("line 2", "line 2"), ("line 3", "t")]


def test_columns_of_conversations_and_people_are_taken_too(folder: MakeFolder) -> None:
    root = folder(
        {"a.csv": "ticket_id,author,role,time_zone,created,body,csat,resolved,assignee,channel,clock\n"
                  "7,ann,Agent,Europe/Berlin,2025-03-01T12:00Z,<p>hi</p>,5,yes,bob,Email,local\n"}
    )  # fmt: skip
    conversation, person, message = records(root)
    assert conversation == ConversationRecord(
        "a.csv, line 2", "7", channel="email", more={"agent_id": "bob", "csat": "5", "resolved": "yes"}
    )
    assert person == PersonRecord("a.csv, line 2", "ann", role="agent", tz="Europe/Berlin", aliases=("ann",))
    assert isinstance(message, MessageRecord)
    assert message.is_html and message.ts == datetime(2025, 3, 1, 12)


def test_files_of_a_folder_are_read_in_turn_and_their_rows_stay_apart(folder: MakeFolder) -> None:
    root = folder({"b.csv": "user,ts\na,2025-03-01\n", "a.csv": "user;ts\na;2025-03-01\n", "note.txt": "x"})
    assert [item.msg_id for item in messages(root)] == ["a.csv:line 2", "b.csv:line 2"]


def test_json_lines_and_a_json_list_are_the_same(folder: MakeFolder) -> None:
    rows = [
        {"id": number, "author": {"login": "ann", "id": 7}, "created_at": 1740830400000, "body": "hé", "tags": [1]}
        for number in (1, 2)
    ]
    lines = "\n".join(map(json.dumps, rows))
    told = "person_id=author.login"
    expected = MessageRecord("a.jsonl, line 1", "1", "1", "ann", datetime(2025, 3, 1, 12, tzinfo=UTC), "hé")
    assert messages(folder({"a.jsonl": lines}), map=told)[0] == expected
    (folder({}) / "a.jsonl").unlink()
    for content in (
        json.dumps(rows),
        json.dumps(rows).encode("utf-8-sig"),
        json.dumps(rows, indent=1).encode("utf-16"),
    ):
        found = messages(folder({"a.json": content}), map=told)
        assert [(item.msg_id, item.person, item.ts, item.text) for item in found] == [
            (str(number), "ann", expected.ts, "hé") for number in (1, 2)
        ]


def test_bad_json_is_rejected_line_by_line(folder: MakeFolder) -> None:
    good = '{"id": 1, "user": "ann", "ts": 1740830400, "text": "hi"}'
    bad = ["{", "[" * 100_000, "5", "null", "1" * 5000, '{"user": "\\ud800", "ts": 1740830400}']
    root = folder({"a.jsonl": "\n".join([good, *bad, good])})
    assert [item.text for item in messages(root)] == ["hi", "", "hi"]
    assert [reason for _, reason in rejected(root)] == [NOT_JSON, NOT_JSON, NO_OBJECT, NO_OBJECT, NOT_JSON]


def test_a_list_that_breaks_off_gives_what_came_before(folder: MakeFolder) -> None:
    root = folder({"a.json": '[{"id": 1, "user": "ann", "ts": 1740830400}, {"id": 2, "us'})
    assert [item.msg_id for item in messages(root)] == ["1"]
    assert rejected(root) == [("a.json, item 2", BROKEN_LIST)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1740830400, datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("1740830400.5", datetime(2025, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
        (1740830400000, datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("1740830400000000", datetime(2025, 3, 1, 12, tzinfo=UTC)),
        (1740830400000000000, datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("2025-03-01", datetime(2025, 3, 1)),
        ("20250301", datetime(2025, 3, 1)),
        ("2025/03/01 12:00", datetime(2025, 3, 1, 12)),
        ("2025-03-01T12:00:00Z", datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("2025-03-01 12:00:00 UTC", datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("2025-03-01 14:00:00 +0200", datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("Sat, 1 Mar 2025 13:00:00 +0100", datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("Sat, 1 Mar 2025 12:00:00 -0000", datetime(2025, 3, 1, 12, tzinfo=UTC)),
        ("01/02/2025", None),
        ("soon", None),
        ("", None),
        (None, None),
        (True, None),
        (float("nan"), None),
        (10**30, None),
        ("9" * 25, None),
        ("2025-02-30", None),
        ("may", None),
    ],
)
def test_times_are_read_in_all_usual_forms(value: object, expected: datetime | None) -> None:
    found = moment(value)
    assert found == expected
    assert found is None or expected is None or (found.tzinfo is None) == (expected.tzinfo is None)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_many_rows_come_through_whole(folder: MakeFolder, imported: Run, kind: str) -> None:
    random.seed(5)
    letters = "abc ,;\"'\n\t|é=+"
    rows = [
        {
            "msg_id": f"m{number}",
            "conv_id": f"c{number // 7}",
            "reply_to": f"m{number - 1}" if number % 7 else "",
            "person_id": f"person-{random.randrange(50)}",
            "ts": (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=97 * number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "text": "".join(random.choices(letters, k=random.randrange(60))),
        }
        for number in range(3_000)
    ]
    if kind == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        content = text.getvalue()
    else:
        content = "\n".join(map(json.dumps, rows))
    done = imported(CSV if kind == "csv" else JSONL, folder({f"a.{kind}": content}))
    assert done.table("message")[list(rows[0])].to_dict("records") == rows
    assert done.report.rejected == done.report.repaired == {}


def only_records(path: Path, content: bytes) -> None:
    """Reading gives records or fails with one sentence."""
    path.write_bytes(content)
    try:
        with Source(path) as source:
            for importer in (CSV, JSONL):
                try:
                    assert all(isinstance(record, Record) for record in importer.read(source, {}))
                except ImportFailed as error:
                    assert "\n" not in str(error)
    except ImportFailed:
        pass


@given(content=st.binary(max_size=400))
@example(content=b'"')
@example(content=b"[")
@example(content=b"\xff\xfe[")
@example(content=b'user,ts\n\x00,\r"1')
def test_arbitrary_bytes_are_records_or_one_sentence(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    only_records(tmp_path_factory.getbasetemp() / "bytes.csv", content)


@given(
    data=st.data(), good=st.sampled_from([GOOD, '{"user": "a", "ts": 1740830400}\n' * 3, '[{"user": "a", "ts": 1}]'])
)
def test_damaged_tables_are_records_or_one_sentence(
    data: st.DataObject, good: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(good.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content)))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    only_records(tmp_path_factory.getbasetemp() / "damaged.csv", bytes(content))


def test_the_writers_names_are_masked_in_texts_too(tmp_path: Path) -> None:
    table = tmp_path / "talk.csv"
    rows = ("user,date,text", "Sample Learner,2025-01-01T10:00Z,Hello all", "x,2025-01-01T11:00Z,Hello Sample Learner")
    table.write_text("\n".join(rows) + "\n")
    import_data(CSV, Source(table), tmp_path / "out", key_file=tmp_path / "k.key")
    written = (tmp_path / "out" / "message.csv").read_text()
    assert "Hello [name]" in written and "Sample" not in written

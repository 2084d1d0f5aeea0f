"""ConvoKit corpora: read, written, and the same after both."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coursework.importers import recognise
from coursework.importers.convokit import BROKEN, CONVOKIT, NO_DATE, NO_OBJECT, NOT_JSON
from coursework.importers.convokit_export import export_convokit
from coursework.importers.delimited import CSV
from coursework.importers.errors import ImportFailed
from coursework.importers.records import (
    ConversationRecord,
    MessageRecord,
    PersonRecord,
    Record,
    Rejected,
)
from coursework.importers.source import Source
from tests.coursework.importers.conftest import Imported, MakeFolder

Run = Callable[..., Imported]

UTTERANCES = [
    {"id": "u1", "speaker": "ann", "conversation_id": "u1", "reply-to": None, "timestamp": 1740830400, "text": "hi"},
    {"id": "u2", "speaker": "bob", "conversation_id": "u1", "reply-to": "u1", "timestamp": "1740830460", "text": "yo"},
]
SPEAKERS = {"ann": {"meta": {"role": "agent", "tz": "UTC", "karma": [1]}, "vectors": []}, "bob": {"name": "Bob B"}}
CONVERSATIONS = {"u1": {"meta": {"csat": 4, "resolved": True, "closed": "2025-03-02T00:00:00Z", "title": "x"}}}


def corpus(folder: MakeFolder, utterances: str | None = None, **files: object) -> Path:
    named = {"speakers": SPEAKERS, "conversations": CONVERSATIONS} | files
    lines = "\n".join(map(json.dumps, UTTERANCES)) if utterances is None else utterances
    texts = {f"{name}.json": value if isinstance(value, str) else json.dumps(value) for name, value in named.items()}
    return folder({"utterances.jsonl": lines, **texts})


def read(root: Path) -> list[Record]:
    with Source(root) as source:
        assert recognise(source) is CONVOKIT
        return list(CONVOKIT.read(source, {}))


def rejected(root: Path) -> list[tuple[str, str]]:
    return [(record.place, record.reason) for record in read(root) if isinstance(record, Rejected)]


def test_a_corpus_is_its_speakers_conversations_and_utterances(folder: MakeFolder) -> None:
    assert read(corpus(folder)) == [
        PersonRecord("speakers.json, entry 1", "ann", role="agent", tz="UTC"),
        PersonRecord("speakers.json, entry 2", "bob", aliases=("Bob B",)),
        ConversationRecord(
            "conversations.json, entry 1", "u1", more={"csat": 4, "resolved": True, "closed": "2025-03-02T00:00:00Z"}
        ),
        MessageRecord("utterances.jsonl, line 1", "u1", "u1", "ann", datetime(2025, 3, 1, 12, tzinfo=UTC), "hi"),
        MessageRecord(
            "utterances.jsonl, line 2", "u2", "u1", "bob", datetime(2025, 3, 1, 12, 1, tzinfo=UTC), "yo", reply_to="u1"
        ),
    ]


def test_a_time_by_a_local_clock_is_told_from_one_in_utc(folder: MakeFolder, imported: Run) -> None:
    messages = imported(CONVOKIT, folder(LABELLED)).table("message")
    assert list(messages["clock"][:3]) == ["utc", "local", "utc"]
    assert list(messages["ts"][:2]) == ["2025-03-01T12:00:00Z", "2025-03-01T12:01:01Z"]


def test_old_corpora_with_users_roots_and_one_list_are_read(folder: MakeFolder) -> None:
    old = {"id": "1", "user": "ann", "root": "1", "reply_to": None, "timestamp": 1740830400, "text": "hi"}
    root = folder({"corpus/utterances.json": json.dumps([old]), "corpus/users.json": '{"ann": {}}'})
    person, message = read(root)
    assert person == PersonRecord("corpus/users.json, entry 1", "ann")
    assert isinstance(message, MessageRecord)
    assert (message.place, message.person, message.conv_id) == ("corpus/utterances.json, item 1", "ann", "1")


def test_flaws_are_rejected_one_by_one(folder: MakeFolder) -> None:
    lines = [
        json.dumps(UTTERANCES[0]),
        "{",
        "[]",
        '{"id": "3", "timestamp": null}',
        '{"timestamp": 1740830400, "meta": 5}',
    ]
    root = corpus(folder, "\n".join(lines), speakers='{"ann": {}, "bob": 5, "eve": {', conversations="[]")
    assert rejected(root) == [
        ("speakers.json, entry 2", NO_OBJECT),
        ("speakers.json, entry 3", BROKEN),
        ("conversations.json, entry 1", BROKEN),
        ("utterances.jsonl, line 2", NOT_JSON),
        ("utterances.jsonl, line 3", NO_OBJECT),
        ("utterances.jsonl, line 4", NO_DATE),
    ]


def test_a_folder_without_utterances_is_one_error(folder: MakeFolder) -> None:
    with pytest.raises(ImportFailed, match=r"has no utterances\.jsonl"):
        list(CONVOKIT.read(Source(folder({"speakers.json": "{}"})), {}))


LABELLED = {
    "utterances.jsonl": "\n".join(
        json.dumps(
            {
                "id": f"m{number}",
                "speaker": f"person-{number % 5}",
                "conversation_id": f"c{number // 4}",
                "reply-to": None if number % 4 == 0 else "lost" if number == 6 else f"m{number - 1}",
                "timestamp": 1740830400 + 61 * number,
                "text": f"=text {number}\n\"é\" 🙂" if number % 3 else "",
                "meta": {
                    "clock": "local" if number % 2 else "utc",
                    "sent_as": "business" if number % 2 else None,
                    "labels": [{"rater": "first", "intent": "help", "tone": "warm"}] * (number % 3 == 0),
                },
            }
        )
        for number in range(40)
    ),
    "speakers.json": json.dumps(
        {
            "person-9": {"meta": {"role": "manager"}},
            "person-1": {
                "meta": {"role": "agent", "team_id": "t1", "tz": "Europe/Berlin", "craft": "master", "wage": 21.5,
                         "hire": "2020-01-31", "leave": None}
            },
        }
    ),
    "conversations.json": json.dumps(
        {
            "c1": {
                "meta": {"account_id": "a1", "channel": "email", "team_id": "t1", "agent_id": "person-1",
                         "tool": "suite", "opened": "2025-03-01T00:00:00Z", "first_response": None,
                         "closed": "2025-03-05T00:00:00Z", "difficulty": "hard", "resolved": False, "csat": 2,
                         "minutes": 12.25, "rework_minutes": 0}
            },
            "c2": {"meta": {"resolved": True}},
        }
    ),
}  # fmt: skip


@pytest.mark.parametrize("written", ["csv", "parquet"])
def test_export_and_import_lose_nothing(folder: MakeFolder, imported: Run, tmp_path: Path, written: str) -> None:
    first = imported(CONVOKIT, folder(LABELLED), out="first")
    assert first.report.rejected == first.report.repaired == {}
    again = imported(CONVOKIT, tmp_path / "export", out="tables", format=written).out
    assert export_convokit(again, tmp_path / "corpus") == ["team", "account"]
    second = imported(CONVOKIT, tmp_path / "corpus", out="second")
    assert second.report.rejected == second.report.repaired == {}
    assert second.report.rows == first.report.rows
    for name in first.report.rows:
        pd.testing.assert_frame_equal(first.table(name), second.table(name))


def test_what_is_exported_has_the_form_that_convokit_reads(folder: MakeFolder, imported: Run, tmp_path: Path) -> None:
    done = imported(CONVOKIT, folder(LABELLED), out="tables")
    export_convokit(done.out, tmp_path / "corpus")
    files = {path.name: path.read_text() for path in (tmp_path / "corpus").iterdir()}
    assert files.keys() == {"utterances.jsonl", "speakers.json", "conversations.json", "corpus.json", "index.json"}
    utterances = [json.loads(line) for line in files["utterances.jsonl"].splitlines()]
    assert len(utterances) == 40
    for utterance in utterances:
        assert utterance.keys() == {
            "id", "speaker", "conversation_id", "reply-to", "timestamp", "text", "meta", "vectors",
        }  # fmt: skip
    speakers, conversations = json.loads(files["speakers.json"]), json.loads(files["conversations.json"])
    assert {utterance["speaker"] for utterance in utterances} <= speakers.keys()
    assert {utterance["conversation_id"] for utterance in utterances} == conversations.keys()
    index = json.loads(files["index.json"])
    assert index.keys() == {
        "utterances-index", "speakers-index", "conversations-index", "overall-index", "version", "vectors",
    }  # fmt: skip
    assert index["conversations-index"]["csat"] == ["<class 'int'>"]
    assert {name for entry in speakers.values() for name in entry["meta"]} >= set(index["speakers-index"])


def test_export_without_messages_or_into_a_used_folder_is_one_error(tmp_path: Path, imported: Run) -> None:
    (tmp_path / "person").mkdir()
    (tmp_path / "person" / "person.csv").write_text("person_id,role\n")
    with pytest.raises(ImportFailed, match="has no messages"):
        export_convokit(tmp_path / "person", tmp_path / "corpus")
    (tmp_path / "a.csv").write_text("user,ts\nann,2025-03-01\n")
    done = imported(CSV, tmp_path / "a.csv")
    with pytest.raises(ImportFailed, match="is not empty"):
        export_convokit(done.out, tmp_path / "person")


def only_records(root: Path) -> None:
    try:
        with Source(root) as source:
            assert all(isinstance(record, Record) for record in CONVOKIT.read(source, {}))
    except ImportFailed as error:
        assert "\n" not in str(error)


@given(
    name=st.sampled_from(["utterances.jsonl", "speakers.json", "conversations.json"]), content=st.binary(max_size=300)
)
@example(name="speakers.json", content=b"[")
@example(name="speakers.json", content=b'{"a": {"meta": 1}}')
@example(name="utterances.jsonl", content=b'{"timestamp": 1e400, "id": [1]}')
@example(name="utterances.jsonl", content=b'{"timestamp": 1, "meta": {"labels": [1, {"rater": 5}]}}')
def test_arbitrary_bytes_are_records_or_one_sentence(
    name: str, content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.getbasetemp() / "bytes"
    root.mkdir(exist_ok=True)
    for file, good in LABELLED.items():
        (root / file).write_text(good[:400] if file == "utterances.jsonl" else good)
    (root / name).write_bytes(content)
    only_records(root)


@given(data=st.data())
def test_damaged_corpora_are_records_or_one_sentence(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.getbasetemp() / "damaged"
    root.mkdir(exist_ok=True)
    for file, good in LABELLED.items():
        content = bytearray(good[:1000].encode())
        for _ in range(data.draw(st.integers(0, 3))):
            place = data.draw(st.integers(0, len(content)))
            content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        (root / file).write_bytes(content)
    only_records(root)
